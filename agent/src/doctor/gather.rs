//! Asks the machine for all that matters, and for nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use model::MachineRole;

use super::facts::{Answers, Case, Facts, Ipvs, conf};
use super::{Machine, director};
use crate::data_plane::Kind;

/// The most interfaces whose settings are read: a machine with thousands of containers has as many.
const MOST_LINKS: usize = 256;

/// The most virtual addresses that are asked for; at a second each for all at once, this bounds sockets, not time.
const MOST_ASKED: usize = 64;

/// The facts of `machine`, which is meant to be `case`.
pub async fn gather(machine: &dyn Machine, case: &Case<'_>, skew_ms: Option<i64>) -> Result<Facts, String> {
    let host = machine.host()?;
    let mut sysctls = BTreeMap::new();
    let mut read = |path: String| {
        if let Some(value) = machine.sysctl(&path) {
            sysctls.insert(path, value.trim().to_owned());
        }
    };
    read("net/ipv4/ip_forward".into());
    read("net/ipv6/conf/all/forwarding".into());
    let devices = std::iter::once("all").chain(host.links.keys().take(MOST_LINKS).map(String::as_str));
    for device in devices {
        for name in ["arp_ignore", "arp_announce", "rp_filter", "send_redirects"] {
            read(conf(device, name));
        }
    }
    let mtu = host.links.keys().filter_map(|device| Some((device.clone(), machine.mtu(device)?))).collect();
    let ipvs = match (case.role, case.plane) {
        (MachineRole::Director, Kind::Kernel) => machine.ipvs(),
        _ => Ipvs::NotNeeded,
    };
    let mut facts = Facts {
        host,
        mtu,
        sysctls,
        release: machine.release(),
        ipvs,
        open_files: machine.open_files(),
        answers: BTreeMap::new(),
        skew_ms,
    };
    let asked = to_ask(case, &facts);
    let answers =
        futures_util::future::join_all(asked.iter().map(|(device, vip)| machine.who_has(device, *vip)));
    let answers: Vec<Answers> = answers.await;
    facts.answers = asked.iter().map(|(_, vip)| IpAddr::V4(*vip)).zip(answers).collect();
    Ok(facts)
}

/// Which addresses are asked for, and where: those of the running cluster that a director carries.
fn to_ask(case: &Case<'_>, facts: &Facts) -> BTreeSet<(String, Ipv4Addr)> {
    if case.role != MachineRole::Director {
        return BTreeSet::new();
    }
    let vips =
        director::active(case).filter_map(|service| match service.settings.key.frontend()?.vip.get() {
            IpAddr::V4(vip) => Some(vip),
            IpAddr::V6(_) => None,
        });
    let carried = vips.filter_map(|vip| {
        let device = facts.place(vip.into())?;
        (!facts.is_loopback(device)).then(|| (device.to_owned(), vip))
    });
    // One address may carry a hundred services.
    carried.collect::<BTreeSet<_>>().into_iter().take(MOST_ASKED).collect()
}
