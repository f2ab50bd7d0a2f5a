//! What of all that is surveyed needs somebody's attention. Pure.

use app::State;
use app::live::{LiveDirector, LiveService, Phase};
use app::pages::overview::{Attention, Machine, What};
use model::{Gravity, MachineRole};

use super::Surveyed;

/// Changes that wait longer are forgotten rather than worked on. Ours, in milliseconds: half a working day.
const DRAFT_AGE_MS: i64 = 4 * 3_600_000;
/// Agents renew their certificates long before: one that ends so soon is not being renewed. In milliseconds.
const CERTIFICATE_LEFT_MS: i64 = 3 * 86_400_000;

/// What needs attention: what fails first, then what nobody can say, then what is not as it should be; within each the newest first.
pub fn attention<'a>(clusters: impl Iterator<Item = &'a Surveyed>, now_ms: i64) -> Vec<Attention> {
    let mut all: Vec<Attention> = clusters.flat_map(|cluster| of_cluster(cluster, now_ms)).collect();
    all.sort_by_key(|item| (rank(item.state), std::cmp::Reverse(item.since)));
    all
}

fn rank(state: State) -> u8 {
    match state {
        State::Failing => 0,
        State::Unknown => 1,
        State::Degraded => 2,
        _ => 3,
    }
}

fn of_cluster(cluster: &Surveyed, now_ms: i64) -> Vec<Attention> {
    let id = cluster.summary.id;
    let name = cluster.summary.name.to_string();
    let item = |state, what, since: Option<i64>, href: String| {
        let since = since.filter(|&ms| ms > 0);
        Attention { state, cluster: Some((id, name.clone())), what, since, href }
    };
    let mut items = Vec::new();
    if let Some(shape) = cluster.shape.as_deref() {
        if shape.running && shape.directors.is_empty() {
            let href = format!("/directors/new?cluster={id}");
            items.push(item(State::Unknown, What::NoDirector, Some(shape.applied), href));
        }
        let machines =
            [(MachineRole::Director, &shape.directors), (MachineRole::RealServer, &cluster.servers)];
        for (role, machine) in
            machines.into_iter().flat_map(|(role, all)| all.iter().map(move |one| (role, one)))
        {
            // Since when it is there or away is known; since when its table is not as it should be is not.
            let since = (machine.phase == Phase::Away).then_some(machine.since);
            for (state, what) in of_machine(role, machine, shape.running) {
                items.push(item(state, what, since, format!("/directors/{}", machine.id)));
            }
        }
        for service in &shape.services {
            for (state, what, since, href) in of_service(service) {
                items.push(item(
                    state,
                    what,
                    Some(since),
                    format!("/clusters/{id}/services/{}{href}", service.id),
                ));
            }
        }
    }
    if let Some(drafted) = cluster.drafted_ms.filter(|drafted| now_ms - drafted > DRAFT_AGE_MS) {
        items.push(item(State::Pending, What::DraftOld, Some(drafted), format!("/clusters/{id}/changes")));
    }
    for (machine, examination) in &cluster.machines {
        let director = machine.name.to_string();
        let href = format!("/directors/{}", machine.id);
        let ends = machine.certificate_expires_ms.filter(|_| machine.fingerprint.is_some());
        if let Some(at_ms) = ends.filter(|ends| ends - now_ms < CERTIFICATE_LEFT_MS) {
            let state = if at_ms > now_ms { State::Degraded } else { State::Failing };
            let what = What::CertificateEnds { director: director.clone(), at_ms };
            items.push(item(state, what, None, href.clone()));
        }
        let grave = examination.iter().flat_map(|examination| &examination.answer.findings);
        let ailments = grave.filter(|finding| finding.gravity <= Gravity::Warning).count();
        if let (Some(examination), 1..) = (examination, ailments) {
            let ailments = u64::try_from(ailments).unwrap_or(u64::MAX);
            let what = What::DoctorFound { director, ailments };
            items.push(item(State::Degraded, what, Some(examination.at_ms), format!("{href}#doctor")));
        }
    }
    items
}

fn of_machine(role: MachineRole, live: &LiveDirector, running: bool) -> Vec<(State, What)> {
    let name = || live.name.clone();
    let machine = Machine { role, name: name() };
    let why = || live.error.clone();
    let mut items = match live.phase {
        Phase::Away => vec![(State::Unknown, What::Away { machine })],
        Phase::Unenrolled if running => vec![(State::Pending, What::Unenrolled { machine })],
        Phase::Revoked => vec![(State::Unknown, What::DirectorRevoked { director: name() })],
        Phase::Partial(_) => vec![(State::Degraded, What::Partial { machine, why: why() })],
        Phase::Refused(_) => vec![(State::Failing, What::Refuses { machine, why: why() })],
        _ => Vec::new(),
    };
    items.extend(
        live.crowding.map(|crowding| (State::Degraded, What::DirectorFull { director: name(), crowding })),
    );
    items
}

