//! The doctor: looks at the machine and says what would keep it from directing or serving, with the command that mends it.
//!
//! 1. [`Machine`] is what is looked at, behind a small trait ([`machine::Linux`] is the real one);
//! 2. [`gather()`] asks it for all that matters and makes [`Facts`];
//! 3. [`judge()`] makes findings of them: pure, the same facts, the same findings;
//! 4. [`Fix`] is what the agent does itself where somebody says so: a fixed list, and only while the finding stands.
//!
//! Nothing is changed by looking. One thing is asked of others: who answers ARP for a virtual address, by the probe of RFC 5227,
//! which no neighbour learns anything from.

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

use std::net::Ipv4Addr;
use std::sync::Arc;

use async_trait::async_trait;
use model::{Finding, MachineRole};
use protocol::{Accepted, DoctorAnswer};
use tokio::sync::watch;

use crate::data_plane::Kind;
use crate::surroundings::Host;

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

    /// Who answers for an address on the network of an interface, but for this machine.
    async fn who_has(&self, device: &str, address: Ipv4Addr) -> Answers;

    /// Mends something.
    fn mend(&self, fix: &Fix) -> Result<(), String>;
}

/// A machine's own doctor.
pub struct Doctor {
    /// What is looked at.
    pub machine: Arc<dyn Machine>,
    /// What the machine is for.
    pub role: MachineRole,
    /// What moves the traffic.
    pub plane: Kind,
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
        let facts = gather(&*self.machine, &case, skew_ms).await?;
        Ok(judge(&case, &facts))
    }

    /// Examines, and first does `fix`, if it is one that an examination names at this moment.
    pub async fn answer(&self, console_ms: i64, fix: Option<&str>) -> Result<DoctorAnswer, String> {
        let mut findings = self.examine(Some(console_ms)).await?;
        let mut fixed = None;
        if let Some(asked) = fix {
            let stands = findings.iter().any(|finding| finding.fix.as_deref() == Some(asked));
            fixed = Some(match Fix::parse(asked) {
                Some(fix) if stands => {
                    let done = self.machine.mend(&fix);
                    match &done {
                        Ok(()) => tracing::info!(fix = asked, "mended, as the console asked"),
                        Err(reason) => tracing::warn!(fix = asked, reason, "could not mend"),
                    }
                    done
                }
                _ => Err("nothing like that is the matter any more".to_owned()),
            });
            findings = self.examine(Some(console_ms)).await?;
        }
        Ok(DoctorAnswer { findings, at_ms: (self.now_ms)(), fixed })
    }
}
