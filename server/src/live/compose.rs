//! From what is applied, what directors report and what they count, to what the live table shows. Pure.
//!
//! With several directors the worst that one of them says of an object counts, and their numbers are added up. A
//! director that is away says nothing: where nobody else does, the answer is unknown, never good and never zero.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use app::State;
use app::live::{
    Crowding, DirectorRole, LiveDirector, LiveServer, LiveService, Method, Numbers, Phase, Presence, Shape,
};
use model::{
    Destination, DestinationId, Family, Frontend, Generation, HostAddress, Persistence, Port, ServiceId,
    ServiceKey, VirtualService, Why,
};
use protocol::{Applied, Health, ObservedObject, Stats};

use crate::fleet::{DirectorState, Fleet};
use crate::store::{Director, Revision};

/// A director with what is known of it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What the store says.
    pub director: Director,
    /// What its agent says.
    pub state: DirectorState,
    /// What it counts.
    pub stats: Option<Arc<Stats>>,
}

/// What directors that are connected report of objects.
#[derive(Default)]
struct Reports<'a> {
    /// Whether any director reports at all.
    any: bool,
    /// Whether one of them has not come to the applied generation yet.
    behind: bool,
    /// Since when nobody says anything: when the last one that did went away.
    silent_ms: i64,
    /// When the generation was applied that all of it is about.
    applied_ms: i64,
    objects: BTreeMap<(ServiceId, Option<DestinationId>), Vec<&'a ObservedObject>>,
}

/// What is said of one object.
struct Said {
    state: State,
    since: i64,
    note: Why,
}

/// What the live table shows at `now_ms`.
pub fn compose(revision: &Revision, seen: &[Seen], now_ms: i64) -> (Shape, Numbers) {
    let reports = Reports::of(seen, revision);
    let running = revision.desired.running;
    let cluster = &revision.desired.cluster;
    let inherited = cluster.settings().forwarding;
    let services =
        cluster.services().iter().map(|(&id, service)| of_service(id, service, inherited, running, &reports));
    let shape = Shape {
        directors: seen.iter().map(|seen| machine(seen, revision.generation)).collect(),
        services: services.collect(),
        running,
        generation: revision.generation.0,
        applied: revision.at_ms,
    };
    (shape, numbers(seen, now_ms))
}

/// A machine with an agent as it is now; what a real server's tells of itself is the same as what a director's does.
pub fn machine(seen: &Seen, wanted: Generation) -> LiveDirector {
    let Seen { director, state, .. } = seen;
    let observed = state.observed.as_deref();
    let phase = seen.phase(wanted);
    let crowding = seen.crowding();
    let (fares, since) = match phase {
        Phase::Unenrolled => (State::Inactive, None),
        Phase::Revoked => (State::Unknown, director.revoked_ms),
        // One that was never connected is away since it enrolled.
        Phase::Away => (State::Unknown, state.since_ms.or(director.last_seen_ms).or(director.enrolled_ms)),
        Phase::Refused(_) => (State::Failing, state.since_ms),
        Phase::Partial(_) => (State::Degraded, state.since_ms),
        _ if crowding.is_some() => (State::Degraded, state.since_ms),
        _ => (State::Serving, state.since_ms),
    };
    let error = match phase {
        Phase::Partial(_) | Phase::Refused(_) => observed.and_then(|observed| {
            // What failed around the table belongs to no row of it.
            observed.error.clone().or_else(|| observed.failed_surroundings().next())
        }),
        // Its mark says so already.
        Phase::Revoked => None,
        _ => state.refusal.clone(),
    };
    LiveDirector {
        id: director.id.0,
        name: director.name.to_string(),
        state: fares,
        since: since.unwrap_or_default(),
        phase,
        role: observed
            .filter(|_| phase.presence() == Presence::Connected)
            .map(|observed| if observed.running { DirectorRole::Active } else { DirectorRole::Standby }),
        data_plane: state
            .facts
            .as_ref()
            .map(|facts| format!("{} {}", facts.kind, facts.version))
            .unwrap_or_default(),
        seen: director.last_seen_ms.max(state.received_ms).unwrap_or_default(),
        crowding,
        error: error.unwrap_or_default(),
    }
}

impl Seen {
    /// A director with all that the fleet knows of it now.
    pub fn of(fleet: &Fleet, director: Director) -> Self {
        Self { state: fleet.director(director.id), stats: fleet.stats(director.id), director }
    }

    /// How far it is with the generation that is wanted.
    pub fn phase(&self, wanted: Generation) -> Phase {
        let Self { director, state, .. } = self;
        if director.revoked_ms.is_some() {
            return Phase::Revoked;
        }
        if !state.connected {
            return if director.fingerprint.is_none() { Phase::Unenrolled } else { Phase::Away };
        }
        let Some(observed) = state.observed.as_deref() else { return Phase::Nothing };
        let at = observed.generation.0;
        match observed.phase {
            protocol::Phase::Nothing => Phase::Nothing,
            protocol::Phase::Applying => Phase::Applying(at),
            protocol::Phase::Verified => Phase::Verified(at),
            protocol::Phase::Partial => Phase::Partial(at),
            protocol::Phase::Refused => Phase::Refused(wanted.0),
        }
    }

