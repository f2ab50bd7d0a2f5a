//! UDP: a flow per client, with a connected socket of its own to the destination.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use socket2::{Domain, SockRef, Socket, Type};
use tokio::net::UdpSocket;

use crate::connections::{Connection, ConnectionState, Entry};
use crate::counters::Way;
use crate::destination::{Destination, Lease};
use crate::facts::count;
use crate::limits::{Permit, exhausted};
use crate::listener::Front;
use crate::lock::Lock;
use crate::persistence::Following;
use crate::service::{Pick, Service};
use crate::worker::Worker;

/// The largest datagram there can be.
const DATAGRAM: usize = 65_536;
/// Datagrams in a row before others have their turn.
const BATCH: usize = 64;

/// A buffer for one datagram, used only between two awaits and so by one task of the worker at a time.
pub(crate) struct Scratch(Mutex<Box<[u8]>>);

/// The flows of one socket. The id is the destination's where every packet is scheduled for itself, else 0.
type Flows = Mutex<BTreeMap<(SocketAddr, u64), Arc<Flow>>>;

/// A client's flow to its destination.
struct Flow {
    socket: UdpSocket,
    entry: Entry,
    lease: Lease,
    _following: Option<Following>,
    _permit: Permit,
}

/// What the tasks of one socket share.
struct Server {
    worker: Arc<Worker>,
    front: Arc<Front>,
    /// Towards clients.
    socket: UdpSocket,
    flows: Flows,
}

/// Receives until the front closes and its flows have ended: their answers must come from this socket.
pub(crate) async fn receive(worker: Arc<Worker>, socket: UdpSocket, front: Arc<Front>) {
    let index = worker.index;
    let mut server = Arc::new(Server { worker, front: Arc::clone(&front), socket, flows: Flows::default() });
    loop {
        if server.over() {
            // No flow is left, so this is the last owner of the socket.
            match front.close_socket(index, server) {
                Some(kept) => server = kept,
                None => return,
            }
        }
        if server.wait().await {
            server.receive_batch();
            tokio::task::yield_now().await;
        }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self(Mutex::new(vec![0; DATAGRAM].into_boxed_slice()))
    }
}

impl Server {
    fn over(&self) -> bool {
        self.front.closing() && self.flows.hold().is_empty()
    }

    /// Waits for datagrams (`true`) or a change of the front.
    async fn wait(&self) -> bool {
        let mut changed = pin!(self.front.changed());
        // The change may have come before the wait began.
        if self.over() {
            return false;
        }
        poll_fn(|cx| {
            if self.socket.poll_recv_ready(cx).is_ready() {
                return Poll::Ready(true);
            }
            changed.as_mut().poll(cx).map(|()| false)
        })
        .await
    }

    fn receive_batch(self: &Arc<Self>) {
        let one_packet = self.front.service().one_packet();
        let mut scratch = self.worker.datagrams.0.hold();
        for _ in 0..BATCH {
            match self.socket.try_recv_from(&mut scratch) {
                Ok((n, client)) => self.forward(one_packet, client, &scratch[..n]),
                Err(_) => return,
            }
        }
    }

