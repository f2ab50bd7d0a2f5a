//! A look into the connection table. Filter and limit run on the agent.

use std::net::SocketAddr;

use ipnet::IpNet;
use model::{DestinationId, Protocol, ServiceId};

use crate::limits::shorten;
use crate::malformed::{at_most, text};
use crate::{MAX_CONNECTION_ROWS, Malformed, wire};

/// Which connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionsQuery {
    /// Of this service only.
    pub service: Option<ServiceId>,
    /// To this destination only.
    pub destination: Option<DestinationId>,
    /// From this network only.
    pub client: Option<IpNet>,
    /// How many rows at most, 1 to [`MAX_CONNECTION_ROWS`].
    pub limit: u32,
}

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its protocol.
    pub protocol: Protocol,
    /// Seconds until it is forgotten.
    pub expires_s: u32,
    /// IPVS's word for where it is in its life, such as `ESTABLISHED`.
    pub state: String,
    /// The client.
    pub client: SocketAddr,
    /// VIP and port.
    pub virtual_address: SocketAddr,
    /// The real server.
    pub destination: SocketAddr,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionsAnswer {
    /// Connections, at most as many as asked for.
    pub rows: Vec<Connection>,
    /// How many match in all, as far as the table was read.
    pub total: u64,
    /// Whether the whole table was read.
    pub complete: bool,
}

// === impl ConnectionsQuery ===

impl ConnectionsQuery {
    /// The message with this id.
    pub fn to_wire(&self, query_id: u64) -> wire::ConnectionsQuery {
        wire::ConnectionsQuery {
            query_id,
            service_id: self.service.map_or(0, |id| id.0),
            destination_id: self.destination.map_or(0, |id| id.0),
            client: self.client.map(|network| network.to_string()).unwrap_or_default(),
            limit: self.limit,
        }
    }
}

impl TryFrom<wire::ConnectionsQuery> for ConnectionsQuery {
    type Error = Malformed;

    fn try_from(wire: wire::ConnectionsQuery) -> Result<Self, Malformed> {
        let not_a_network = |source| Malformed::NotANetwork { field: "client", source };
        let client =
            if wire.client.is_empty() { None } else { Some(wire.client.parse().map_err(not_a_network)?) };
        Ok(Self {
            service: (wire.service_id > 0).then_some(ServiceId(wire.service_id)),
            destination: (wire.destination_id > 0).then_some(DestinationId(wire.destination_id)),
            client,
            limit: wire.limit.clamp(1, MAX_CONNECTION_ROWS),
        })
    }
}

// === impl ConnectionsAnswer ===

impl ConnectionsAnswer {
    /// The answer to the query with this id; an error is why there is none.
    pub fn to_wire(query_id: u64, answer: &Result<Self, String>) -> wire::ConnectionsAnswer {
        match answer {
            Ok(answer) => wire::ConnectionsAnswer {
                query_id,
                rows: answer
                    .rows
                    .iter()
                    .take(MAX_CONNECTION_ROWS as usize)
                    .map(wire::Connection::from)
                    .collect(),
                total: answer.total,
                complete: answer.complete,
                error: String::new(),
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
        let rows: Result<_, _> = wire.rows.into_iter().map(Connection::try_from).collect();
        Ok((wire.query_id, Ok(Self { rows: rows?, total: wire.total, complete: wire.complete })))
    }
}

// === impl Connection ===

impl From<&Connection> for wire::Connection {
    fn from(connection: &Connection) -> Self {
        Self {
            protocol: connection.protocol.name().to_owned(),
            expires_s: connection.expires_s,
            state: shorten(&connection.state),
            client: connection.client.to_string(),
            r#virtual: connection.virtual_address.to_string(),
            destination: connection.destination.to_string(),
        }
    }
}

impl TryFrom<wire::Connection> for Connection {
    type Error = Malformed;

    fn try_from(wire: wire::Connection) -> Result<Self, Malformed> {
        Ok(Self {
            protocol: Protocol::parse(&wire.protocol).map_err(|_| Malformed::NotAProtocol("protocol"))?,
            expires_s: wire.expires_s,
            state: text("state", wire.state)?,
            client: address("client", &wire.client)?,
            virtual_address: address("virtual", &wire.r#virtual)?,
            destination: address("destination", &wire.destination)?,
        })
    }
}

fn address(field: &'static str, text: &str) -> Result<SocketAddr, Malformed> {
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
        }
    }

    #[test]
    fn a_query_reads_back() {
        let all = ConnectionsQuery { service: None, destination: None, client: None, limit: 100 };
        let some = ConnectionsQuery {
            service: Some(ServiceId(1)),
            destination: Some(DestinationId(2)),
            client: "192.0.2.0/24".parse().ok(),
            limit: 1,
        };
        for query in [all, some] {
            assert_eq!(ConnectionsQuery::try_from(query.to_wire(9)).unwrap(), query);
        }
    }

    #[test]
    fn limits_have_a_limit() {
        let wire = wire::ConnectionsQuery { limit: u32::MAX, ..Default::default() };
        assert_eq!(ConnectionsQuery::try_from(wire).unwrap().limit, MAX_CONNECTION_ROWS);
    }

    #[test]
    fn a_network_is_checked() {
        let wire = wire::ConnectionsQuery { client: "192.0.2.0/33".into(), ..Default::default() };
        assert!(matches!(ConnectionsQuery::try_from(wire), Err(Malformed::NotANetwork { .. })));
    }

    #[test]
    fn answers_and_errors_read_back() {
        let answer = Ok(ConnectionsAnswer { rows: vec![connection()], total: 17, complete: false });
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
        let row = || wire::Connection::from(&connection());
        let wrong = Connection::try_from(wire::Connection { client: "192.0.2.7".into(), ..row() });
        assert!(matches!(wrong, Err(Malformed::NotAnAddress { field: "client", .. })));
        let wrong = Connection::try_from(wire::Connection { protocol: "icmp".into(), ..row() });
        assert!(matches!(wrong, Err(Malformed::NotAProtocol("protocol"))));
        let rows = vec![row(); MAX_CONNECTION_ROWS as usize + 1];
        let wrong = ConnectionsAnswer::from_wire(wire::ConnectionsAnswer { rows, ..Default::default() });
        assert!(matches!(wrong, Err(Malformed::TooLarge { field: "rows", .. })));
    }
}
