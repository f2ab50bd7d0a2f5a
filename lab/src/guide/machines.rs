//! The guide's machines and their addresses.

use crate::net::{Leg, Machine};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The guide's floating address, and its IPv6 sister.
pub(crate) const VIP: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
pub(crate) const VIP6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfd00, 0x10, 0, 0, 0, 0, 0, 2));
/// The virtual service of most scenarios.
pub(crate) const WEB: SocketAddr = SocketAddr::new(VIP, 80);
/// Where the client's own addresses begin; `10.0.0.110` is the last.
pub(crate) const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 100);
/// The address that real servers have as their gateway where forwarding is NAT.
pub(crate) const GATEWAY: &str = "192.168.10.254";

pub(super) const BRIDGES: &[&str] = &["front", "back", "mgmt"];
pub(super) const HOST: (&str, &[&str]) = ("mgmt", &["172.16.0.1/24"]);

const fn leg(
    device: &'static str,
    bridge: &'static str,
    addresses: &'static [&'static str],
    up: bool,
) -> Leg {
    Leg { device, bridge, addresses, up }
}

/// The machines. `eth1` of a real server leads straight to the clients, as DR and tunnels need it; it is down until a
/// scenario wants it.
pub(crate) const MACHINES: &[Machine] = &[
    Machine {
        name: "client",
        legs: &[leg(
            "eth0",
            "front",
            &[
                "10.0.0.100/24",
                "10.0.0.101/24",
                "10.0.0.102/24",
                "10.0.0.103/24",
                "10.0.0.104/24",
                "10.0.0.105/24",
                "10.0.0.106/24",
                "10.0.0.107/24",
                "fd00:10::100/64",
            ],
            true,
        )],
        routes: &[],
    },
    Machine {
        name: "vs1",
        legs: &[
            leg("eth0", "front", &["10.0.0.1/24", "fd00:10::1/64"], true),
            leg("eth1", "back", &["192.168.10.1/24", "fd00:192::1/64"], true),
            leg("mgmt0", "mgmt", &["172.16.0.11/24"], true),
        ],
        routes: &[],
    },
    Machine {
        name: "vsbak",
        legs: &[
            leg("eth0", "front", &["10.0.0.3/24", "fd00:10::3/64"], true),
            leg("eth1", "back", &["192.168.10.102/24", "fd00:192::102/64"], true),
            leg("mgmt0", "mgmt", &["172.16.0.12/24"], true),
        ],
        routes: &[],
    },
    Machine {
        name: "real1",
        legs: &[
            leg("eth0", "back", &["192.168.10.100/24", "fd00:192::100/64"], true),
            leg("eth1", "front", &["10.0.0.21/24", "fd00:10::21/64"], false),
            leg("mgmt0", "mgmt", &["172.16.0.21/24"], true),
        ],
        routes: &["default via 192.168.10.254", "default via fd00:192::1"],
    },
    Machine {
        name: "real2",
        legs: &[
            leg("eth0", "back", &["192.168.10.101/24", "fd00:192::101/64"], true),
            leg("eth1", "front", &["10.0.0.22/24", "fd00:10::22/64"], false),
            leg("mgmt0", "mgmt", &["172.16.0.22/24"], true),
        ],
        routes: &["default via 192.168.10.254", "default via fd00:192::1"],
    },
];
