//! A TCP connection once both sides are there: two flows, half-closes, and the verdicts of housekeeping.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::net::TcpStream;

use crate::connections::{ConnectionState, Entry};
use crate::counters::Way;
use crate::destination::Lease;
use crate::flow::{Flow, Supplies};
use crate::worker::Worker;

struct Relay<'a> {
    worker: &'a Worker,
    entry: &'a Entry,
    lease: &'a mut Lease,
    client: &'a mut TcpStream,
    server: &'a mut TcpStream,
    inward: Flow,
    outward: Flow,
    watching: bool,
}

/// Carries bytes both ways until both ends are handed on. A reset on one side, too long a silence or a cut ends both sides
/// with a reset, so that nobody takes half an answer for a whole one.
pub(crate) async fn relay(
    worker: &Worker,
    client: &mut TcpStream,
    server: &mut TcpStream,
    entry: &Entry,
    lease: &mut Lease,
) {
    entry.set_state(ConnectionState::Established);
    let (inward, outward) = (Flow::new(Way::In), Flow::new(Way::Out));
    let mut relay = Relay { worker, entry, lease, client, server, inward, outward, watching: false };
    if poll_fn(|cx| relay.poll(cx)).await.is_err() {
        reset_on_close(relay.client);
        reset_on_close(relay.server);
    }
}

/// Closing this socket will send a reset.
pub(crate) fn reset_on_close(stream: &TcpStream) {
    // Fails only on a socket that is closed already.
    let _ = SockRef::from(stream).set_linger(Some(std::time::Duration::ZERO));
}

impl Relay<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.watching {
            self.entry.watch(cx.waker());
            self.watching = true;
        }
        if self.entry.verdict().is_some() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let meters = [&self.lease.destination().meter, &self.entry.service.meter];
        let supplies = Supplies { worker: self.worker, meters };
        let mut moved = false;
        if !self.inward.done() {
            let last = self.outward.done();
            if let Poll::Ready(Err(error)) =
                self.inward.poll(cx, self.client, self.server, &supplies, last, &mut moved)
            {
                return Poll::Ready(Err(error));
            }
        }
        if !self.outward.done() {
            let last = self.inward.done();
            if let Poll::Ready(Err(error)) =
                self.outward.poll(cx, self.server, self.client, &supplies, last, &mut moved)
            {
                return Poll::Ready(Err(error));
            }
        }
        if moved {
            self.entry.touch(self.worker.shared.clock.now());
        }
        match (self.inward.done(), self.outward.done()) {
            (true, true) => return Poll::Ready(Ok(())),
            (true, false) => self.half_closed(ConnectionState::CloseWait),
            (false, true) => self.half_closed(ConnectionState::FinWait),
            (false, false) => {}
        }
        Poll::Pending
    }

    fn half_closed(&mut self, state: ConnectionState) {
        if self.entry.state() != state {
            self.entry.set_state(state);
            self.lease.close();
        }
    }
}
