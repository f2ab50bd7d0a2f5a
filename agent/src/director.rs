//! A running director: the checks and the reconciler over one data plane, and the ends of their channels.

use std::sync::Arc;
use std::time::Duration;

use health::{Check, Judge, Pace, Subjects};
use model::MachineRole;
use protocol::{Accepted, Observed, Phase};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::clock::now_ms;
use crate::data_plane::{DataPlane, Leaving};
use crate::reconcile::{self, Channels, Index, Reconciler};
use crate::surroundings::Surroundings;

/// A machine's surroundings, and what it is.
pub type InRole = (Arc<dyn Surroundings>, MachineRole);

/// A running director.
pub struct Director {
    data_plane: Arc<dyn DataPlane>,
    desired: watch::Sender<Option<Arc<Accepted>>>,
    observed: watch::Receiver<Arc<Observed>>,
    index: watch::Receiver<Arc<Index>>,
    wake: Arc<Notify>,
    shutdown: CancellationToken,
    tasks: JoinSet<()>,
}

impl Director {
    /// Starts from `desired`, the last good state, where there is one.
    pub fn start(
        data_plane: Arc<dyn DataPlane>,
        check: Arc<dyn Check>,
        desired: Option<Arc<Accepted>>,
    ) -> Self {
        Self::surrounded(data_plane, None, check, desired)
    }

    /// The same on a machine whose surroundings are seen to, in this role.
    pub fn surrounded(
        data_plane: Arc<dyn DataPlane>,
        surroundings: Option<InRole>,
        check: Arc<dyn Check>,
        desired: Option<Arc<Accepted>>,
    ) -> Self {
        let (desired, desired_in) = watch::channel(desired);
        let (judge_out, judge) = watch::channel(Judge::default());
        let (subjects, subjects_in) = watch::channel(Arc::new(Subjects::default()));
        let (observed_out, observed) = watch::channel(Arc::new(Observed::nothing(now_ms())));
        let (index_out, index) = watch::channel(Arc::new(Index::default()));
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let share = |whole: Duration| whole.mul_f64(rand::random());
        tasks.spawn(health::run(check, subjects_in, judge_out, Pace::default(), share, now_ms));
        let mut reconciler = Reconciler::new(Arc::clone(&data_plane), Arc::new(now_ms));
        if let Some((surroundings, role)) = surroundings {
            reconciler = reconciler.with_surroundings(surroundings, role);
        }
        let wake = Arc::new(Notify::new());
        let channels = Channels {
            desired: desired_in,
            judge,
            subjects,
            observed: observed_out,
            index: index_out,
            wake: Arc::clone(&wake),
        };
        tasks.spawn(reconcile::run(reconciler, channels, shutdown.clone()));
        Self { data_plane, desired, observed, index, wake, shutdown, tasks }
    }

    /// Where desired states go.
    pub fn desired(&self) -> watch::Sender<Option<Arc<Accepted>>> {
        self.desired.clone()
    }

    /// Where reports come from.
    pub fn observed(&self) -> watch::Receiver<Arc<Observed>> {
        self.observed.clone()
    }

    /// Whose the data plane's entries are.
    pub fn index(&self) -> watch::Receiver<Arc<Index>> {
        self.index.clone()
    }

    /// To have it look again at once.
    pub fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    /// Waits until the state that it started from has been reconciled once.
    pub async fn settled(&self) {
        let Some(desired) = self.desired.borrow().clone() else { return };
        let settled = |observed: &Arc<Observed>| {
            observed.generation >= desired.generation && observed.phase != Phase::Applying
        };
        // An error means that the reconciler has ended, which `broken` tells.
        let mut observed = self.observed.clone();
        let _ended = observed.wait_for(settled).await;
    }

    /// Comes back only when a part of it has ended that should not.
    pub async fn broken(&mut self) -> Option<JoinError> {
        self.tasks.join_next().await.and_then(Result::err)
    }

    /// Changes nothing more, and leaves the data plane.
    pub async fn leave(mut self, deadline: Duration) -> Leaving {
        self.shutdown.cancel();
        // The reconciler ends, with it the list of those to check, and with that the checks.
        while self.tasks.join_next().await.is_some() {}
        self.data_plane.leave(deadline).await
    }
}