    /// Whether it holds about as many connections as it can.
    pub fn crowding(&self) -> Option<Crowding> {
        let limit = self.state.facts.as_ref()?.connection_limit?;
        let own = self.stats.as_ref()?.entries.iter().filter(|entry| entry.destination.is_none());
        let held = own.map(|entry| entry.active.saturating_add(entry.inactive));
        Crowding::of(held.fold(0, u64::saturating_add), limit)
    }

    /// Whether a director that was shut out may still do what it was told last.
    pub fn may_still_serve(&self) -> bool {
        self.director.revoked_ms.is_none() || self.director.observed_generation.is_some()
    }
}

fn of_service(
    id: ServiceId,
    service: &VirtualService,
    inherited: model::Forwarding,
    running: bool,
    reports: &Reports<'_>,
) -> LiveService {
    let settings = &service.settings;
    let offered = running && settings.active;
    let servers: Vec<LiveServer> = service
        .destinations
        .iter()
        .map(|(&destination_id, destination)| {
            let offered = offered && destination.active;
            let said = if offered {
                reports.of_server((id, destination_id))
            } else {
                reports.withheld((id, Some(destination_id)), running)
            };
            let weight = reports.weight((id, destination_id)).filter(|_| offered);
            server(destination_id, destination, &settings.key, inherited, said, weight)
        })
        .collect();
    let own = reports.objects.get(&(id, None)).map_or(&[][..], Vec::as_slice);
    let said =
        if offered { reports.of_service(own, &servers) } else { reports.withheld((id, None), running) };
    let (protocol, address) = key(&settings.key);
    LiveService {
        id: id.0,
        name: settings.name.to_string(),
        state: said.state,
        since: said.since,
        protocol,
        address,
        scheduler: scheduler(service),
        note: said.note,
        sorry: offered && own.iter().any(|object| object.sorry),
        drafted: None,
        servers,
    }
}

fn server(
    id: DestinationId,
    destination: &Destination,
    key: &ServiceKey,
    inherited: model::Forwarding,
    said: Said,
    weight: Option<u32>,
) -> LiveServer {
    let port = destination.port.or_else(|| key.frontend().and_then(|frontend| frontend.ports.only()));
    LiveServer {
        id: id.0,
        name: destination.name.to_string(),
        state: said.state,
        since: said.since,
        address: socket(destination.address, port),
        forwarding: Method::from(destination.forwarding.unwrap_or(inherited)),
        weight: weight.unwrap_or_else(|| destination.weight.get()),
        note: said.note,
        drafted: None,
    }
}

/// Protocol and address as ipvsadm prints them.
fn key(key: &ServiceKey) -> (String, String) {
    match key {
        ServiceKey::Address(Frontend { protocol, vip, ports }) => {
            let vip = match vip.family() {
                Family::V4 => vip.to_string(),
                Family::V6 => format!("[{vip}]"),
            };
            (protocol.to_string().to_uppercase(), format!("{vip}:{ports}"))
        }
        ServiceKey::Mark { mark, .. } => ("FWM".to_owned(), mark.to_string()),
    }
}

/// The scheduler and its flags as ipvsadm prints them.
fn scheduler(service: &VirtualService) -> String {
    let settings = &service.settings;
    let mut out = settings.scheduler.to_string();
    if let Some(Persistence { timeout, mask, engine }) = settings.persistence {
        out.push_str(&format!(" persistent {timeout}"));
        if let Some(mask) = mask {
            out.push_str(&format!(" mask {mask}"));
        }
        if engine.is_some() {
            out.push_str(" pe sip");
        }
    }
    if settings.one_packet {
        out.push_str(" ops");
    }
    out
}

fn socket(address: HostAddress, port: Option<Port>) -> String {
    match (address.family(), port) {
        (_, None) => address.to_string(),
        (Family::V4, Some(port)) => format!("{address}:{port}"),
        (Family::V6, Some(port)) => format!("[{address}]:{port}"),
    }
}

