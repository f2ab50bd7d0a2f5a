//! What has to be around the kernel's table for a director to direct and a real server to serve: addresses on interfaces,
//! sysctls, packet filter rules, tunnels.
//!
//! The table is the data plane's ([`crate::data_plane`]); this is the trait beside it, with the same promises. [`kernel`] does it
//! to this machine, [`simulated`] to one in memory. What should be is computed without looking anywhere ([`wanted()`]), and so
//! is what has to be done about it ([`steps()`]):
//!
//! 1. [`Surroundings::host`]: the machine's interfaces, addresses and gateways;
//! 2. [`wanted()`]: desired state, role, marks of the data plane and that host make a [`Wanted`];
//! 3. [`Surroundings::read`]: what is there of all that is wanted, or was made earlier;
//! 4. [`steps()`]: what is to appear before the table changes, which addresses come and what is to go after it;
//! 5. [`Surroundings::apply`], read again, [`report()`]: applied means read back and equal.
//!
//! **Ownership.** Whatever is there before us is never ours: an address, table or tunnel that somebody else made is used as it
//! is, reported as foreign, and never taken away. What we make is noted in [`Owned`] on disk *before* the kernel hears of it, so that
//! an agent that is killed between the two knows on its return what may be its own; a mark on the thing itself (an address's
//! label and protocol, a table's comment) tells whether it is. Sysctls are set only where they differ, and their former values are noted.
//!
//! An agent that ends leaves everything in place: the kernel goes on without it. Only stopping the cluster, removing what needs it,
//! or [`Surroundings::leave`] takes things away.

pub mod announce;
mod caution;
pub mod gateway;
mod host;
pub mod kernel;
mod owned;
mod part;
mod report;
mod rules;
pub mod simulated;
mod steps;
mod sysctl;
mod tunnel;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use async_trait::async_trait;

pub use host::{Assigned, Host, Link};
pub use owned::{Former, Owned};
pub use part::{Part, part};
pub use report::{Failures, report};
pub use rules::{Marked, Rules};
pub use steps::{Steps, SurroundingStep, steps};
pub use sysctl::Sysctl;
pub use tunnel::{EncapPort, Tunnel, TunnelKind};
pub use wanted::{Problem, Purpose, Thing, Wanted, part_of, wanted};

/// An address on an interface.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// The interface.
    pub device: String,
    /// The address.
    pub address: IpAddr,
    /// The length of its network's prefix, in bits.
    pub prefix: u8,
}

/// What is there of all that matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Present {
    /// The machine.
    pub host: Host,
    /// The values of the sysctls that are wanted or ours; `None` where there is no such sysctl.
    pub sysctls: BTreeMap<Sysctl, Option<String>>,
    /// Our table of rules.
    pub rules: PresentRules,
    /// The UDP ports at which the kernel takes tunnels in.
    pub encap_ports: Vec<EncapPort>,
    /// The addresses that this process has told the network about.
    pub announced: BTreeSet<Place>,
    /// What is ours, as far as the notes go.
    pub owned: Owned,
    /// What could not be read, and why: nothing is done about it, and all else goes on.
    pub unread: BTreeMap<Thing, String>,
}

/// What there is at the place of our table of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PresentRules {
    /// Nothing, or it was not looked for, since no rules are wanted and none are ours.
    #[default]
    Absent,
    /// The rules with this digest ([`Rules::digest`]), as they were made.
    Ours(String),
    /// Ours, and somebody has changed them.
    Changed,
    /// A table of our name that somebody else made.
    Foreign,
    /// It could not be read: why.
    Unknown(String),
}

impl Present {
    /// Whether the sysctl is as good as `wanted`. Where routers' advertisements are heeded matters only where it is us who make the
    /// machine forward IPv6, and only where they were heeded so far (1: unless it forwards).
    fn is_met(&self, sysctl: &Sysctl, wanted: &str) -> bool {
        let now = |sysctl| self.sysctls.get(sysctl).and_then(Option::as_deref);
        if !sysctl.is_accept_ra() {
            return now(sysctl).is_some_and(|now| sysctl.is_met(now, wanted));
        }
        let forward = Sysctl::forward_v6();
        let forwards_anyway = now(&forward) == Some("1") && !self.owned.sysctls.contains_key(&forward);
        forwards_anyway || now(sysctl) != Some("1")
    }

