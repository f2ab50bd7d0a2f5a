//! What the live table shows: composed by the console once a second while somebody looks, and written for each reader as a
//! [sheet](crate::sheet::Sheet) in the reader's language.
//!
//! * [`Shape`]: what there is and how it fares. It changes seldom.
//! * [`Numbers`]: connections and rates. They change every second, and hold only rows that are not all zero.
//! * [`Trends`]: the last minute of them.

mod cells;
mod directors;
mod found;
mod look;
mod notices;
mod since;
mod trends;
mod view;
mod whole;

use model::Why;
use serde::{Deserialize, Serialize};

pub(crate) use cells::kilobytes;
pub use cells::{Column, sheet};
pub use directors::{data_plane, directors_html, phase_words};
pub use found::found_words;
pub(crate) use found::nothing_html;
pub use look::{EVERY, Look};
pub use notices::notices_html;
pub use since::{There, overall_since, since, since_applied};
pub use trends::Trends;
pub(crate) use view::places;
pub use view::{PAGE, Part, Sort, View};
pub use whole::{Whole, directors_words, failing_words, header_html, header_words, overall};
pub(crate) use whole::{rail_html, since_html, state_with};

use crate::State;

/// What there is, and how it fares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// The cluster's directors.
    pub directors: Vec<LiveDirector>,
    /// The virtual services of the applied configuration, in the order of their creation.
    pub services: Vec<LiveService>,
    /// Whether the applied configuration runs.
    pub running: bool,
    /// The applied generation.
    pub generation: u64,
    /// When it was applied, in milliseconds since 1970; 0: never.
    pub applied: i64,
}

/// A director in the strip above the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveDirector {
    /// Its id.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// How its agent fares.
    pub state: State,
    /// Since when, in milliseconds since 1970; 0: never seen.
    pub since: i64,
    /// How far it is with the applied generation.
    pub phase: Phase,
    /// What it does in the cluster; none where nobody can say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<DirectorRole>,
    /// `kernel`, `user`, `simulated`, with its version; empty where it has never said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub data_plane: String,
    /// When it was last heard of, in milliseconds since 1970; 0: never. Of one that is connected: now.
    #[serde(default)]
    pub seen: i64,
    /// Whether it holds about as many connections as it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crowding: Option<Crowding>,
    /// What failed.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub error: Why,
}

/// What a director does in its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DirectorRole {
    /// It offers the virtual services.
    Active,
    /// It is ready, and offers nothing.
    Standby,
}

/// Connections near or at a director's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crowding {
    /// The most connections that its data plane holds.
    pub limit: u64,
    /// How many of them are in use.
    pub used: Used,
}

/// How many of its connections a director has in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Used {
    /// Nine in ten.
    Most,
    /// All but one in a hundred: the limit may be reached at any moment between two counts.
    Nearly,
    /// All: new clients wait until a connection ends.
    All,
}

/// Whether a director is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// Its agent is connected.
    Connected,
    /// Enrolled, and not connected.
    Away,
    /// It has never enrolled.
    Unenrolled,
    /// Shut out, with what it had.
    Revoked,
}

/// How far a director is with what it is told; each with the generation that it speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It has never enrolled.
    Unenrolled,
    /// Away: what it does is unknown.
    Away,
    /// Shut out: whatever it last had may still run there.
    Revoked,
    /// It has nothing to apply.
    Nothing,
    /// It is at work.
    Applying(u64),
    /// Read back from the data plane and equal.
    Verified(u64),
    /// Some objects failed.
    Partial(u64),
    /// It will not.
    Refused(u64),
}

/// A virtual service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveService {
    /// Its id.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// How it fares.
    pub state: State,
    /// Since when, in milliseconds since 1970; 0: not known.
    pub since: i64,
    /// `TCP`, `UDP`, `SCTP`, `FWM`.
    pub protocol: String,
    /// `192.0.2.10:80`, or the firewall mark.
    pub address: String,
    /// The scheduler and its flags as ipvsadm prints them: `wlc persistent 600`.
    pub scheduler: String,
    /// Why it does not fare well.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub note: Why,
    /// Whether the sorry server stands in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sorry: bool,
    /// What the draft does to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drafted: Option<Drafted>,
    /// Its real servers, in the order of their creation.
    pub servers: Vec<LiveServer>,
}

/// A real server within a virtual service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveServer {
    /// Its id.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// How it fares.
    pub state: State,
    /// Since when, in milliseconds since 1970; 0: not known.
    pub since: i64,
    /// `10.0.0.1:80`.
    pub address: String,
    /// How packets reach it.
    pub forwarding: Method,
    /// The weight that the data plane has; where it is not there or not known, the configured one.
    pub weight: u32,
    /// Why it does not fare well.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub note: Why,
    /// What the draft does to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drafted: Option<Drafted>,
}

/// What the draft does to something that is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Drafted {
    /// It is configured otherwise.
    Edited,
    /// It is gone.
    Removed,
}

/// A forwarding method as the table names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Masquerading.
    Nat,
    /// Direct routing.
    Direct,
    /// IP in IP.
    Ipip,
    /// GUE.
    Gue,
    /// GRE.
    Gre,
    /// The director itself.
    Local,
}

/// Connections and rates of one second.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    /// The console's time, in milliseconds since 1970.
    pub at: i64,
    /// Whether any director tells them: rows that are left out are zero then, and unknown otherwise.
    pub known: bool,
    /// Service, destination (0: the service itself), active connections, inactive ones, then per second: connections,
    /// bytes in, bytes out.
    pub rows: Vec<[u64; 7]>,
}

