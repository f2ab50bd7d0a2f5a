//! Tunnels: IP in IP, GUE and GRE, each to a virtual address of its own (a change of the method leaves old connections with the
//! old one).

use super::{KERNEL, Scenario, Stage, cluster};
use crate::guide::Guide;
use crate::time::until;
use crate::witness::Capture;
use anyhow::{Result, ensure};
use std::net::SocketAddr;

pub(super) const BY_HAND: Scenario = Scenario {
    name: "tunnel",
    about: "tunnels to real servers made ready by hand: ipip, gue, gre",
    planes: KERNEL,
    run: by_hand,
};

pub(super) const BY_ROLE: Scenario = Scenario {
    name: "tunnel-role",
    about: "the same to real servers that the console makes ready",
    planes: KERNEL,
    run: by_role,
};

/// One kind of tunnel.
struct Kind {
    /// The service's name.
    name: &'static str,
    address: &'static str,
    /// The fields of its real servers' forms.
    fields: &'static [(&'static str, &'static str)],
    /// What `ipvsadm` shows.
    shown: &'static str,
    /// What `tcpdump` is to see.
    filter: &'static str,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "ipip",
        address: "10.0.0.2",
        fields: &[("forwarding", "ipip")],
        shown: "-i -w 1",
        filter: "ip proto 4",
    },
    Kind {
        name: "gue",
        address: "10.0.0.12",
        fields: &[("forwarding", "gue"), ("tunnel_port", "5555")],
        shown: "-i -w 1 --tun-type gue --tun-port 5555 --tun-nocsum",
        filter: "udp dst port 5555",
    },
    Kind {
        name: "gre",
        address: "10.0.0.13",
        fields: &[("forwarding", "gre")],
        shown: "-i -w 1 --tun-type gre --tun-nocsum",
        filter: "ip proto 47",
    },
];

fn by_hand(stage: &mut Stage) -> Result<()> {
    stage.guide.direct_return()?;
    for real in ["real1", "real2"] {
        ready(&stage.guide, real)?;
    }
    set_up(stage)?;
    every_kind(stage)
}

fn by_role(stage: &mut Stage) -> Result<()> {
    stage.guide.direct_return()?;
    set_up(stage)?;
    stage.guide.enrol_real_server("real1")?;
    stage.guide.enrol_real_server("real2")?;
    every_kind(stage)?;
    stage.check("with the cluster stopped, tunnels and addresses are gone [ip]", |guide| {
        guide.console()?.stop_cluster()?;
        guide.verified()?;
        until(|| {
            let real = guide.place("real1")?;
            let links = real.read(&["ip", "-o", "link"])?;
            ensure!(!links.contains("lvs-"), "{links}");
            let addresses = real.read(&["ip", "-o", "-4", "addr", "show"])?;
            ensure!(!addresses.contains("10.0.0.2/") && !addresses.contains("10.0.0.12/"), "{addresses}");
            let ports = real.read(&["ip", "fou", "show"])?;
            ensure!(!ports.contains("5555"), "{ports}");
            Ok(())
        })
    })
}

fn set_up(stage: &mut Stage) -> Result<()> {
    let services: String = KINDS
        .iter()
        .map(|Kind { name, address, .. }| {
            let servers = format!("{}{}", cluster::real("real1"), cluster::real("real2"));
            cluster::service(name, address, "     port = 80\n     scheduler = rr", &servers)
        })
        .collect();
    stage.check("the cluster of an lvs.cf reaches the director, which verifies it", |guide| {
        guide.set_up(&cluster::file("tunnel", "", &services), &[])?;
        let console = guide.console()?;
        for Kind { name, fields, .. } in KINDS {
            for real in ["real1", "real2"] {
                console.edit_server(name, real, fields)?;
            }
        }
        console.apply()?;
        guide.verified()
    })
}

fn every_kind(stage: &mut Stage) -> Result<()> {
    for Kind { name, address, shown, filter, .. } in KINDS {
        stage.check(&format!("{name}: the kernel has it so [ipvsadm]"), |guide| {
            let table = guide.table("vs1")?;
            table.expect(&format!("-a -t {address}:80 -r 192.168.10.100:80 {shown}"))
        })?;
        stage.check(
            &format!("{name}: both real servers answer, the packets reach them in the tunnel [tcpdump]"),
            |guide| {
                let wire = Capture::start(guide.place("real1")?, "eth0", filter)?;
                guide.answered_by(SocketAddr::new(address.parse()?, 80), &["real1", "real2"])?;
                wire.saw(&["192.168.10.1"])?;
                wire.end()
            },
        )?;
    }
    Ok(())
}

/// A real server's end of all three, as an administrator sets it up by hand.
pub(super) fn ready(guide: &Guide, real: &str) -> Result<()> {
    let place = guide.place(real)?;
    for device in ["all", "default", "tunl0", "gre0"] {
        place.set_sysctl(&format!("net/ipv4/conf/{device}/rp_filter"), "0")?;
    }
    place.set_sysctl("net/ipv4/conf/all/arp_ignore", "1")?;
    place.set_sysctl("net/ipv4/conf/all/arp_announce", "2")?;
    place.ip("link set tunl0 up\nlink set gre0 up\nfou add port 5555 gue\n\
         addr add 10.0.0.2/32 dev lo\naddr add 10.0.0.12/32 dev lo\naddr add 10.0.0.13/32 dev lo\n")
}
