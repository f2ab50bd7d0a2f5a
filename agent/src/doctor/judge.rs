//! From facts to findings.

use model::{Ailment, Finding, Gravity, MachineRole};

use super::facts::{Case, Facts, OpenFiles};
use super::fix::Fix;
use super::{director, real_server};
use crate::data_plane::Kind;
use crate::surroundings::Sysctl;

/// Clocks this far apart are told, in milliseconds: events of two machines no longer stand in their order.
const SKEW: u64 = 2_000;
/// From here on certificates that were just issued are not yet valid, in milliseconds.
const GRAVE_SKEW: u64 = 60_000;
/// Files of the agent's own: its store, its sockets, its libraries.
const OWN_FILES: u64 = 256;
/// What a busy embedded data plane holds open: two sockets for each of some thirty thousand connections.
const RELAYED_FILES: u64 = 65_536;

/// What is the matter with a machine that is meant to be `case`; the gravest first, else in the order of the codes.
pub fn judge(case: &Case<'_>, facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    clock(facts, &mut findings);
    files(case, facts, &mut findings);
    match case.role {
        MachineRole::Director => director::judge(case, facts, &mut findings),
        MachineRole::RealServer => real_server::judge(case, facts, &mut findings),
    }
    findings.sort();
    findings.dedup();
    findings
}

fn clock(facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(skew) = facts.skew_ms.filter(|skew| skew.unsigned_abs() >= SKEW) else { return };
    let grave = skew.unsigned_abs() >= GRAVE_SKEW;
    let gravity = if grave { Gravity::Failing } else { Gravity::Warning };
    findings
        .push(Finding::new(gravity, Ailment::ClockSkew, [("ms", &skew)]).remedy("timedatectl set-ntp true"));
}

fn files(case: &Case<'_>, facts: &Facts, findings: &mut Vec<Finding>) {
    let OpenFiles { soft, hard } = facts.open_files;
    let servers = case.desired.map_or(0, |desired| {
        desired.cluster.services().values().map(|service| service.destinations.len()).sum()
    });
    // Each real server has its check under way at worst.
    let checks = OWN_FILES + u64::try_from(servers).unwrap_or(u64::MAX);
    let needed = match case.plane {
        Kind::User => RELAYED_FILES.max(checks),
        Kind::Kernel | Kind::Simulated => checks,
        Kind::Nothing => OWN_FILES,
    };
    if soft >= needed {
        return;
    }
    let values: [(&str, &dyn std::fmt::Display); 2] = [("limit", &soft), ("needed", &needed)];
    let finding =
        Finding::new(Gravity::Warning, Ailment::FewOpenFiles, values).remedy(Fix::OpenFiles.command());
    findings.push(if hard > soft { finding.fix(Fix::OpenFiles.to_string()) } else { finding });
}

/// A finding that a sysctl mends, by the agent or by hand.
pub(super) fn with_sysctl(finding: Finding, path: &str, value: &str) -> Finding {
    let Some(sysctl) = Sysctl::parse(path) else { return finding };
    let fix = Fix::Sysctl { sysctl, value: value.to_owned() };
    finding.remedy(fix.command()).fix(fix.to_string())
}
