//! A worker: a thread with an event loop of its own.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use socket2::Socket;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::buffer::Buffers;
use crate::clock::TICK;
use crate::connections::Connections;
use crate::limits::Permit;
use crate::listener::Front;
use crate::pipe::Pipes;
use crate::shared::Shared;
use crate::{accept, tcp, udp};

/// What the tasks of one worker share.
pub(crate) struct Worker {
    pub(crate) index: usize,
    pub(crate) shared: Arc<Shared>,
    pub(crate) connections: Arc<Connections>,
    pub(crate) buffers: Buffers,
    pub(crate) pipes: Pipes,
    pub(crate) datagrams: udp::Scratch,
    /// Which other worker to compare with next.
    rotor: AtomicUsize,
}

/// A TCP connection that nobody serves yet.
pub(crate) struct Accepted {
    pub(crate) front: Arc<Front>,
    pub(crate) stream: OwnedFd,
    pub(crate) peer: SocketAddr,
    pub(crate) permit: Permit,
}

/// What a worker is told. The channel has no bound of its own: sockets come at the pace of configuration changes, and
/// connections are bounded by their permits.
pub(crate) enum Command {
    /// Serve this listening socket.
    Listen(Arc<Front>, Socket),
    /// Serve this connection, which another worker accepted.
    Serve(Accepted),
    /// End, and with it all connections.
    Stop,
}

/// The other end of a worker's thread. Dropped, the thread ends.
pub(crate) struct Handle {
    commands: UnboundedSender<Command>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Another worker that has fewer connections by `more` and half as many again, if the one whose turn it is to be
    /// compared with has.
    pub(crate) fn less_busy(&self, more: usize) -> Option<usize> {
        let others = self.shared.connections.len().checked_sub(1).filter(|others| *others > 0)?;
        let turn = self.rotor.fetch_add(1, Ordering::Relaxed) % others;
        let other = (self.index + 1 + turn) % (others + 1);
        let theirs = self.shared.connections[other].open();
        (self.connections.open() > theirs + theirs / 2 + more).then_some(other)
    }

    /// Serves a connection on this worker, whose thread this must be.
    pub(crate) fn serve(self: &Arc<Self>, accepted: Accepted) {
        let Accepted { front, stream, peer, permit } = accepted;
        match tokio::net::TcpStream::from_std(stream.into()) {
            Ok(client) => drop(tokio::spawn(tcp::serve(permit, Arc::clone(self), front, client, peer))),
            Err(error) => tracing::warn!(%peer, %error, "could not register an accepted connection"),
        }
    }

    fn listen(self: &Arc<Self>, front: Arc<Front>, socket: Socket) -> io::Result<()> {
        let worker = Arc::clone(self);
        match front.service().protocol() {
            model::Protocol::Udp => {
                let socket = tokio::net::UdpSocket::from_std(socket.into())?;
                drop(tokio::spawn(udp::receive(worker, socket, front)));
            }
            model::Protocol::Tcp | model::Protocol::Sctp => {
                let listener = registered(socket)?;
                drop(tokio::spawn(accept::accept(worker, listener, front)));
            }
        }
        Ok(())
    }
}

impl Handle {
    pub(crate) fn start(
        index: usize,
        shared: &Arc<Shared>,
        (commands, receiver): (UnboundedSender<Command>, UnboundedReceiver<Command>),
    ) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let worker = Arc::new(Worker {
            index,
            shared: Arc::clone(shared),
            connections: Arc::clone(&shared.connections[index]),
            buffers: Buffers::default(),
            pipes: Pipes::default(),
            datagrams: udp::Scratch::default(),
            rotor: AtomicUsize::new(0),
        });
        let thread = std::thread::Builder::new()
            .name(format!("balancer-{index}"))
            .spawn(move || runtime.block_on(run(&worker, receiver)))?;
        Ok(Self { commands, thread: Some(thread) })
    }

    /// Gives the worker a socket to serve.
    pub(crate) fn listen(&self, front: Arc<Front>, socket: Socket) {
        // Fails only if the thread has panicked; then the socket closes, which clients notice.
        let _ = self.commands.send(Command::Listen(front, socket));
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Fails only if the thread has ended.
        let _ = self.commands.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic was reported when it happened.
            let _ = thread.join();
        }
    }
}

/// For its readiness alone: `TcpListener` would also register every accepted connection with this worker.
fn registered(socket: Socket) -> io::Result<AsyncFd<Socket>> {
    #[expect(
        unsafe_code,
        reason = "the safe constructor takes types whose descriptor may change, and is deprecated for it"
    )]
    // SAFETY: a `Socket` owns its descriptor, always returns the same one and closes it only when dropped.
    let registered = unsafe { AsyncFd::register_with_interest(socket, Interest::READABLE) };
    registered.map_err(io::Error::from)
}

async fn run(worker: &Arc<Worker>, mut commands: UnboundedReceiver<Command>) {
    drop(tokio::spawn(pulse()));
    while let Some(command) = commands.recv().await {
        match command {
            Command::Listen(front, socket) => {
                let address = front.address();
                if let Err(error) = worker.listen(front, socket) {
                    tracing::error!(%address, %error, "could not serve a listening socket");
                }
            }
            Command::Serve(accepted) => worker.serve(accepted),
            Command::Stop => return,
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
