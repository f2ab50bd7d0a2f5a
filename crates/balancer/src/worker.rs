//! A worker: a thread with an event loop of its own.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use socket2::Socket;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::buffer::Buffers;
use crate::clock::TICK;
use crate::connections::Connections;
use crate::listener::Front;
use crate::pipe::Pipes;
use crate::shared::Shared;
use crate::{tcp, udp};

/// What the tasks of one worker share.
pub(crate) struct Worker {
    pub(crate) index: usize,
    pub(crate) shared: Arc<Shared>,
    pub(crate) connections: Arc<Connections>,
    pub(crate) buffers: Buffers,
    pub(crate) pipes: Pipes,
    pub(crate) datagrams: udp::Scratch,
}

/// The other end of a worker's thread. Dropped, the thread ends and with it all its connections.
pub(crate) struct Handle {
    commands: Option<UnboundedSender<Listen>>,
    thread: Option<JoinHandle<()>>,
}

/// A socket to serve. They come at the pace of configuration changes, so the channel needs no bound.
struct Listen {
    front: Arc<Front>,
    socket: Socket,
}

impl Handle {
    pub(crate) fn start(index: usize, shared: &Arc<Shared>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (commands, receiver) = unbounded_channel();
        let worker = Arc::new(Worker {
            index,
            shared: Arc::clone(shared),
            connections: Arc::clone(&shared.connections[index]),
            buffers: Buffers::default(),
            pipes: Pipes::default(),
            datagrams: udp::Scratch::default(),
        });
        let thread = std::thread::Builder::new()
            .name(format!("balancer-{index}"))
            .spawn(move || runtime.block_on(run(&worker, receiver)))?;
        Ok(Self { commands: Some(commands), thread: Some(thread) })
    }

    /// Gives the worker a socket to serve.
    pub(crate) fn listen(&self, front: Arc<Front>, socket: Socket) {
        if let Some(commands) = &self.commands {
            // Fails only if the thread has panicked; then the socket closes, which clients notice.
            let _ = commands.send(Listen { front, socket });
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // A panic was reported when it happened.
            let _ = thread.join();
        }
    }
}

async fn run(worker: &Arc<Worker>, mut commands: UnboundedReceiver<Listen>) {
    drop(tokio::spawn(pulse()));
    while let Some(Listen { front, socket }) = commands.recv().await {
        let address = front.address();
        if let Err(error) = serve(worker, front, socket) {
            tracing::error!(%address, %error, "could not serve a listening socket");
        }
    }
}

/// Keeps a timer due soon. A timer that is due before all others makes the runtime wake its own event loop up by a system
/// call; with this one there, the connect timeouts of new connections never are.
async fn pulse() {
    loop {
        tokio::time::sleep(TICK).await;
    }
}

fn serve(worker: &Arc<Worker>, front: Arc<Front>, socket: Socket) -> io::Result<()> {
    let worker = Arc::clone(worker);
    match front.service().protocol() {
        model::Protocol::Udp => {
            let socket = tokio::net::UdpSocket::from_std(socket.into())?;
            drop(tokio::spawn(udp::receive(worker, socket, front)));
        }
        model::Protocol::Tcp | model::Protocol::Sctp => {
            let listener = tokio::net::TcpListener::from_std(socket.into())?;
            drop(tokio::spawn(tcp::accept(worker, listener, front)));
        }
    }
    Ok(())
}