fn numbers(seen: &[Seen], now_ms: i64) -> Numbers {
    let mut rows: BTreeMap<(u64, u64), [u64; 5]> = BTreeMap::new();
    let mut known = false;
    let stats = seen.iter().filter(|seen| seen.state.connected).filter_map(|seen| seen.stats.as_deref());
    for stats in stats {
        known = true;
        for entry in &stats.entries {
            let key = (u64::from(entry.service.0), entry.destination.map_or(0, |id| u64::from(id.0)));
            let row = rows.entry(key).or_default();
            let counted = [
                entry.active,
                entry.inactive,
                entry.rate.connections,
                entry.rate.bytes_in,
                entry.rate.bytes_out,
            ];
            for (sum, value) in row.iter_mut().zip(counted) {
                *sum = sum.saturating_add(value);
            }
        }
    }
    let rows = rows.into_iter().filter(|(_, row)| row.iter().any(|&value| value > 0));
    let rows = rows.map(|((service, destination), [active, inactive, connections, bytes_in, bytes_out])| {
        [service, destination, active, inactive, connections, bytes_in, bytes_out]
    });
    Numbers { at: now_ms, known, rows: rows.collect() }
}

impl<'a> Reports<'a> {
    fn of(seen: &'a [Seen], revision: &Revision) -> Self {
        let wanted = revision.generation;
        let gone = seen.iter().filter(|seen| !seen.state.connected);
        let gone = gone.filter_map(|seen| seen.state.since_ms.or(seen.director.last_seen_ms));
        let silent_ms = gone.max().unwrap_or_default();
        let mut reports = Self { silent_ms, applied_ms: revision.at_ms, ..Self::default() };
        for seen in seen.iter().filter(|seen| seen.state.connected) {
            let Some(observed) = seen.state.observed.as_deref() else { continue };
            reports.any = true;
            reports.behind |= observed.generation < wanted;
            for object in &observed.objects {
                reports.objects.entry((object.service, object.destination)).or_default().push(object);
            }
        }
        reports
    }

    /// A real server that is to serve.
    fn of_server(&self, (service, destination): (ServiceId, DestinationId)) -> Said {
        let objects = self.objects.get(&(service, Some(destination))).map_or(&[][..], Vec::as_slice);
        objects
            .iter()
            .map(|object| of_object(object))
            .reduce(Said::worse)
            .unwrap_or_else(|| self.unreported())
    }

    /// A virtual service that is to be offered.
    fn of_service(&self, own: &[&ObservedObject], servers: &[LiveServer]) -> Said {
        if let Some(failed) = own.iter().find(|object| object.applied == Applied::Failed) {
            return of_object(failed);
        }
        if own.is_empty() {
            return self.unreported();
        }
        let taking: Vec<&LiveServer> =
            servers.iter().filter(|server| server.state != State::Inactive).collect();
        let state = service_state(taking.iter().map(|server| server.state));
        // The service has been so since the last of its servers changed.
        let since = taking.iter().map(|server| server.since).max().unwrap_or_default();
        Said { state, since, note: Why::default() }
    }

    fn weight(&self, (service, destination): (ServiceId, DestinationId)) -> Option<u32> {
        let objects = self.objects.get(&(service, Some(destination)))?;
        objects.iter().find_map(|object| object.weight).map(|weight| weight.get())
    }

    /// Nobody says anything of an object: it is on its way, or nobody is there.
    fn unreported(&self) -> Said {
        if self.any && self.behind {
            Said::since(State::Pending, self.applied_ms)
        } else {
            Said::since(State::Unknown, self.silent_ms)
        }
    }

    /// Whatever is not offered, on purpose; a single one since the last director left it out, where they tell of it.
    fn withheld(&self, key: (ServiceId, Option<DestinationId>), running: bool) -> Said {
        if !running {
            return Said::since(State::Stopped, self.applied_ms);
        }
        let told = self.objects.get(&key).into_iter().flatten();
        let left_out = told.filter(|object| object.health == Health::Inactive);
        let since = left_out.filter_map(|object| object.since_ms).max();
        Said::since(State::Inactive, since.unwrap_or_default())
    }
}

fn of_object(object: &ObservedObject) -> Said {
    let state = object_state(object);
    let note = match (object.applied, state) {
        (Applied::Failed, _) => object.error.clone(),
        (_, State::Failing | State::Unknown) => object.health_reason.clone(),
        _ => None,
    };
    Said { state, since: object.since_ms.unwrap_or_default(), note: note.unwrap_or_default() }
}

/// What a report says of a real server that is to serve.
pub(crate) fn object_state(object: &ObservedObject) -> State {
    if object.applied == Applied::Failed {
        return State::Failing;
    }
    match object.health {
        Health::Down => State::Failing,
        // There is a reason why nobody can say.
        Health::Unjudged if object.health_reason.is_some() => State::Unknown,
        // It is to serve, so a director that calls it inactive or leaves it out has not come to it yet.
        Health::Inactive | Health::Unjudged => State::Pending,
        Health::Up if object.applied == Applied::Absent => State::Pending,
        Health::Up if object.weight.is_some_and(|weight| weight.get() == 0) => State::Draining,
        Health::Up => State::Serving,
    }
}

