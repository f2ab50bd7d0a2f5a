//! What this data plane can serve, and words for what it cannot.

use std::io;
use std::net::SocketAddr;

use model::table::{TableKey, TableServiceSettings};
use model::{Cause, Code, Ports, Protocol};
use scheduling::Kind;

use crate::error::StepError;

/// What it says of services that ask for more than it has; schedulers and marks apart.
pub const REFUSES: [Code; 4] = [Code::NoSctp, Code::NoAllPorts, Code::NoEngines, Code::Relayed];

/// The addresses to listen on.
pub(crate) fn addresses(key: &TableKey) -> Result<(Protocol, Vec<SocketAddr>), StepError> {
    let unsupported = |code, what: &str, remedy| {
        let (object, cause) = (key.clone(), Cause::new(code, []));
        StepError::Unsupported { object, what: what.to_owned(), cause, remedy }
    };
    match key {
        TableKey::Mark { .. } => Err(unsupported(
            Code::NoMarks,
            "firewall marks",
            "give the service an address and ports, or use a director with kernel IPVS",
        )),
        TableKey::Address { protocol: Protocol::Sctp, .. } => {
            Err(unsupported(Code::NoSctp, "SCTP", "use a director with kernel IPVS"))
        }
        TableKey::Address { ports: Ports::All, .. } => Err(unsupported(
            Code::NoAllPorts,
            "all ports at once",
            "list the ports or ranges that are needed, or use a director with kernel IPVS",
        )),
        TableKey::Address { protocol, vip, ports: Ports::Listed(ranges) } => {
            let ports = ranges.iter().flat_map(|range| range.first().get()..=range.last().get());
            Ok((*protocol, ports.map(|port| SocketAddr::new(vip.get(), port)).collect()))
        }
    }
}

/// The scheduler, if this data plane can do all that the settings ask for.
pub(crate) fn supported(
    key: &TableKey,
    protocol: Protocol,
    settings: &TableServiceSettings,
) -> Result<Kind, StepError> {
    let unsupported =
        |cause, what: String, remedy| StepError::Unsupported { object: key.clone(), what, cause, remedy };
    if settings.persistence.is_some_and(|persistence| persistence.engine.is_some()) {
        return Err(unsupported(
            Cause::new(Code::NoEngines, []),
            "persistence engines".to_owned(),
            "leave the engine out, or use a director with kernel IPVS",
        ));
    }
    if settings.proxy_protocol && protocol != Protocol::Tcp {
        return Err(unsupported(
            Cause::new(Code::NoProxyProtocol, []),
            format!("the PROXY protocol over {protocol}"),
            "switch it off for this service",
        ));
    }
    let name = settings.scheduler.kind().name();
    name.parse().map_err(|_| {
        unsupported(
            Cause::new(Code::NoScheduler, [("scheduler", &name)]),
            format!("scheduler {name}"),
            "choose one of rr wrr lc wlc sed nq sh dh mh fo ovf, or use a director with kernel IPVS",
        )
    })
}

/// The refusal of an address, with what to do about it.
pub(crate) fn cannot_listen(object: &TableKey, address: SocketAddr, source: io::Error) -> StepError {
    let remedy = match source.kind() {
        io::ErrorKind::AddrInUse => {
            "another program has this port; stop it or choose another port (ss -ltnup shows who)"
        }
        io::ErrorKind::AddrNotAvailable => {
            "the VIP is not an address of this machine; add it to an interface first"
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 need CAP_NET_BIND_SERVICE or a lower net.ipv4.ip_unprivileged_port_start"
        }
        _ => "see the reason",
    };
    StepError::Listen { object: object.clone(), address, source, remedy }
}
