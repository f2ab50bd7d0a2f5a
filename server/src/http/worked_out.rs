//! What the frame around every page says of whole clusters, and costs as much as a cluster is large: worked out once, and kept until
//! what it was worked out from is another.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use app::State;
use model::ClusterId;
use protocol::Observed;

/// How each offered service fares, and since when, in milliseconds since 1970.
pub(super) type Services = Arc<[(State, i64)]>;

/// One entry for each cluster.
#[derive(Debug, Default)]
pub struct WorkedOut {
    services: Mutex<BTreeMap<ClusterId, Reported>>,
}

/// Services by the reports that they were worked out from.
type Reported = (Vec<Arc<Observed>>, Services);

impl WorkedOut {
    /// What these reports say of a cluster's services.
    pub(super) fn services(
        &self,
        cluster: ClusterId,
        reports: Vec<Arc<Observed>>,
        work_out: impl FnOnce(&[Arc<Observed>]) -> Vec<(State, i64)>,
    ) -> Services {
        let kept = |(from, services): &Reported| {
            let same =
                from.len() == reports.len() && from.iter().zip(&reports).all(|(a, b)| Arc::ptr_eq(a, b));
            same.then(|| Arc::clone(services))
        };
        let known = self.services.lock().unwrap_or_else(PoisonError::into_inner).get(&cluster).and_then(kept);
        known.unwrap_or_else(|| {
            let services: Services = work_out(&reports).into();
            let entry = (reports, Arc::clone(&services));
            self.services.lock().unwrap_or_else(PoisonError::into_inner).insert(cluster, entry);
            services
        })
    }

    /// Forgets clusters that are no more.
    pub(super) fn keep(&self, exists: impl Fn(ClusterId) -> bool) {
        self.services.lock().unwrap_or_else(PoisonError::into_inner).retain(|id, _| exists(*id));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn the_same_is_worked_out_once() {
        let kept = WorkedOut::default();
        let (one, two) = (Arc::new(Observed::nothing(0)), Arc::new(Observed::nothing(0)));
        let times = Cell::new(0);
        let ask = |reports: &[&Arc<Observed>]| {
            let reports = reports.iter().map(|report| Arc::clone(report)).collect();
            kept.services(ClusterId(1), reports, |_| {
                times.set(times.get() + 1);
                vec![(State::Serving, times.get())]
            })
        };
        assert_eq!(ask(&[&one])[0].1, 1);
        assert_eq!(ask(&[&one])[0].1, 1);
        assert_eq!(ask(&[&two])[0].1, 2, "equal, and another report");
        assert_eq!(ask(&[&two, &one])[0].1, 3);
        kept.keep(|_| false);
        assert_eq!(ask(&[&two, &one])[0].1, 4);
    }
}
