//! The report of an activation: what is in the data plane, object by object, against what should be.

use std::collections::BTreeMap;

use health::Judgement;
use model::table::{
    Effective, Health as Verdict, Role, TableDestinationKey, TableKey, TableService, Unserved,
    destination_key,
};
use model::{Cause, Code, DestinationId, Generation, ServiceId, VirtualService, Weight, Why};
use protocol::{Accepted, Applied, Health, MAX_FOREIGN, Observed, ObservedObject, Phase};

use super::pass::Failed;
use super::since::{Object, Since};
use super::wanted::Errors;
use super::{Checks, Known};
use crate::data_plane::{DataPlaneError, Foreign, Holding};

/// At most so many entries that nobody wants any more, and that would not go, are named in a report.
const NAMED_LEFTOVERS: usize = 5;

/// Why nothing is known of an object; the cause itself is in the report once.
const UNREAD: &str = "not known: the data plane could not be read";

/// All that an activation has found out.
pub(super) struct Findings<'a> {
    pub(super) desired: &'a Accepted,
    pub(super) effective: &'a Effective,
    pub(super) refused: &'a Errors,
    pub(super) after: &'a Holding,
    pub(super) failed: &'a Failed,
    pub(super) checks: &'a Checks,
}

/// The report. Verified means: read back, and equal.
pub(super) fn observe(findings: &Findings<'_>, since: &Since, now_ms: i64) -> Observed {
    let keys: BTreeMap<ServiceId, &TableKey> =
        findings.effective.services.iter().map(|(key, &id)| (id, key)).collect();
    let mut objects = Vec::new();
    for (&id, service) in findings.desired.desired.cluster.services() {
        let key = keys.get(&id).copied();
        let destinations: Vec<_> = service
            .destinations
            .keys()
            .map(|&destination| findings.destination(key, id, service, destination, since, now_ms))
            .collect();
        objects.push(findings.service(key, id, service, &destinations, since, now_ms));
        objects.extend(destinations);
    }
    let error = findings.error();
    let failed = error.is_some() || objects.iter().any(|object| object.applied == Applied::Failed);
    Observed {
        phase: if failed { Phase::Partial } else { Phase::Verified },
        error,
        objects: objects.into(),
        foreign: told(&findings.after.foreign),
        foreign_total: count(&findings.after.foreign),
        ..frame(findings.desired, now_ms)
    }
}

/// As much of somebody else's entries as a report has room for; those within services of ours come first.
pub(super) fn told(foreign: &[Foreign]) -> Vec<Foreign> {
    let mut first: Vec<&Foreign> = foreign.iter().collect();
    first.sort_by_cached_key(|foreign| (foreign.destination.is_none(), !foreign.adopting, foreign.place()));
    first.into_iter().take(MAX_FOREIGN).cloned().collect()
}

/// How many there are.
pub(super) fn count(foreign: &[Foreign]) -> u32 {
    u32::try_from(foreign.len()).unwrap_or(u32::MAX)
}

/// The report while a new generation is on its way: the objects are as they were.
pub(super) fn under_way(desired: &Accepted, before: &Observed, now_ms: i64) -> Observed {
    Observed {
        phase: Phase::Applying,
        surroundings: before.surroundings.clone(),
        objects: before.objects.clone(),
        ..frame(desired, now_ms)
    }
}

/// The report when the data plane did not answer in time.
pub(super) fn unanswered(under_way: Observed, error: Why) -> Observed {
    Observed { phase: Phase::Partial, error: Some(error), ..under_way }
}

