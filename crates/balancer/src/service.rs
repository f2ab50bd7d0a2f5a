//! A virtual service: its destinations, its scheduler's state, its templates, behind one short lock.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use model::Protocol;
use model::table::{
    Role, TableDestination, TableDestinationKey, TableKey, TableService, TableServiceSettings,
};
use scheduling::{Flags, Kind, Packet, Scheduler};

use crate::clock::ticks;
use crate::counters::Meter;
use crate::destination::{Destination, Lease};
use crate::lock::Lock;
use crate::persistence::{Following, Templates, network};

/// A virtual service.
pub(crate) struct Service {
    key: TableKey,
    protocol: Protocol,
    expire_quiescent_template: bool,
    pool: Mutex<Pool>,
    pub(crate) meter: Meter,
    /// Connections and flows that are open, also those of removed destinations.
    open: AtomicUsize,
    /// Connections that no destination could take.
    refused: AtomicU64,
    removed: AtomicBool,
}

struct Pool {
    settings: TableServiceSettings,
    scheduler: Box<dyn Scheduler<Slot>>,
    /// Real servers by key, so that two directors with the same table hash the same.
    slots: Vec<Slot>,
    /// Sorry servers: asked when no real server takes the connection.
    sorry: Vec<Arc<Destination>>,
    /// Removed destinations with open connections.
    leaving: Vec<Arc<Destination>>,
    templates: Templates,
}

/// A real server as the scheduler sees it.
struct Slot {
    destination: Arc<Destination>,
    /// Has failed for the connection that is being scheduled.
    tried: bool,
}

/// What a new connection gets.
pub(crate) struct Pick {
    pub(crate) lease: Lease,
    pub(crate) following: Option<Following>,
    /// Send a PROXY protocol header first.
    pub(crate) proxy_protocol: bool,
}

impl Service {
    /// A service without destinations. `kind` is the scheduler of `settings`.
    pub(crate) fn new(
        key: TableKey,
        protocol: Protocol,
        settings: TableServiceSettings,
        kind: Kind,
        templates: Templates,
        expire_quiescent_template: bool,
    ) -> Self {
        let pool = Pool {
            settings,
            scheduler: kind.scheduler(flags(&settings)),
            slots: Vec::new(),
            sorry: Vec::new(),
            leaving: Vec::new(),
            templates,
        };
        Self {
            key,
            protocol,
            expire_quiescent_template,
            pool: Mutex::new(pool),
            meter: Meter::default(),
            open: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
            removed: AtomicBool::new(false),
        }
    }

