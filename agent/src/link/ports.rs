//! What the link needs from the rest of the agent, and gives it.

use std::sync::Arc;

use async_trait::async_trait;
use model::{Code, Why};
use protocol::{
    Accepted, CheckPrograms, ConnectionsAnswer, ConnectionsQuery, DataPlaneFacts, DoctorAnswer,
    ForeignCommand, Observed, Stats,
};
use tokio::sync::watch;

use crate::disk::State;

/// The link's connections to the rest of the agent.
pub struct Ports {
    /// Where an accepted desired state goes, after it has been stored. Its present value is the state that the agent
    /// started from; generations are compared with it.
    pub desired: watch::Sender<Option<Arc<Accepted>>>,
    /// The reconciler's newest report. Sent whenever it changes and at least every [`protocol::HEARTBEAT`].
    pub observed: watch::Receiver<Arc<Observed>>,
    /// Answers the console's questions about the data plane.
    pub reports: Arc<dyn Reports>,
    /// Identity and last good state.
    pub state: Arc<State>,
}

/// What the console may ask about the data plane. Everything here speaks in the ids of the desired state: who
/// implements it knows the data plane and which of its entries stand for which service and destination.
#[async_trait]
pub trait Reports: Send + Sync + 'static {
    /// What the data plane is.
    fn facts(&self) -> DataPlaneFacts;

    /// The programs that checks may run on this machine, as they are now; none where nobody looks for them.
    fn programs(&self) -> Option<CheckPrograms> {
        None
    }

    /// Its counters now; where `changes` are enough, only what is another than in the sample before, if that is all there is to tell.
    /// An error is a sentence for the log.
    async fn stats(&self, changes: bool) -> Result<Stats, String>;

    /// A look into its connection table; an error is a sentence for the operator.
    async fn connections(&self, query: ConnectionsQuery) -> Result<ConnectionsAnswer, String>;

    /// Examines the machine, after doing `fix` where one is named; `console_ms` is the console's clock. An error is a sentence for
    /// the operator.
    async fn examine(&self, _console_ms: i64, _fix: Option<String>) -> Result<DoctorAnswer, String> {
        Err("this agent has no doctor".into())
    }

    /// Adopts or removes somebody else's entry.
    async fn foreign(&self, command: ForeignCommand) -> Result<(), Why> {
        Err(Why::of(format!("{}: nobody else can make entries here", command.entry), Code::TableMoved))
    }
}
