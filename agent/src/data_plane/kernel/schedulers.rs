//! What the kernel can balance by, as far as that is known.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use model::SchedulerKind;
use model::table::Step;

/// The schedulers that are known to be missing. A module may come at any moment: where one of them is asked for, it is looked for anew.
#[derive(Debug)]
pub(super) struct Schedulers {
    look: fn() -> BTreeSet<SchedulerKind>,
    missing: Mutex<BTreeSet<SchedulerKind>>,
}

impl Schedulers {
    /// As `look` finds them.
    pub(super) fn new(look: fn() -> BTreeSet<SchedulerKind>) -> Self {
        Self { look, missing: Mutex::new(look()) }
    }

    /// Those that are there, or may be.
    pub(super) fn present(&self) -> Vec<SchedulerKind> {
        let missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        SchedulerKind::ALL.iter().copied().filter(|kind| !missing.contains(kind)).collect()
    }

    /// Those that are missing, looked for again where `steps` ask for one of them.
    pub(super) fn missing_for(&self, steps: &[Step]) -> BTreeSet<SchedulerKind> {
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        let is_missing = |step: &Step| match step {
            Step::AddService { settings, .. } | Step::EditService { settings, .. } => {
                missing.contains(&settings.scheduler.kind())
            }
            _ => false,
        };
        if steps.iter().any(is_missing) {
            *missing = (self.look)();
        }
        missing.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use model::table::{TableKey, TableServiceSettings};
    use model::{Family, FirewallMark, Scheduler};

    use super::*;

    static LOOKS: AtomicUsize = AtomicUsize::new(0);

    /// `modprobe ip_vs_mh` comes after the second look.
    fn look() -> BTreeSet<SchedulerKind> {
        if LOOKS.fetch_add(1, Ordering::SeqCst) < 2 { [SchedulerKind::Mh].into() } else { BTreeSet::new() }
    }

    #[test]
    fn a_module_that_comes_is_noticed_when_it_is_asked_for() {
        let add = |kind| Step::AddService {
            key: TableKey::Mark { mark: FirewallMark::new_const(1), family: Family::V4 },
            settings: TableServiceSettings {
                scheduler: Scheduler::new(kind, false, false),
                persistence: None,
                one_packet: false,
                proxy_protocol: false,
            },
        };
        let schedulers = Schedulers::new(look);
        assert!(!schedulers.present().contains(&SchedulerKind::Mh));
        for _ in 0..9 {
            schedulers.missing_for(&[add(SchedulerKind::Rr)]);
        }
        assert_eq!(schedulers.missing_for(&[add(SchedulerKind::Mh)]), [SchedulerKind::Mh].into());
        assert_eq!(schedulers.missing_for(&[add(SchedulerKind::Mh)]), [].into());
        assert!(schedulers.present().contains(&SchedulerKind::Mh));
        assert_eq!(LOOKS.load(Ordering::SeqCst), 3);
    }
}
