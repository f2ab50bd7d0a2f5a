//! What was found.

use std::net::SocketAddr;
use std::time::Duration;

use model::connections::{Connection, Counted, Group};
use model::{Protocol, ServiceId};

use super::group::{groups_from_wire, groups_to_wire};
use crate::limits::shorten;
use crate::malformed::{at_most, text};
use crate::{MAX_CONNECTION_ROWS, MAX_GROUPINGS, Malformed, wire};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionsAnswer {
    /// Connections, at most as many as asked for.
    pub rows: Vec<Connection>,
    /// How many match in all, as far as the table was read.
    pub total: u64,
    /// Whether the whole table was read, and `rows` are all that match.
    pub complete: bool,
    /// How the table was read; `None` from an agent that does not know groups, and filters by service, destination and client
    /// alone.
    pub reading: Option<Reading>,
    /// The groups, in the order of the groupings.
    pub groups: Vec<Counted<Group>>,
}

/// How a connection table was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Entries that were read, also those that are no connections.
    pub read: u64,
    /// How many there were, about, where somebody counted.
    pub expected: Option<u64>,
    /// Whether the end was reached, and not the time limit.
    pub finished: bool,
    /// How long it took, to a millisecond.
    pub took: Duration,
    /// Lines in no form that the agent knows.
    pub unreadable: u64,
}

// === impl ConnectionsAnswer ===

impl ConnectionsAnswer {
    /// The answer to the query with this id; an error is why there is none.
    pub fn to_wire(query_id: u64, answer: &Result<Self, String>) -> wire::ConnectionsAnswer {
        match answer {
            Ok(answer) => wire::ConnectionsAnswer {
                query_id,
                rows: answer.rows.iter().take(MAX_CONNECTION_ROWS as usize).map(row_to_wire).collect(),
                total: answer.total,
                complete: answer.complete,
                error: String::new(),
                reading: answer.reading.map(Into::into),
                groups: answer.groups.iter().take(MAX_GROUPINGS).map(groups_to_wire).collect(),
            },
            Err(error) => {
                let error = if error.is_empty() {
                    "the data plane gave no reason".to_owned()
                } else {
                    shorten(error)
                };
                wire::ConnectionsAnswer { query_id, error, ..Default::default() }
            }
        }
    }

    /// Query id, and the answer or why there is none.
    pub fn from_wire(wire: wire::ConnectionsAnswer) -> Result<(u64, Result<Self, String>), Malformed> {
        if !wire.error.is_empty() {
            return Ok((wire.query_id, Err(text("error", wire.error)?)));
        }
        at_most("rows", wire.rows.len(), MAX_CONNECTION_ROWS as usize)?;
        at_most("groups", wire.groups.len(), MAX_GROUPINGS)?;
        let answer = Self {
            rows: wire.rows.into_iter().map(row_from_wire).collect::<Result<_, _>>()?,
            total: wire.total,
            complete: wire.complete,
            reading: wire.reading.map(Into::into),
            groups: wire.groups.into_iter().map(groups_from_wire).collect::<Result<_, _>>()?,
        };
        Ok((wire.query_id, Ok(answer)))
    }
}

// === impl Reading ===

impl From<Reading> for wire::ConnectionReading {
    fn from(reading: Reading) -> Self {
        Self {
            read: reading.read,
            expected: reading.expected.unwrap_or_default(),
            finished: reading.finished,
            took_ms: u32::try_from(reading.took.as_millis()).unwrap_or(u32::MAX),
            unreadable: reading.unreadable,
        }
    }
}

impl From<wire::ConnectionReading> for Reading {
    fn from(wire: wire::ConnectionReading) -> Self {
        Self {
            read: wire.read,
            expected: (wire.expected > 0).then_some(wire.expected),
            finished: wire.finished,
            took: Duration::from_millis(wire.took_ms.into()),
            unreadable: wire.unreadable,
        }
    }
}

fn row_to_wire(connection: &Connection) -> wire::Connection {
    wire::Connection {
        protocol: connection.protocol.name().to_owned(),
        expires_s: connection.expires_s,
        state: shorten(&connection.state),
        client: connection.client.to_string(),
        r#virtual: connection.virtual_address.to_string(),
        destination: connection.destination.to_string(),
        service_id: connection.service.map_or(0, |id| id.0),
    }
}

fn row_from_wire(wire: wire::Connection) -> Result<Connection, Malformed> {
    Ok(Connection {
        protocol: Protocol::parse(&wire.protocol).map_err(|_| Malformed::NotAProtocol("protocol"))?,
        expires_s: wire.expires_s,
        state: text("state", wire.state)?,
        client: address("client", &wire.client)?,
        virtual_address: address("virtual", &wire.r#virtual)?,
        destination: address("destination", &wire.destination)?,
        service: (wire.service_id > 0).then_some(ServiceId(wire.service_id)),
    })
}

pub(super) fn address(field: &'static str, text: &str) -> Result<SocketAddr, Malformed> {
    text.parse().map_err(|source| Malformed::NotAnAddress { field, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        Connection {
            protocol: Protocol::Tcp,
            expires_s: 899,
            state: "ESTABLISHED".into(),
            client: "192.0.2.7:40000".parse().unwrap(),
            virtual_address: "[2001:db8::1]:80".parse().unwrap(),
            destination: "10.0.0.2:8080".parse().unwrap(),
            service: Some(ServiceId(4)),
        }
    }

    #[test]
    fn answers_and_errors_read_back() {
        let reading = Reading {
            read: 61,
            expected: Some(100),
            finished: false,
            took: Duration::from_millis(2_003),
            unreadable: 1,
        };
        let state = Group::State("UDP".into());
        let answer = Ok(ConnectionsAnswer {
            rows: vec![connection(), Connection { service: None, ..connection() }],
            total: 17,
            complete: false,
            reading: Some(reading),
            groups: vec![Counted { top: vec![(state, 17)], distinct: Some(1), missed: 0 }],
        });
        let error = Err("the table is too large".to_owned());
        for answer in [answer, error, Ok(ConnectionsAnswer::default())] {
            let wire = ConnectionsAnswer::to_wire(3, &answer);
            assert_eq!(ConnectionsAnswer::from_wire(wire).unwrap(), (3, answer));
        }
        let nameless = ConnectionsAnswer::to_wire(3, &Err(String::new()));
        assert!(ConnectionsAnswer::from_wire(nameless).unwrap().1.is_err());
    }

    #[test]
    fn wrong_rows_are_refused_by_name() {
        let row = || row_to_wire(&connection());
        let wrong = row_from_wire(wire::Connection { client: "192.0.2.7".into(), ..row() });
        assert!(matches!(wrong, Err(Malformed::NotAnAddress { field: "client", .. })));
        let wrong = row_from_wire(wire::Connection { protocol: "icmp".into(), ..row() });
        assert!(matches!(wrong, Err(Malformed::NotAProtocol("protocol"))));
        let rows = vec![row(); MAX_CONNECTION_ROWS as usize + 1];
        let wrong = ConnectionsAnswer::from_wire(wire::ConnectionsAnswer { rows, ..Default::default() });
        assert!(matches!(wrong, Err(Malformed::TooLarge { field: "rows", .. })));
    }
}