/// State, what, since when, and where below the service's own address. A service that fails stands for its servers.
fn of_service(service: &LiveService) -> Vec<(State, What, i64, String)> {
    let name = || service.name.clone();
    if service.state == State::Failing {
        let servers = service.servers.iter().find(|server| server.state == State::Failing);
        let own = service.note.clone();
        let why = if own == Default::default() {
            servers.map(|server| server.note.clone()).unwrap_or_default()
        } else {
            own
        };
        let what = What::ServiceFails { service: name(), why, sorry: service.sorry };
        return vec![(State::Failing, what, service.since, String::new())];
    }
    // Where a director is away, that is the matter.
    let unknown = service.servers.iter().filter(|server| server.state == State::Unknown);
    let mut whys = std::iter::once(&service.note).chain(unknown.map(|server| &server.note));
    if service.state == State::Unknown
        && let Some(why) = whys.find(|why| **why != Default::default())
    {
        let what = What::ServiceUnknown { service: name(), why: why.clone() };
        return vec![(State::Unknown, what, service.since, String::new())];
    }
    let out = service.servers.iter().filter(|server| server.state == State::Failing);
    let out = out.map(|server| {
        let what = What::ServerOut { server: server.name.clone(), service: name(), why: server.note.clone() };
        (State::Degraded, what, server.since, format!("/servers/{}", server.id))
    });
    out.collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use app::live::{Crowding, LiveServer, Method, Shape};
    use model::{ClusterId, DirectorId, Finding, Generation, Name};
    use protocol::DoctorAnswer;

    use super::*;
    use crate::fleet::Examination;
    use crate::store::{ClusterSummary, Director, DraftVersion};

    const NOW_MS: i64 = 100 * 86_400_000;

    fn server(id: u32, state: State) -> LiveServer {
        LiveServer {
            id,
            name: format!("real{id}"),
            state,
            since: i64::from(id),
            address: "10.0.0.1:80".into(),
            forwarding: Method::Nat,
            weight: 1,
            note: if state == State::Failing { "refused".into() } else { Default::default() },
            drafted: None,
        }
    }

    fn service(state: State, servers: Vec<LiveServer>) -> LiveService {
        LiveService {
            id: 1,
            name: "web".into(),
            state,
            since: 5,
            protocol: "TCP".into(),
            address: "192.0.2.1:80".into(),
            scheduler: "wlc".into(),
            note: Default::default(),
            sorry: false,
            drafted: None,
            servers,
        }
    }

    fn director(phase: Phase) -> LiveDirector {
        LiveDirector {
            id: 4,
            name: "vs1".into(),
            state: State::Serving,
            since: 9,
            phase,
            role: None,
            data_plane: String::new(),
            seen: 0,
            crowding: None,
            error: Default::default(),
        }
    }

    fn surveyed(directors: Vec<LiveDirector>, services: Vec<LiveService>) -> Surveyed {
        Surveyed {
            summary: ClusterSummary {
                id: ClusterId(7),
                name: Name::parse("shop").unwrap(),
                running: true,
                generation: Some(Generation(3)),
                draft_version: DraftVersion(1),
                services: 1,
                has_changes: false,
            },
            shape: Some(Arc::new(Shape { directors, services, running: true, generation: 3, applied: 8 })),
            numbers: Arc::default(),
            drafted_ms: None,
            servers: Vec::new(),
            machines: Vec::new(),
            connections: Default::default(),
            bytes: Default::default(),
        }
    }

    fn machine_of(role: MachineRole, name: &str) -> Machine {
        Machine { role, name: name.into() }
    }

    fn machine(expires_ms: i64) -> Director {
        Director {
            id: DirectorId(4),
            cluster: ClusterId(7),
            name: Name::parse("vs1").unwrap(),
            role: MachineRole::Director,
            created_ms: 0,
            fingerprint: Some([0; 32]),
            previous_fingerprint: None,
            enrolled_ms: Some(0),
            certificate_expires_ms: Some(expires_ms),
            revoked_ms: None,
            last_seen_ms: None,
            observed_generation: None,
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests make one for each question")]
    fn said(cluster: Surveyed) -> Vec<(State, What, Option<i64>, String)> {
        attention([&cluster].into_iter(), NOW_MS)
            .into_iter()
            .map(|item| (item.state, item.what, item.since, item.href))
            .collect()
    }

    #[test]
    fn a_cluster_that_is_well_needs_nothing() {
        let well = surveyed(vec![director(Phase::Verified(3))], vec![service(State::Serving, Vec::new())]);
        let well = Surveyed { machines: vec![(machine(NOW_MS + 10 * 86_400_000), None)], ..well };
        assert_eq!(said(well), []);
    }

    #[test]
    fn a_server_that_is_out_is_told_with_since_when_and_why() {
        let servers = vec![server(2, State::Serving), server(3, State::Failing)];
        let items =
            said(surveyed(vec![director(Phase::Verified(3))], vec![service(State::Degraded, servers)]));
        let what = What::ServerOut { server: "real3".into(), service: "web".into(), why: "refused".into() };
        assert_eq!(items, [(State::Degraded, what, Some(3), "/clusters/7/services/1/servers/3".into())]);
    }

    #[test]
    fn a_service_that_fails_stands_for_its_servers_and_comes_first() {
        let failing = service(State::Failing, vec![server(2, State::Failing), server(3, State::Failing)]);
        let items = said(surveyed(vec![director(Phase::Away)], vec![failing]));
        let what = What::ServiceFails { service: "web".into(), why: "refused".into(), sorry: false };
        assert_eq!(items[0], (State::Failing, what, Some(5), "/clusters/7/services/1".into()));
        assert_eq!(items[1].1, What::Away { machine: machine_of(MachineRole::Director, "vs1") });
        assert_eq!(items.len(), 2);
    }

    #[test]
    fn a_service_of_which_nobody_can_tell_is_a_matter_where_there_is_a_reason() {
        let unjudged = |note: &str| LiveServer { note: note.into(), ..server(2, State::Unknown) };
        let of = |note| {
            let unknown = service(State::Unknown, vec![unjudged(note)]);
            said(surveyed(vec![director(Phase::Verified(3))], vec![unknown]))
        };
        let what = What::ServiceUnknown { service: "web".into(), why: "no such program".into() };
        assert_eq!(of("no such program"), [(State::Unknown, what, Some(5), "/clusters/7/services/1".into())]);
        assert_eq!(of(""), [], "the director that is away is told");
    }

    #[test]
    fn directors_that_are_away_full_revoked_partial_or_unwilling_are_told() {
        let of = |phase| said(surveyed(vec![director(phase)], Vec::new()));
        assert!(matches!(of(Phase::Away)[0].1, What::Away { .. }));
        assert!(matches!(of(Phase::Revoked)[0].1, What::DirectorRevoked { .. }));
        assert!(matches!(of(Phase::Unenrolled)[0].1, What::Unenrolled { .. }));
        assert!(matches!(of(Phase::Partial(3))[0].1, What::Partial { .. }));
        assert!(matches!(of(Phase::Refused(3))[0].1, What::Refuses { .. }));
        let full = LiveDirector { crowding: Crowding::of(100, 100), ..director(Phase::Verified(3)) };
        assert!(matches!(said(surveyed(vec![full], Vec::new()))[0].1, What::DirectorFull { .. }));
        assert_eq!(said(surveyed(Vec::new(), Vec::new()))[0].1, What::NoDirector);
        assert_eq!(of(Phase::Away)[0].3, "/directors/4");
    }

    #[test]
    fn agents_on_real_servers_that_are_away_or_unwilling_are_told_as_such() {
        let of = |phase| {
            let well = surveyed(vec![director(Phase::Verified(3))], Vec::new());
            said(Surveyed {
                servers: vec![LiveDirector { id: 6, name: "real1".into(), ..director(phase) }],
                ..well
            })
        };
        let machine = machine_of(MachineRole::RealServer, "real1");
        assert_eq!(
            of(Phase::Away),
            [(State::Unknown, What::Away { machine }, Some(9), "/directors/6".into())]
        );
        assert!(matches!(of(Phase::Refused(3))[0].1, What::Refuses { .. }));
        assert_eq!(of(Phase::Verified(3)), []);
    }

    #[test]
    fn drafts_that_wait_for_hours_certificates_near_their_end_and_ailments_are_told() {
        let well = || surveyed(vec![director(Phase::Verified(3))], Vec::new());
        let drafted = |hours: i64| Surveyed { drafted_ms: Some(NOW_MS - hours * 3_600_000), ..well() };
        assert_eq!(said(drafted(3)), []);
        assert_eq!(said(drafted(5))[0].1, What::DraftOld);
        let ends = |at_ms| said(Surveyed { machines: vec![(machine(at_ms), None)], ..well() });
        assert_eq!(ends(NOW_MS + 86_400_000)[0].0, State::Degraded);
        assert_eq!(ends(NOW_MS - 1)[0].0, State::Failing);
        let finding = |gravity| Finding {
            gravity,
            ailment: None,
            values: Default::default(),
            text: String::new(),
            remedy: None,
            fix: None,
        };
        let examined = |findings| {
            let answer = DoctorAnswer { findings, at_ms: 1, fixed: None };
            let examination = Arc::new(Examination { answer, at_ms: 1 });
            said(Surveyed { machines: vec![(machine(i64::MAX), Some(examination))], ..well() })
        };
        let found = examined(vec![finding(Gravity::Failing), finding(Gravity::Note)]);
        assert_eq!(found[0].1, What::DoctorFound { director: "vs1".into(), ailments: 1 });
        assert_eq!(found[0].3, "/directors/4#doctor");
        assert_eq!(examined(vec![finding(Gravity::Note)]), []);
    }
}
