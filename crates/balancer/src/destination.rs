//! A destination as the running data plane knows it: what is configured, what is counted, the overload flag.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use model::Port;
use model::table::{TableDestination, TableDestinationKey};

use crate::counters::Meter;
use crate::linger::Lingering;
use crate::lock::Lock;

/// A real server (or sorry server) within a service.
///
/// Counts and flags are atomic so that the end of a connection takes no lock. They are sequentially consistent where the
/// overload flag depends on them: a connection that comes and one that goes must not miss each other.
#[derive(Debug)]
pub(crate) struct Destination {
    /// Never used again within this process.
    id: u64,
    key: TableDestinationKey,
    settings: Mutex<TableDestination>,
    weight: AtomicU32,
    /// Upper threshold, 0 for none.
    upper: AtomicU32,
    /// Lower threshold, 0 for none.
    lower: AtomicU32,
    overloaded: AtomicBool,
    /// Taken out of its service; connections may still be open.
    removed: AtomicBool,
    active: AtomicU32,
    inactive: AtomicU32,
    /// Persistence templates that point here.
    persistent: AtomicU32,
    connect_failures: AtomicU64,
    /// Ended TCP connections, for schedulers alone.
    pub(crate) lingering: Lingering,
    pub(crate) meter: Meter,
}

impl Destination {
    pub(crate) fn new(key: TableDestinationKey, settings: TableDestination) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        let destination = Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            key,
            settings: Mutex::new(settings),
            weight: AtomicU32::new(0),
            upper: AtomicU32::new(0),
            lower: AtomicU32::new(0),
            overloaded: AtomicBool::new(false),
            removed: AtomicBool::new(false),
            active: AtomicU32::new(0),
            inactive: AtomicU32::new(0),
            persistent: AtomicU32::new(0),
            connect_failures: AtomicU64::new(0),
            lingering: Lingering::default(),
            meter: Meter::default(),
        };
        destination.edit(settings);
        destination
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn key(&self) -> TableDestinationKey {
        self.key
    }

    pub(crate) fn settings(&self) -> TableDestination {
        *self.settings.hold()
    }

    /// Takes new settings over, as `__ip_vs_update_dest` does: raising the upper threshold lifts the overload flag.
    pub(crate) fn edit(&self, settings: TableDestination) {
        let upper = settings.thresholds.upper().map_or(0, |upper| u32::from(upper.get()));
        let lower = settings.thresholds.lower().map_or(0, |lower| u32::from(lower.get()));
        *self.settings.hold() = settings;
        self.weight.store(settings.weight.get(), Ordering::SeqCst);
        let before = self.upper.swap(upper, Ordering::SeqCst);
        self.lower.store(lower, Ordering::SeqCst);
        if upper == 0 || upper > before {
            self.overloaded.store(false, Ordering::SeqCst);
        }
        self.raise_overload();
        self.lift_overload();
    }

    /// Where to connect to for a client that used `port` of the VIP.
    pub(crate) fn address(&self, port: Port) -> SocketAddr {
        self.key.socket(port)
    }

    pub(crate) fn active(&self) -> u32 {
        self.active.load(Ordering::Relaxed)
    }

    pub(crate) fn inactive(&self) -> u32 {
        self.inactive.load(Ordering::Relaxed)
    }

    pub(crate) fn persistent(&self) -> u32 {
        self.persistent.load(Ordering::Relaxed)
    }

    pub(crate) fn weight(&self) -> u32 {
        self.weight.load(Ordering::Relaxed)
    }

    pub(crate) fn overloaded(&self) -> bool {
        self.overloaded.load(Ordering::SeqCst)
    }

    pub(crate) fn removed(&self) -> bool {
        self.removed.load(Ordering::SeqCst)
    }

    pub(crate) fn set_removed(&self, removed: bool) {
        self.removed.store(removed, Ordering::SeqCst);
    }

    pub(crate) fn connect_failures(&self) -> u64 {
        self.connect_failures.load(Ordering::Relaxed)
    }

    pub(crate) fn count_connect_failure(&self) {
        self.connect_failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Nothing of it is left but this entry.
    pub(crate) fn unused(&self) -> bool {
        self.total() == 0
    }

    pub(crate) fn template_added(&self) {
        self.persistent.fetch_add(1, Ordering::SeqCst);
        self.raise_overload();
    }

    pub(crate) fn template_removed(&self) {
        self.persistent.fetch_sub(1, Ordering::SeqCst);
        self.lift_overload();
    }

    /// `ip_vs_dest_totalconns`.
    fn total(&self) -> u32 {
        let open = self.active.load(Ordering::SeqCst) + self.inactive.load(Ordering::SeqCst);
        open + self.persistent.load(Ordering::SeqCst)
    }

    /// `ip_vs_bind_dest`: at the upper threshold no more new ones come.
    fn raise_overload(&self) {
        let upper = self.upper.load(Ordering::SeqCst);
        if upper != 0 && self.total() >= upper {
            self.overloaded.store(true, Ordering::SeqCst);
            // One may have ended between the count and the flag, and lifted a flag that was not yet there.
            self.lift_overload();
        }
    }

    /// `ip_vs_unbind_dest`: below the lower threshold (three quarters of the upper one where none is set) they do again.
    fn lift_overload(&self) {
        if !self.overloaded() {
            return;
        }
        let (upper, lower, total) =
            (self.upper.load(Ordering::SeqCst), self.lower.load(Ordering::SeqCst), self.total());
        let lift = if lower != 0 {
            total < lower
        } else {
            upper == 0 || u64::from(total) * 4 < u64::from(upper) * 3
        };
        if lift {
            self.overloaded.store(false, Ordering::SeqCst);
        }
    }
}

