//! Which ports a service takes, changed under load.

use super::{KERNEL, Scenario, Stage, cluster};
use crate::guide::{Guide, VIP, WEB};
use crate::traffic::{Load, fetch};
use anyhow::{Result, ensure};
use std::net::SocketAddr;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "ports",
    about: "the ports of a service with several change under load without one failed request",
    planes: KERNEL,
    run,
};

/// The first of the agent's own firewall marks, as `ipvsadm` writes it.
const OWN: &str = "-A -f 1095892992 -s rr";

/// Each has port 80, which is under load, and most of them have 81. One has another lowest port, so that its checks begin anew.
const EDITS: &[&str] = &["80-82", "80, 8080", "79-80, 443, 8080", "80, 81, 10000-20000", "80, 81"];

fn run(stage: &mut Stage) -> Result<()> {
    for real in ["real1", "real2"] {
        // Checks ask the lowest port of a service: where nobody listens there, nobody serves.
        for port in [79, 81] {
            stage.guide.open_web(real, port)?;
        }
    }
    stage.guide.set_up(&cluster::nat(&["real1", "real2"]), &[])?;
    stage.check(
        "a second port: the kernel knows the service by a mark of the agent's [ipvsadm]",
        |guide| {
            change(guide, "80, 81")?;
            fetch(guide.client()?, SocketAddr::new(VIP, 81)).map(drop)
        },
    )?;
    let load = Load::start(stage.guide.client()?, WEB)?;
    for ports in EDITS {
        stage.check(&format!("ports={ports}, in place [ipvsadm]"), |guide| {
            change(guide, ports)?;
            load.more(20)
        })?;
    }
    stage.check("not one request failed", |_| load.end().map(drop))?;
    stage.check("a port that was taken away is closed, one that came is open", |guide| {
        change(guide, "80, 8080")?;
        let client = guide.client()?;
        fetch(client, WEB)?;
        let answer = fetch(client, SocketAddr::new(VIP, 81));
        ensure!(answer.is_err(), "{answer:?} answered at port 81");
        Ok(())
    })?;
    stage.check(
        "with one port it needs no mark: the kernel and the rules have none [ipvsadm, nft]",
        |guide| {
            apply(guide, "80")?;
            guide.table("vs1")?.expect("-A -t 10.0.0.2:80 -s rr")?;
            guide.table("vs1")?.refuse(OWN)?;
            let rules = guide.vs1()?.read(&["nft", "list", "ruleset"])?;
            ensure!(!rules.contains("mark set"), "{rules}");
            fetch(guide.client()?, WEB).map(drop)
        },
    )?;
    stage.check("the mark is free again: with two ports it is the same one [ipvsadm]", |guide| {
        change(guide, "80, 443")?;
        fetch(guide.client()?, WEB).map(drop)
    })
}

/// Takes these ports from here on, with the mark that it has.
fn change(guide: &mut Guide, ports: &str) -> Result<()> {
    apply(guide, ports)?;
    guide.table("vs1")?.is(&[
        OWN,
        "-a -f 1095892992 -r 192.168.10.100:0 -m -w 1",
        "-a -f 1095892992 -r 192.168.10.101:0 -m -w 1",
    ])
}

fn apply(guide: &mut Guide, ports: &str) -> Result<()> {
    let console = guide.console()?;
    console.edit_service("web", &[("ports", ports)])?;
    console.apply()?;
    guide.verified()
}
