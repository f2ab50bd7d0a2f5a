//! The data plane as a whole.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use model::table::{Step, Table};
use scheduling::Kind;
use tokio::sync::mpsc::unbounded_channel;

use crate::connections::{ConnectionQuery, ConnectionRow};
use crate::error::{StartError, StepError};
use crate::facts::Facts;
use crate::housekeeping::Housekeeping;
use crate::limits::Limits;
use crate::lock::Lock;
use crate::options::Options;
use crate::registry::Registry;
use crate::shared::Shared;
use crate::status::Counters;
use crate::worker::Handle;

/// How often a shutdown looks whether connections are left.
const LOOK: Duration = Duration::from_millis(20);
/// How long cut connections get to close their sockets: their tasks only have to be woken.
const CUT_GRACE: Duration = Duration::from_millis(500);

/// The embedded data plane. Clones are the same one; when the last is dropped, its threads and connections end.
#[derive(Clone)]
pub struct Balancer {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    /// Before the workers, so that it is dropped before them.
    _housekeeping: Housekeeping,
    pub(crate) workers: Vec<Handle>,
    pub(crate) registry: Arc<Mutex<Registry>>,
    pub(crate) shared: Arc<Shared>,
}

impl Balancer {
    /// Starts the worker threads; there are no services yet. Raises the process's limit of descriptors to its hard limit.
    pub fn start(options: Options) -> Result<Self, StartError> {
        let n_workers = options
            .workers
            .or_else(|| std::thread::available_parallelism().ok())
            .map_or(1, NonZeroUsize::get);
        let limits = Limits::new(options.max_connections).map_err(StartError::Reserve)?;
        let channels: Vec<_> = (0..n_workers).map(|_| unbounded_channel()).collect();
        let senders = channels.iter().map(|(sender, _)| sender.clone()).collect();
        let shared = Arc::new(Shared::new(options, limits, senders));
        let mut workers = Vec::with_capacity(n_workers);
        for (index, channel) in channels.into_iter().enumerate() {
            let started = Handle::start(index, &shared, channel);
            workers.push(started.map_err(|source| StartError::Worker { index, source })?);
        }
        let registry = Arc::new(Mutex::new(Registry::default()));
        let housekeeping = Housekeeping::start(Arc::clone(&shared), Arc::clone(&registry))
            .map_err(|source| StartError::Worker { index: n_workers, source })?;
        Ok(Self { inner: Arc::new(Inner { _housekeeping: housekeeping, workers, registry, shared }) })
    }

    /// What is configured at present.
    #[must_use]
    pub fn table(&self) -> Table {
        self.inner.registry.hold().table()
    }

    /// Carries steps out; one result per step, in order. A failed step changes nothing and does not stop the rest. Open
    /// connections are not touched (but see [`Options::expire_nodest_conn`]). When it returns, new addresses are listened
    /// on and new connections follow the new settings.
    #[must_use]
    pub fn apply(&self, steps: &[Step]) -> Vec<Result<(), StepError>> {
        self.inner.apply(steps)
    }

    /// All counters and rates.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.inner.registry.hold().counters()
    }

    /// Tells of every connection, in no particular order. Costs a look at each open one, a few hundred at a time, so that traffic
    /// goes on.
    pub fn connections(&self, mut listen: impl FnMut(&ConnectionRow)) {
        let shared = &self.inner.shared;
        for connections in &shared.connections {
            connections.tell(shared.clock.now(), |state| shared.timeout(state), &mut listen);
        }
    }

    /// Ends the connections that match, with a reset; how many.
    pub fn cut(&self, query: &ConnectionQuery) -> usize {
        self.inner.cut(query)
    }

    /// What this data plane is and can.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let shared = &self.inner.shared;
        Facts {
            kind: "user",
            version: env!("CARGO_PKG_VERSION"),
            workers: shared.connections.iter().map(|connections| connections.open()).collect(),
            connection_limit: shared.limits.max_connections(),
            connections: shared.limits.connections(),
            descriptor_limit: shared.limits.descriptors(),
            listening_sockets: shared.limits.listening(),
            schedulers: Kind::ALL.iter().map(|kind| kind.name()).collect(),
            events: shared.events.read(),
        }
    }

    /// Ends gracefully: no new connections, those that are open have until the deadline, then they are cut. How many were
    /// cut. Afterwards no step is taken any more.
    pub async fn shut_down(&self, deadline: Duration) -> usize {
        let until = Instant::now() + deadline;
        self.inner.close_all();
        while self.inner.shared.limits.connections() > 0 && Instant::now() < until {
            tokio::time::sleep(LOOK).await;
        }
        let cut = self.cut(&ConnectionQuery::default());
        let until = Instant::now() + CUT_GRACE;
        while self.inner.shared.limits.connections() > 0 && Instant::now() < until {
            tokio::time::sleep(LOOK).await;
        }
        cut
    }
}

impl Inner {
    pub(crate) fn cut(&self, query: &ConnectionQuery) -> usize {
        self.shared.connections.iter().map(|connections| connections.cut(query)).sum()
    }

    /// Removes every service; their connections go on.
    fn close_all(&self) {
        let mut registry = self.registry.hold();
        registry.shutting_down = true;
        let services = std::mem::take(&mut registry.services);
        for service in services.into_values() {
            service.set_removed(true);
            service.remove();
            registry.leaving.push(service);
        }
        registry.fronts.values().for_each(|front| front.close());
    }
}
