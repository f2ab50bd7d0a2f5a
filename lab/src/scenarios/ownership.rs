//! What is not ours stays, and what is ours goes when it is told to.

use super::{KERNEL, Scenario, Stage, cluster};
use crate::guide::{Guide, WEB};
use crate::time::until;
use crate::traffic::{Held, Transport, fetch};
use anyhow::{Result, ensure};

pub(super) const FOREIGN: Scenario = Scenario {
    name: "foreign",
    about: "services, addresses and rules of others survive everything",
    planes: KERNEL,
    run: foreign,
};

pub(super) const STOP: Scenario = Scenario {
    name: "stop",
    about: "stopping from the dashboard removes what is ours alone",
    planes: KERNEL,
    run: stop,
};

pub(super) const ADOPT: Scenario = Scenario {
    name: "adopt",
    about: "what others made is adopted or removed from the console",
    planes: KERNEL,
    run: adopt,
};

pub(super) const LEAVE: Scenario = Scenario {
    name: "leave",
    about: "an agent that leaves takes what is its own, and gives sysctls their former values",
    planes: KERNEL,
    run: leave,
};

/// What somebody else had before the agent came.
const SERVICE: &[&str] =
    &["-A -t 10.9.9.9:99 -s sed -p 77", "-a -t 10.9.9.9:99 -r 192.168.10.100:99 -g -w 5"];

fn make_foreign(guide: &Guide) -> Result<()> {
    let vs1 = guide.vs1()?;
    vs1.ip("addr add 10.0.0.77/32 dev eth0\n")?;
    vs1.feed(&["ipvsadm", "-R"], &format!("{}\n", SERVICE.join("\n")))?;
    vs1.feed(
        &["nft", "-f", "-"],
        "table inet theirs { chain c { type filter hook input priority 0; tcp dport 9 drop; }; }\n",
    )
    .map(drop)
}

fn is_there(guide: &Guide) -> Result<()> {
    let table = guide.table("vs1")?;
    for line in SERVICE {
        table.expect(line)?;
    }
    let vs1 = guide.vs1()?;
    let addresses = vs1.read(&["ip", "-o", "-4", "addr", "show", "dev", "eth0"])?;
    ensure!(addresses.contains("10.0.0.77/32"), "{addresses}");
    let rules = vs1.read(&["nft", "list", "ruleset"])?;
    ensure!(rules.contains("table inet theirs") && rules.contains("dport 9 drop"), "{rules}");
    Ok(())
}

/// Nothing of ours, all of theirs.
fn only_theirs(guide: &Guide) -> Result<()> {
    let addresses = guide.vs1()?.read(&["ip", "-o", "-4", "addr"])?;
    ensure!(!addresses.contains("10.0.0.2/") && !addresses.contains("192.168.10.254/"), "{addresses}");
    let rules = guide.vs1()?.read(&["nft", "list", "ruleset"])?;
    let tables = rules.lines().filter(|line| line.starts_with("table ")).count();
    ensure!(tables == 1, "{rules}");
    is_there(guide)
}

fn foreign(stage: &mut Stage) -> Result<()> {
    make_foreign(&stage.guide)?;
    stage.guide.set_up(&cluster::nat(&["real1", "real2"]), &[])?;
    stage.check("an apply leaves it [ipvsadm, ip, nft]", |guide| {
        guide.answered_by(WEB, &["real1", "real2"])?;
        is_there(guide)
    })?;
    stage.check("a change and a removal of ours leave it", |guide| {
        let console = guide.console()?;
        console.edit_service("web", &[("scheduler", "wlc")])?;
        console.delete_server("web", "real2")?;
        console.apply()?;
        guide.verified()?;
        guide.table("vs1")?.refuse("-r 192.168.10.101:80")?;
        is_there(guide)
    })?;
    stage.check("an agent that is killed and comes back leaves it", |guide| {
        guide.agent("vs1")?.kill()?;
        guide.start_agent("vs1", None)?;
        guide.verified()?;
        is_there(guide)
    })?;
    stage.check("an agent that is ended and comes back leaves it", |guide| {
        guide.agent("vs1")?.end()?;
        guide.table("vs1")?.expect("-A -t 10.0.0.2:80 -s wlc")?;
        guide.start_agent("vs1", None)?;
        guide.verified()?;
        is_there(guide)
    })
}

