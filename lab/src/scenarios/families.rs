//! Other protocols: datagrams, IPv6, SCTP.

use super::{BOTH, KERNEL, Scenario, Stage, cluster};
use crate::guide::{CLIENT, Guide, Plane, VIP, VIP6};
use crate::time::until;
use crate::traffic::{Echo, Transport, Web, ask, datagram, fetch, send};
use crate::witness::{Capture, curl};
use anyhow::{Result, ensure};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

pub(super) const UDP: Scenario =
    Scenario { name: "udp", about: "datagrams, as connections and one by one", planes: BOTH, run: udp };

pub(super) const IPV6: Scenario =
    Scenario { name: "ipv6", about: "the same over IPv6", planes: BOTH, run: ipv6 };

pub(super) const IPV6_DIRECT: Scenario = Scenario {
    name: "ipv6-direct",
    about: "direct routing and tunnels over IPv6 to real servers that the console makes ready",
    planes: KERNEL,
    run: ipv6_direct,
};

pub(super) const SCTP: Scenario =
    Scenario { name: "sctp", about: "SCTP associations", planes: KERNEL, run: sctp };

fn udp(stage: &mut Stage) -> Result<()> {
    let mut echoes = Vec::new();
    for (real, address) in [("real1", "192.168.10.100:5300"), ("real2", "192.168.10.101:5300")] {
        echoes.push(Echo::open(stage.guide.place(real)?, address.parse()?)?);
        // The check of a service of datagrams is a connection, unless a program does it.
        stage.guide.open_web(real, 5300)?;
    }
    let servers = format!("{}{}", cluster::real("real1"), cluster::real("real2"));
    let service = cluster::service("dns", "10.0.0.2", "     port = 5300\n     scheduler = rr", &servers);
    let service = service.replace("protocol = tcp", "protocol = udp");
    stage.guide.set_up(&cluster::file("nat", "", &service), &[])?;
    let to = SocketAddr::new(VIP, 5300);
    let from = IpAddr::V4(CLIENT);
    if stage.guide.plane == Plane::Kernel {
        stage.check("the service is one of datagrams [ipvsadm]", |guide| {
            guide.table("vs1")?.expect("-A -u 10.0.0.2:5300 -s rr")
        })?;
    }
    stage.check("a client's port stays at a real server, ports differ", |guide| {
        let client = guide.client()?;
        let mut servers = BTreeSet::new();
        for port in [20_001, 20_002, 20_003, 20_004] {
            let first = datagram(client, from, port, to)?;
            let again = datagram(client, from, port, to)?;
            ensure!(first == again, "port {port} was answered by {first}, then by {again}");
            servers.insert(first);
        }
        ensure!(servers.len() == 2, "all ports went to {servers:?}");
        Ok(())
    })?;
    stage.check("one-packet scheduling: each datagram goes its own way", |guide| {
        let console = guide.console()?;
        console.edit_service("dns", &[("ops", "on")])?;
        console.apply()?;
        guide.verified()?;
        if guide.plane == Plane::Kernel {
            guide.table("vs1")?.expect("-A -u 10.0.0.2:5300 -s rr -o")?;
        }
        // The kernel keeps nothing of such a datagram, so an answer finds no way back through masquerading (ip_vs_core.c): what
        // counts is who got it.
        let before: Vec<usize> = echoes.iter().map(Echo::received).collect();
        until(|| {
            send(guide.client()?, from, 20_005, to)?;
            let more = echoes.iter().zip(&before).all(|(echo, before)| echo.received() > before + 1);
            ensure!(more, "all datagrams of one port went to one");
            Ok(())
        })
    })
}

fn ipv6(stage: &mut Stage) -> Result<()> {
    stage.guide.set_up(&cluster::nat(&["real1"]), &[])?;
    if stage.guide.plane == Plane::User {
        stage.guide.vs1()?.ip(&format!("addr add {VIP6}/128 dev eth0 nodad\n"))?;
    }
    stage.check("a service with an IPv6 address is added and verified", |guide| {
        add_six(guide, "masquerading")
    })?;
    if stage.guide.plane == Plane::Kernel {
        stage.check("the kernel has it [ipvsadm], the address is on its device [ip]", |guide| {
            until(|| {
                let table = guide.table("vs1")?;
                table.expect("-A -t [fd00:10::2]:80 -s rr")?;
                table.expect("-a -t [fd00:10::2]:80 -r [fd00:192::100]:80 -m -w 1")
            })?;
            let addresses = guide.vs1()?.read(&["ip", "-o", "-6", "addr", "show", "dev", "eth0"])?;
            ensure!(addresses.contains("fd00:10::2/128"), "{addresses}");
            Ok(())
        })?;
    }
    stage.check("both real servers answer", |guide| {
        guide.answered_by(SocketAddr::new(VIP6, 80), &["real1", "real2"])
    })?;
    stage.check("and so they do when others ask [curl]", |guide| {
        let name = curl(guide.client()?, &["-g", "http://[fd00:10::2]/"])?;
        ensure!(name.starts_with("real"), "{name} answered");
        Ok(())
    })
}

/// A service at the IPv6 address with both real servers, reached so.
fn add_six(guide: &mut Guide, forwarding: &str) -> Result<()> {
    let console = guide.console()?;
    let address = VIP6.to_string();
    console.add_service(&[
        ("name", "six"),
        ("address", &address),
        ("ports", "80"),
        ("device", "eth0"),
        ("scheduler", "rr"),
        ("timeout", "1"),
        ("reentry", "2"),
    ])?;
    console.apply()?;
    guide.verified()?;
    let console = guide.console()?;
    for (name, address) in [("real1", "fd00:192::100"), ("real2", "fd00:192::101")] {
        let fields =
            [("server_name", name), ("server_address", address), ("weight", "1"), ("forwarding", forwarding)];
        console.add_server("six", &fields)?;
    }
    console.apply()?;
    guide.verified()
}

