use model::{ClusterId, Code, Generation, MachineRole, Name, Weight};

use super::*;
use crate::fleet::DirectorState;

const NOW: i64 = 1_795_347_605_000;
const WEB: ServiceId = ServiceId(1);

fn director(id: u32) -> Director {
    Director {
        id: DirectorId(id),
        cluster: ClusterId(1),
        name: Name::parse(&format!("vs{id}")).unwrap(),
        role: MachineRole::Director,
        created_ms: 0,
        fingerprint: Some([1; 32]),
        previous_fingerprint: None,
        enrolled_ms: Some(0),
        certificate_expires_ms: None,
        revoked_ms: None,
        last_seen_ms: Some(NOW - 500),
        observed_generation: None,
    }
}

fn object(destination: Option<u32>, health: Health, since_ms: i64) -> ObservedObject {
    ObservedObject {
        service: WEB,
        destination: destination.map(DestinationId),
        applied: Applied::Applied,
        error: None,
        health,
        health_reason: (health == Health::Down).then(|| Why::of("refused", Code::ConnectionRefused)),
        since_ms: Some(since_ms),
        weight: Weight::parse("1").ok(),
        judged_generation: None,
        sorry: false,
    }
}

/// A service with real servers 2 and 3, each of them up or down since a moment.
fn report(servers: [(Health, i64); 2]) -> Observed {
    let own = object(None, Health::Unjudged, 0);
    let servers =
        servers.into_iter().zip([2, 3]).map(|((health, since), id)| object(Some(id), health, since));
    let objects: Vec<_> = std::iter::once(own).chain(servers).collect();
    Observed {
        generation: Generation(5),
        phase: Phase::Verified,
        running: true,
        objects: objects.into(),
        ..Observed::nothing(NOW)
    }
}

/// An observer's memory over several looks.
#[derive(Default)]
struct Memory(Standing);

impl Memory {
    fn look(&mut self, director: &Director, observed: &Observed) -> Vec<Happening> {
        self.with(director, |look| look.report(observed))
    }

