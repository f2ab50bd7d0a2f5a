//! Accepting TCP connections: not beyond the limit, not in a spin when descriptors run out, and not all by one worker.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rustix::net::{SocketFlags, acceptfrom_with};
use socket2::{SockRef, Socket};
use tokio::io::unix::AsyncFd;

use crate::facts::count;
use crate::limits::{Permit, exhausted};
use crate::listener::Front;
use crate::worker::{Accepted, Worker};

/// The pause after running out of descriptors, doubled each time up to the second.
const BACK_OFF: [Duration; 2] = [Duration::from_millis(10), Duration::from_secs(1)];
/// Connections accepted in a row before those accepted have their turn.
const BATCH: usize = 32;
/// How many connections more than another worker (and half as many again) one may have before it hands new ones over. The
/// kernel deals clients out by hash, which is even for many short connections and uneven for a few long ones.
const MORE: usize = 4;

enum Next {
    Client(OwnedFd, SocketAddr),
    /// The connection limit is reached.
    Full,
    Failed(io::Error),
    Closing,
}

/// Accepts until the front closes, then what still waits in the queue.
pub(crate) async fn accept(worker: Arc<Worker>, mut listener: AsyncFd<Socket>, front: Arc<Front>) {
    let mut back_off = BACK_OFF[0];
    let mut in_a_row = 0;
    loop {
        match next(&worker, &listener, &front).await {
            Next::Client(stream, peer) => {
                back_off = BACK_OFF[0];
                start(&worker, &front, stream, peer).await;
                in_a_row += 1;
                if in_a_row == BATCH {
                    in_a_row = 0;
                    tokio::task::yield_now().await;
                }
            }
            Next::Full => {
                count(&worker.shared.events.connection_limit_reached);
                tokio::select! {
                    () = worker.shared.limits.room() => {}
                    () = front.changed() => {}
                }
            }
            Next::Failed(error) if exhausted(&error) => {
                count(&worker.shared.events.descriptors_exhausted);
                worker.shared.limits.with_reserve(|| shed(&worker, &listener));
                tokio::time::sleep(back_off).await;
                back_off = (back_off * 2).min(BACK_OFF[1]);
            }
            // The client was gone before it was accepted, or the like (accept(2), "Error handling").
            Next::Failed(_) => tokio::task::yield_now().await,
            Next::Closing => {
                // What waits in the queue was accepted by the kernel on our behalf.
                while let Ok((stream, peer)) = accept_one(listener.get_ref()) {
                    start(&worker, &front, stream, peer).await;
                }
                match front.close_socket(worker.index, listener) {
                    Some(kept) => listener = kept,
                    None => return,
                }
            }
        }
    }
}

async fn next(worker: &Worker, listener: &AsyncFd<Socket>, front: &Front) -> Next {
    let mut changed = pin!(front.changed());
    poll_fn(|cx| {
        loop {
            if front.closing() {
                return Poll::Ready(Next::Closing);
            }
            let Poll::Ready(ready) = listener.poll_read_ready(cx) else { break };
            if worker.shared.limits.full() {
                return Poll::Ready(Next::Full);
            }
            match ready.map(|mut ready| ready.try_io(|listener| accept_one(listener.get_ref()))) {
                Ok(Ok(Ok((stream, peer)))) => return Poll::Ready(Next::Client(stream, peer)),
                Ok(Ok(Err(error))) | Err(error) => return Poll::Ready(Next::Failed(error)),
                Ok(Err(_would_block)) => {}
            }
        }
        if changed.as_mut().poll(cx).is_ready() {
            changed.set(front.changed());
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await
}

fn accept_one(listener: &Socket) -> io::Result<(OwnedFd, SocketAddr)> {
    let (stream, peer) = acceptfrom_with(listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?;
    let peer = peer.and_then(|peer| SocketAddr::try_from(peer).ok());
    Ok((stream, peer.ok_or(io::ErrorKind::ConnectionAborted)?))
}

/// Accepts one and closes it.
fn shed(worker: &Worker, listener: &AsyncFd<Socket>) {
    if let Ok((stream, _)) = accept_one(listener.get_ref()) {
        // Fails only on a socket that is closed already.
        let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        count(&worker.shared.events.connections_shed);
    }
}

async fn start(worker: &Arc<Worker>, front: &Arc<Front>, stream: OwnedFd, peer: SocketAddr) {
    let permit = loop {
        match Permit::acquire(&worker.shared) {
            Some(permit) => break permit,
            // Another worker took the last one between the look and the accept; this client waits for the next.
            None => worker.shared.limits.room().await,
        }
    };
    let accepted = Accepted { front: Arc::clone(front), stream, peer, permit };
    match worker.less_busy(MORE) {
        Some(other) => worker.shared.hand_over(other, accepted),
        None => worker.serve(accepted),
    }
}