fn ipv6_direct(stage: &mut Stage) -> Result<()> {
    let to = SocketAddr::new(VIP6, 80);
    stage.guide.direct_return()?;
    stage.guide.set_up(&cluster::guide("direct", &["real1"]), &[])?;
    stage.check("a service with an IPv6 address and direct routing is verified [ipvsadm]", |guide| {
        add_six(guide, "direct")?;
        guide.table("vs1")?.expect("-a -t [fd00:10::2]:80 -r [fd00:192::100]:80 -g -w 1")
    })?;
    stage.check("real servers that were left alone do not answer", |guide| {
        let answer = fetch(guide.client()?, to);
        ensure!(answer.is_err(), "{answer:?} answered");
        Ok(())
    })?;
    stage.check("enrolled in the role, both answer, past the director [tcpdump]", |guide| {
        guide.enrol_real_server("real1")?;
        guide.enrol_real_server("real2")?;
        guide.answered_by(to, &["real1", "real2"])?;
        let out = Capture::start(guide.vs1()?, "eth0", "ip6 and tcp and port 80")?;
        guide.answered_by(to, &["real1", "real2"])?;
        out.saw(&["> fd00:10::2.80:"])?;
        ensure!(out.count(&["fd00:10::2.80 >"]) == 0, "answers came through the director");
        out.end()
    })?;
    stage.check(
        "the virtual address is on loopback, and the director alone answers for it [ip]",
        |guide| {
            let addresses = guide.place("real1")?.read(&["ip", "-o", "-6", "addr", "show", "dev", "lo"])?;
            ensure!(addresses.contains("fd00:10::2/128"), "{addresses}");
            let mac = guide.vs1()?.mac("eth0")?;
            let client = guide.client()?;
            client.ip("neigh flush dev eth0\n")?;
            fetch(client, to)?;
            let known = client.read(&["ip", "-6", "neigh", "show", "fd00:10::2"])?;
            ensure!(known.contains(&mac), "the client has {known}, the director is {mac}");
            Ok(())
        },
    )?;
    for (method, shown, filter) in
        [("ipip", "-i -w 1", "ip6 proto 41"), ("gre", "-i -w 1 --tun-type gre --tun-nocsum", "ip6 proto 47")]
    {
        stage.check(
            &format!("{method}: both answer, the packets reach them in the tunnel [ipvsadm, tcpdump]"),
            |guide| {
                let console = guide.console()?;
                for real in ["real1", "real2"] {
                    console.edit_server("six", real, &[("forwarding", method)])?;
                }
                console.apply()?;
                guide.verified()?;
                guide
                    .table("vs1")?
                    .expect(&format!("-a -t [fd00:10::2]:80 -r [fd00:192::100]:80 {shown}"))?;
                let wire = Capture::start(guide.place("real1")?, "eth0", filter)?;
                guide.answered_by(to, &["real1", "real2"])?;
                wire.saw(&["fd00:192::"])?;
                let links = guide.place("real1")?.read(&["ip", "-o", "link"])?;
                ensure!(links.contains("lvs-"), "real1 has no tunnel: {links}");
                wire.end()
            },
        )?;
    }
    stage.check("with the cluster stopped, address and tunnels are gone [ip]", |guide| {
        guide.console()?.stop_cluster()?;
        guide.verified()?;
        until(|| {
            let real = guide.place("real1")?;
            let all = real.read(&["ip", "-o", "-6", "addr"])?;
            let links = real.read(&["ip", "-o", "link"])?;
            ensure!(!all.contains("fd00:10::2/") && !links.contains("lvs-"), "{all}{links}");
            Ok(())
        })
    })
}

fn sctp(stage: &mut Stage) -> Result<()> {
    let mut servers = Vec::new();
    for real in ["real1", "real2"] {
        servers.push(Web::over(stage.guide.place(real)?, Transport::Sctp, 3868)?);
        // What the check connects to.
        stage.guide.open_web(real, 3868)?;
    }
    stage.guide.set_up(&cluster::nat(&["real1"]), &[])?;
    stage.check("a service of SCTP is added and verified", |guide| {
        let console = guide.console()?;
        console.add_service(&[
            ("name", "diameter"),
            ("protocol", "sctp"),
            ("address", "10.0.0.2"),
            ("ports", "3868"),
            ("device", "eth0"),
            ("scheduler", "rr"),
            ("timeout", "1"),
            ("reentry", "2"),
        ])?;
        console.apply()?;
        guide.verified()?;
        let console = guide.console()?;
        for (name, address) in [("real1", "192.168.10.100"), ("real2", "192.168.10.101")] {
            let fields = [("server_name", name), ("server_address", address), ("weight", "1")];
            console.add_server("diameter", &fields)?;
        }
        console.apply()?;
        guide.verified()
    })?;
    stage.check("the kernel has it [ipvsadm]", |guide| {
        until(|| {
            let table = guide.table("vs1")?;
            table.expect("-A --sctp-service 10.0.0.2:3868 -s rr")?;
            table.expect("-a --sctp-service 10.0.0.2:3868 -r 192.168.10.101:3868 -m -w 1")
        })
    })?;
    stage.check("both real servers answer associations", |guide| {
        let client = guide.client()?;
        let to = SocketAddr::new(VIP, 3868);
        let names: BTreeSet<String> =
            (0..4).map(|_| client.within(|| ask(Transport::Sctp, None, to))).collect::<Result<_>>()?;
        ensure!(names.len() == 2, "{names:?} answered");
        Ok(())
    })
}
