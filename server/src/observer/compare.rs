//! What happened, from what a director says now and what stood before. Pure: the time is an argument.

use std::collections::BTreeMap;

use app::State;
use model::{Cluster, DestinationId, DirectorId, EventKind, ServiceId, Why};
use protocol::{Applied, Health, Observed, ObservedObject, Phase};

use crate::live::{Seen, object_state, service_state};
use crate::store::{Condition, Director, Happening, Step};

/// The most objects of one director that a look tells of one by one; more are told as one: whoever lost a network does not read
/// ten thousand lines.
pub(super) const MOST_TOLD: usize = 500;

/// What stands, with since when.
pub(super) type Standing = BTreeMap<Condition, i64>;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// So, since this moment where that is known.
    So(Option<i64>),
    /// Not so, since this moment where that is known.
    Not(Option<i64>),
    /// Nobody can say yet: what stood goes on.
    Unknown,
    /// There is no such thing any more, or it is not to be: nothing is told.
    Gone,
}

/// One director, looked at.
pub(super) struct Look<'a> {
    /// What stood before.
    pub(super) standing: &'a Standing,
    /// For names.
    pub(super) cluster: Option<&'a Cluster>,
    /// When, in milliseconds since 1970.
    pub(super) now_ms: i64,
    /// The director.
    pub(super) director: &'a Director,
    steps: Vec<Step>,
}

impl<'a> Look<'a> {
    pub(super) fn new(
        standing: &'a Standing,
        cluster: Option<&'a Cluster>,
        director: &'a Director,
        now_ms: i64,
    ) -> Self {
        Self { standing, cluster, now_ms, director, steps: Vec::new() }
    }

    /// What it told.
    pub(super) fn steps(self) -> Vec<Step> {
        gathered(self.steps)
    }

    /// Whether its agent is there. One that has never been here since the console's start is given until `patient_ms` to come.
    pub(super) fn presence(&mut self, seen: &Seen, patient_ms: i64) {
        let (director, state) = (&seen.director, &seen.state);
        let verdict = if director.revoked_ms.is_some() || director.fingerprint.is_none() {
            Verdict::Gone
        } else if state.connected {
            Verdict::Not(state.since_ms)
        } else if state.since_ms.is_some() {
            Verdict::So(state.since_ms)
        } else if self.now_ms >= patient_ms {
            Verdict::So(director.last_seen_ms.or(director.enrolled_ms))
        } else {
            Verdict::Unknown
        };
        let reason = if state.connected { None } else { state.refusal.clone() };
        self.judge(EventKind::AgentAway, None, None, verdict, reason);
    }

    /// Whether its data plane has room, where it counts.
    pub(super) fn crowding(&mut self, seen: &Seen) {
        let verdict = match (seen.crowding(), &seen.stats) {
            (Some(_), _) => Verdict::So(None),
            (None, Some(_)) => Verdict::Not(None),
            (None, None) => Verdict::Unknown,
        };
        self.judge(EventKind::DataPlaneFull, None, None, verdict, None);
    }

    /// What a report says.
    pub(super) fn report(&mut self, observed: &Observed) {
        // An agent that has just begun has nothing to say yet.
        if observed.phase == Phase::Nothing {
            return;
        }
        self.phase(observed);
        let mut services: BTreeMap<ServiceId, (Option<&ObservedObject>, Vec<&ObservedObject>)> =
            BTreeMap::new();
        for object in &observed.objects {
            let entry = services.entry(object.service).or_default();
            match object.destination {
                None => entry.0 = Some(object),
                Some(_) => entry.1.push(object),
            }
        }
        self.gone(&services);
        for (id, (own, servers)) in services {
            for server in &servers {
                self.server(id, server);
            }
            if let Some(own) = own {
                self.service(id, own, &servers);
            }
        }
    }

    fn phase(&mut self, observed: &Observed) {
        let reason = || {
            let objects = || observed.objects.iter().find_map(|object| object.error.clone());
            observed.error.clone().or_else(|| observed.failed_surroundings().next()).or_else(objects)
        };
        for (kind, phase) in
            [(EventKind::ApplyPartial, Phase::Partial), (EventKind::ApplyRefused, Phase::Refused)]
        {
            let verdict = match observed.phase {
                is if is == phase => Verdict::So(None),
                Phase::Verified => Verdict::Not(None),
                // One of the two takes the other's place.
                Phase::Partial | Phase::Refused => Verdict::Gone,
                Phase::Applying | Phase::Nothing => Verdict::Unknown,
            };
            let reason = if verdict == Verdict::So(None) { reason() } else { None };
            self.judge(kind, None, None, verdict, reason);
        }
        for step in &mut self.steps {
            if let Some(told) = &mut step.told
                && matches!(
                    told.kind,
                    EventKind::ApplyPartial | EventKind::ApplyRefused | EventKind::ApplyVerified
                )
            {
                told.generation = Some(observed.generation);
            }
        }
    }

    fn server(&mut self, service: ServiceId, object: &ObservedObject) {
        let verdict = if !is_offered(object) {
            Verdict::Gone
        } else {
            match object_state(object) {
                State::Failing => Verdict::So(object.since_ms.filter(|_| object.health == Health::Down)),
                State::Serving | State::Draining | State::Degraded => Verdict::Not(object.since_ms),
                State::Pending | State::Unknown | State::Inactive | State::Stopped => Verdict::Unknown,
            }
        };
        let why = match object.applied {
            Applied::Failed => object.error.clone(),
            Applied::Applied | Applied::Absent => object.health_reason.clone(),
        };
        self.judge(EventKind::ServerOut, Some(service), object.destination, verdict, why);
    }

