//! Asks the machine for all that matters, and for nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use model::MachineRole;

use super::facts::{Answers, Case, Facts, Ipvs, conf};
use super::{Machine, director};
use crate::data_plane::Kind;

/// The most interfaces whose settings are read: a machine with thousands of containers has as many.
const MOST_LINKS: usize = 256;

/// The most virtual addresses that are asked for; at a second each for all at once, this bounds sockets, not time.
const MOST_ASKED: usize = 64;

/// The facts of `machine`, which is meant to be `case`.
pub async fn gather(
    machine: &Arc<dyn Machine>,
    case: &Case<'_>,
    skew_ms: Option<i64>,
) -> Result<Facts, String> {
    let needs_ipvs = (case.role, case.plane) == (MachineRole::Director, Kind::Kernel);
    let looked_at = Arc::clone(machine);
    // Files of the kernel's, some of them long, and netlink: nobody else is to wait for the thread.
    let looked = tokio::task::spawn_blocking(move || look(&*looked_at, needs_ipvs, skew_ms)).await;
    let mut facts = looked.map_err(|error| error.to_string())??;
    let asked = to_ask(case, &facts);
    let host = &facts.host;
    let answers =
        futures_util::future::join_all(asked.iter().map(|(device, vip)| machine.who_has(host, device, *vip)));
    let answers: Vec<Answers> = answers.await;
    facts.answers = asked.iter().map(|(_, vip)| *vip).zip(answers).collect();
    Ok(facts)
}

/// What the machine itself says; blocks.
fn look(machine: &dyn Machine, needs_ipvs: bool, skew_ms: Option<i64>) -> Result<Facts, String> {
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
    Ok(Facts {
        host,
        mtu,
        sysctls,
        release: machine.release(),
        ipvs: if needs_ipvs { machine.ipvs() } else { Ipvs::NotNeeded },
        open_files: machine.open_files(),
        answers: BTreeMap::new(),
        skew_ms,
    })
}

/// Which addresses are asked for, and where: those of the running cluster that a director carries.
fn to_ask(case: &Case<'_>, facts: &Facts) -> BTreeSet<(String, IpAddr)> {
    if case.role != MachineRole::Director {
        return BTreeSet::new();
    }
    let vips = director::active(case).filter_map(|service| Some(service.settings.key.frontend()?.vip.get()));
    let carried = vips.filter_map(|vip| {
        let device = facts.place(vip)?;
        (!facts.is_loopback(device)).then(|| (device.to_owned(), vip))
    });
    // One address may carry a hundred services.
    carried.collect::<BTreeSet<_>>().into_iter().take(MOST_ASKED).collect()
}