    pub(crate) fn key(&self) -> &TableKey {
        &self.key
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Every packet is scheduled for itself.
    pub(crate) fn one_packet(&self) -> bool {
        self.pool.hold().settings.one_packet
    }

    /// Chooses a destination for a client's connection to `virtual_address`, other than those with the ids `tried`.
    pub(crate) fn pick(
        &self,
        client: SocketAddr,
        virtual_address: SocketAddr,
        now: u32,
        tried: &[u64],
    ) -> Option<Pick> {
        let mut pool = self.pool.hold();
        let pool = &mut *pool;
        let proxy_protocol = pool.settings.proxy_protocol;
        let persistence = pool.settings.persistence.map(|persistence| {
            let expires = now.saturating_add(ticks(persistence.timeout.duration()));
            (network(client.ip(), persistence.mask.map(|mask| mask.get())), expires)
        });
        if let Some((network, expires)) = persistence {
            let allowed = |destination: &Destination| {
                let quiesced = self.expire_quiescent_template && destination.weight() == 0;
                !destination.removed() && !quiesced && !tried.contains(&destination.id())
            };
            if let Some((destination, following)) = pool.templates.follow(network, expires, now, allowed) {
                return Some(Pick {
                    lease: self.lease(destination),
                    following: Some(following),
                    proxy_protocol,
                });
            }
        }
        let packet = Packet { client, virtual_address: virtual_address.ip() };
        if let Some(destination) = pool.schedule(&packet, tried) {
            let following =
                persistence.and_then(|(network, expires)| pool.templates.add(network, &destination, expires));
            return Some(Pick { lease: self.lease(destination), following, proxy_protocol });
        }
        // A sorry server leaves no template: the client comes back to a real one as soon as there is one.
        let sorry = pool.sorry.iter().find(|sorry| sorry.weight() > 0 && !tried.contains(&sorry.id()))?;
        Some(Pick { lease: self.lease(Arc::clone(sorry)), following: None, proxy_protocol })
    }

    fn lease(&self, destination: Arc<Destination>) -> Lease {
        match self.protocol {
            Protocol::Udp => Lease::inactive(destination),
            Protocol::Tcp | Protocol::Sctp => Lease::active(destination),
        }
    }

    /// Edits the service in place. `kind` is the scheduler of `settings`.
    pub(crate) fn edit(&self, settings: TableServiceSettings, kind: Kind) {
        let mut pool = self.pool.hold();
        let before = std::mem::replace(&mut pool.settings, settings);
        if before.scheduler != settings.scheduler {
            pool.scheduler = kind.scheduler(flags(&settings));
            pool.changed();
        }
        let mask = |settings: &TableServiceSettings| settings.persistence.map(|persistence| persistence.mask);
        if mask(&before) != mask(&settings) {
            pool.templates.clear();
        }
    }

    /// Adds a destination; `false` if there is one with this key. One that is still draining takes up its counts again.
    pub(crate) fn add_destination(&self, key: TableDestinationKey, settings: TableDestination) -> bool {
        let mut pool = self.pool.hold();
        if pool.find(key).is_some() {
            return false;
        }
        let destination = match pool.leaving.iter().position(|destination| destination.key() == key) {
            Some(index) => {
                let destination = pool.leaving.swap_remove(index);
                destination.edit(settings);
                destination.set_removed(false);
                destination
            }
            None => Arc::new(Destination::new(key, settings)),
        };
        pool.insert(destination, settings.role);
        true
    }

    /// Edits a destination in place; `false` if there is none with this key.
    pub(crate) fn edit_destination(&self, key: TableDestinationKey, settings: TableDestination) -> bool {
        let mut pool = self.pool.hold();
        let Some(destination) = pool.find(key) else { return false };
        let role = destination.settings().role;
        destination.edit(settings);
        if role == settings.role {
            pool.changed();
        } else {
            pool.take(key);
            pool.insert(destination, settings.role);
        }
        true
    }

    /// Takes a destination out: no new connections, open ones go on. `None` if there is none with this key.
    pub(crate) fn remove_destination(&self, key: TableDestinationKey) -> Option<Arc<Destination>> {
        let mut pool = self.pool.hold();
        let destination = pool.take(key)?;
        pool.changed();
        destination.set_removed(true);
        pool.templates.forget(&destination);
        if !destination.unused() {
            pool.leaving.push(Arc::clone(&destination));
        }
        Some(destination)
    }

    /// Takes all destinations out; connections go on.
    pub(crate) fn remove(&self) {
        for destination in self.destinations() {
            self.remove_destination(destination.key());
        }
    }

    /// Marks it as taken out of the table, or back in it.
    pub(crate) fn set_removed(&self, removed: bool) {
        self.removed.store(removed, Ordering::SeqCst);
    }

    pub(crate) fn removed(&self) -> bool {
        self.removed.load(Ordering::SeqCst)
    }

    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    pub(crate) fn opened(&self) {
        self.open.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn closed(&self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }

    pub(crate) fn count_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// The service as the table has it.
    pub(crate) fn table(&self) -> TableService {
        let pool = self.pool.hold();
        let destinations =
            pool.present().map(|destination| (destination.key(), destination.settings())).collect();
        TableService { settings: pool.settings, destinations }
    }

    /// Its destinations, those of the table.
    pub(crate) fn destinations(&self) -> Vec<Arc<Destination>> {
        self.pool.hold().present().cloned().collect()
    }

    /// Removed destinations whose connections are still open.
    pub(crate) fn leaving(&self) -> Vec<Arc<Destination>> {
        self.pool.hold().leaving.clone()
    }

    /// Expires templates and forgets drained destinations; to be called each second.
    pub(crate) fn tidy(&self, now: u32) {
        // The lock is taken anew for each stride.
        while self.pool.hold().templates.expire(now) {}
        let mut pool = self.pool.hold();
        pool.leaving.retain(|destination| !destination.unused());
        pool.present().for_each(|destination| destination.lingering.tidy(now));
    }
}

impl Pool {
    fn schedule(&mut self, packet: &Packet, tried: &[u64]) -> Option<Arc<Destination>> {
        for slot in &mut self.slots {
            slot.tried = tried.contains(&slot.destination.id());
        }
        let index = self.scheduler.schedule(&self.slots, packet)?;
        Some(Arc::clone(&self.slots.get(index)?.destination))
    }

    fn changed(&mut self) {
        self.scheduler.changed(&self.slots);
    }

    fn present(&self) -> impl Iterator<Item = &Arc<Destination>> {
        self.slots.iter().map(|slot| &slot.destination).chain(&self.sorry)
    }

    fn find(&self, key: TableDestinationKey) -> Option<Arc<Destination>> {
        self.present().find(|destination| destination.key() == key).cloned()
    }

    fn insert(&mut self, destination: Arc<Destination>, role: Role) {
        match role {
            Role::SorryServer => self.sorry.push(destination),
            Role::RealServer => {
                let index = self.slots.partition_point(|slot| slot.destination.key() < destination.key());
                self.slots.insert(index, Slot { destination, tried: false });
                self.changed();
            }
        }
    }

    fn take(&mut self, key: TableDestinationKey) -> Option<Arc<Destination>> {
        if let Some(index) = self.slots.iter().position(|slot| slot.destination.key() == key) {
            let slot = self.slots.remove(index);
            self.changed();
            return Some(slot.destination);
        }
        let index = self.sorry.iter().position(|sorry| sorry.key() == key)?;
        Some(self.sorry.remove(index))
    }
}

impl scheduling::Destination for Slot {
    fn key(&self) -> u64 {
        self.destination.id()
    }

    fn address(&self) -> SocketAddr {
        let key = self.destination.key();
        SocketAddr::new(key.address.get(), key.port.map_or(0, |port| port.get()))
    }

    fn weight(&self) -> u32 {
        self.destination.weight()
    }

    /// One that has just refused this connection is as good as overloaded for it.
    fn overloaded(&self) -> bool {
        self.tried || self.destination.overloaded()
    }

    fn active(&self) -> u32 {
        self.destination.active()
    }

    fn inactive(&self) -> u32 {
        self.destination.inactive().saturating_add(self.destination.lingering.count())
    }
}

fn flags(settings: &TableServiceSettings) -> Flags {
    Flags { fallback: settings.scheduler.fallback(), port: settings.scheduler.port() }
}
