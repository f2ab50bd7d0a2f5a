//! The agent on real servers: what people did by hand for direct routing, done from the console.

use super::{KERNEL, Scenario, Stage, cluster};
use crate::guide::{Guide, WEB};
use crate::time::until;
use crate::traffic::fetch;
use anyhow::{Result, ensure};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "real-server",
    about: "the real-server role makes direct routing work where it did not",
    planes: KERNEL,
    run,
};

fn run(stage: &mut Stage) -> Result<()> {
    stage.guide.direct_return()?;
    let before = sysctls(&stage.guide)?;
    stage.guide.set_up(&cluster::guide("direct", &["real1", "real2"]), &[])?;
    stage.check("real servers that were left alone do not answer", |guide| {
        let answer = fetch(guide.client()?, WEB);
        ensure!(answer.is_err(), "{answer:?} answered");
        Ok(())
    })?;
    stage.check("enrolled in the role, both answer", |guide| {
        guide.enrol_real_server("real1")?;
        guide.enrol_real_server("real2")?;
        guide.answered_by(WEB, &["real1", "real2"])
    })?;
    stage.check("the virtual address is on loopback and kept from ARP [ip, sysctl]", |guide| {
        let addresses = guide.place("real1")?.read(&["ip", "-o", "-4", "addr", "show", "dev", "lo"])?;
        ensure!(addresses.contains("10.0.0.2/32"), "{addresses}");
        let [ignore, announce] = sysctls(guide)?;
        ensure!(ignore == "1" && announce == "2", "arp_ignore is {ignore}, arp_announce {announce}");
        Ok(())
    })?;
    stage.check("the director alone answers ARP for it [ip neigh]", |guide| {
        let mac = guide.vs1()?.mac("eth0")?;
        let client = guide.client()?;
        for _ in 0..5 {
            client.ip("neigh flush dev eth0\n")?;
            fetch(client, WEB)?;
            let known = client.read(&["ip", "neigh", "show", "10.0.0.2"])?;
            ensure!(known.contains(&mac), "the client has {known}, the director is {mac}");
        }
        Ok(())
    })?;
    stage.check("an agent that ends leaves the real server as it serves", |guide| {
        guide.agent("real1")?.end()?;
        guide.answered_by(WEB, &["real1", "real2"])?;
        guide.start_agent("real1", None)
    })?;
    stage.check("with the cluster stopped, the real servers are as they were [ip, sysctl]", |guide| {
        guide.console()?.stop_cluster()?;
        guide.verified()?;
        until(|| {
            let addresses = guide.place("real1")?.read(&["ip", "-o", "-4", "addr", "show", "dev", "lo"])?;
            ensure!(!addresses.contains("10.0.0.2"), "{addresses}");
            let now = sysctls(guide)?;
            ensure!(now == before, "arp_ignore and arp_announce are {now:?}, they were {before:?}");
            Ok(())
        })
    })
}

/// `arp_ignore` and `arp_announce` of all of real1's devices.
fn sysctls(guide: &Guide) -> Result<[String; 2]> {
    let real = guide.place("real1")?;
    Ok([real.sysctl("net/ipv4/conf/all/arp_ignore")?, real.sysctl("net/ipv4/conf/all/arp_announce")?])
}
