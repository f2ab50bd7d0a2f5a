//! What has to be done about a difference between what is there and what is wanted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use model::FirewallMark;
use model::table::TableKey;

use super::{EncapPort, Link, Place, Present, PresentRules, Purpose, Rules, Sysctl, Thing, Tunnel, Wanted};

/// What has to be done, in three parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// What is to appear: before the table changes.
    pub appear: Vec<SurroundingStep>,
    /// VIPs: once the table knows what to do with their traffic; before, clients would be turned away.
    pub arrive: Vec<SurroundingStep>,
    /// What is to go: after the table has changed.
    pub disappear: Vec<SurroundingStep>,
}

impl Steps {
    /// All of them, in their order.
    pub fn all(&self) -> impl Iterator<Item = &SurroundingStep> {
        self.appear.iter().chain(&self.arrive).chain(&self.disappear)
    }

    /// The same, with the rules replaced in two strokes where services with a mark are to go: new marks before the table
    /// changes, those of `leaving` services ([`Rules::with_leaving`]) away after it.
    pub fn keeping(self, present: &Present, leaving: &BTreeMap<TableKey, FirewallMark>) -> Self {
        let Self { appear, arrive, mut disappear } = self;
        let first_stroke = |step| {
            let SurroundingStep::SetRules(rules) = step else { return Some(step) };
            let both = rules.with_leaving(leaving);
            let done = present.rules == PresentRules::Ours(both.digest());
            if both != rules {
                disappear.push(SurroundingStep::SetRules(rules));
            }
            (!done).then_some(SurroundingStep::SetRules(both))
        };
        let appear = appear.into_iter().filter_map(first_stroke).collect();
        Self { appear, arrive, disappear }
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SurroundingStep {
    /// Take Generic UDP Encapsulation in at a port.
    AddEncapPort(EncapPort),
    /// Make a tunnel device, and switch it on.
    AddTunnel(Tunnel),
    /// Set a sysctl.
    SetSysctl {
        /// Which.
        sysctl: Sysctl,
        /// To what.
        value: String,
        /// What it was; `None` where it comes into being with a device of ours.
        found: Option<String>,
        /// Whether it stays though nothing wants it, until the agent leaves.
        kept: bool,
    },
    /// Replace our table of rules.
    SetRules(Rules),
    /// Put an address on an interface.
    AddAddress(Place),
    /// Tell the network where an address of ours is: gratuitous ARP, unsolicited neighbour advertisement.
    Announce(Place),

    /// Take an address of ours away.
    RemoveAddress(Place),
    /// Give a sysctl its former value.
    RestoreSysctl {
        /// Which.
        sysctl: Sysctl,
        /// To what.
        former: String,
    },
    /// Take our table of rules away.
    RemoveRules,
    /// Take a tunnel device of ours away.
    RemoveTunnel(String),
    /// Take nothing in at this port any more.
    RemoveEncapPort(EncapPort),

    /// An address that was ours is gone, or somebody else's by now.
    ForgetAddress(Place),
    /// A sysctl of ours was changed by somebody else, or is gone.
    ForgetSysctl(Sysctl),
    /// Our table is gone.
    ForgetRules,
    /// A tunnel device of ours is gone.
    ForgetTunnel(String),
    /// A port of ours is gone.
    ForgetEncapPort(EncapPort),
}

/// What makes `present` what is `wanted`. Nothing that is not ours is ever the object of a step; where there is no difference
/// there are no steps.
pub fn steps(present: &Present, wanted: &Wanted) -> Steps {
    let mut steps = Steps::default();
    tunnels(present, wanted, &mut steps);
    appearing_sysctls(present, wanted, &mut steps.appear);
    rules(present, wanted, &mut steps);
    addresses(present, wanted, &mut steps);
    // Addresses go first: a VIP on loopback must not outlive what keeps it from answering ARP.
    let (addresses, others): (Vec<_>, Vec<_>) =
        std::mem::take(&mut steps.disappear).into_iter().partition(|step| {
            matches!(step, SurroundingStep::RemoveAddress(_) | SurroundingStep::ForgetAddress(_))
        });
    steps.disappear = addresses;
    // Sysctls of a device before the device.
    disappearing_sysctls(present, wanted, &mut steps.disappear);
    steps.disappear.extend(others);
    steps
}

fn tunnels(present: &Present, wanted: &Wanted, steps: &mut Steps) {
    for port in &wanted.encap_ports {
        if !present.encap_ports.contains(port) && !is_unread(present, &Thing::EncapPort(*port)) {
            steps.appear.push(SurroundingStep::AddEncapPort(*port));
        }
    }
    let unwanted = |name: &String| !wanted.tunnels.iter().any(|tunnel| tunnel.name() == *name);
    let is_rival = |name: &String| {
        present.owned.tunnels.contains(name) && present.host.links.contains_key(name) && unwanted(name)
    };
    for tunnel in &wanted.tunnels {
        let link = present.host.links.get(&tunnel.name());
        let ours = present.owned.tunnels.contains(&tunnel.name());
        if link.is_none_or(|link| ours && !link.up) {
            let rival = tunnel.rival().map(|rival| rival.name());
            steps.appear.extend(rival.filter(|name| is_rival(name)).map(SurroundingStep::RemoveTunnel));
            steps.appear.push(SurroundingStep::AddTunnel(tunnel.clone()));
        }
    }
    for name in &present.owned.tunnels {
        let gone_before = steps
            .appear
            .iter()
            .any(|step| matches!(step, SurroundingStep::RemoveTunnel(gone) if gone == name));
        if gone_before || !unwanted(name) {
            continue;
        }
        let there = present.host.links.contains_key(name);
        let name = name.clone();
        steps.disappear.push(if there {
            SurroundingStep::RemoveTunnel(name)
        } else {
            SurroundingStep::ForgetTunnel(name)
        });
    }
    for port in present.owned.encap_ports.difference(&wanted.encap_ports) {
        if is_unread(present, &Thing::EncapPort(*port)) {
            continue;
        }
        let there = present.encap_ports.contains(port);
        steps.disappear.push(if there {
            SurroundingStep::RemoveEncapPort(*port)
        } else {
            SurroundingStep::ForgetEncapPort(*port)
        });
    }
}

fn appearing_sysctls(present: &Present, wanted: &Wanted, appear: &mut Vec<SurroundingStep>) {
    let differing = wanted.sysctls.iter().filter(|(sysctl, value)| {
        !is_unread(present, &Thing::Sysctl((*sysctl).clone())) && !present.is_met(sysctl, value)
    });
    let steps = differing.map(|(sysctl, value)| {
        let found = present.sysctls.get(sysctl).cloned().flatten();
        SurroundingStep::SetSysctl { sysctl: sysctl.clone(), value: value.clone(), found, kept: false }
    });
    // Which routers are heeded is to be said before the machine forwards.
    let (first, then): (Vec<_>, Vec<_>) = steps
        .partition(|step| matches!(step, SurroundingStep::SetSysctl { sysctl, .. } if sysctl.is_accept_ra()));
    appear.extend(first.into_iter().chain(then));
}

fn disappearing_sysctls(present: &Present, wanted: &Wanted, disappear: &mut Vec<SurroundingStep>) {
    for (sysctl, noted) in &present.owned.sysctls {
        if wanted.sysctls.contains_key(sysctl) || is_unread(present, &Thing::Sysctl(sysctl.clone())) {
            continue;
        }
        let now = present.sysctls.get(sysctl).cloned().flatten();
        let as_set = now.as_ref() == Some(&noted.ours);
        if as_set && noted.kept {
            continue;
        }
        let sysctl = sysctl.clone();
        disappear.push(if as_set && noted.former != noted.ours {
            SurroundingStep::RestoreSysctl { sysctl, former: noted.former.clone() }
        } else {
            SurroundingStep::ForgetSysctl(sysctl)
        });
    }
}

fn rules(present: &Present, wanted: &Wanted, steps: &mut Steps) {
    match (&present.rules, wanted.rules.is_empty()) {
        (PresentRules::Absent | PresentRules::Foreign, true) if present.owned.rules => {
            steps.disappear.push(SurroundingStep::ForgetRules);
        }
        (PresentRules::Absent, true) | (PresentRules::Foreign | PresentRules::Unknown(_), _) => {}
        (PresentRules::Ours(_) | PresentRules::Changed, true) => {
            steps.disappear.push(SurroundingStep::RemoveRules);
        }
        (PresentRules::Ours(digest), false) if *digest == wanted.rules.digest() => {}
        (_, false) => steps.appear.push(SurroundingStep::SetRules(wanted.rules.clone())),
    }
}

fn addresses(present: &Present, wanted: &Wanted, steps: &mut Steps) {
    let map = present.host.map();
    let hears = |place: &Place| present.host.links.get(&place.device).is_some_and(Link::hears);
    // Where ARP cannot be made quiet for all that is known, an address must not come.
    let speaks = wanted
        .sysctls
        .keys()
        .any(|sysctl| sysctl.is_arp() && is_unread(present, &Thing::Sysctl(sysctl.clone())));
    let mut removed = BTreeSet::new();
    for (place, purpose) in &wanted.addresses {
        let part = if *purpose == Purpose::Vip { &mut steps.arrive } else { &mut steps.appear };
        let at = map.at(place);
        if at.is_none() && *purpose == Purpose::Loopback && speaks && place.address.is_ipv4() {
            continue;
        }
        if at.is_none() {
            // The kernel has an IPv6 address once on an interface, whatever its prefix.
            let in_the_way = map.of(place.address).iter().filter(|assigned| {
                assigned.ours && place.address.is_ipv6() && assigned.place.device == place.device
            });
            for assigned in in_the_way {
                removed.insert(&assigned.place);
                part.push(SurroundingStep::RemoveAddress(assigned.place.clone()));
            }
            part.push(SurroundingStep::AddAddress(place.clone()));
        }
        let told = at.is_some_and(|assigned| !assigned.ours || present.announced.contains(place));
        if purpose.is_announced() && !told && hears(place) {
            part.push(SurroundingStep::Announce(place.clone()));
        }
    }
    for place in present.owned.addresses.iter().filter(|place| !wanted.addresses.contains_key(place)) {
        let there = map.at(place).is_some_and(|assigned| assigned.ours);
        if there && !removed.contains(place) {
            steps.disappear.push(SurroundingStep::RemoveAddress(place.clone()));
        } else if !there {
            steps.disappear.push(SurroundingStep::ForgetAddress(place.clone()));
        }
    }
}

fn is_unread(present: &Present, thing: &Thing) -> bool {
    present.unread.contains_key(thing)
}

impl fmt::Display for SurroundingStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddEncapPort(port) => write!(f, "take GUE in at {port}"),
            Self::AddTunnel(tunnel) => write!(f, "make tunnel {tunnel}"),
            Self::SetSysctl { sysctl, value, .. } => write!(f, "set {sysctl} to {value}"),
            Self::SetRules(_) => f.write_str("replace the table of packet filter rules"),
            Self::AddAddress(place) => write!(f, "add address {place}"),
            Self::Announce(place) => write!(f, "announce address {place}"),
            Self::RemoveAddress(place) => write!(f, "remove address {place}"),
            Self::RestoreSysctl { sysctl, former } => write!(f, "set {sysctl} back to {former}"),
            Self::RemoveRules => f.write_str("remove the table of packet filter rules"),
            Self::RemoveTunnel(name) => write!(f, "remove tunnel {name}"),
            Self::RemoveEncapPort(port) => write!(f, "take no GUE in at {port}"),
            Self::ForgetAddress(place) => write!(f, "forget address {place}, which is gone"),
            Self::ForgetSysctl(sysctl) => write!(f, "forget {sysctl}, which somebody else has changed"),
            Self::ForgetRules => f.write_str("forget the table of packet filter rules, which is gone"),
            Self::ForgetTunnel(name) => write!(f, "forget tunnel {name}, which is gone"),
            Self::ForgetEncapPort(port) => write!(f, "forget {port}, which is gone"),
        }
    }
}