fn stop(stage: &mut Stage) -> Result<()> {
    make_foreign(&stage.guide)?;
    stage.guide.set_up(&cluster::nat(&["real1", "real2"]), &[])?;
    stage.check("the cluster serves", |guide| guide.answered_by(WEB, &["real1", "real2"]))?;
    stage.check("stopped: the kernel has what is others' alone [ipvsadm]", |guide| {
        guide.console()?.stop_cluster()?;
        guide.verified()?;
        guide.table("vs1")?.is(SERVICE)
    })?;
    stage
        .check("our addresses and rules are gone, others' are there [ip, nft]", |guide| only_theirs(guide))?;
    stage.check("nobody answers any more", |guide| {
        let answer = fetch(guide.client()?, WEB);
        ensure!(answer.is_err(), "{answer:?} answered");
        Ok(())
    })?;
    stage.check("started again, it serves again", |guide| {
        guide.console()?.start_cluster()?;
        guide.verified()?;
        guide.answered_by(WEB, &["real1", "real2"])?;
        until(|| is_there(guide))
    })
}

fn adopt(stage: &mut Stage) -> Result<()> {
    make_foreign(&stage.guide)?;
    let theirs = "-A -t 10.0.0.2:8080 -s wlc\n-a -t 10.0.0.2:8080 -r 192.168.10.100:80 -m -w 4\n";
    stage.guide.vs1()?.feed(&["ipvsadm", "-R"], theirs)?;
    stage.guide.set_up(&cluster::nat(&["real1", "real2"]), &[])?;
    stage.check("one is removed from the console, the other stays [ipvsadm]", |guide| {
        let console = guide.console()?;
        until(|| console.decide(1, "10.9.9.9:99", "remove"))?;
        until(|| guide.table("vs1")?.refuse("-A -t 10.9.9.9:99"))?;
        guide.table("vs1")?.expect("-a -t 10.0.0.2:8080 -r 192.168.10.100:80 -m -w 4")
    })?;
    let service = "10.0.0.2:8080".parse()?;
    let mut held = Held::open(stage.guide.client()?, Transport::Tcp, None, service)?;
    held.ask()?;
    stage.check("the other is adopted, and keeps its connections", |guide| {
        let console = guide.console()?;
        until(|| console.decide(1, "10.0.0.2:8080", "adopt"))?;
        console.apply()?;
        guide.verified()?;
        ensure!(held.ask()? == "real1", "another answered");
        until(|| guide.table("vs1")?.expect("-a -t 10.0.0.2:8080 -r 192.168.10.100:80 -m -w 4"))
    })?;
    stage.check("it is ours now: stopping the cluster removes it [ipvsadm]", |guide| {
        guide.console()?.stop_cluster()?;
        guide.verified()?;
        guide.table("vs1")?.is(&[])
    })
}

fn leave(stage: &mut Stage) -> Result<()> {
    make_foreign(&stage.guide)?;
    let before = settings(&stage.guide)?;
    stage.guide.set_up(&cluster::nat(&["real1", "real2"]), &[])?;
    stage.check("the cluster serves, with settings changed [sysctl]", |guide| {
        guide.answered_by(WEB, &["real1", "real2"])?;
        let now = settings(guide)?;
        ensure!(now != before, "nothing of {before:?} was changed");
        Ok(())
    })?;
    stage.check(
        "left: others' things alone are there, settings are as they were [ipvsadm, ip, nft, sysctl]",
        |guide| {
            guide.leave("vs1")?;
            guide.table("vs1")?.is(SERVICE)?;
            only_theirs(guide)?;
            let now = settings(guide)?;
            ensure!(now == before, "they are {now:?}, they were {before:?}");
            Ok(())
        },
    )?;
    stage.check("started again, the agent makes all of it anew", |guide| {
        guide.start_agent("vs1", None)?;
        guide.verified()?;
        guide.answered_by(WEB, &["real1", "real2"])
    })
}

/// What masquerading needs to be set.
fn settings(guide: &Guide) -> Result<[String; 2]> {
    let vs1 = guide.vs1()?;
    Ok([vs1.sysctl("net/ipv4/ip_forward")?, vs1.sysctl("net/ipv4/vs/conntrack")?])
}
