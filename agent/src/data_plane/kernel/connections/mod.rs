//! The kernel's connections, while somebody asks for them.
//!
//! The kernel lists them as text, with addresses but without the firewall mark that chose the service; `owners` finds out whose
//! each is.

mod owners;

use std::io;
use std::time::Instant;

use ipvs::Protocol as Wire;
use ipvs::connections::{Connection, Filter, scan};
use model::Protocol;
use model::connections::Seen;

use super::registry::Content;
use super::shared::Shared;
use crate::data_plane::{Listener, Passing, Scan};
use owners::Owners;

/// Tells of the connections in `source`, until its end or until `until`.
pub(super) fn read(
    source: impl io::Read,
    until: Instant,
    content: &Content,
    listen: &mut Listener,
) -> io::Result<Scan> {
    read_while(source, || Instant::now() >= until, content, listen)
}

fn read_while(
    source: impl io::Read,
    time_is_up: impl FnMut() -> bool,
    content: &Content,
    listen: &mut Listener,
) -> io::Result<Scan> {
    let owners = Owners::of(content);
    let mut services = Vec::new();
    let scanned = scan(source, &Filter::default(), time_is_up, |connection| {
        let Some(seen) = seen(&connection) else { return };
        services.clear();
        owners.find(&seen, &mut services);
        listen(&Passing { seen, services: &services });
    })?;
    Ok(Scan {
        read: scanned.rows,
        unreadable: scanned.unreadable,
        finished: scanned.complete,
        expected: None,
    })
}

/// How many entries the kernel's counters know of.
pub(super) fn kept(shared: &Shared) -> Result<u64, String> {
    let mut kept = 0;
    shared.kernel(|kernel| {
        kernel.each(&mut |_| true, &mut |_, destinations| {
            for entry in destinations {
                kept += u64::from(entry.active_connections)
                    + u64::from(entry.inactive_connections)
                    + u64::from(entry.persistent_connections);
            }
        })
    })?;
    Ok(kept)
}

/// What the kernel remembers of persistent clients is no connection.
fn seen<'a>(connection: &Connection<&'a str>) -> Option<Seen<'a>> {
    let protocol = match connection.protocol {
        Wire::Tcp => Protocol::Tcp,
        Wire::Udp => Protocol::Udp,
        Wire::Sctp => Protocol::Sctp,
        Wire::Other(_) => return None,
    };
    (!connection.is_template()).then_some(Seen {
        protocol,
        client: connection.client,
        virtual_address: connection.service,
        destination: connection.destination,
        state: connection.state,
        expires_s: u32::try_from(connection.expires.as_secs()).unwrap_or(u32::MAX),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use model::table::{Role, TableDestinationKey, TableKey};
    use model::{Family, FirewallMark, HostAddress, Ports};

    use super::*;

    const TABLE: &str = "\
Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP 0A000064 9A2A 0A000002 0050 C0A80A64 0050 ESTABLISHED     899
TCP 0A000065 9A2A 0A000002 01BB C0A80A65 01BB TIME_WAIT        59
TCP 0A000064 0000 0A000002 0050 C0A80A64 0050 NONE            299
UDP 0A000064 0035 0A000002 0050 C0A80A64 0050 UDP             299
IP  0A000064 0000 00000007 0000 C0A80A64 0000 NONE            299
";

    /// State and possible services of each connection.
    fn told(content: &Content, reads: usize) -> (Scan, Vec<(String, Vec<TableKey>)>) {
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let mut listen: Listener = Box::new(move |passing: &Passing<'_>| {
            let services = passing.services.iter().map(|&key| key.clone()).collect();
            heard.lock().unwrap().push((passing.seen.state.to_owned(), services));
        });
        let mut left = reads;
        let time_is_up = || {
            left = left.saturating_sub(1);
            left == 0
        };
        let scan = read_while(TABLE.as_bytes(), time_is_up, content, &mut listen).unwrap();
        let told = told.lock().unwrap().clone();
        (scan, told)
    }

    fn address(protocol: Protocol, ports: &str) -> TableKey {
        let vip = HostAddress::parse("10.0.0.2").unwrap();
        TableKey::Address { protocol, vip, ports: Ports::parse(ports).unwrap() }
    }

    fn holding(services: &[(TableKey, &str)]) -> Content {
        let servers = |server: &str| {
            let place = TableDestinationKey::parse(server).unwrap();
            BTreeMap::from([(place, Role::RealServer)])
        };
        let services = services.iter().map(|(key, server)| (key.clone(), servers(server)));
        Content { services: services.collect(), ..Content::default() }
    }

    #[test]
    fn what_persistence_remembers_is_no_connection() {
        let (scan, told) = told(&Content::default(), usize::MAX);
        assert_eq!((scan.read, scan.unreadable, scan.finished), (5, 0, true));
        assert_eq!(
            told.iter().map(|(state, _)| state.as_str()).collect::<Vec<_>>(),
            ["ESTABLISHED", "TIME_WAIT", "UDP"]
        );
        assert!(told.iter().all(|(_, services)| services.is_empty()));
    }

    #[test]
    fn the_deadline_is_told() {
        assert!(!told(&Content::default(), 1).0.finished);
    }

    #[test]
    fn services_are_known_by_protocol_vip_and_ports() {
        let owners = |ports: &str| {
            let (_, told) = told(&holding(&[(address(Protocol::Tcp, ports), "192.168.10.100")]), usize::MAX);
            told.iter().map(|(_, services)| services.len()).collect::<Vec<_>>()
        };
        assert_eq!((owners("80"), owners("80,443")), (vec![1, 0, 0], vec![1, 1, 0]));
        assert_eq!((owners("81-442"), owners("all")), (vec![0, 0, 0], vec![1, 1, 0]));
    }

    #[test]
    fn services_by_mark_are_known_by_their_servers_unless_the_address_says_otherwise() {
        let mark = |mark| TableKey::Mark { mark: FirewallMark::new_const(mark), family: Family::V4 };
        let content = holding(&[
            (mark(7), "192.168.10.100"),
            (mark(8), "192.168.10.101:443"),
            (address(Protocol::Udp, "80"), "192.168.10.100"),
        ]);
        let (_, of) = told(&content, usize::MAX);
        let services: Vec<_> = of.into_iter().map(|(_, services)| services).collect();
        assert_eq!(services, [vec![mark(7)], vec![mark(8)], vec![address(Protocol::Udp, "80")]]);
        let shared = holding(&[(mark(7), "192.168.10.100"), (mark(8), "192.168.10.100")]);
        assert_eq!(told(&shared, usize::MAX).1[0].1, [mark(7), mark(8)]);
    }
}
