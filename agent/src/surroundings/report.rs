//! What came of it: every thing that is wanted, or should be gone, against what is there.

use std::collections::BTreeMap;

use protocol::{MAX_SURROUNDINGS, Surrounding, SurroundingState};

use super::{Place, Present, PresentRules, Problem, StepError, SurroundingStep, Thing, Wanted};

/// Why steps failed, by what they were about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failures(BTreeMap<Thing, String>);

impl Failures {
    /// Notes the failure of `step`.
    pub fn note(&mut self, step: &SurroundingStep, error: StepError) {
        self.0.entry(step.thing()).or_insert(error.0);
    }

    fn words(&self, thing: &Thing, otherwise: &str) -> String {
        self.0.get(thing).cloned().unwrap_or_else(|| otherwise.to_owned())
    }
}

/// Every thing that is wanted, or is still there and should not be; those that are not as they should be come first. At most
/// [`MAX_SURROUNDINGS`] of them.
pub fn report(wanted: &Wanted, present: &Present, failures: &Failures) -> Vec<Surrounding> {
    let mut found = Found { failures, reports: Vec::new() };
    let map = present.host.map();
    for Problem { thing, words } in &wanted.problems {
        found.reports.push(failed(thing, words.clone()));
    }
    for place in wanted.addresses.keys() {
        let state = map.at(place).map(|assigned| assigned.ours);
        found.wanted(&Thing::of(place), state);
    }
    for (sysctl, value) in &wanted.sysctls {
        let met = present.is_met(sysctl, value);
        // On most interfaces nothing has to be done about routers, and nothing was.
        if !(met && sysctl.is_accept_ra() && !present.owned.sysctls.contains_key(sysctl)) {
            found.wanted(&Thing::Sysctl(sysctl.clone()), met.then_some(true));
        }
    }
    for tunnel in &wanted.tunnels {
        let link = present.host.links.get(&tunnel.name()).filter(|link| link.up);
        let ours = present.owned.tunnels.contains(&tunnel.name());
        found.wanted(&Thing::Tunnel(tunnel.name()), link.map(|_| ours));
    }
    for port in &wanted.encap_ports {
        let there = present.encap_ports.contains(port);
        found.wanted(&Thing::EncapPort(*port), there.then(|| present.owned.encap_ports.contains(port)));
    }
    rules(wanted, present, &mut found);
    leftovers(wanted, present, &mut found);
    for (thing, reason) in &present.unread {
        found
            .reports
            .retain(|report| (report.kind.as_str(), &report.name) != (thing.kind(), &thing.to_string()));
        found.reports.push(failed(thing, format!("cannot be read: {reason}")));
    }
    let mut reports = found.reports;
    reports.sort_by_key(|report| report.state != SurroundingState::Failed);
    reports.truncate(MAX_SURROUNDINGS);
    reports
}

struct Found<'a> {
    failures: &'a Failures,
    reports: Vec<Surrounding>,
}

impl Found<'_> {
    /// A thing that is wanted, and whether it is there and ours.
    fn wanted(&mut self, thing: &Thing, there: Option<bool>) {
        let report = match there {
            Some(ours) => {
                let state = if ours { SurroundingState::Applied } else { SurroundingState::Foreign };
                Surrounding { kind: thing.kind().into(), name: thing.to_string(), state, error: None }
            }
            None => failed(thing, self.failures.words(thing, "read back, it is not there as it was set")),
        };
        self.reports.push(report);
    }

    fn left(&mut self, thing: &Thing) {
        let words = self.failures.words(thing, "it should be gone, and is still there");
        self.reports.push(failed(thing, words));
    }
}

fn rules(wanted: &Wanted, present: &Present, found: &mut Found<'_>) {
    if let PresentRules::Unknown(reason) = &present.rules {
        found.reports.push(failed(&Thing::Rules, format!("cannot be read: {reason}")));
        return;
    }
    if wanted.rules.is_empty() {
        if matches!(present.rules, PresentRules::Ours(_) | PresentRules::Changed) {
            found.left(&Thing::Rules);
        }
        return;
    }
    match &present.rules {
        PresentRules::Ours(digest) => {
            found.wanted(&Thing::Rules, (*digest == wanted.rules.digest()).then_some(true));
        }
        PresentRules::Absent | PresentRules::Changed | PresentRules::Unknown(_) => {
            found.wanted(&Thing::Rules, None);
        }
        PresentRules::Foreign => {
            let words = "somebody else has made a table of this name; rename or delete it: `nft delete table inet arapaima`";
            found.reports.push(failed(&Thing::Rules, words.into()));
        }
    }
}

/// What is ours, there, and not wanted.
fn leftovers(wanted: &Wanted, present: &Present, found: &mut Found<'_>) {
    let map = present.host.map();
    for place in present.owned.addresses.iter().filter(|place| !wanted.addresses.contains_key(place)) {
        if map.at(place).is_some_and(|assigned| assigned.ours) {
            found.left(&Thing::of(place));
        }
    }
    for (sysctl, noted) in
        present.owned.sysctls.iter().filter(|(sysctl, _)| !wanted.sysctls.contains_key(sysctl))
    {
        let now = present.sysctls.get(sysctl).cloned().flatten();
        if now.as_ref() == Some(&noted.ours) && noted.former != noted.ours && !noted.kept {
            found.left(&Thing::Sysctl(sysctl.clone()));
        }
    }
    for name in &present.owned.tunnels {
        let still_wanted = wanted.tunnels.iter().any(|tunnel| tunnel.name() == *name);
        if !still_wanted && present.host.links.contains_key(name) {
            found.left(&Thing::Tunnel(name.clone()));
        }
    }
    for port in present.owned.encap_ports.difference(&wanted.encap_ports) {
        if present.encap_ports.contains(port) {
            found.left(&Thing::EncapPort(*port));
        }
    }
}

fn failed(thing: &Thing, words: String) -> Surrounding {
    let error = Some(words);
    Surrounding { kind: thing.kind().into(), name: thing.to_string(), state: SurroundingState::Failed, error }
}

impl Thing {
    fn of(place: &Place) -> Self {
        Self::Address(place.to_string())
    }
}

impl SurroundingStep {
    /// What it is about.
    pub fn thing(&self) -> Thing {
        match self {
            Self::AddAddress(place)
            | Self::Announce(place)
            | Self::RemoveAddress(place)
            | Self::ForgetAddress(place) => Thing::of(place),
            Self::SetSysctl { sysctl, .. }
            | Self::RestoreSysctl { sysctl, .. }
            | Self::ForgetSysctl(sysctl) => Thing::Sysctl(sysctl.clone()),
            Self::SetRules(_) | Self::RemoveRules | Self::ForgetRules => Thing::Rules,
            Self::AddTunnel(tunnel) => Thing::Tunnel(tunnel.name()),
            Self::RemoveTunnel(name) | Self::ForgetTunnel(name) => Thing::Tunnel(name.clone()),
            Self::AddEncapPort(port) | Self::RemoveEncapPort(port) | Self::ForgetEncapPort(port) => {
                Thing::EncapPort(*port)
            }
        }
    }
}
