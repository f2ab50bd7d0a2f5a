//! Which table entry stands for which object of the cluster.

use std::fmt;

use super::{TableDestinationKey, TableKey};
use crate::{Destination, MarkedTraffic, ServiceKey, SorryServer, VirtualService};

/// Whether a data plane knows services by firewall mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Marking {
    /// It does.
    ByMark,
    /// It does not: a service by mark is served at its frontend instead.
    ByFrontend,
}

/// Why a data plane cannot serve a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unserved {
    /// Its traffic is known by a mark that rules made elsewhere set, and the data plane sees no marks.
    MarkedElsewhere,
}

/// What a data plane knows a service by.
pub fn service_key(key: &ServiceKey, marking: Marking) -> Result<TableKey, Unserved> {
    let frontend = match (key, marking) {
        (ServiceKey::Address(frontend), _) => frontend,
        (ServiceKey::Mark { mark, .. }, Marking::ByMark) => {
            return Ok(TableKey::Mark { mark: *mark, family: key.family() });
        }
        (ServiceKey::Mark { traffic: MarkedTraffic::Frontend(frontend), .. }, Marking::ByFrontend) => {
            frontend
        }
        (ServiceKey::Mark { traffic: MarkedTraffic::Elsewhere(_), .. }, Marking::ByFrontend) => {
            return Err(Unserved::MarkedElsewhere);
        }
    };
    Ok(TableKey::Address { protocol: frontend.protocol, vip: frontend.vip, ports: frontend.ports.clone() })
}

/// What a data plane knows a destination of `service` by.
pub fn destination_key(service: &VirtualService, destination: &Destination) -> TableDestinationKey {
    let only = || service.settings.key.frontend().and_then(|frontend| frontend.ports.only());
    TableDestinationKey { address: destination.address, port: destination.port.or_else(only) }
}

/// What a data plane knows the sorry server of `service` by.
pub fn sorry_key(service: &VirtualService, sorry: SorryServer) -> TableDestinationKey {
    let only = || service.settings.key.frontend().and_then(|frontend| frontend.ports.only());
    TableDestinationKey { address: sorry.address, port: sorry.port.or_else(only) }
}

impl fmt::Display for Unserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MarkedElsewhere => f.write_str(
                "its firewall mark is set by rules elsewhere, and this data plane sees no marks: give it a VIP and port, \
                 or run a data plane that knows marks",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Family, FirewallMark, Frontend, HostAddress, Ports, Protocol};

    #[test]
    fn a_mark_becomes_its_frontend_where_marks_are_unknown() {
        let vip = HostAddress::parse("10.0.0.2").unwrap();
        let ports = Ports::parse("80,443").unwrap();
        let frontend = Frontend { protocol: Protocol::Tcp, vip, ports: ports.clone() };
        let mark = FirewallMark::new_const(80);
        let key = ServiceKey::Mark { mark, traffic: MarkedTraffic::Frontend(frontend) };
        let by_address = TableKey::Address { protocol: Protocol::Tcp, vip, ports };
        assert_eq!(service_key(&key, Marking::ByFrontend), Ok(by_address));
        assert_eq!(service_key(&key, Marking::ByMark), Ok(TableKey::Mark { mark, family: Family::V4 }));
    }

    #[test]
    fn a_mark_set_elsewhere_cannot_be_served_without_marks() {
        let mark = FirewallMark::new_const(80);
        let key = ServiceKey::Mark { mark, traffic: MarkedTraffic::Elsewhere(Family::V6) };
        assert_eq!(service_key(&key, Marking::ByFrontend), Err(Unserved::MarkedElsewhere));
        assert_eq!(service_key(&key, Marking::ByMark), Ok(TableKey::Mark { mark, family: Family::V6 }));
    }
}