/// What the real servers of a virtual service that are to serve make of it.
pub(crate) fn service_state(servers: impl Iterator<Item = State>) -> State {
    let servers: BTreeSet<State> = servers.collect();
    let some = |state: State| servers.contains(&state);
    if some(State::Serving) {
        if some(State::Failing) || some(State::Degraded) { State::Degraded } else { State::Serving }
    } else if some(State::Pending) {
        State::Pending
    } else if some(State::Unknown) {
        State::Unknown
    } else if some(State::Draining) {
        // It takes no new connections, on purpose.
        State::Draining
    } else {
        State::Failing
    }
}

impl Said {
    fn since(state: State, since: i64) -> Self {
        Self { state, since, note: Why::default() }
    }

    fn worse(self, other: Self) -> Self {
        if self.state.worse(other.state) == self.state { self } else { other }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{healthy, object, revision, seen};
    use super::*;

    fn states(shape: &Shape) -> (State, Vec<State>) {
        let service = &shape.services[0];
        (service.state, service.servers.iter().map(|server| server.state).collect())
    }

    #[test]
    fn what_is_up_serves_and_what_is_inactive_does_not_count() {
        let (shape, numbers) = compose(&revision(true), &[seen(true, healthy())], 60_000);
        assert_eq!(states(&shape), (State::Serving, vec![State::Serving, State::Serving, State::Inactive]));
        assert_eq!(shape.services[0].address, "[2001:db8::1]:80");
        assert_eq!(shape.services[0].scheduler, "wlc persistent 600");
        assert_eq!(shape.services[0].servers[0].address, "[2001:db8::12]:80");
        assert!(numbers.known);
        assert_eq!(numbers.rows, [[1, 0, 3, 0, 2, 0, 0], [1, 2, 3, 0, 2, 0, 0]]);
        assert_eq!(shape.directors[0].role, Some(DirectorRole::Active));
    }

    #[test]
    fn what_is_left_out_is_so_since_a_director_says_it() {
        let mut objects = healthy();
        objects.push(ObservedObject { since_ms: Some(7_000), ..object(Some(4), Health::Inactive) });
        let (shape, _) = compose(&revision(true), &[seen(true, objects)], 60_000);
        let left_out = &shape.services[0].servers[2];
        assert_eq!((left_out.state, left_out.since), (State::Inactive, 7_000));
        let (shape, _) = compose(&revision(true), &[seen(true, healthy())], 60_000);
        assert_eq!(shape.services[0].servers[2].since, 0, "nobody says");
    }

    #[test]
    fn a_failed_server_says_why_and_degrades_its_service() {
        let mut objects = healthy();
        objects[2] = object(Some(3), Health::Down);
        let (shape, _) = compose(&revision(true), &[seen(true, objects)], 60_000);
        assert_eq!(states(&shape), (State::Degraded, vec![State::Serving, State::Failing, State::Inactive]));
        assert_eq!(shape.services[0].servers[1].note, "connection refused".into());
        assert_eq!(shape.services[0].since, 1_000);
    }

    #[test]
    fn a_director_that_is_away_says_nothing() {
        let (shape, numbers) = compose(&revision(true), &[seen(false, healthy())], 60_000);
        assert_eq!(states(&shape), (State::Unknown, vec![State::Unknown, State::Unknown, State::Inactive]));
        assert_eq!(shape.services[0].servers[0].since, 9_000, "since nobody says anything any more");
        assert!(!numbers.known && numbers.rows.is_empty());
        assert_eq!((shape.directors[0].role, shape.directors[0].seen), (None, 9_000));
        assert_eq!((shape.directors[0].phase, shape.directors[0].since), (Phase::Away, 9_000));
    }

    #[test]
    fn of_two_directors_the_worse_word_counts_and_numbers_are_added() {
        let mut objects = healthy();
        objects[1] = object(Some(2), Health::Down);
        let both = [seen(true, healthy()), seen(true, objects)];
        let (shape, numbers) = compose(&revision(true), &both, 60_000);
        assert_eq!(states(&shape).1[0], State::Failing);
        assert_eq!(numbers.rows[0][2], 6);
    }

    #[test]
    fn stopped_is_stopped_whatever_is_reported() {
        let (shape, _) = compose(&revision(false), &[seen(true, healthy())], 60_000);
        assert_eq!(states(&shape), (State::Stopped, vec![State::Stopped; 3]));
        assert_eq!(shape.services[0].since, 500, "since it was applied so");
    }

    #[test]
    fn what_a_director_has_not_come_to_is_pending() {
        let mut behind = seen(true, Vec::new());
        if let Some(observed) = &mut behind.state.observed {
            Arc::make_mut(observed).generation = Generation(4);
        }
        let (shape, _) = compose(&revision(true), &[behind], 60_000);
        assert_eq!(states(&shape), (State::Pending, vec![State::Pending, State::Pending, State::Inactive]));
    }
}