    /// What is ours and may be there still, but cannot be read: the steps that are not tried, and why.
    fn kept(&self) -> impl Iterator<Item = (SurroundingStep, StepError)> {
        let Owned { sysctls, encap_ports, rules, .. } = &self.owned;
        let sysctls = sysctls.iter().map(|(sysctl, noted)| SurroundingStep::RestoreSysctl {
            sysctl: sysctl.clone(),
            former: noted.former.clone(),
        });
        let ports = encap_ports.iter().map(|port| SurroundingStep::RemoveEncapPort(*port));
        let because = |step: SurroundingStep| {
            let reason = self.unread.get(&step.thing())?;
            let error = StepError(format!("cannot {step}: {reason}"));
            Some((step, error))
        };
        let rules = match &self.rules {
            PresentRules::Unknown(reason) if *rules => {
                let step = SurroundingStep::RemoveRules;
                let error = StepError(format!("cannot {step}: {reason}"));
                Some((step, error))
            }
            _ => None,
        };
        sysctls.chain(ports).filter_map(because).chain(rules)
    }
}

/// What surrounds a table.
#[async_trait]
pub trait Surroundings: Send + Sync + 'static {
    /// The machine, read now.
    async fn host(&self) -> Result<Host, SurroundingsError>;

    /// What is there of all that `scope` wants and of all that is ours, read now, but for the `host`, which was read a moment ago.
    /// What cannot be read alone fails alone ([`Present::unread`]).
    async fn read_on(&self, host: Host, scope: &Wanted) -> Result<Present, SurroundingsError>;

    /// What is there of all that `scope` wants and of all that is ours, read now.
    async fn read(&self, scope: &Wanted) -> Result<Present, SurroundingsError> {
        self.read_on(self.host().await?, scope).await
    }

    /// Carries out `steps` in their order, and answers with one result for each; a failed step does not stop the others, and
    /// one that finds its work done already succeeds. What the steps will make or change is noted on disk first. What would expose an
    /// address once another step failed is refused.
    async fn apply(&self, steps: &[SurroundingStep]) -> Vec<Result<(), StepError>>;

    /// Sets a sysctl because an operator asked for it. It is noted like all others, and stays until the agent leaves.
    async fn set(&self, sysctl: &Sysctl, value: &str) -> Result<(), StepError> {
        let sysctls = [(sysctl.clone(), value.to_owned())].into();
        let scope = Wanted { sysctls, ..Wanted::default() };
        let present = self.read(&scope).await.map_err(|error| StepError(error.to_string()))?;
        let (sysctl, value) = (sysctl.clone(), value.to_owned());
        let found = present.sysctls.get(&sysctl).cloned().flatten();
        let step = SurroundingStep::SetSysctl { sysctl, value, found, kept: true };
        self.apply(&[step]).await.into_iter().collect()
    }

    /// Takes away all that is ours and gives sysctls their former values; answers with what would not go. Does nothing where
    /// nothing is ours.
    async fn leave(&self) -> Result<Vec<(SurroundingStep, StepError)>, SurroundingsError> {
        let mut present = self.read(&Wanted::default()).await?;
        present.owned.release();
        let steps = steps(&present, &Wanted::default());
        let all: Vec<_> = steps.all().cloned().collect();
        let results = self.apply(&all).await;
        let failed = all.into_iter().zip(results).filter_map(|(step, result)| Some((step, result.err()?)));
        Ok(failed.chain(present.kept()).collect())
    }
}

/// Why a step failed: what could not be done, why, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StepError(pub String);

/// Why the surroundings could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot {attempt}: {reason}")]
pub struct SurroundingsError {
    /// What was attempted: `list the interfaces`.
    pub attempt: &'static str,
    /// Why it failed.
    pub reason: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{} on {}", self.address, self.prefix, self.device)
    }
}