/// The report when the data plane cannot be read: nothing is known to be applied.
pub(super) fn unread(
    desired: &Accepted,
    checks: &Checks,
    error: &DataPlaneError,
    since: &Since,
    now_ms: i64,
) -> Observed {
    let mut objects = Vec::new();
    for (&service, settings) in desired.desired.cluster.services() {
        let ids = std::iter::once(None).chain(settings.destinations.keys().copied().map(Some));
        objects.extend(ids.map(|destination| {
            let serving = match destination {
                Some(id) => Serving::of(checks.known.get(&id)),
                None => Serving::unjudged(),
            };
            let unknown = Some(Why::of(UNREAD, Code::DataPlaneFailed));
            serving.object((service, destination), Applied::Failed, unknown, since, now_ms)
        }));
    }
    let error = Some(Why::of(error.to_string(), Code::DataPlaneFailed));
    Observed { phase: Phase::Partial, error, objects: objects.into(), ..frame(desired, now_ms) }
}

/// The report when an older generation than the one at hand was offered.
pub(super) fn refused(desired: &Accepted, newest: Generation, now_ms: i64) -> Observed {
    let offered = desired.generation;
    let error =
        format!("generation {offered} is older than {newest}, which this director has already: not applied");
    let cause = Cause::new(Code::OlderGeneration, [("offered", &offered), ("newest", &newest)]);
    Observed { phase: Phase::Refused, error: Some(Why::new(error, cause)), ..frame(desired, now_ms) }
}

fn frame(desired: &Accepted, at_ms: i64) -> Observed {
    Observed {
        generation: desired.generation,
        hash: Some(desired.hash),
        running: desired.desired.running,
        ..Observed::nothing(at_ms)
    }
}

