//! Real servers that use the virtual address of the service that they serve.

use super::{KERNEL, Scenario, Stage, cluster};
use crate::guide::{Guide, WEB};
use crate::traffic::fetch;
use crate::witness::Capture;
use anyhow::{Result, ensure};
use std::collections::BTreeSet;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "own-clients",
    about: "real servers behind masquerading are clients of their own virtual address",
    planes: KERNEL,
    run,
};

fn run(stage: &mut Stage) -> Result<()> {
    stage.guide.set_up(&cluster::nat(&["real1", "real2"]), &[])?;
    let tracking = stage.guide.vs1()?.sysctl("net/ipv4/vs/conntrack")?;
    stage.check("left alone, real1 gets no answer from real2: it comes past the director", |guide| {
        let all: Vec<_> = (0..2).map(|_| fetch(guide.place("real1")?, WEB)).collect();
        ensure!(all.iter().any(Result::is_err), "{all:?} answered");
        Ok(())
    })?;
    stage.check("told that real servers are clients, both answer real1, itself among them", |guide| {
        set(guide, "on")?;
        let names: BTreeSet<_> = (0..4).map(|_| fetch(guide.place("real1")?, WEB)).collect::<Result<_>>()?;
        ensure!(names.len() == 2, "{names:?} answered");
        Ok(())
    })?;
    stage.check("real2 sees the director as the client [tcpdump]", |guide| {
        let seen = Capture::start(guide.place("real2")?, "eth0", "tcp dst port 80")?;
        for _ in 0..2 {
            fetch(guide.place("real1")?, WEB)?;
        }
        seen.saw(&["192.168.10."])?;
        ensure!(seen.count(&["192.168.10.100."]) == 0, "real2 saw real1's own address");
        seen.end()
    })?;
    stage.check("clients elsewhere keep their own address, and are served as before [tcpdump]", |guide| {
        let seen = Capture::start(guide.place("real2")?, "eth0", "tcp dst port 80")?;
        guide.answered_by(WEB, &["real1", "real2"])?;
        seen.saw(&["10.0.0.100."]).map(drop)?;
        seen.end()
    })?;
    stage.check(
        "told otherwise, the director tracks no more connections than before [sysctl, nft]",
        |guide| {
            set(guide, "")?;
            let now = guide.vs1()?.sysctl("net/ipv4/vs/conntrack")?;
            ensure!(now == tracking, "net.ipv4.vs.conntrack is {now}, it was {tracking}");
            let rules = guide.vs1()?.read(&["nft", "list", "ruleset"])?;
            ensure!(!rules.contains("ct original"), "{rules}");
            guide.answered_by(WEB, &["real1", "real2"])
        },
    )
}

fn set(guide: &mut Guide, own_clients: &str) -> Result<()> {
    let console = guide.console()?;
    let path = format!("{}/settings", console.cluster_path());
    console.fill_in(&path, "own_clients", &[("own_clients", own_clients)])?;
    console.apply()?;
    guide.verified()
}