/// One row's numbers; see [`Numbers::rows`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections in use.
    pub active: u64,
    /// Connections that are closing or idle.
    pub inactive: u64,
    /// New connections per second.
    pub connections: u64,
    /// Bytes per second from clients.
    pub bytes_in: u64,
    /// Bytes per second to clients.
    pub bytes_out: u64,
}

fn is_empty(why: &Why) -> bool {
    *why == Why::default()
}

impl Crowding {
    /// From so many per cent of the limit on somebody should look. Ours: time is left then.
    const NEAR: u64 = 90;
    /// From so many on it may be reached: between two counts some connections end.
    const NEARLY: u64 = 99;

    /// What `held` connections are to a director that holds `limit` at most.
    pub fn of(held: u64, limit: u64) -> Option<Self> {
        let reaches =
            |per_cent| u128::from(held) * 100 >= u128::from(limit) * u128::from(per_cent) && limit > 0;
        let used = match (reaches(100), reaches(Self::NEARLY)) {
            (true, _) => Used::All,
            (false, true) => Used::Nearly,
            (false, false) => Used::Most,
        };
        reaches(Self::NEAR).then_some(Self { limit, used })
    }
}

impl Phase {
    /// Whether the director is there.
    pub fn presence(self) -> Presence {
        match self {
            Self::Unenrolled => Presence::Unenrolled,
            Self::Away => Presence::Away,
            Self::Revoked => Presence::Revoked,
            Self::Nothing | Self::Applying(_) | Self::Verified(_) | Self::Partial(_) | Self::Refused(_) => {
                Presence::Connected
            }
        }
    }
}

impl From<model::Forwarding> for Method {
    fn from(forwarding: model::Forwarding) -> Self {
        match forwarding {
            model::Forwarding::Masquerading => Self::Nat,
            model::Forwarding::DirectRouting => Self::Direct,
            model::Forwarding::Ipip => Self::Ipip,
            model::Forwarding::Gue(..) => Self::Gue,
            model::Forwarding::Gre(_) => Self::Gre,
            model::Forwarding::Local => Self::Local,
        }
    }
}

impl Numbers {
    /// The numbers by service and destination.
    pub fn by_row(&self) -> std::collections::BTreeMap<(u32, u32), Counts> {
        let narrow = |id: u64| u32::try_from(id).unwrap_or_default();
        let rows = self.rows.iter().map(
            |&[service, destination, active, inactive, connections, bytes_in, bytes_out]| {
                let counts = Counts { active, inactive, connections, bytes_in, bytes_out };
                ((narrow(service), narrow(destination)), counts)
            },
        );
        rows.collect()
    }
}

#[cfg(test)]
pub(crate) mod samples {
    //! A cluster to show in tests.

    use super::*;

    fn refused() -> Why {
        Why::of("connect to 10.0.0.3:80: connection refused", model::Code::ConnectionRefused)
    }

    /// Two services, one with two real servers of which one fails.
    pub(crate) fn shape() -> Shape {
        let server = |id: u32, name: &str, state: State| LiveServer {
            id,
            name: name.into(),
            state,
            since: 1_000,
            address: format!("10.0.0.{id}:80"),
            forwarding: Method::Nat,
            weight: 1,
            note: if state == State::Failing { refused() } else { Why::default() },
            drafted: None,
        };
        let service = |id: u32, name: &str, state: State, servers: Vec<LiveServer>| LiveService {
            id,
            name: name.into(),
            state,
            since: 1_000,
            protocol: "TCP".into(),
            address: format!("192.0.2.{id}:80"),
            scheduler: "wlc".into(),
            note: Why::default(),
            sorry: false,
            drafted: None,
            servers,
        };
        Shape {
            directors: Vec::new(),
            services: vec![
                service(
                    1,
                    "web <1>",
                    State::Degraded,
                    vec![server(2, "real1", State::Serving), server(3, "real2", State::Failing)],
                ),
                service(4, "mail", State::Unknown, Vec::new()),
            ],
            running: true,
            generation: 3,
            applied: 500,
        }
    }

    /// Traffic on the first service.
    pub(crate) fn numbers() -> Numbers {
        Numbers {
            at: 61_000,
            known: true,
            rows: vec![[1, 0, 12, 3, 4, 1_500, 1_234_567], [1, 2, 12, 3, 4, 1_500, 1_234_567]],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_director_is_crowded_before_it_is_full() {
        assert_eq!(Crowding::of(899, 1_000), None);
        assert_eq!(Crowding::of(900, 1_000), Some(Crowding { limit: 1_000, used: Used::Most }));
        assert_eq!(Crowding::of(990, 1_000), Some(Crowding { limit: 1_000, used: Used::Nearly }));
        assert_eq!(Crowding::of(1_000, 1_000), Some(Crowding { limit: 1_000, used: Used::All }));
        assert_eq!(Crowding::of(u64::MAX, u64::MAX).map(|crowding| crowding.used), Some(Used::All));
        assert_eq!(Crowding::of(5, 0), None, "without a limit nobody is at it");
    }

    #[test]
    fn both_events_survive_the_wire() {
        let shape = samples::shape();
        let json = serde_json::to_string(&shape).unwrap();
        assert_eq!(serde_json::from_str::<Shape>(&json).unwrap(), shape);
        let numbers = samples::numbers();
        let json = serde_json::to_string(&numbers).unwrap();
        assert_eq!(serde_json::from_str::<Numbers>(&json).unwrap(), numbers);
        assert_eq!(numbers.by_row()[&(1, 2)].active, 12);
    }
}