impl Findings<'_> {
    fn entry(&self, key: Option<&TableKey>) -> Option<&TableService> {
        self.after.own.services.get(key?)
    }

    fn service(
        &self,
        key: Option<&TableKey>,
        id: ServiceId,
        service: &VirtualService,
        destinations: &[ObservedObject],
        since: &Since,
        now_ms: i64,
    ) -> ObservedObject {
        let entry = self.entry(key);
        let (applied, error) = match key {
            None => match self.effective.unserved.get(&id) {
                Some(unserved) => (Applied::Failed, Some(unserved_why(*unserved))),
                None => (Applied::Absent, None),
            },
            Some(key) => match self.service_error(key) {
                Some(error) => (Applied::Failed, Some(error)),
                None => (Applied::Applied, None),
            },
        };
        let sorry = entry.is_some_and(|entry| {
            entry
                .destinations
                .values()
                .any(|entry| entry.role == Role::SorryServer && entry.weight > Weight::MIN)
        });
        let serving = self.service_serving(service, destinations, sorry);
        ObservedObject { sorry, ..serving.object((id, None), applied, error, since, now_ms) }
    }

    /// A service serves where a real server takes connections that is known to answer. Where the only ones have not been judged,
    /// or cannot be, it is not known either.
    fn service_serving(
        &self,
        service: &VirtualService,
        destinations: &[ObservedObject],
        sorry: bool,
    ) -> Serving {
        if !self.desired.desired.running || !service.settings.active {
            return Serving::inactive();
        }
        let taking =
            || destinations.iter().filter(|object| object.weight.is_some_and(|weight| weight > Weight::MIN));
        if taking().any(|object| object.health == Health::Up) {
            return Serving { health: Health::Up, ..Serving::unjudged() };
        }
        let mut unjudged = taking().chain(destinations).filter(|object| object.health == Health::Unjudged);
        if let Some(object) = unjudged.next() {
            return Serving { reason: object.health_reason.clone(), ..Serving::unjudged() };
        }
        let who = if sorry { "the sorry server answers" } else { "nobody answers" };
        let reason = if destinations.iter().all(|object| object.health == Health::Inactive) {
            Why::of(format!("no real server is active; {who}"), Code::NoActiveServer)
        } else {
            Why::of(format!("no real server takes connections; {who}"), Code::NoServerTakes)
        };
        Serving { health: Health::Down, reason: Some(reason), ..Serving::unjudged() }
    }

    fn destination(
        &self,
        key: Option<&TableKey>,
        service_id: ServiceId,
        service: &VirtualService,
        id: DestinationId,
        since: &Since,
        now_ms: i64,
    ) -> ObservedObject {
        let own_key = service.destinations.get(&id).map(|destination| destination_key(service, destination));
        let place = key.zip(own_key);
        let entry = place.and_then(|(_, own_key)| self.entry(key)?.destinations.get(&own_key));
        let entry = entry.filter(|entry| entry.role == Role::RealServer);
        let should = place.and_then(|(key, own_key)| {
            let object = self.effective.destinations.get(key)?.get(&own_key)?;
            (*object == id).then(|| self.effective.table.services.get(key)?.destinations.get(&own_key))?
        });
        let (applied, error) = match (should, entry, place) {
            (Some(should), Some(entry), _) if should == entry => (Applied::Applied, None),
            (Some(_), _, Some((key, own_key))) => {
                let differs = || self.difference(entry.is_some());
                (Applied::Failed, Some(self.reason(key, Some(own_key)).unwrap_or_else(differs)))
            }
            (None, Some(_), Some((key, own_key))) => {
                let words = "it should have left the data plane, and is still there";
                let left = || Why::of(words, Code::StillThere);
                (Applied::Failed, Some(self.reason(key, Some(own_key)).unwrap_or_else(left)))
            }
            _ => (Applied::Absent, None),
        };
        let serving = Serving::of(self.checks.known.get(&id));
        let weight = entry.map(|entry| entry.weight);
        ObservedObject { weight, ..serving.object((service_id, Some(id)), applied, error, since, now_ms) }
    }

    /// Why a service is not as it should be: its settings, its sorry server, or destinations that no object wants.
    fn service_error(&self, key: &TableKey) -> Option<Why> {
        let should = self.effective.table.services.get(key)?;
        let Some(entry) = self.after.own.services.get(key) else {
            return Some(self.reason(key, None).unwrap_or_else(|| self.difference(false)));
        };
        if entry.settings != should.settings {
            return Some(self.reason(key, None).unwrap_or_else(|| self.difference(true)));
        }
        for (destination, settings) in
            should.destinations.iter().filter(|(_, entry)| entry.role == Role::SorryServer)
        {
            if entry.destinations.get(destination) != Some(settings) {
                let there = entry.destinations.contains_key(destination);
                let why = self.reason(key, Some(*destination)).unwrap_or_else(|| self.difference(there));
                return Some(Why { text: format!("sorry server {destination}: {why}"), ..why });
            }
        }
        let left = entry.destinations.keys().find(|&destination| {
            !should.destinations.contains_key(destination) && !self.is_real_server(key, *destination)
        })?;
        let why = self.reason(key, Some(*left)).unwrap_or_else(still_there);
        Some(Why { text: format!("destination {left}, which should be gone: {why}"), ..why })
    }

    /// Whether a destination of the desired state has this key: its own report then speaks of it.
    fn is_real_server(&self, key: &TableKey, destination: TableDestinationKey) -> bool {
        let service =
            self.effective.services.get(key).and_then(|id| self.desired.desired.cluster.services().get(id));
        service.is_some_and(|service| {
            service.destinations.values().any(|candidate| destination_key(service, candidate) == destination)
        })
    }

    /// Why a step on this entry failed or was not tried.
    fn reason(&self, key: &TableKey, destination: Option<TableDestinationKey>) -> Option<Why> {
        let place = (key.clone(), destination);
        let whole = (key.clone(), None);
        let refused = self.refused.get(&place).or_else(|| self.refused.get(&whole));
        refused.or_else(|| self.failed.entries.get(&place)).cloned()
    }

    fn difference(&self, there: bool) -> Why {
        if there {
            Why::of("read back from the data plane, it is not as it was set", Code::Differs)
        } else {
            Why::of("read back from the data plane, it is not there", Code::NotThere)
        }
    }

    /// What concerns no object: idle times, and services that should be gone.
    fn error(&self) -> Option<Why> {
        let mut errors: Vec<Why> = Vec::new();
        if self.after.own.timeouts != self.effective.table.timeouts {
            errors.push(self.failed.timeouts.clone().unwrap_or_else(|| {
                let words = "idle times: read back from the data plane, they are not as they were set";
                Why::of(words, Code::IdleTimes)
            }));
        }
        errors.extend(self.failed.synchronisation.clone());
        let leftovers: Vec<_> = self
            .after
            .own
            .services
            .keys()
            .filter(|key| !self.effective.table.services.contains_key(key))
            .collect();
        for key in leftovers.iter().take(NAMED_LEFTOVERS) {
            let why = self.reason(key, None).unwrap_or_else(still_there);
            errors.push(Why { text: format!("service {key}, which should be gone: {why}"), ..why });
        }
        if leftovers.len() > NAMED_LEFTOVERS {
            let more = leftovers.len() - NAMED_LEFTOVERS;
            errors.push(format!("{more} more services that should be gone are still there").into());
        }
        match errors.len() {
            0 | 1 => errors.pop(),
            n => {
                let words: Vec<String> = errors.into_iter().map(|why| why.text).collect();
                Some(Why::new(words.join("; "), Cause::new(Code::Several, [("n", &n)])))
            }
        }
    }
}

