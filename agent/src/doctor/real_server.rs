//! What keeps a real server from serving behind a director: the guide's "ARP problem", and its kin.

use std::net::IpAddr;

use model::{Ailment, Finding, Forwarding, Gravity, Settings};

use super::director::active;
use super::facts::{Case, Facts, conf};
use super::judge::with_sysctl;
use crate::surroundings::{Tunnel, TunnelKind};

pub(super) fn judge(case: &Case<'_>, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(desired) = case.desired else { return };
    let settings = desired.cluster.settings();
    for service in active(case) {
        let vip = service.settings.key.frontend().map(|frontend| frontend.vip.get());
        for server in service.destinations.values().filter(|server| server.active) {
            let own = server.address.get();
            let Some(device) = facts.place(own) else { continue };
            let method = server.forwarding.unwrap_or(settings.forwarding);
            match (method, vip) {
                (Forwarding::Masquerading, _) => gateway(settings, own, facts, findings),
                (_, None) => {}
                (_, Some(vip)) if vip.is_loopback() => {}
                (_, Some(vip)) => {
                    quiet(vip, device, facts, findings);
                    reverse_path(method, own, vip, facts, findings);
                }
            }
        }
    }
}

/// The VIP is on loopback, where nobody outside hears of it.
fn quiet(vip: IpAddr, own: &str, facts: &Facts, findings: &mut Vec<Finding>) {
    let bits = if vip.is_ipv4() { 32 } else { 128 };
    match facts.place(vip) {
        None => {
            let finding = Finding::new(Gravity::Failing, Ailment::VipNotQuiet, [("vip", &vip)]);
            findings.push(finding.remedy(format!("ip address add {vip}/{bits} dev lo")));
            return;
        }
        Some(device) if !facts.is_loopback(device) => {
            let values: [(&str, &dyn std::fmt::Display); 2] = [("vip", &vip), ("device", &device)];
            let finding = Finding::new(Gravity::Failing, Ailment::VipExposed, values);
            let place = facts.written(vip);
            findings.push(
                finding.remedy(format!(
                    "ip address del {place} dev {device}; ip address add {vip}/{bits} dev lo"
                )),
            );
            return;
        }
        Some(_) => {}
    }
    // IPv6 answers only for addresses of the interface that is asked.
    if vip.is_ipv6() {
        return;
    }
    for (name, needed) in [("arp_ignore", 1), ("arp_announce", 2)] {
        let Some(value) = facts.highest(own, name).filter(|value| *value < needed) else { continue };
        let path = conf("all", name);
        let sysctl = path.replace('/', ".");
        let values: [(&str, &dyn std::fmt::Display); 3] =
            [("sysctl", &sysctl), ("value", &value), ("needed", &needed)];
        let finding = Finding::new(Gravity::Failing, Ailment::ArpAnswers, values);
        findings.push(with_sysctl(finding, &path, &needed.to_string()));
    }
}

/// Clients are not to be found behind a tunnel; a strict filter (1) drops what they send.
fn reverse_path(method: Forwarding, own: IpAddr, vip: IpAddr, facts: &Facts, findings: &mut Vec<Finding>) {
    if !method.is_tunnel() || vip.is_ipv6() || own.is_ipv6() {
        return;
    }
    let kind = match method {
        Forwarding::Gre(checksum) => TunnelKind::Gre { checksum: checksum != model::TunnelChecksum::None },
        _ => TunnelKind::Ipip,
    };
    // Our own device, and the one that the kernel has of itself.
    for device in [Tunnel { kind, local: own }.name(), "tunl0".to_owned()] {
        if !facts.host.links.contains_key(&device) {
            continue;
        }
        if let Some(value) = facts.highest(&device, "rp_filter").filter(|value| *value == 1) {
            let values: [(&str, &dyn std::fmt::Display); 2] = [("device", &device), ("value", &value)];
            let finding = Finding::new(Gravity::Failing, Ailment::StrictReversePath, values);
            findings.push(with_sysctl(finding, &conf(&device, "rp_filter"), "2"));
        }
    }
}

/// Answers go back by the director.
fn gateway(settings: &Settings, own: IpAddr, facts: &Facts, findings: &mut Vec<Finding>) {
    let Some(router) = &settings.nat_router else { return };
    let needed = router.address.get();
    if needed.is_ipv4() != own.is_ipv4() || facts.host.gateways.contains(&needed) {
        return;
    }
    let present = facts.host.gateways.iter().find(|gateway| gateway.is_ipv4() == needed.is_ipv4());
    let present = present.map_or_else(|| "-".to_owned(), ToString::to_string);
    let family = if needed.is_ipv4() { "" } else { "-6 " };
    let values: [(&str, &dyn std::fmt::Display); 2] = [("gateway", &present), ("needed", &needed)];
    let finding = Finding::new(Gravity::Failing, Ailment::WrongGateway, values);
    // Not the agent's to do: whoever changes a gateway from afar may never reach the machine again.
    findings.push(finding.remedy(format!("ip {family}route replace default via {needed}")));
}
