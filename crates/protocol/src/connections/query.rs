//! What is asked.

use std::time::Duration;

use model::connections::{ConnectionState, Filter, Grouping};
use model::table::TableDestinationKey;
use model::{DestinationId, Protocol, ServiceId};

use super::group::{grouping_from_wire, grouping_to_wire};
use crate::malformed::at_most;
use crate::{MAX_CONNECTION_GROUPS, MAX_CONNECTION_ROWS, MAX_GROUPINGS, MAX_READING, Malformed, wire};

/// Which connections, and what about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionsQuery {
    /// Of this service only.
    pub service: Option<ServiceId>,
    /// To this destination only.
    pub destination: Option<DestinationId>,
    /// What else they must be.
    pub filter: Filter,
    /// By what they are counted.
    pub groupings: Vec<Grouping>,
    /// How many rows at most, 0 to [`MAX_CONNECTION_ROWS`].
    pub limit: u32,
    /// How many groups of each grouping at most, 0 to [`MAX_CONNECTION_GROUPS`].
    pub groups: u32,
    /// How long reading may take, up to [`MAX_READING`].
    pub within: Duration,
}

impl Default for ConnectionsQuery {
    /// All connections, as many as there may be.
    fn default() -> Self {
        Self {
            service: None,
            destination: None,
            filter: Filter::default(),
            groupings: Vec::new(),
            limit: MAX_CONNECTION_ROWS,
            groups: 0,
            within: MAX_READING,
        }
    }
}

impl ConnectionsQuery {
    /// The message with this id.
    pub fn to_wire(&self, query_id: u64) -> wire::ConnectionsQuery {
        let Filter { client, server, protocol, state } = &self.filter;
        wire::ConnectionsQuery {
            query_id,
            service_id: self.service.map_or(0, |id| id.0),
            destination_id: self.destination.map_or(0, |id| id.0),
            client: text(client.as_ref()),
            limit: self.limit,
            server: text(server.as_ref()),
            protocol: protocol.map(|protocol| protocol.name().to_owned()).unwrap_or_default(),
            state: text(state.as_ref()),
            groupings: self.groupings.iter().map(|&grouping| grouping_to_wire(grouping)).collect(),
            groups: self.groups,
            within_ms: u32::try_from(self.within.as_millis()).unwrap_or(u32::MAX).max(1),
        }
    }
}

impl TryFrom<wire::ConnectionsQuery> for ConnectionsQuery {
    type Error = Malformed;

    fn try_from(wire: wire::ConnectionsQuery) -> Result<Self, Malformed> {
        let not_a_network = |source| Malformed::NotANetwork { field: "client", source };
        let filter = Filter {
            client: some(&wire.client).map(|text| text.parse().map_err(not_a_network)).transpose()?,
            server: some(&wire.server)
                .map(TableDestinationKey::parse)
                .transpose()
                .map_err(|reason| Malformed::Wrong { field: "server", reason })?,
            protocol: some(&wire.protocol)
                .map(Protocol::parse)
                .transpose()
                .map_err(|_| Malformed::NotAProtocol("protocol"))?,
            state: some(&wire.state)
                .map(ConnectionState::parse)
                .transpose()
                .map_err(|reason| Malformed::Wrong { field: "state", reason })?,
        };
        at_most("groupings", wire.groupings.len(), MAX_GROUPINGS)?;
        // A console that knows no groups always wants rows.
        let fewest = u32::from(wire.groupings.is_empty());
        let within = Duration::from_millis(wire.within_ms.into());
        Ok(Self {
            service: (wire.service_id > 0).then_some(ServiceId(wire.service_id)),
            destination: (wire.destination_id > 0).then_some(DestinationId(wire.destination_id)),
            filter,
            groupings: wire.groupings.into_iter().map(grouping_from_wire).collect::<Result<_, _>>()?,
            limit: wire.limit.clamp(fewest, MAX_CONNECTION_ROWS),
            groups: wire.groups.min(MAX_CONNECTION_GROUPS),
            within: if within.is_zero() { MAX_READING } else { within.min(MAX_READING) },
        })
    }
}

fn text<T: ToString>(value: Option<&T>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use model::connections::Prefixes;

    use super::*;

    #[test]
    fn a_query_reads_back() {
        let some = ConnectionsQuery {
            service: Some(ServiceId(1)),
            destination: Some(DestinationId(2)),
            filter: Filter {
                client: "192.0.2.0/24".parse().ok(),
                server: TableDestinationKey::parse("[2001:db8::1]:80").ok(),
                protocol: Some(Protocol::Sctp),
                state: ConnectionState::parse("TIME_WAIT").ok(),
            },
            groupings: vec![
                Grouping::Client(Prefixes::try_new(24, 56).unwrap()),
                Grouping::Service,
                Grouping::Server,
                Grouping::State,
            ],
            limit: 0,
            groups: 7,
            within: Duration::from_millis(1_500),
        };
        for query in [ConnectionsQuery::default(), some] {
            assert_eq!(ConnectionsQuery::try_from(query.to_wire(9)).unwrap(), query);
        }
    }

    #[test]
    fn an_older_consoles_query_is_for_rows_and_as_long_as_it_may_take() {
        let wire = wire::ConnectionsQuery { client: "192.0.2.0/24".into(), ..Default::default() };
        let query = ConnectionsQuery::try_from(wire).unwrap();
        assert_eq!((query.limit, query.within), (1, MAX_READING));
        assert!(query.groupings.is_empty() && query.filter.server.is_none());
    }

    #[test]
    fn limits_have_a_limit() {
        let wire = wire::ConnectionsQuery {
            limit: u32::MAX,
            groups: u32::MAX,
            within_ms: u32::MAX,
            ..Default::default()
        };
        let query = ConnectionsQuery::try_from(wire).unwrap();
        assert_eq!((query.limit, query.groups), (MAX_CONNECTION_ROWS, MAX_CONNECTION_GROUPS));
        assert_eq!(query.within, MAX_READING);
        let many = vec![grouping_to_wire(Grouping::State); MAX_GROUPINGS + 1];
        let wrong =
            ConnectionsQuery::try_from(wire::ConnectionsQuery { groupings: many, ..Default::default() });
        assert!(matches!(wrong, Err(Malformed::TooLarge { field: "groupings", .. })));
    }

    #[test]
    fn what_is_filtered_by_is_checked() {
        let wrong = |wire| ConnectionsQuery::try_from(wire).unwrap_err();
        let client = wire::ConnectionsQuery { client: "192.0.2.0/33".into(), ..Default::default() };
        assert!(matches!(wrong(client), Malformed::NotANetwork { .. }));
        let server = wire::ConnectionsQuery { server: "real1".into(), ..Default::default() };
        assert!(matches!(wrong(server), Malformed::Wrong { field: "server", .. }));
        let state = wire::ConnectionsQuery { state: "a b".into(), ..Default::default() };
        assert!(matches!(wrong(state), Malformed::Wrong { field: "state", .. }));
        let protocol = wire::ConnectionsQuery { protocol: "icmp".into(), ..Default::default() };
        assert!(matches!(wrong(protocol), Malformed::NotAProtocol("protocol")));
        let by = wire::ConnectionGrouping { by: 99, ..Default::default() };
        let grouping = wire::ConnectionsQuery { groupings: vec![by], ..Default::default() };
        assert!(matches!(wrong(grouping), Malformed::UnknownValue { .. }));
    }
}
