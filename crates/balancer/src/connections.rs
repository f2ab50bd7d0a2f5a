//! The connection table: what is open, since when it is idle, and how it is told to end.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::Duration;

use ipnet::IpNet;
use model::Protocol;
use model::table::{TableDestinationKey, TableKey};

use crate::clock::TICK;
use crate::destination::Destination;
use crate::lock::Lock;
use crate::service::Service;

/// How many entries are looked at under one lock: a query or sweep never holds a worker up for longer.
const STRIDE: usize = 256;

/// How many entries an empty table keeps room for.
const KEPT: usize = 4096;

/// Which connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionQuery {
    /// Of this service only.
    pub service: Option<TableKey>,
    /// To this destination only.
    pub destination: Option<TableDestinationKey>,
    /// From clients of this network only.
    pub client: Option<IpNet>,
}

/// One connection as `ipvsadm -Lc` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRow {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// When it ends if nothing moves; to a tenth of a second.
    pub expires: Duration,
    /// Its state.
    pub state: ConnectionState,
    /// The client's address.
    pub client: SocketAddr,
    /// The virtual address that it asked.
    pub virtual_address: SocketAddr,
    /// The destination's address.
    pub destination: SocketAddr,
    /// The service.
    pub service: TableKey,
    /// The destination.
    pub destination_key: TableDestinationKey,
}

/// A connection's state, by the kernel's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConnectionState {
    /// The destination has not answered yet.
    SynRecv,
    /// Both ways are open.
    Established,
    /// The destination has closed its side.
    FinWait,
    /// The client has closed its side.
    CloseWait,
    /// A UDP flow.
    Udp,
}

/// Why a connection has to end before its peers want it to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing moved for too long.
    Idle,
    /// Somebody wants it gone.
    Cut,
}

/// An open connection or flow, shared by the task that serves it and whoever looks at it.
pub(crate) struct Connection {
    pub(crate) client: SocketAddr,
    pub(crate) virtual_address: SocketAddr,
    pub(crate) service: Arc<Service>,
    route: Mutex<(Arc<Destination>, SocketAddr)>,
    state: AtomicU8,
    /// The tick when something moved last.
    touched: AtomicU32,
    /// 0, or a [`Verdict`] plus one.
    verdict: AtomicU8,
    waker: Mutex<Option<Waker>>,
}

/// The connections of one worker.
#[derive(Default)]
pub(crate) struct Connections {
    slots: Mutex<Slots>,
    open: AtomicUsize,
}

#[derive(Default)]
struct Slots {
    entries: Vec<Option<Arc<Connection>>>,
    free: Vec<usize>,
}

/// A connection's place in the table; dropped, it is gone.
pub(crate) struct Entry {
    table: Arc<Connections>,
    index: usize,
    connection: Arc<Connection>,
}

impl ConnectionState {
    /// The kernel's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SynRecv => "SYN_RECV",
            Self::Established => "ESTABLISHED",
            Self::FinWait => "FIN_WAIT",
            Self::CloseWait => "CLOSE_WAIT",
            Self::Udp => "UDP",
        }
    }

    fn from_code(code: u8) -> Self {
        match code {
            0 => Self::SynRecv,
            1 => Self::Established,
            2 => Self::FinWait,
            3 => Self::CloseWait,
            _ => Self::Udp,
        }
    }
}

impl Connection {
    pub(crate) fn new(
        client: SocketAddr,
        virtual_address: SocketAddr,
        service: &Arc<Service>,
        destination: &Arc<Destination>,
        address: SocketAddr,
        state: ConnectionState,
        now: u32,
    ) -> Self {
        service.opened();
        Self {
            client,
            virtual_address,
            service: Arc::clone(service),
            route: Mutex::new((Arc::clone(destination), address)),
            state: AtomicU8::new(state as u8),
            touched: AtomicU32::new(now),
            verdict: AtomicU8::new(0),
            waker: Mutex::new(None),
        }
    }

    pub(crate) fn set_route(&self, destination: &Arc<Destination>, address: SocketAddr) {
        *self.route.hold() = (Arc::clone(destination), address);
    }

    pub(crate) fn state(&self) -> ConnectionState {
        ConnectionState::from_code(self.state.load(Ordering::Relaxed))
    }

    pub(crate) fn set_state(&self, state: ConnectionState) {
        self.state.store(state as u8, Ordering::Relaxed);
    }

    pub(crate) fn touch(&self, now: u32) {
        // Most touches fall into the same tick; a load is cheaper than dirtying the line.
        if self.touched.load(Ordering::Relaxed) != now {
            self.touched.store(now, Ordering::Relaxed);
        }
    }

