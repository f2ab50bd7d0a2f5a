//! TCP: accept, choose, connect, relay.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::connect::connect;
use crate::connections::{Connection, ConnectionState, Entry};
use crate::destination::Lease;
use crate::facts::count;
use crate::limits::{Permit, exhausted};
use crate::listener::Front;
use crate::persistence::Following;
use crate::proxy;
use crate::relay::{relay, reset_on_close};
use crate::service::Pick;
use crate::worker::Worker;

/// How long to wait before looking again whether a connection has ended.
const FULL_PAUSE: Duration = Duration::from_millis(5);
/// The pause after running out of descriptors, doubled each time up to the second.
const BACK_OFF: [Duration; 2] = [Duration::from_millis(10), Duration::from_secs(1)];
/// How many destinations a connection is tried on.
const MAX_TRIES: usize = 3;
/// Connections accepted in a row before those accepted have their turn.
const BATCH: usize = 32;

/// Accepts until the front closes, then what still waits in the queue.
pub(crate) async fn accept(worker: Arc<Worker>, mut listener: TcpListener, front: Arc<Front>) {
    let mut back_off = BACK_OFF[0];
    let mut in_a_row = 0;
    loop {
        while worker.shared.limits.full() {
            count(&worker.shared.events.connection_limit_reached);
            while worker.shared.limits.full() && !front.closing() {
                tokio::time::sleep(FULL_PAUSE).await;
            }
            if front.closing() {
                break;
            }
        }
        match next(&listener, &front).await {
            Some(Ok((client, peer))) => {
                back_off = BACK_OFF[0];
                start(&worker, &front, client, peer).await;
                in_a_row += 1;
                if in_a_row == BATCH {
                    in_a_row = 0;
                    tokio::task::yield_now().await;
                }
            }
            Some(Err(error)) if exhausted(&error) => {
                count(&worker.shared.events.descriptors_exhausted);
                worker.shared.limits.with_reserve(|| shed(&worker, &listener));
                tokio::time::sleep(back_off).await;
                back_off = (back_off * 2).min(BACK_OFF[1]);
            }
            // The client was gone before it was accepted, or the like (accept(2), "Error handling").
            Some(Err(_)) => tokio::task::yield_now().await,
            None => {
                // What waits in the queue was accepted by the kernel on our behalf.
                while let Poll::Ready(Ok((client, peer))) = poll_once(&listener) {
                    start(&worker, &front, client, peer).await;
                }
                match front.close_socket(worker.index, listener) {
                    Some(kept) => listener = kept,
                    None => return,
                }
            }
        }
    }
}

/// The next connection; `None` when the front is closing.
async fn next(listener: &TcpListener, front: &Front) -> Option<io::Result<(TcpStream, SocketAddr)>> {
    let mut changed = pin!(front.changed());
    poll_fn(|cx| {
        if front.closing() {
            return Poll::Ready(None);
        }
        if let Poll::Ready(accepted) = listener.poll_accept(cx) {
            return Poll::Ready(Some(accepted));
        }
        if changed.as_mut().poll(cx).is_ready() {
            changed.set(front.changed());
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await
}

fn poll_once(listener: &TcpListener) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
    listener.poll_accept(&mut Context::from_waker(Waker::noop()))
}

/// Accepts one and closes it.
fn shed(worker: &Worker, listener: &TcpListener) {
    if let Poll::Ready(Ok((client, _))) = poll_once(listener) {
        reset_on_close(&client);
        count(&worker.shared.events.connections_shed);
    }
}

async fn start(worker: &Arc<Worker>, front: &Arc<Front>, client: TcpStream, peer: SocketAddr) {
    let permit = loop {
        match Permit::acquire(&worker.shared) {
            Some(permit) => break permit,
            // Another worker took the last one between the look and the accept; this client waits for the next.
            None => tokio::time::sleep(FULL_PAUSE).await,
        }
    };
    drop(tokio::spawn(serve(Arc::clone(worker), Arc::clone(front), client, peer, permit)));
}

/// One connection from its acceptance to its end.
async fn serve(
    worker: Arc<Worker>,
    front: Arc<Front>,
    mut client: TcpStream,
    peer: SocketAddr,
    _permit: Permit,
) {
    let Some(mut reached) = reach(&worker, &front, peer).await else {
        reset_on_close(&client);
        return;
    };
    reached.lease.destination().meter.connection();
    reached.entry.service.meter.connection();
    if reached.proxy_protocol && send_header(&mut reached.server, peer, front.address()).await.is_err() {
        reset_on_close(&client);
        return;
    }
    relay(&worker, &mut client, &mut reached.server, &reached.entry, &mut reached.lease).await;
}

struct Reached {
    server: TcpStream,
    entry: Entry,
    lease: Lease,
    _following: Option<Following>,
    proxy_protocol: bool,
}

/// Chooses a destination and connects to it; if that fails, to another one.
async fn reach(worker: &Arc<Worker>, front: &Front, peer: SocketAddr) -> Option<Reached> {
    let shared = &worker.shared;
    let virtual_address = front.address();
    let mut tried = Vec::new();
    let mut entry: Option<Entry> = None;
    while tried.len() < MAX_TRIES {
        let now = shared.clock.now();
        let (service, pick) = front.pick(peer, now, &tried).ok()?;
        let Pick { lease, following, proxy_protocol } = pick;
        let destination = lease.destination();
        let address = destination.address(model::Port::try_new(virtual_address.port().into()).ok()?);
        let listed = match entry.take() {
            Some(listed) if Arc::ptr_eq(&listed.service, &service) => {
                listed.set_route(destination, address);
                listed
            }
            _ => worker.connections.insert(Arc::new(Connection::new(
                peer,
                virtual_address,
                &service,
                destination,
                address,
                ConnectionState::SynRecv,
                now,
            ))),
        };
        match connect(address, shared.options.connect_timeout).await {
            Ok(server) => {
                return Some(Reached { server, entry: listed, lease, _following: following, proxy_protocol });
            }
            Err(error) if exhausted(&error) => {
                count(&shared.events.descriptors_exhausted);
                count(&shared.events.connections_shed);
                return None;
            }
            Err(error) => {
                tracing::debug!(service = %service.key(), %address, %error, "could not connect to a destination");
                destination.count_connect_failure();
                tried.push(destination.id());
                entry = Some(listed);
            }
        }
    }
    if let Some(listed) = entry {
        listed.service.count_refused();
    }
    None
}

async fn send_header(
    server: &mut TcpStream,
    peer: SocketAddr,
    virtual_address: SocketAddr,
) -> io::Result<()> {
    server.write_all(&proxy::header(peer, virtual_address)?).await
}
