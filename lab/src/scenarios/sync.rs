//! The kernel's synchronisation of connections, from the director in charge to the other.

use super::{KERNEL, Scenario, Stage, cluster, drain};
use crate::guide::CLIENT;
use crate::time::until;
use crate::witness::connections;
use anyhow::{Result, ensure};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "sync",
    about: "the sync daemon carries connections to the second director",
    planes: KERNEL,
    run,
};

fn run(stage: &mut Stage) -> Result<()> {
    let globals = "syncdaemon = 1\nsyncd_iface = eth1\nsyncd_id = 7";
    let servers = format!("{}{}", cluster::real("real1"), cluster::real("real2"));
    let web = cluster::service("web", "10.0.0.2", "     port = 80\n     scheduler = rr", &servers);
    let file = cluster::file("nat", globals, &web).replace("backup_active = 0", "backup_active = 1");
    stage.check("two directors verify the cluster", |guide| guide.set_up(&file, &["vsbak"]))?;
    stage.check("one sends, the other receives [ipvsadm]", |guide| {
        let vs1 = guide.vs1()?.read(&["ipvsadm", "-L", "--daemon"])?;
        ensure!(
            vs1.contains("master sync daemon") && vs1.contains("mcast=eth1") && vs1.contains("syncid=7"),
            "vs1: {vs1}"
        );
        let vsbak = guide.place("vsbak")?.read(&["ipvsadm", "-L", "--daemon"])?;
        ensure!(vsbak.contains("backup sync daemon") && vsbak.contains("syncid=7"), "vsbak: {vsbak}");
        Ok(())
    })?;
    stage.check("group, port, hops and message length are as in the form [ipvsadm]", |guide| {
        let console = guide.console()?;
        console.edit_redundancy(&[
            ("syncd_group", "224.0.0.99"),
            ("syncd_port", "8900"),
            ("syncd_ttl", "3"),
            ("syncd_maxlen", "1200"),
        ])?;
        console.apply()?;
        guide.verified()?;
        for name in ["vs1", "vsbak"] {
            let daemon = guide.place(name)?.read(&["ipvsadm", "-L", "--daemon"])?;
            for part in ["maxlen=1200", "group=224.0.0.99", "port=8900", "ttl=3"] {
                ensure!(daemon.contains(part), "{name} has no {part}: {daemon}");
            }
        }
        Ok(())
    })?;
    stage.check("both have the same table, one the virtual address [ipvsadm, ip]", |guide| {
        let (vs1, vsbak) = (guide.table("vs1")?, guide.table("vsbak")?);
        ensure!(vs1 == vsbak, "vs1 has\n{}\nvsbak has\n{}", vs1.text(), vsbak.text());
        let addresses = guide.place("vsbak")?.read(&["ip", "-o", "-4", "addr"])?;
        ensure!(!addresses.contains("10.0.0.2/32"), "the second has the virtual address too:\n{addresses}");
        Ok(())
    })?;
    let mut held = drain::hold_at(&stage.guide, "real2")?;
    stage.check("a connection is known to the second director [ipvsadm]", |guide| {
        let vsbak = guide.place("vsbak")?;
        until(|| {
            // The kernel tells the other of a connection once it has had a few packets (sysctl sync_threshold).
            held.ask()?;
            let known = connections(vsbak, &["ESTABLISHED", &format!("{CLIENT}:"), "192.168.10.101:80"])?;
            ensure!(!known.is_empty(), "vsbak knows of none");
            Ok(())
        })
    })?;
    stage.check("the addresses move: the connection goes on through the second director", |guide| {
        guide.agent("vs1")?.kill()?;
        guide.vs1()?.ip("link set eth0 down\nlink set eth1 down\n")?;
        let vsbak = guide.place("vsbak")?;
        vsbak.set_sysctl("net/ipv4/ip_forward", "1")?;
        vsbak.ip("addr add 10.0.0.2/32 dev eth0\naddr add 192.168.10.254/24 dev eth1\n")?;
        // What a fail-over announces; here nobody does yet.
        guide.client()?.ip("neigh flush dev eth0\n")?;
        guide.place("real2")?.ip("neigh flush dev eth0\n")?;
        until(|| {
            let name = held.ask()?;
            ensure!(name == "real2", "{name} answered");
            Ok(())
        })
    })
}
