//! A virtual address that is listened on: by every worker with a socket of its own.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use model::Protocol;
use model::table::TableKey;
use socket2::{Domain, Socket, Type};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::limits::Limits;
use crate::lock::Lock;
use crate::service::{Pick, Service};

/// Connections that may wait to be accepted; the kernel lowers it to `net.core.somaxconn`.
const BACKLOG: i32 = 4096;
/// Bytes of a UDP socket's receive buffer, for bursts; the kernel lowers it to `net.core.rmem_max`.
const DATAGRAM_BACKLOG: usize = 1 << 20;

/// A virtual address and port, and the service that has it at present.
///
/// A front outlives its service by as long as its workers have something left to do, and can be taken over by the next
/// service meanwhile: so a port moves from one service to another without a moment in which nobody listens.
pub(crate) struct Front {
    protocol: Protocol,
    address: SocketAddr,
    service: RwLock<Arc<Service>>,
    sockets: Mutex<Sockets>,
    /// A copy of `Sockets::closing` to be read without the lock.
    closing: AtomicBool,
    changed: Notify,
    counted: Arc<dyn Fn(bool) + Send + Sync>,
}

/// No destination takes the connection. The service has counted it.
#[derive(Debug)]
pub(crate) struct Refused;

#[derive(Debug)]
struct Sockets {
    closing: bool,
    /// Which workers have a socket.
    open: Vec<bool>,
}

impl Front {
    /// Whose connections arrive here.
    pub(crate) fn service_key(&self) -> TableKey {
        self.service.read().unwrap_or_else(PoisonError::into_inner).key().clone()
    }

    /// A front without sockets. `counted` is told of each socket that opens (`true`) or closes.
    pub(crate) fn new(
        protocol: Protocol,
        address: SocketAddr,
        service: Arc<Service>,
        n_workers: usize,
        counted: Arc<dyn Fn(bool) + Send + Sync>,
    ) -> Self {
        Self {
            protocol,
            address,
            service: RwLock::new(service),
            sockets: Mutex::new(Sockets { closing: false, open: vec![false; n_workers] }),
            closing: AtomicBool::new(false),
            changed: Notify::new(),
            counted,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn service(&self) -> Arc<Service> {
        Arc::clone(&self.service.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// New connections go to this service from now on.
    pub(crate) fn set_service(&self, service: Arc<Service>) {
        *self.service.write().unwrap_or_else(PoisonError::into_inner) = service;
    }

    pub(crate) fn closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Completes when something about the front changed after this call.
    pub(crate) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    pub(crate) fn notify(&self) {
        self.changed.notify_waiters();
    }

    /// Every worker closes its socket when it has nothing left to do with it.
    pub(crate) fn close(&self) {
        self.sockets.hold().closing = true;
        self.closing.store(true, Ordering::Release);
        self.notify();
    }

    /// Opens the sockets that `workers` lack and keeps those that were about to close. On an error the front is as before.
    pub(crate) fn open(&self, workers: std::ops::Range<usize>) -> io::Result<Vec<(usize, Socket)>> {
        let mut sockets = self.sockets.hold();
        let mut opened = Vec::new();
        let mut alone = !sockets.open.contains(&true);
        for index in workers.filter(|index| !sockets.open[*index]) {
            opened.push((index, self.socket(alone)?));
            alone = false;
        }
        for (index, _) in &opened {
            sockets.open[*index] = true;
            (self.counted)(true);
        }
        sockets.closing = false;
        self.closing.store(false, Ordering::Release);
        Ok(opened)
    }

    /// Closes a worker's socket that is done, if the front still wants to close; else gives it back. Closed under the lock,
    /// so that whoever opens the front again finds the socket either there or gone.
    pub(crate) fn close_socket<S>(&self, worker: usize, socket: S) -> Option<S> {
        let mut sockets = self.sockets.hold();
        if !sockets.closing {
            return Some(socket);
        }
        drop(socket);
        sockets.open[worker] = false;
        (self.counted)(false);
        None
    }

    /// Chooses a destination for a client's connection, other than those with the ids `tried`. A service that was taken
    /// away between the look and the choice has none; then its successor is asked.
    pub(crate) fn pick(
        &self,
        client: SocketAddr,
        now: u32,
        tried: &[u64],
    ) -> Result<(Arc<Service>, Pick), Refused> {
        let mut service = self.service();
        loop {
            if let Some(pick) = service.pick(client, self.address, now, tried) {
                return Ok((service, pick));
            }
            let successor = self.service();
            if Arc::ptr_eq(&service, &successor) {
                service.count_refused();
                return Err(Refused);
            }
            service = successor;
        }
    }

    /// A socket that was opened is not handed to its worker after all.
    pub(crate) fn forget_socket(&self, worker: usize) {
        self.sockets.hold().open[worker] = false;
        (self.counted)(false);
    }

    /// No worker has a socket.
    pub(crate) fn closed(&self) -> bool {
        !self.sockets.hold().open.contains(&true)
    }

    /// A socket, bound and listening. The first one is bound alone, so that an address that anybody else has is refused;
    /// only then it is opened to the others. (With `SO_REUSEPORT` from the start another program's sockets of the same user
    /// would share the port with ours.)
    fn socket(&self, alone: bool) -> io::Result<Socket> {
        let kind = if self.protocol == Protocol::Udp { Type::DGRAM } else { Type::STREAM };
        let socket = Socket::new(Domain::for_address(self.address), kind.nonblocking(), None)?;
        if self.address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        if self.protocol == Protocol::Udp {
            socket.set_recv_buffer_size(DATAGRAM_BACKLOG)?;
        } else {
            // Restart while old connections are in TIME_WAIT; does not allow two listeners.
            socket.set_reuse_address(true)?;
            // Accepted connections inherit it: one system call less for each.
            socket.set_tcp_nodelay(true)?;
        }
        if !alone {
            socket.set_reuse_port(true)?;
        }
        socket.bind(&self.address.into())?;
        if alone {
            socket.set_reuse_port(true)?;
        }
        if self.protocol != Protocol::Udp {
            socket.listen(BACKLOG)?;
        }
        Ok(socket)
    }
}

/// How many of `n_workers` get a socket for each of `wanted` new addresses: all of them while descriptors are plenty, one
/// beyond a quarter of them; `None` beyond half.
pub(crate) fn sockets_each(limits: &Limits, wanted: usize, n_workers: usize) -> Option<usize> {
    let (open, limit) = (limits.listening(), limits.descriptors());
    if open + wanted * n_workers <= limit / 4 {
        Some(n_workers)
    } else if open + wanted <= limit / 2 {
        Some(1)
    } else {
        None
    }
}