/// Whether an object serves, and how that is known.
struct Serving {
    health: Health,
    reason: Option<Why>,
    since_ms: Option<i64>,
    judged: Option<Generation>,
}

impl Serving {
    fn unjudged() -> Self {
        Self { health: Health::Unjudged, reason: None, since_ms: None, judged: None }
    }

    fn inactive() -> Self {
        Self { health: Health::Inactive, ..Self::unjudged() }
    }

    /// Who is not known to the checks does not take part.
    fn of(known: Option<&Known>) -> Self {
        match known {
            None => Self::inactive(),
            Some(Known::New) => Self::unjudged(),
            Some(Known::Unchecked(reason)) => Self { reason: Some(reason.clone()), ..Self::unjudged() },
            Some(Known::Checked(judgement)) => Self {
                health: match judgement.health {
                    Verdict::Unknown => Health::Unjudged,
                    Verdict::Up => Health::Up,
                    Verdict::Down => Health::Down,
                },
                reason: reason(judgement),
                since_ms: (judgement.health != Verdict::Unknown).then_some(judgement.since_ms),
                judged: (judgement.judged > Generation::default()).then_some(judgement.judged),
            },
        }
    }

    fn object(
        self,
        object: Object,
        applied: Applied,
        error: Option<Why>,
        since: &Since,
        now_ms: i64,
    ) -> ObservedObject {
        let (service, destination) = object;
        ObservedObject {
            service,
            destination,
            applied,
            error,
            health: self.health,
            health_reason: self.reason,
            since_ms: Some(since.of(object, self.health, self.since_ms, now_ms)),
            weight: None,
            judged_generation: self.judged,
            sorry: false,
        }
    }
}

fn still_there() -> Why {
    Why::of("it is still there", Code::StillThere)
}

fn unserved_why(unserved: Unserved) -> Why {
    let Unserved::MarkedElsewhere = unserved;
    Why::of(unserved.to_string(), Code::NoMarks)
}

/// Why a server is down, and how far it is on its way back.
fn reason(judgement: &Judgement) -> Option<Why> {
    let Judgement { health, reason, passes, passes_needed, .. } = judgement;
    match (health, *passes) {
        _ if reason.is_empty() => None,
        (Verdict::Down, 1..) => {
            let words = format!("{reason}; since then {passes} of {passes_needed} checks passed");
            let cause = Cause::new(Code::Returning, [("passes", passes), ("needed", passes_needed)]);
            Some(Why::new(words, cause))
        }
        _ => Some(reason.clone()),
    }
}
