//! The doctor: looks at the machine and says what would keep it from directing or serving, with the command that mends it.
//!
//! 1. [`Machine`] is what is looked at, behind a small trait ([`machine::Linux`] is the real one);
//! 2. [`gather()`] asks it for all that matters and makes [`Facts`];
//! 3. [`judge()`] makes findings of them: pure, the same facts, the same findings;
//! 4. [`Fix`] is what the agent does itself where somebody says so: a fixed list, and only while the finding stands.
//!
//! Nothing is changed by looking. One thing is asked of others: who answers for a virtual address (ARP, neighbour discovery), in a
//! way that no neighbour learns anything from. What is mended around the table is noted there, and undone when the agent leaves.

mod director;
mod facts;
mod fix;
mod gather;
mod judge;
pub mod machine;
mod real_server;
mod run;
mod say;

#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use model::{Finding, MachineRole};
use protocol::{Accepted, DoctorAnswer};
use tokio::sync::watch;

use crate::data_plane::Kind;
use crate::surroundings::{Host, Surroundings};

pub use facts::{Answers, Case, Facts, Ipvs, OpenFiles};
pub use fix::Fix;
pub use gather::gather;
pub use judge::judge;
pub use run::run;
pub use say::{as_json, as_text};

/// What the doctor looks at.
#[async_trait]
pub trait Machine: Send + Sync + 'static {
    /// Interfaces, addresses, gateways.
    fn host(&self) -> Result<Host, String>;

    /// How long an interface's packets may be, in bytes.
    fn mtu(&self, device: &str) -> Option<u32>;

    /// A sysctl's value, by its path below `/proc/sys`; none where there is no such sysctl.
    fn sysctl(&self, path: &str) -> Option<String>;

    /// The kernel's release: `6.12.48+deb13-amd64`.
    fn release(&self) -> String;

    /// Whether the kernel can balance, and what it has for it.
    fn ipvs(&self) -> Ipvs;

    /// How many files this process may have open.
    fn open_files(&self) -> OpenFiles;

    /// Who answers for an address on the network of an interface of this machine, but for itself.
    async fn who_has(&self, host: &Host, device: &str, address: IpAddr) -> Answers;

    /// Raises the limit of open files as far as this process may.
    fn raise_open_files(&self) -> Result<(), String>;
}

/// A machine's own doctor.
pub struct Doctor {
    /// What is looked at.
    pub machine: Arc<dyn Machine>,
    /// What the machine is for.
    pub role: MachineRole,
    /// What moves the traffic.
    pub plane: Kind,
    /// By whom sysctls are set; none where this agent changes nothing around its table.
    pub surroundings: Option<Arc<dyn Surroundings>>,
    /// What should be.
    pub desired: watch::Receiver<Option<Arc<Accepted>>>,
    /// The clock, in milliseconds since 1970.
    pub now_ms: fn() -> i64,
}

impl Doctor {
    /// Examines the machine now; `console_ms` is the console's clock, where somebody there asks.
    pub async fn examine(&self, console_ms: Option<i64>) -> Result<Vec<Finding>, String> {
        let desired = self.desired.borrow().clone();
        let desired = desired.as_ref().map(|accepted| &accepted.desired);
        let case = Case { desired, role: self.role, plane: self.plane };
        let skew_ms = console_ms.map(|console| (self.now_ms)().saturating_sub(console));
        let facts = gather(&self.machine, &case, skew_ms).await?;
        Ok(judge(&case, &facts))
    }

    /// The same, for who has a button for each fix: none for what this agent may not do.
    async fn offer(&self, console_ms: i64) -> Result<Vec<Finding>, String> {
        let mut findings = self.examine(Some(console_ms)).await?;
        let may_not =
            |fix: &String| self.surroundings.is_none() && matches!(Fix::parse(fix), Some(Fix::Sysctl { .. }));
        for finding in &mut findings {
            finding.fix = finding.fix.take().filter(|fix| !may_not(fix));
        }
        Ok(findings)
    }

    async fn mend(&self, fix: &Fix) -> Result<(), String> {
        match (fix, &self.surroundings) {
            (Fix::OpenFiles, _) => self.machine.raise_open_files(),
            (Fix::Sysctl { sysctl, value }, Some(surroundings)) => {
                surroundings.set(sysctl, value).await.map_err(|error| error.to_string())
            }
            (Fix::Sysctl { .. }, None) => Err(format!("type it as root: {}", fix.command())),
        }
    }

    /// Examines, and first does `fix`, if it is one that an examination names at this moment.
    pub async fn answer(&self, console_ms: i64, fix: Option<&str>) -> Result<DoctorAnswer, String> {
        let mut findings = self.offer(console_ms).await?;
        let mut fixed = None;
        if let Some(asked) = fix {
            let stands = findings.iter().any(|finding| finding.fix.as_deref() == Some(asked));
            fixed = Some(match Fix::parse(asked) {
                Some(fix) if stands => {
                    let done = self.mend(&fix).await;
                    match &done {
                        Ok(()) => tracing::info!(fix = asked, "mended, as the console asked"),
                        Err(reason) => tracing::warn!(fix = asked, reason, "could not mend"),
                    }
                    done
                }
                _ => Err("nothing like that is the matter any more".to_owned()),
            });
            findings = self.offer(console_ms).await?;
        }
        Ok(DoctorAnswer { findings, at_ms: (self.now_ms)(), fixed })
    }
}