/// One connection's place in its destination's count: active until told otherwise, released when dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    destination: Arc<Destination>,
    inactive: bool,
    /// Counts for schedulers after its end.
    lingers: bool,
}

impl Lease {
    /// TCP: active.
    pub(crate) fn active(destination: Arc<Destination>) -> Self {
        destination.active.fetch_add(1, Ordering::SeqCst);
        destination.raise_overload();
        Self { destination, inactive: false, lingers: true }
    }

    /// UDP: known, but never established, so inactive as in the kernel.
    pub(crate) fn inactive(destination: Arc<Destination>) -> Self {
        destination.inactive.fetch_add(1, Ordering::SeqCst);
        destination.raise_overload();
        Self { destination, inactive: true, lingers: false }
    }

    pub(crate) fn destination(&self) -> &Arc<Destination> {
        &self.destination
    }

    /// One side has closed.
    pub(crate) fn close(&mut self) {
        if !self.inactive {
            self.inactive = true;
            self.destination.inactive.fetch_add(1, Ordering::SeqCst);
            self.destination.active.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let count = if self.inactive { &self.destination.inactive } else { &self.destination.active };
        count.fetch_sub(1, Ordering::SeqCst);
        if self.lingers {
            self.destination.lingering.add();
        }
        self.destination.lift_overload();
    }
}

#[cfg(test)]
mod tests {
    use model::table::Role;
    use model::{Forwarding, HostAddress, Threshold, Thresholds, Weight};

    use super::*;

    fn destination(upper: u16, lower: u16) -> Arc<Destination> {
        let threshold = |n: u16| (n > 0).then(|| Threshold::new_const(n));
        let key = TableDestinationKey { address: HostAddress::parse("10.0.0.1").unwrap(), port: None };
        let settings = TableDestination {
            forwarding: Forwarding::Masquerading,
            weight: Weight::new_const(1),
            thresholds: Thresholds::try_new(threshold(upper), threshold(lower)).unwrap(),
            role: Role::RealServer,
        };
        Arc::new(Destination::new(key, settings))
    }

    /// Opens up to the upper threshold, then closes one by one; the number still open when the flag falls.
    fn open_when_lifted(upper: u16, lower: u16) -> usize {
        let destination = destination(upper, lower);
        let mut open: Vec<Lease> = (0..upper)
            .map(|_| {
                assert!(!destination.overloaded());
                Lease::active(Arc::clone(&destination))
            })
            .collect();
        assert!(destination.overloaded());
        while destination.overloaded() {
            open.pop();
        }
        open.len()
    }

    #[test]
    fn overload_flag_has_hysteresis() {
        assert_eq!(open_when_lifted(8, 3), 2, "below the lower threshold");
        assert_eq!(open_when_lifted(8, 0), 5, "below three quarters of the upper one");
        assert_eq!(open_when_lifted(1, 0), 0);
        assert_eq!(open_when_lifted(4, 4), 3);
    }

    #[test]
    fn closing_connections_still_count() {
        let destination = destination(2, 0);
        let mut first = Lease::active(Arc::clone(&destination));
        first.close();
        first.close();
        assert_eq!((destination.active(), destination.inactive()), (0, 1));
        let _second = Lease::active(Arc::clone(&destination));
        assert!(destination.overloaded());
        drop(first);
        assert!(!destination.overloaded());
    }

    #[test]
    fn edits_of_thresholds_move_the_flag() {
        let destination = destination(0, 0);
        let _open: Vec<Lease> = (0..5).map(|_| Lease::active(Arc::clone(&destination))).collect();
        let mut settings = destination.settings();
        let mut edit = |upper: Option<u16>| {
            settings.thresholds = Thresholds::try_new(upper.map(Threshold::new_const), None).unwrap();
            destination.edit(settings);
            destination.overloaded()
        };
        assert!(edit(Some(5)));
        assert!(!edit(Some(6)));
        assert!(edit(Some(3)));
        assert!(!edit(None));
    }

    #[test]
    fn no_flag_is_left_behind_by_racing_threads() {
        let destination = destination(2, 0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20_000 {
                        drop(Lease::active(Arc::clone(&destination)));
                    }
                });
            }
        });
        assert!(!destination.overloaded() && destination.unused());
    }
}
