//! What the agent drives: one trait, several data planes.
//!
//! [`simulated`] holds a table in memory and can be told to misbehave; [`user`] relays traffic in this process; [`kernel`]
//! drives the kernel's IPVS. The trait is what they have in common, and says what callers may rely on:
//!
//! * **Owned and foreign.** A data plane knows which entries this agent made (across its own restarts, where the data
//!   plane outlives the agent) and reports all others as foreign. It refuses steps on foreign entries.
//! * **Read is never cached.** It asks the data plane itself: "applied" means read back and equal.
//! * **Steps are small.** Each one succeeds or fails for itself; one that finds its work done already succeeds.
//! * **Dropping the future of [`DataPlane::apply`] ends it.** Steps done stay done, those in hand may still finish (the
//!   embedded data plane has a whole list in hand), no other begins. That is how a newer generation supersedes a stuck one.
//!
//! The trait is about the table alone. What surrounds the kernel's table (addresses on interfaces, sysctls, packet filter
//! rules, tunnels) is no table, and needs a trait of its own beside this one.

mod counters;
pub mod kernel;
pub mod nothing;
pub mod simulated;
mod traffic;
pub mod user;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use model::table::{ForeignAction, Marking, Scope, Step, Table, TableKey};
use model::{Code, SchedulerKind, Why};
use model::{Desired, FirewallMark};

pub use counters::{CountedKey, Counters};
pub use model::table::{Foreign, ForeignKey};
pub use traffic::{Figures, Listener, Passing, Rates, Scan, Totals};

/// A data plane.
#[async_trait]
pub trait DataPlane: Send + Sync + 'static {
    /// What it is and what it can do; the same for as long as it runs.
    fn facts(&self) -> Facts;

    /// What it holds at this moment, within `scope`. Costs as much as that holds.
    async fn read(&self, scope: &Scope) -> Result<Holding, DataPlaneError>;

    /// Carries out `steps` in their order, and answers with one result for each. A failed step does not stop the others.
    async fn apply(&self, steps: &[Step]) -> Vec<Result<(), StepError>>;

    /// The counters and rates of every own service and destination: another look beside `before`, the one before. What is known to
    /// stand still need not be read again.
    async fn counters(&self, before: Counters) -> Result<Counters, DataPlaneError>;

    /// Tells `listen` of every connection, in any order, for `within` at most. Costs as much as there are connections, whatever
    /// becomes of them: who wants some of them asks once for all that is to be known.
    async fn connections(&self, within: Duration, listen: Listener) -> Result<Scan, DataPlaneError>;

    /// The firewall marks that stand for services: those of `table` that need one here (services with several ports in the
    /// kernel), and those that are still there and not in it. A service whose ports change keeps its mark; one that is gone gives
    /// its mark back.
    async fn marks(&self, _table: &Table) -> Result<BTreeMap<TableKey, FirewallMark>, DataPlaneError> {
        Ok(BTreeMap::new())
    }

    /// Does something with somebody else's entry. One that is to be adopted is foreign until [`DataPlane::take_over`].
    async fn foreign(&self, entry: &ForeignKey, _action: ForeignAction) -> Result<(), StepError> {
        Err(StepError(Why::of(format!("{entry}: nobody else can make entries here"), Code::TableMoved)))
    }

    /// From here on these foreign entries are this agent's.
    async fn take_over(&self, _entries: &[ForeignKey]) -> Result<(), DataPlaneError> {
        Ok(())
    }

    /// Sees to it that connections are synchronised with the other director as `desired` says, where the data plane can do
    /// that by itself.
    async fn synchronise(&self, _desired: &Desired) -> Result<(), StepError> {
        Ok(())
    }

    /// Ends the agent's part. A data plane that lives in the agent takes no new connections and lets the established ones
    /// finish until `deadline` has passed; one that lives in the kernel stays as it is.
    async fn leave(&self, deadline: Duration) -> Leaving;
}

/// What a data plane is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Which one.
    pub kind: Kind,
    /// Why this one, in words.
    pub reason: String,
    /// Its version.
    pub version: String,
    /// The most connections at a time; 0 where only memory limits them.
    pub connection_limit: u64,
    /// The schedulers that it has.
    pub schedulers: Vec<SchedulerKind>,
    /// Of the kernel, where it is what balances: its release (`uname -r`); empty elsewhere.
    pub kernel_release: String,
    /// Rows of the kernel's connection table; 0 where it has none, or sizes it as needed.
    pub connection_table: u64,
    /// Whether it knows services by firewall mark.
    pub marking: Marking,
    /// What it says of services that ask for more than it has; schedulers and marks apart.
    pub refuses: Vec<Code>,
}

/// The kinds of data planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The kernel's IPVS.
    Kernel,
    /// The embedded one.
    User,
    /// A table in memory, without traffic.
    Simulated,
    /// None: a real server's.
    Nothing,
}

/// What a data plane holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// What this agent made. The idle times are those that it has set; one that it never set, or gave back, is `None`
    /// whatever the data plane's own may be.
    pub own: Table,
    /// What somebody else made.
    pub foreign: Vec<Foreign>,
}

impl Holding {
    /// The part of it within `scope`.
    #[must_use]
    pub fn within(&self, scope: &Scope) -> Self {
        let foreign = self.foreign.iter().filter(|foreign| scope.contains(&foreign.key)).cloned();
        Self { own: self.own.within(scope), foreign: foreign.collect() }
    }

    /// Puts `part` in the place of what it has within `scope`.
    pub fn replace(&mut self, scope: &Scope, part: Self) {
        self.own.replace(scope, part.own);
        self.foreign.retain(|foreign| !scope.contains(&foreign.key));
        self.foreign.extend(part.foreign);
    }
}

/// How a data plane was left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// Connections that were still open when the deadline passed and have been cut; 0 where they go on without the agent.
    pub cut: u64,
}

/// Why a step failed: what could not be done, why, and what to do about it; with the code that a console can translate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StepError(pub Why);

/// Why a data plane could not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot {attempt}: {reason}")]
pub struct DataPlaneError {
    /// What was attempted: `read the table`.
    pub attempt: &'static str,
    /// Why it failed.
    pub reason: String,
}

// === impl Kind ===

impl Kind {
    /// The name on the wire and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::User => "user",
            Self::Simulated => "simulated",
            Self::Nothing => "none",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
