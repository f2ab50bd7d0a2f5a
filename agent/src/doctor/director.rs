//! What keeps a director from directing.

use std::collections::BTreeSet;
use std::net::IpAddr;

use model::{
    Ailment, Device, Family, Finding, Forwarding, Gravity, HostAddress, TunnelChecksum, VirtualService,
};

use super::facts::{Answers, Case, Facts, Ipvs, conf};
use super::judge::with_sysctl;
use crate::data_plane::Kind;
use crate::surroundings::{Part, part_of};

/// The first release that lists connections without walking the table anew for each page of the answer.
const QUICK_LISTING: (u32, u32) = (6, 14);

/// The active services of a running cluster.
pub(super) fn active<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a VirtualService> + use<'a> {
    let running = case.desired.filter(|desired| desired.running);
    let services = running.into_iter().flat_map(|desired| desired.cluster.services().values());
    services.filter(|service| service.settings.active)
}

pub(super) fn judge(case: &Case<'_>, facts: &Facts, findings: &mut Vec<Finding>) {
    if case.plane == Kind::Kernel {
        ipvs(case, facts, findings);
        forwarding(case, facts, findings);
        tunnels(case, facts, findings);
        listing(facts, findings);
    }
    // A table in memory has no addresses.
    if case.plane != Kind::Simulated {
        addresses(case, facts, findings);
        neighbours(facts, findings);
    }
}

fn ipvs(case: &Case<'_>, facts: &Facts, findings: &mut Vec<Finding>) {
    match &facts.ipvs {
        Ipvs::NotNeeded => {}
        Ipvs::Missing(why) => findings.push(
            Finding::new(Gravity::Failing, Ailment::IpvsMissing, [("why", why)]).remedy("modprobe ip_vs"),
        ),
        Ipvs::NotPermitted => findings.push(
            Finding::new(Gravity::Failing, Ailment::IpvsNotPermitted, [])
                .remedy("systemctl enable --now arapaima-agent.service"),
        ),
        Ipvs::Usable(missing) => {
            for service in active(case) {
                let scheduler = service.settings.scheduler.kind();
                if missing.contains(&scheduler) {
                    let values: [(&str, &dyn std::fmt::Display); 2] =
                        [("scheduler", &scheduler), ("service", &service.settings.name)];
                    let finding = Finding::new(Gravity::Failing, Ailment::SchedulerMissing, values);
                    findings.push(finding.remedy(format!("modprobe ip_vs_{scheduler}")));
                }
            }
        }
    }
}

