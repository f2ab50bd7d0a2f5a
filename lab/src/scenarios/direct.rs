//! Direct routing with real servers that were made ready by hand, as people did it before: the virtual address on loopback, and
//! no ARP for it.

use super::{KERNEL, Scenario, Stage, cluster};
use crate::guide::{Guide, WEB};
use crate::traffic::count;
use crate::witness::{Capture, curl};
use anyhow::{Context as _, Result, ensure};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "direct",
    about: "direct routing: answers go straight to the client",
    planes: KERNEL,
    run,
};

fn run(stage: &mut Stage) -> Result<()> {
    stage.guide.direct_return()?;
    for real in ["real1", "real2"] {
        ready(&stage.guide, real)?;
    }
    stage.check("the cluster of an lvs.cf reaches the director, which verifies it", |guide| {
        guide.set_up(&cluster::guide("direct", &["real1", "real2"]), &[])
    })?;
    stage.check("the kernel forwards by direct routing [ipvsadm]", |guide| {
        guide.table("vs1")?.is(&[
            "-A -t 10.0.0.2:80 -s rr",
            "-a -t 10.0.0.2:80 -r 192.168.10.100:80 -g -w 1",
            "-a -t 10.0.0.2:80 -r 192.168.10.101:80 -g -w 1",
        ])
    })?;
    stage.check("the director alone answers ARP for the virtual address [ip neigh]", |guide| {
        let client = guide.client()?;
        curl(client, &["http://10.0.0.2/"])?;
        let known = client.read(&["ip", "neigh", "show", "10.0.0.2"])?;
        let own = guide.vs1()?.read(&["ip", "-o", "link", "show", "eth0"])?;
        let mac =
            own.split("link/ether ").nth(1).and_then(|rest| rest.split(' ').next()).context("no address")?;
        ensure!(known.contains(mac), "the client has {known}, the director is {mac}");
        Ok(())
    })?;
    stage.check("both real servers answer, past the director [tcpdump]", |guide| {
        let out = Capture::start(guide.vs1()?, "eth0", "tcp and port 80")?;
        let counts = count(guide.client()?, WEB, 8)?;
        ensure!(counts.len() == 2, "answers came from {counts:?}");
        out.saw(&["> 10.0.0.2.80:"])?;
        ensure!(out.count(&["10.0.0.2.80 >"]) == 0, "answers came through the director");
        out.end()
    })
}

/// What an administrator did by hand on each real server.
pub(super) fn ready(guide: &Guide, real: &str) -> Result<()> {
    let place = guide.place(real)?;
    place.set_sysctl("net/ipv4/conf/all/arp_ignore", "1")?;
    place.set_sysctl("net/ipv4/conf/all/arp_announce", "2")?;
    place.ip("addr add 10.0.0.2/32 dev lo\n")
}
