//! The addresses of a demo: the well-known ones, or free ones where a demo must run beside another.

use super::real_server::RealServer;
use anyhow::{Context as _, Result, bail};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

/// The virtual service's address, as in guide.cf.
const VIP: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// The virtual service's port in guide.cf; masquerading keeps it for the real servers.
pub(super) const PORT: u16 = 8080;

/// The real servers of guide.cf, in its order.
const SERVERS: [(&str, Ipv4Addr); 3] = [
    ("real1", Ipv4Addr::new(127, 0, 10, 100)),
    ("real2", Ipv4Addr::new(127, 0, 10, 101)),
    ("real3", Ipv4Addr::new(127, 0, 10, 103)),
];

/// The console's own port and that of its directors.
const CONSOLE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3636);
const FLEET: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3637);

/// Where everything of one demo listens. The real servers listen already.
pub(super) struct Places {
    /// To listen on; port 0 lets the console choose.
    pub(super) console: SocketAddr,
    /// To listen on; port 0 lets the console choose.
    pub(super) fleet: SocketAddr,
    /// The virtual service.
    pub(super) service: SocketAddr,
    pub(super) servers: Vec<RealServer>,
}

impl Places {
    /// The addresses that the documentation names. What is taken is named, all at once.
    pub(super) fn well_known() -> Result<Self> {
        let service = SocketAddr::new(VIP, PORT);
        let mut taken = Vec::new();
        for (what, address) in [
            ("the console".to_owned(), CONSOLE),
            ("the console's directors".to_owned(), FLEET),
            ("the virtual service".to_owned(), service),
        ] {
            if let Err(error) = TcpListener::bind(address) {
                taken.push(format!("{address} for {what} ({error})"));
            }
        }
        let mut servers = Vec::new();
        for (name, address) in SERVERS {
            let address = SocketAddr::new(address.into(), PORT);
            match RealServer::start(name, address) {
                Ok(server) => servers.push(server),
                Err(error) => taken.push(format!("{address} for {name} ({})", error.root_cause())),
            }
        }
        if !taken.is_empty() {
            bail!(
                "the demo cannot listen on\n  {}\nIs another demo running? `ss -ltnp` names the programs that listen",
                taken.join("\n  ")
            );
        }
        Ok(Self { console: CONSOLE, fleet: FLEET, service, servers })
    }

    /// Free ports on the same addresses: one that is free on all four for the service and its real servers.
    pub(super) fn free() -> Result<Self> {
        // Each try takes a port that is free on the VIP; others may hold it on a real server's address.
        for _ in 0..32 {
            let probe = TcpListener::bind(SocketAddr::new(VIP, 0))
                .with_context(|| format!("could not listen on any port of {VIP}"))?;
            let service = probe.local_addr().context("a listener without an address")?;
            let servers: Result<Vec<_>> = SERVERS
                .iter()
                .map(|(name, address)| {
                    RealServer::start(name, SocketAddr::new((*address).into(), service.port()))
                })
                .collect();
            if let Ok(servers) = servers {
                let any = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
                return Ok(Self { console: any, fleet: any, service, servers });
            }
        }
        bail!("found no port that is free on {VIP} and on the real servers' addresses")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_places_share_one_port_and_stand_side_by_side() {
        let (one, two) = (Places::free().unwrap(), Places::free().unwrap());
        assert_ne!(one.service, two.service);
        assert_eq!(one.servers.len(), 3);
        for server in &one.servers {
            assert_eq!(server.address().port(), one.service.port());
        }
    }
}