    fn forward(self: &Arc<Self>, one_packet: bool, client: SocketAddr, datagram: &[u8]) {
        let Some(flow) = self.flow(one_packet, client) else {
            count(&self.worker.shared.events.datagrams_dropped);
            return;
        };
        flow.entry.touch(self.worker.shared.clock.now());
        match send(&flow.socket, datagram) {
            Ok(n) => flow.count(Way::In, n),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                count(&self.worker.shared.events.datagrams_dropped);
            }
            // An earlier datagram was answered by "port unreachable". The reading half of the flow sees the same and
            // ends it; the client's next datagram is scheduled anew.
            Err(_) => flow.fail(),
        }
    }

    /// The client's flow, or a new one.
    fn flow(self: &Arc<Self>, one_packet: bool, client: SocketAddr) -> Option<Arc<Flow>> {
        let known = |id| self.flows.hold().get(&(client, id)).cloned();
        if let Some(flow) = known(0).filter(|_| !one_packet) {
            return Some(flow);
        }
        if self.front.closing() {
            return None;
        }
        let now = self.worker.shared.clock.now();
        let (service, pick) = self.front.pick(client, now, &[]).ok()?;
        let id = if one_packet { pick.lease.destination().id() } else { 0 };
        if let Some(flow) = known(id) {
            return Some(flow);
        }
        let flow = Arc::new(self.open(&service, client, pick)?);
        service.meter.connection();
        flow.destination().meter.connection();
        self.flows.hold().insert((client, id), Arc::clone(&flow));
        drop(tokio::spawn(answer(Arc::clone(self), Arc::clone(&flow), (client, id))));
        Some(flow)
    }

    fn open(&self, service: &Arc<Service>, client: SocketAddr, pick: Pick) -> Option<Flow> {
        let Pick { lease, following, proxy_protocol: _ } = pick;
        let permit = Permit::acquire_flow(&self.worker.shared)?;
        let destination = lease.destination();
        let address = destination.address(model::Port::try_new(self.front.address().port().into()).ok()?);
        let socket = match connected(address) {
            Ok(socket) => socket,
            Err(error) if exhausted(&error) => {
                count(&self.worker.shared.events.descriptors_exhausted);
                return None;
            }
            Err(error) => {
                tracing::debug!(%address, %error, "could not open a socket for a UDP flow");
                destination.count_connect_failure();
                return None;
            }
        };
        let entry = self.worker.connections.insert(Arc::new(Connection::new(
            client,
            self.front.address(),
            service,
            destination,
            address,
            ConnectionState::Udp,
            self.worker.shared.clock.now(),
        )));
        Some(Flow { socket, entry, lease, _following: following, _permit: permit })
    }
}

/// Hands a flow's answers to its client until it is idle, cut or refused.
async fn answer(server: Arc<Server>, flow: Arc<Flow>, key: (SocketAddr, u64)) {
    poll_fn(|cx| {
        flow.entry.watch(cx.waker());
        if flow.entry.verdict().is_some() {
            return Poll::Ready(());
        }
        match flow.socket.poll_recv_ready(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(_)) => Poll::Ready(()),
            Poll::Ready(Ok(())) => {
                let over = server.answer_batch(&flow, key.0).is_err();
                if over {
                    return Poll::Ready(());
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    })
    .await;
    let mut flows = server.flows.hold();
    flows.remove(&key);
    if flows.is_empty() {
        server.front.notify();
    }
}

impl Server {
    fn answer_batch(&self, flow: &Flow, client: SocketAddr) -> io::Result<()> {
        let mut scratch = self.worker.datagrams.0.hold();
        for _ in 0..BATCH {
            let n = match flow.socket.try_recv(&mut scratch) {
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => {
                    flow.destination().count_connect_failure();
                    return Err(error);
                }
            };
            flow.entry.touch(self.worker.shared.clock.now());
            match SockRef::from(&self.socket).send_to(&scratch[..n], &client.into()) {
                Ok(_) => flow.count(Way::Out, n),
                Err(_) => count(&self.worker.shared.events.datagrams_dropped),
            }
        }
        Ok(())
    }
}

impl Flow {
    fn destination(&self) -> &Arc<Destination> {
        self.lease.destination()
    }

    fn count(&self, way: Way, bytes: usize) {
        self.destination().meter.packet(way, bytes);
        self.entry.service.meter.packet(way, bytes);
    }

    fn fail(&self) {
        self.destination().count_connect_failure();
        self.entry.end(crate::connections::Verdict::Cut);
    }
}

/// Sends at once or not at all. Not `UdpSocket::try_send`: on a socket that the event loop has not yet reported on, it would
/// not even try.
fn send(socket: &UdpSocket, datagram: &[u8]) -> io::Result<usize> {
    SockRef::from(socket).send(datagram)
}

fn connected(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM.nonblocking(), None)?;
    socket.connect(&address.into())?;
    UdpSocket::from_std(socket.into())
}