    fn with(&mut self, director: &Director, see: impl FnOnce(&mut Look<'_>)) -> Vec<Happening> {
        let before = self.0.clone();
        let mut look = Look::new(&before, None, director, NOW);
        see(&mut look);
        let steps = look.steps();
        for step in &steps {
            match (step.condition, step.since_ms) {
                (Some(condition), Some(since_ms)) => _ = self.0.insert(condition, since_ms),
                (Some(condition), None) => _ = self.0.remove(&condition),
                (None, _) => {}
            }
        }
        steps.into_iter().filter_map(|step| step.told).collect()
    }
}

fn kinds(told: &[Happening]) -> Vec<EventKind> {
    told.iter().map(|one| one.kind).collect()
}

#[test]
fn a_server_that_goes_out_and_comes_back_is_told_with_reason_director_and_duration() {
    let (vs1, mut memory) = (director(1), Memory::default());
    assert!(memory.look(&vs1, &report([(Health::Up, 1), (Health::Up, 1)])).is_empty(), "all is well");
    let out = memory.look(&vs1, &report([(Health::Up, 1), (Health::Down, NOW - 9_000)]));
    assert_eq!(kinds(&out), [EventKind::ServerOut]);
    assert_eq!(out[0].server.as_ref().map(|(id, _)| *id), Some(DestinationId(3)));
    assert_eq!(out[0].director, Some((DirectorId(1), "vs1".into())));
    assert_eq!(out[0].since_ms, Some(NOW - 9_000));
    assert_eq!(out[0].reason.as_ref().map(|why| why.text.as_str()), Some("refused"));
    assert!(
        memory.look(&vs1, &report([(Health::Up, 1), (Health::Down, NOW - 9_000)])).is_empty(),
        "told once"
    );
    let back = memory.look(&vs1, &report([(Health::Up, 1), (Health::Up, NOW - 2_000)]));
    assert_eq!((kinds(&back), back[0].duration_ms), (vec![EventKind::ServerBack], Some(7_000)));
}

#[test]
fn a_console_that_starts_anew_tells_no_false_pairs() {
    let vs1 = director(1);
    // It begins while a server is out that it has told of before.
    let mut memory = Memory::default();
    memory.look(&vs1, &report([(Health::Up, 1), (Health::Down, NOW - 9_000)]));
    let mut anew = Memory(memory.0.clone());
    assert!(anew.look(&vs1, &report([(Health::Up, 1), (Health::Down, NOW - 9_000)])).is_empty());
    // Before checks have judged anything nothing is known, and nothing is told.
    assert!(anew.look(&vs1, &Observed::nothing(NOW)).is_empty());
    assert!(anew.look(&vs1, &report([(Health::Unjudged, 1), (Health::Unjudged, 1)])).is_empty());
    // What ended meanwhile has an end, with the whole of its duration.
    let back = anew.look(&vs1, &report([(Health::Up, 1), (Health::Up, NOW)]));
    assert_eq!((kinds(&back), back[0].duration_ms), (vec![EventKind::ServerBack], Some(9_000)));
    // And a server that is up when a console without memory looks for the first time has not come back.
    assert!(Memory::default().look(&vs1, &report([(Health::Up, NOW), (Health::Up, NOW)])).is_empty());
}

#[test]
fn two_directors_make_two_observations() {
    let mut memory = Memory::default();
    let down = report([(Health::Up, 1), (Health::Down, NOW)]);
    let first = memory.look(&director(1), &down);
    let second = memory.look(&director(2), &down);
    assert_eq!((kinds(&first), kinds(&second)), (vec![EventKind::ServerOut], vec![EventKind::ServerOut]));
    assert_ne!(first[0].director, second[0].director);
}

#[test]
fn a_service_fails_when_its_last_server_does_and_the_sorry_server_stands_in() {
    let (vs1, mut memory) = (director(1), Memory::default());
    let mut down = report([(Health::Down, NOW), (Health::Down, NOW)]);
    let mut objects = down.objects.to_vec();
    objects[0].sorry = true;
    down.objects = objects.into();
    let mut told = kinds(&memory.look(&vs1, &down));
    told.sort_unstable();
    assert_eq!(
        told,
        [EventKind::ServerOut, EventKind::ServerOut, EventKind::ServiceFailing, EventKind::SorryIn]
    );
    let mut told = kinds(&memory.look(&vs1, &report([(Health::Up, NOW), (Health::Down, NOW)])));
    told.sort_unstable();
    assert_eq!(told, [EventKind::ServerBack, EventKind::ServiceServing, EventKind::SorryOut]);
}

#[test]
fn what_is_switched_off_or_gone_ends_without_a_word() {
    let (vs1, mut memory) = (director(1), Memory::default());
    let down = report([(Health::Down, NOW), (Health::Down, NOW)]);
    assert_eq!(memory.look(&vs1, &down).len(), 3);
    assert!(memory.look(&vs1, &report([(Health::Inactive, NOW), (Health::Down, NOW)])).is_empty());
    assert!(memory.look(&vs1, &Observed { objects: Vec::new().into(), ..down }).is_empty());
    assert!(memory.0.is_empty());
}

#[test]
fn a_partial_or_refused_apply_is_told_and_its_end_too() {
    let (vs1, mut memory) = (director(1), Memory::default());
    let fine = report([(Health::Up, 1), (Health::Up, 1)]);
    let partial = Observed { phase: Phase::Partial, error: Some("no device".into()), ..fine.clone() };
    let told = memory.look(&vs1, &partial);
    assert_eq!((kinds(&told), told[0].generation), (vec![EventKind::ApplyPartial], Some(Generation(5))));
    assert_eq!(told[0].reason.as_ref().map(|why| why.text.as_str()), Some("no device"));
    assert!(memory.look(&vs1, &Observed { phase: Phase::Applying, ..fine.clone() }).is_empty());
    assert_eq!(kinds(&memory.look(&vs1, &fine)), [EventKind::ApplyVerified]);
    let refused = Observed { phase: Phase::Refused, error: Some("older".into()), ..fine };
    assert_eq!(kinds(&memory.look(&vs1, &refused)), [EventKind::ApplyRefused]);
}

#[test]
fn an_agent_is_away_when_it_leaves_and_not_because_the_console_has_just_begun() {
    let mut memory = Memory::default();
    let mut seen = Seen { director: director(1), state: DirectorState::default(), stats: None };
    let told = |memory: &mut Memory, seen: &Seen, patient_ms| {
        kinds(&memory.with(&seen.director, |look| look.presence(seen, patient_ms)))
    };
    assert!(told(&mut memory, &seen, NOW + 1).is_empty(), "agents dial again within seconds");
    seen.state = DirectorState { connected: true, since_ms: Some(NOW), ..DirectorState::default() };
    assert!(told(&mut memory, &seen, NOW + 1).is_empty(), "it has not been away");
    seen.state = DirectorState { connected: false, since_ms: Some(NOW), ..DirectorState::default() };
    assert_eq!(told(&mut memory, &seen, NOW + 1), [EventKind::AgentAway]);
    seen.state.connected = true;
    assert_eq!(told(&mut memory, &seen, NOW + 1), [EventKind::AgentBack]);
    // One that never came since the start is away when the patience is over; a revoked one is not.
    seen.state = DirectorState::default();
    assert_eq!(told(&mut memory, &seen, NOW), [EventKind::AgentAway]);
    seen.director.revoked_ms = Some(NOW);
    assert!(told(&mut memory, &seen, NOW).is_empty());
    assert!(memory.0.is_empty());
}

#[test]
fn a_whole_rack_is_told_in_a_bounded_number_of_rows() {
    let objects: Vec<ObservedObject> = (0..2_000)
        .map(|n| ObservedObject {
            destination: Some(DestinationId(n + 2)),
            ..object(Some(1), Health::Down, NOW)
        })
        .collect();
    let observed = Observed { objects: objects.into(), phase: Phase::Applying, ..Observed::nothing(NOW) };
    let told = Memory::default().look(&director(1), &observed);
    assert_eq!(told.len(), MOST_TOLD + 1);
    let rest = told.last().unwrap();
    assert_eq!((rest.count, rest.server.is_none()), (1_500, true));
}
