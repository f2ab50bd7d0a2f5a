//! The kernel's connections, as far as they are asked for.
//!
//! The kernel lists them as text, with addresses but without the firewall mark that chose the service. Those of a service by
//! mark are told by the real servers that they go to: a real server's other services at the same port show there too.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use ipvs::Protocol as Wire;
use ipvs::connections::{Connection, Filter, Network, scan};
use model::table::{Role, TableDestinationKey, TableKey};
use model::{Ports, Protocol};

use super::registry::Content;
use crate::data_plane::{ConnectionPage, ConnectionQuery, ConnectionRow};

/// Reading may take so long: kernels before 6.14 need minutes for a million rows. Whoever asks waits no longer than thirty seconds.
const TIME: Duration = Duration::from_secs(10);

/// The connections in `path` that match.
pub(super) fn list(path: &Path, query: &ConnectionQuery, content: &Content) -> io::Result<ConnectionPage> {
    let started = Instant::now();
    read(File::open(path)?, query, content, || started.elapsed() >= TIME)
}

fn read(
    source: impl io::Read,
    query: &ConnectionQuery,
    content: &Content,
    time_is_up: impl FnMut() -> bool,
) -> io::Result<ConnectionPage> {
    let client =
        query.client.map(|network| Network { address: network.addr(), prefix: network.prefix_len() });
    let filter = Filter { client, ..Filter::default() };
    let mut page = ConnectionPage::default();
    let scanned = scan(source, &filter, time_is_up, |connection| {
        if let Some(protocol) = matches(&connection, query, content) {
            page.total += 1;
            if page.rows.len() < query.limit {
                page.rows.push(row(protocol, &connection));
            }
        }
    })?;
    page.complete = scanned.complete && page.rows.len() as u64 == page.total;
    Ok(page)
}

/// Its protocol, where it is one of those asked for. What the kernel remembers of persistent clients is no connection.
fn matches(connection: &Connection<&str>, query: &ConnectionQuery, content: &Content) -> Option<Protocol> {
    let protocol = match connection.protocol {
        Wire::Tcp => Protocol::Tcp,
        Wire::Udp => Protocol::Udp,
        Wire::Sctp => Protocol::Sctp,
        Wire::Other(_) => return None,
    };
    let of_service = match &query.service {
        None => true,
        Some(TableKey::Address { protocol: of, vip, ports }) => {
            *of == protocol && connection.service.ip() == vip.get() && takes(ports, connection.service.port())
        }
        Some(key @ TableKey::Mark { .. }) => {
            let none = BTreeMap::<TableDestinationKey, Role>::new();
            content.services.get(key).unwrap_or(&none).keys().any(|place| goes_to(connection, *place))
        }
    };
    let to_destination = query.destination.is_none_or(|place| goes_to(connection, place));
    (!connection.is_template() && of_service && to_destination).then_some(protocol)
}

fn takes(ports: &Ports, port: u16) -> bool {
    match ports {
        Ports::All => true,
        Ports::Listed(ranges) => {
            ranges.iter().any(|range| (range.first().get()..=range.last().get()).contains(&port))
        }
    }
}

fn goes_to(connection: &Connection<&str>, place: TableDestinationKey) -> bool {
    let socket = connection.destination;
    socket.ip() == place.address.get() && place.port.is_none_or(|port| port.get() == socket.port())
}

fn row(protocol: Protocol, connection: &Connection<&str>) -> ConnectionRow {
    ConnectionRow {
        protocol,
        expires: connection.expires,
        state: connection.state.to_owned().into(),
        client: connection.client,
        virtual_address: connection.service,
        destination: connection.destination,
    }
}

#[cfg(test)]
mod tests {
    use model::{Family, FirewallMark, HostAddress};

    use super::*;

    const TABLE: &str = "\
Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP 0A000064 9A2A 0A000002 0050 C0A80A64 0050 ESTABLISHED     899
TCP 0A000065 9A2A 0A000002 01BB C0A80A65 01BB TIME_WAIT        59
TCP 0A000064 0000 0A000002 0050 C0A80A64 0050 NONE            299
UDP 0A000064 0035 0A000002 0050 C0A80A64 0050 UDP             299
IP  0A000064 0000 00000007 0000 C0A80A64 0000 NONE            299
";

    fn list(query: &ConnectionQuery, content: &Content) -> ConnectionPage {
        read(TABLE.as_bytes(), query, content, || false).unwrap()
    }

    fn everything() -> ConnectionQuery {
        ConnectionQuery { limit: 100, ..ConnectionQuery::default() }
    }

    #[test]
    fn what_persistence_remembers_is_no_connection() {
        let page = list(&everything(), &Content::default());
        assert_eq!((page.total, page.rows.len(), page.complete), (3, 3, true));
        assert_eq!(page.rows[1].state, "TIME_WAIT");
    }

    #[test]
    fn services_take_their_ports_and_protocol() {
        let vip = HostAddress::parse("10.0.0.2").unwrap();
        let of = |ports: &str| {
            let key = TableKey::Address { protocol: Protocol::Tcp, vip, ports: Ports::parse(ports).unwrap() };
            list(&ConnectionQuery { service: Some(key), ..everything() }, &Content::default()).total
        };
        assert_eq!((of("80"), of("80,443"), of("81-442"), of("all")), (1, 2, 0, 2));
        let client = Some("10.0.0.65/32".parse().unwrap());
        assert_eq!(list(&ConnectionQuery { client, ..everything() }, &Content::default()).total, 0);
        let client = Some("10.0.0.101/32".parse().unwrap());
        assert_eq!(list(&ConnectionQuery { client, ..everything() }, &Content::default()).total, 1);
    }

    #[test]
    fn marked_connections_are_told_by_their_servers() {
        let key = TableKey::Mark { mark: FirewallMark::new_const(7), family: Family::V4 };
        let mut content = Content::default();
        let query = ConnectionQuery { service: Some(key.clone()), ..everything() };
        assert_eq!(list(&query, &content).total, 0);
        let place = TableDestinationKey::parse("192.168.10.100").unwrap();
        content.services.insert(key, [(place, Role::RealServer)].into());
        assert_eq!(list(&query, &content).total, 2);
    }

    #[test]
    fn rows_beyond_the_limit_are_counted() {
        let page = list(&ConnectionQuery { limit: 1, ..everything() }, &Content::default());
        assert_eq!((page.total, page.rows.len(), page.complete), (3, 1, false));
    }
}
