//! Persistence: a client stays at its real server, on one port and across ports.

use super::{BOTH, Scenario, Stage, cluster};
use crate::guide::{CLIENT, Guide, Plane, VIP, WEB};
use crate::traffic::fetch_from;
use crate::witness::connections;
use anyhow::{Result, ensure};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "persistence",
    about: "a client stays at its real server, on one port and across ports",
    planes: BOTH,
    run,
};

fn run(stage: &mut Stage) -> Result<()> {
    for real in ["real1", "real2"] {
        stage.guide.open_web(real, 81)?;
    }
    let servers = format!("{}{}", cluster::real("real1"), cluster::real("real2"));
    let lines = "     port = 80\n     scheduler = rr\n     persistent = 300";
    stage
        .guide
        .set_up(&cluster::file("nat", "", &cluster::service("web", "10.0.0.2", lines, &servers)), &[])?;
    let kernel = stage.guide.plane == Plane::Kernel;
    if kernel {
        stage.check("the service is persistent [ipvsadm]", |guide| {
            guide.table("vs1")?.expect("-A -t 10.0.0.2:80 -s rr -p 300")
        })?;
    }
    stage.check("one port: each client stays, clients differ", |guide| {
        let servers: BTreeSet<String> =
            (0..4).map(|client| stays(guide, client, &[WEB])).collect::<Result<_>>()?;
        ensure!(servers.len() == 2, "all clients went to {servers:?}");
        Ok(())
    })?;
    if kernel {
        stage.check("each client has a template in the kernel [ipvsadm]", |guide| {
            let templates = connections(guide.vs1()?, &["10.0.0.2:80"])?;
            // A template has no client's port.
            let count = templates.iter().filter(|line| line.contains(":0 ")).count();
            ensure!(count == 4, "there are {count} templates:\n{}", templates.join("\n"));
            Ok(())
        })?;
    }
    stage.check("two ports are one service, a client stays across both", |guide| {
        let console = guide.console()?;
        console.edit_service("web", &[("ports", "80, 81"), ("persistent", "300")])?;
        console.apply()?;
        guide.verified()?;
        let both = [WEB, SocketAddr::new(VIP, 81)];
        let servers: BTreeSet<String> =
            (0..4).map(|client| stays(guide, client, &both)).collect::<Result<_>>()?;
        ensure!(servers.len() == 2, "all clients went to {servers:?}");
        Ok(())
    })
}

/// The one real server that answers this client at all of these.
fn stays(guide: &Guide, client: u8, services: &[SocketAddr]) -> Result<String> {
    let [a, b, c, d] = CLIENT.octets();
    let source = IpAddr::V4(Ipv4Addr::new(a, b, c, d + client));
    let mut names = BTreeSet::new();
    for _ in 0..3 {
        for service in services {
            names.insert(fetch_from(guide.client()?, source, *service)?);
        }
    }
    ensure!(names.len() == 1, "{source} was answered by {names:?}");
    Ok(names.into_iter().next().unwrap_or_default())
}