    pub(crate) fn idle(&self, now: u32) -> u32 {
        now.saturating_sub(self.touched.load(Ordering::Relaxed))
    }

    /// The verdict, if there is one. Whoever serves the connection asks each time it is polled.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        match self.verdict.load(Ordering::Acquire) {
            0 => None,
            1 => Some(Verdict::Idle),
            _ => Some(Verdict::Cut),
        }
    }

    /// Has this waker called when there is a verdict.
    pub(crate) fn watch(&self, waker: &Waker) {
        *self.waker.hold() = Some(waker.clone());
    }

    pub(crate) fn end(&self, verdict: Verdict) {
        self.verdict.store(verdict as u8 + 1, Ordering::Release);
        let waker = self.waker.hold().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn matches(&self, query: &ConnectionQuery) -> bool {
        query.client.is_none_or(|net| net.contains(&self.client.ip()))
            && query.service.as_ref().is_none_or(|key| key == self.service.key())
            && query.destination.is_none_or(|key| key == self.route.hold().0.key())
    }

    fn row(&self, now: u32, timeout: u32) -> ConnectionRow {
        let (destination, address) = self.route.hold().clone();
        ConnectionRow {
            protocol: self.service.protocol(),
            expires: TICK * timeout.saturating_sub(self.idle(now)),
            state: self.state(),
            client: self.client,
            virtual_address: self.virtual_address,
            destination: address,
            service: self.service.key().clone(),
            destination_key: destination.key(),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.service.closed();
    }
}

impl Connections {
    /// How many there are.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    pub(crate) fn insert(self: &Arc<Self>, connection: Arc<Connection>) -> Entry {
        let mut slots = self.slots.hold();
        let shared = Some(Arc::clone(&connection));
        let index = match slots.free.pop() {
            Some(index) => {
                slots.entries[index] = shared;
                index
            }
            None => {
                slots.entries.push(shared);
                slots.entries.len() - 1
            }
        };
        drop(slots);
        self.open.fetch_add(1, Ordering::Relaxed);
        Entry { table: Arc::clone(self), index, connection }
    }

    /// Calls `look` for every connection, a stride at a time.
    pub(crate) fn each(&self, mut look: impl FnMut(&Arc<Connection>)) {
        let mut from = 0;
        while let Some(next) = self.stride(from, &mut look) {
            from = next;
        }
    }

    /// Calls `look` for a tenth of the table from `from` on; where to go on.
    pub(crate) fn each_tenth(&self, from: usize, mut look: impl FnMut(&Arc<Connection>)) -> usize {
        let tenth = self.slots.hold().entries.len() / 10 + 1;
        let mut at = from;
        while at < from + tenth {
            match self.stride(at, &mut look) {
                Some(next) => at = next,
                None => return 0,
            }
        }
        at
    }

    /// Tells of every connection. `timeout` says after how many idle ticks a connection ends.
    ///
    /// Whoever listens may take long: no lock is held meanwhile.
    pub(crate) fn tell(
        &self,
        now: u32,
        timeout: impl Fn(ConnectionState) -> u32,
        mut listen: impl FnMut(&ConnectionRow),
    ) {
        let (mut from, mut rows) = (0, Vec::with_capacity(STRIDE));
        while let Some(next) = self.stride(from, &mut |connection: &Arc<Connection>| {
            rows.push(connection.row(now, timeout(connection.state())));
        }) {
            from = next;
            rows.drain(..).for_each(|row| listen(&row));
        }
    }

    /// Tells all that match to end; how many.
    pub(crate) fn cut(&self, query: &ConnectionQuery) -> usize {
        let mut cut = 0;
        self.each(|connection| {
            if connection.matches(query) {
                connection.end(Verdict::Cut);
                cut += 1;
            }
        });
        cut
    }

    fn stride(&self, from: usize, look: &mut impl FnMut(&Arc<Connection>)) -> Option<usize> {
        let slots = self.slots.hold();
        let to = slots.entries.len().min(from + STRIDE);
        let entries = slots.entries.get(from..to).filter(|entries| !entries.is_empty())?;
        entries.iter().flatten().for_each(look);
        Some(to)
    }
}

impl std::ops::Deref for Entry {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.table.open.fetch_sub(1, Ordering::Relaxed);
        let mut slots = self.table.slots.hold();
        slots.entries[self.index] = None;
        slots.free.push(self.index);
        // What a burst has left behind goes back to the allocator.
        if slots.free.len() == slots.entries.len() && slots.free.len() > KEPT {
            *slots = Slots::default();
        }
    }
}