/// The real servers of active services, with how packets reach them.
fn servers<'a>(
    case: &Case<'a>,
) -> impl Iterator<Item = (&'a VirtualService, HostAddress, Forwarding)> + use<'a> {
    let inherited =
        case.desired.map_or(Forwarding::default(), |desired| desired.cluster.settings().forwarding);
    active(case).flat_map(move |service| {
        let active = service.destinations.values().filter(|server| server.active);
        active.map(move |server| (service, server.address, server.forwarding.unwrap_or(inherited)))
    })
}

fn forwarding(case: &Case<'_>, facts: &Facts, findings: &mut Vec<Finding>) {
    let elsewhere =
        |address: HostAddress| !address.get().is_loopback() && facts.place(address.get()).is_none();
    let masqueraded: Vec<_> = servers(case)
        .filter(|(_, address, method)| *method == Forwarding::Masquerading && elsewhere(*address))
        .collect();
    for (family, path) in [(Family::V4, "net/ipv4/ip_forward"), (Family::V6, "net/ipv6/conf/all/forwarding")]
    {
        let asked = masqueraded.iter().any(|(_, address, _)| address.family() == family);
        if asked && facts.sysctls.get(path).is_some_and(|value| value == "0") {
            let finding = Finding::new(Gravity::Failing, Ailment::ForwardingOff, [("family", &family)]);
            findings.push(with_sysctl(finding, path, "1"));
        }
    }
    let router = case.desired.and_then(|desired| desired.cluster.settings().nat_router.as_ref());
    let redundant = case.desired.is_some_and(|desired| desired.cluster.redundancy().active);
    if !masqueraded.is_empty() && router.is_none() && redundant {
        findings.push(Finding::new(Gravity::Warning, Ailment::NoNatGateway, []));
    }
    redirects(&masqueraded, facts, findings);
}

/// Clients and real servers on one network: the director would send the servers' answers around itself.
fn redirects(
    masqueraded: &[(&VirtualService, HostAddress, Forwarding)],
    facts: &Facts,
    findings: &mut Vec<Finding>,
) {
    for (service, server, _) in masqueraded {
        let Some(vip) = service.settings.key.frontend().map(|frontend| frontend.vip.get()) else { continue };
        let (outer, inner) = (facts.place(vip), facts.host.towards(server.get()));
        let Some(device) = inner.filter(|inner| outer == Some(*inner)) else { continue };
        for path in [conf("all", "send_redirects"), conf(device, "send_redirects")] {
            if facts.sysctls.get(&path).is_some_and(|value| value != "0") {
                let finding = Finding::new(Gravity::Warning, Ailment::RedirectsOn, [("device", &device)]);
                findings.push(with_sysctl(finding, &path, "0"));
            }
        }
    }
}

fn addresses(case: &Case<'_>, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(desired) = case.desired else { return };
    let part = part_of(&desired.cluster, &facts.host);
    let offers = active(case).any(|service| service.settings.key.frontend().is_some());
    if part == Part::Unknown && offers {
        findings.push(Finding::new(Gravity::Failing, Ailment::PartUnknown, []));
    }
    let mut seen = BTreeSet::new();
    for service in active(case) {
        let settings = &service.settings;
        let Some(vip) = settings.key.frontend().map(|frontend| frontend.vip.get()) else { continue };
        if vip.is_loopback() || !seen.insert(vip) {
            continue;
        }
        let bits = if vip.is_ipv4() { 32 } else { 128 };
        match (facts.place(vip), part) {
            (Some(device), Part::Backup) if !facts.is_loopback(device) => {
                let values: [(&str, &dyn std::fmt::Display); 2] = [("vip", &vip), ("device", &device)];
                let finding = Finding::new(Gravity::Failing, Ailment::VipOnBackup, values);
                let place = facts.written(vip);
                findings.push(finding.remedy(format!("ip address del {place} dev {device}")));
            }
            (Some(device), Part::Primary | Part::Unknown) => {
                if facts.host.links.get(device).is_some_and(|link| !link.up) {
                    let values: [(&str, &dyn std::fmt::Display); 2] = [("device", &device), ("vip", &vip)];
                    let finding = Finding::new(Gravity::Failing, Ailment::LinkDown, values);
                    findings.push(finding.remedy(format!("ip link set dev {device} up")));
                }
            }
            (None, Part::Primary) => missing(service, vip, bits, facts, findings),
            // The agent adds none either: the other director may carry it.
            (None, Part::Unknown) | (_, Part::Backup) => {}
        }
    }
}

fn missing(service: &VirtualService, vip: IpAddr, bits: u8, facts: &Facts, findings: &mut Vec<Finding>) {
    let settings = &service.settings;
    let named = settings.device.as_ref().map(Device::interface);
    if let Some(device) = named.filter(|device| !facts.host.links.contains_key(*device)) {
        let values: [(&str, &dyn std::fmt::Display); 2] = [("device", &device), ("service", &settings.name)];
        findings.push(Finding::new(Gravity::Failing, Ailment::DeviceMissing, values));
        return;
    }
    let values: [(&str, &dyn std::fmt::Display); 2] = [("vip", &vip), ("service", &settings.name)];
    let finding = Finding::new(Gravity::Failing, Ailment::VipMissing, values);
    findings.push(match named.or_else(|| facts.host.towards(vip)) {
        Some(device) => finding.remedy(format!("ip address add {vip}/{bits} dev {device}")),
        None => finding,
    });
}

fn neighbours(facts: &Facts, findings: &mut Vec<Finding>) {
    for (vip, answers) in &facts.answers {
        match answers {
            Answers::Machines(machines) => {
                let device = facts.place(*vip).unwrap_or_default();
                for mac in machines {
                    let mac = mac.map(|byte| format!("{byte:02x}")).join(":");
                    let values: [(&str, &dyn std::fmt::Display); 3] =
                        [("vip", vip), ("mac", &mac), ("device", &device)];
                    let finding = Finding::new(Gravity::Failing, Ailment::VipAnsweredElsewhere, values);
                    findings.push(finding.remedy(quiet(*vip)));
                }
            }
            Answers::NotPermitted => findings.push(
                Finding::new(Gravity::Note, Ailment::ArpNotAsked, [])
                    .remedy("systemctl enable --now arapaima-agent.service"),
            ),
            Answers::Failed(reason) => tracing::debug!(%vip, reason, "cannot ask who has the address"),
        }
    }
}

/// For a machine that answers for a VIP, which is a real server in most cases.
fn quiet(vip: IpAddr) -> String {
    match vip {
        IpAddr::V4(_) => {
            "sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2".to_owned()
        }
        // It answers for addresses of the interface that is asked, and has it on one that faces the network.
        IpAddr::V6(_) => format!("ip -6 address flush to {vip}; ip address add {vip}/128 dev lo"),
    }
}

fn tunnels(case: &Case<'_>, facts: &Facts, findings: &mut Vec<Finding>) {
    for (service, server, method) in servers(case) {
        let Some(overhead) = overhead(method, server.family()) else { continue };
        let vip = service.settings.key.frontend().map(|frontend| frontend.vip.get());
        let outer = vip.and_then(|vip| facts.place(vip).or_else(|| facts.host.towards(vip)));
        let inner = facts.host.towards(server.get());
        let mtu = |device: Option<&str>| device.and_then(|device| facts.mtu.get(device).copied());
        let (Some(clients), Some(through), Some(device)) = (mtu(outer), mtu(inner), inner) else { continue };
        let needed = clients.saturating_add(overhead);
        if through < needed {
            let method = match method {
                Forwarding::Gue(..) => "GUE",
                Forwarding::Gre(_) => "GRE",
                _ => "IPIP",
            };
            let values: [(&str, &dyn std::fmt::Display); 4] =
                [("device", &device), ("mtu", &through), ("needed", &needed), ("method", &method)];
            let finding = Finding::new(Gravity::Warning, Ailment::TunnelMtu, values);
            findings.push(finding.remedy(format!("ip link set dev {device} mtu {needed}")));
        }
    }
}

/// How many bytes a tunnel adds to each packet; none where there is none. Outer IP header (RFC 791, RFC 8200), then UDP and GUE
/// (draft-ietf-intarea-gue: 4 bytes, 8 more for remote checksum offload) or GRE (RFC 2784: 4 bytes, 4 more for the checksum).
fn overhead(method: Forwarding, outer: Family) -> Option<u32> {
    let header = match outer {
        Family::V4 => 20,
        Family::V6 => 40,
    };
    let wrapping = match method {
        Forwarding::Masquerading | Forwarding::DirectRouting | Forwarding::Local => return None,
        Forwarding::Ipip => 0,
        Forwarding::Gue(_, TunnelChecksum::Remote) => 8 + 4 + 8,
        Forwarding::Gue(..) => 8 + 4,
        Forwarding::Gre(TunnelChecksum::None) => 4,
        Forwarding::Gre(_) => 8,
    };
    Some(header + wrapping)
}

fn listing(facts: &Facts, findings: &mut Vec<Finding>) {
    let mut numbers =
        facts.release.split(|c: char| !c.is_ascii_digit()).map_while(|number| number.parse::<u32>().ok());
    let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) else { return };
    if (major, minor) < QUICK_LISTING {
        findings.push(Finding::new(Gravity::Note, Ailment::SlowListing, [("release", &facts.release)]));
    }
}