    fn service(&mut self, id: ServiceId, own: &ObservedObject, servers: &[&ObservedObject]) {
        let offered: Vec<&&ObservedObject> = servers.iter().filter(|server| is_offered(server)).collect();
        let since = offered.iter().filter_map(|server| server.since_ms).max();
        let (failing, sorry) = if !is_offered(own) {
            (Verdict::Gone, Verdict::Gone)
        } else {
            let state = if own.applied == Applied::Failed {
                State::Failing
            } else {
                service_state(offered.iter().map(|server| object_state(server)))
            };
            let failing = match state {
                State::Failing => Verdict::So(since),
                State::Serving | State::Degraded => Verdict::Not(since),
                _ => Verdict::Unknown,
            };
            (failing, if own.sorry { Verdict::So(since) } else { Verdict::Not(since) })
        };
        let why = own.error.clone().or_else(|| own.health_reason.clone());
        self.judge(EventKind::ServiceFailing, Some(id), None, failing, why);
        self.judge(EventKind::SorryIn, Some(id), None, sorry, None);
    }

    /// What stood of objects that the report does not have any more stands no longer.
    fn gone(&mut self, services: &BTreeMap<ServiceId, (Option<&ObservedObject>, Vec<&ObservedObject>)>) {
        let there = |condition: &Condition| {
            let Some(service) = condition.service else { return true };
            let Some((own, servers)) = services.get(&service) else { return false };
            match condition.destination {
                None => own.is_some(),
                some => servers.iter().any(|server| server.destination == some),
            }
        };
        let gone = of(self.standing, self.director.id).filter(|(condition, _)| !there(condition));
        self.steps.extend(gone.map(|(condition, _)| over(condition, None)));
    }

    fn judge(
        &mut self,
        kind: EventKind,
        service: Option<ServiceId>,
        destination: Option<DestinationId>,
        verdict: Verdict,
        reason: Option<Why>,
    ) {
        let condition = Condition { director: self.director.id, service, destination, kind };
        let stood = self.standing.get(&condition).copied();
        let step = match (verdict, stood) {
            (Verdict::So(since_ms), None) => {
                let told = Happening { reason, since_ms, ..self.happening(kind, &condition) };
                let since_ms = since_ms.or(Some(self.now_ms));
                Some(Step { condition: Some(condition), since_ms, told: Some(told) })
            }
            (Verdict::Not(since_ms), Some(stood_ms)) => kind.over().map(|kind| {
                let until_ms = since_ms.unwrap_or(self.now_ms);
                let duration_ms = Some(until_ms.saturating_sub(stood_ms)).filter(|&ms| ms >= 0);
                let told = Happening { since_ms, duration_ms, ..self.happening(kind, &condition) };
                over(&condition, Some(told))
            }),
            (Verdict::Gone, Some(_)) => Some(over(&condition, None)),
            _ => None,
        };
        self.steps.extend(step);
    }

    fn happening(&self, kind: EventKind, condition: &Condition) -> Happening {
        let service =
            condition.service.map(|id| (id, self.cluster.and_then(|cluster| cluster.services().get(&id))));
        let server = condition.destination.map(|id| {
            let found = service.and_then(|(_, service)| service?.destinations.get(&id));
            (id, found.map_or_else(|| format!("#{id}"), |found| found.name.to_string()))
        });
        let service = service.map(|(id, found)| {
            (id, found.map_or_else(|| format!("#{id}"), |found| found.settings.name.to_string()))
        });
        Happening {
            cluster: Some(self.director.cluster),
            director: Some((self.director.id, self.director.name.to_string())),
            service,
            server,
            ..Happening::new(kind, self.now_ms)
        }
    }
}

/// What stands of one director.
pub(super) fn of(standing: &Standing, director: DirectorId) -> impl Iterator<Item = (&Condition, &i64)> {
    let first = Condition { director, service: None, destination: None, kind: EventKind::ALL[0] };
    standing.range(first..).take_while(move |(condition, _)| condition.director == director)
}

fn over(condition: &Condition, told: Option<Happening>) -> Step {
    Step { condition: Some(*condition), since_ms: None, told }
}

/// Whether it is to serve: what is inactive is not told of.
fn is_offered(object: &ObservedObject) -> bool {
    object.health != Health::Inactive || object.applied == Applied::Failed
}

/// Tells of the objects beyond [`MOST_TOLD`] as of one, by kind.
fn gathered(mut steps: Vec<Step>) -> Vec<Step> {
    let mut told: BTreeMap<EventKind, usize> = BTreeMap::new();
    let mut rest: BTreeMap<EventKind, Happening> = BTreeMap::new();
    for step in &mut steps {
        let Some(happening) = &step.told else { continue };
        let n = told.entry(happening.kind).or_default();
        *n += 1;
        if *n <= MOST_TOLD {
            continue;
        }
        if let Some(happening) = step.told.take() {
            let kind = happening.kind;
            rest.entry(kind).and_modify(|all| all.count = all.count.saturating_add(1)).or_insert(Happening {
                service: None,
                server: None,
                reason: None,
                since_ms: None,
                duration_ms: None,
                ..happening
            });
        }
    }
    steps.extend(rest.into_values().map(|told| Step { condition: None, since_ms: None, told: Some(told) }));
    steps
}

#[cfg(test)]
mod tests;
