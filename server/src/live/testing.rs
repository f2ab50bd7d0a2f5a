//! One cluster as directors report of it, for the tests of what is made of that.

use std::sync::Arc;

use model::{ClusterId, Desired, DestinationId, DirectorId, Generation, Name, ServiceId, Weight};
use protocol::{Applied, Counters, Health, Observed, ObservedObject, Stats, StatsEntry};

use super::Seen;
use crate::fleet::DirectorState;
use crate::store::{Director, Revision};

/// A service (1) with two active real servers (2, 3) and one that is not (4), as generation 5.
pub(super) fn revision(running: bool) -> Revision {
    let server = |id: u32, active: bool| serde_json::json!({"name": format!("real{id}"), "address": format!("2001:db8::1{id}"), "weight": 1, "active": active});
    let cluster = serde_json::json!({
        "name": "shop",
        "settings": {"forwarding": "masquerading"},
        "redundancy": serde_json::to_value(model::Redundancy::default()).unwrap(),
        "services": {"1": {
            "name": "web", "active": true,
            "key": {"address": {"protocol": "tcp", "vip": "2001:db8::1", "ports": "80"}},
            "scheduler": "wlc", "persistence": {"timeout": 600}, "check": "connect", "timeout": 6, "reentry": 15, "quiesce": false,
            "destinations": {"2": server(2, true), "3": server(3, true), "4": server(4, false)},
        }},
    });
    let desired = Desired { running, cluster: serde_json::from_value(cluster).unwrap() };
    let json = desired.canonical();
    Revision {
        cluster: ClusterId(1),
        generation: Generation(5),
        hash: model::SpecHash::of(json.as_bytes()),
        desired,
        json,
        author: "admin".into(),
        at_ms: 500,
        message: String::new(),
        origin: crate::store::Origin::Apply,
    }
}

/// What a director says of the service, or of one of its real servers.
pub(super) fn object(destination: Option<u32>, health: Health) -> ObservedObject {
    ObservedObject {
        service: ServiceId(1),
        destination: destination.map(DestinationId),
        applied: Applied::Applied,
        error: None,
        health,
        health_reason: (health == Health::Down).then(|| "connection refused".into()),
        since_ms: Some(1_000),
        weight: destination.and_then(|_| Weight::try_new(1).ok()),
        judged_generation: None,
        sorry: false,
    }
}

/// A director that says so, connected or not.
pub(super) fn seen(connected: bool, objects: Vec<ObservedObject>) -> Seen {
    let director = Director {
        id: DirectorId(1),
        cluster: ClusterId(1),
        name: Name::parse("vs1").unwrap(),
        role: model::MachineRole::Director,
        created_ms: 0,
        fingerprint: Some([0; 32]),
        previous_fingerprint: None,
        enrolled_ms: Some(0),
        certificate_expires_ms: None,
        revoked_ms: None,
        last_seen_ms: Some(9_000),
        observed_generation: None,
    };
    let observed = Observed {
        generation: Generation(5),
        phase: protocol::Phase::Verified,
        running: true,
        objects: objects.into(),
        ..Observed::nothing(0)
    };
    let entry = |destination| StatsEntry {
        service: ServiceId(1),
        destination,
        active: 3,
        inactive: 0,
        persistent: 0,
        total: Counters::default(),
        rate: Counters { connections: 2, ..Counters::default() },
    };
    let stats = Stats {
        at_ms: 0,
        generation: Generation(5),
        entries: vec![entry(None), entry(Some(DestinationId(2)))],
        changes: false,
    };
    let state = DirectorState { connected, observed: Some(Arc::new(observed)), ..DirectorState::default() };
    Seen { director, state, stats: Some(Arc::new(stats)) }
}

/// All is well.
pub(super) fn healthy() -> Vec<ObservedObject> {
    vec![object(None, Health::Unjudged), object(Some(2), Health::Up), object(Some(3), Health::Up)]
}
