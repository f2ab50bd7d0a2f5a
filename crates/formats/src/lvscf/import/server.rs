//! `server` blocks to destinations.

use std::collections::BTreeMap;

use model::{Cluster, Destination, Forwarding, HostAddress, Name, Port, ServiceKey, Thresholds, Weight};

use super::context::{About, Context, Names};
use crate::lvscf::place::BlockPlaces;
use crate::lvscf::values::{Real, Virtual};
use crate::report::LossReason;

/// Of each block one destination, but for those without an address and those that are there already.
pub(super) fn convert_all(
    block: &Virtual,
    places: &BlockPlaces,
    key: &ServiceKey,
    forwarding: Forwarding,
    context: &mut Context,
) -> Vec<Destination> {
    let mut names = Names::default();
    let mut sockets: BTreeMap<(HostAddress, Option<Port>), Name> = BTreeMap::new();
    let mut destinations = Vec::new();
    for (real, places) in block.servers.iter().zip(&places.servers) {
        let mut about = context.server(block, real, places);
        if destinations.len() >= Cluster::MAX_DESTINATIONS {
            about.lost(None, String::new(), LossReason::TooMany);
            continue;
        }
        let Some(address) = about.address("address", real.address) else {
            about.lost(None, String::new(), LossReason::NoAddress);
            continue;
        };
        let own = port(block, real, key, forwarding, &mut about);
        let socket =
            (address, own.port.or_else(|| key.frontend().and_then(|frontend| frontend.ports.only())));
        if let Some(other) = sockets.get(&socket) {
            let reason = LossReason::SameServer { other: other.to_string() };
            about.lost(None, String::new(), reason);
            continue;
        }
        let Some(name) = about.name(&real.name, &mut names, "server") else {
            about.lost(None, String::new(), LossReason::TooMany);
            continue;
        };
        sockets.insert(socket, name.clone());
        destinations.push(Destination {
            name,
            address,
            port: own.port,
            weight: weight(real, &mut about),
            forwarding: None,
            thresholds: Thresholds::default(),
            active: real.active && own.possible,
            note: None,
        });
    }
    destinations
}

struct OwnPort {
    /// `None` follows the virtual service.
    port: Option<Port>,
    possible: bool,
}

fn port(
    block: &Virtual,
    real: &Real,
    key: &ServiceKey,
    forwarding: Forwarding,
    about: &mut About<'_, '_>,
) -> OwnPort {
    let follows = OwnPort { port: None, possible: true };
    if real.port == block.port {
        return follows;
    }
    let said = about.is_set("port");
    if !said {
        let reason = LossReason::ServerAbovePort { port: real.port, service_port: block.port };
        about.wrong(Some("port"), real.port.to_string(), reason);
    }
    let port = u64::try_from(real.port).ok().and_then(|port| Port::try_new(port).ok());
    match port {
        // By mark there is no port to differ from.
        Some(port) if forwarding.rewrites_ports() || key.mark().is_some() => {
            OwnPort { port: Some(port), possible: true }
        }
        Some(_) if key.frontend().and_then(|frontend| frontend.ports.only()) == port => follows,
        Some(_) => {
            about.changed(Some("port"), real.port.to_string(), LossReason::PortNeedsMasquerading);
            follows
        }
        // Port 0 was taken for the virtual service's.
        None if real.port == 0 => {
            about.changed(Some("port"), "0".to_owned(), LossReason::OutOfRange { used: block.port.into() });
            follows
        }
        None => {
            about.wrong(Some("port"), real.port.to_string(), LossReason::PortOutOfRange { used: None });
            OwnPort { port: None, possible: false }
        }
    }
}

fn weight(real: &Real, about: &mut About<'_, '_>) -> Weight {
    let weight = u64::try_from(real.weight).ok().and_then(|weight| Weight::try_new(weight).ok());
    weight.unwrap_or_else(|| {
        about.wrong(Some("weight"), real.weight.to_string(), LossReason::OutOfRange { used: 0 });
        Weight::MIN
    })
}
