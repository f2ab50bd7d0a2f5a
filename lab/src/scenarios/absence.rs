//! Agents and consoles that go away.

use super::{BOTH, KERNEL, Scenario, Stage, cluster};
use crate::guide::{Plane, WEB};
use crate::time::pause;
use crate::traffic::Load;
use crate::witness::Netlink;
use anyhow::{Result, ensure};

pub(super) const KILLED: Scenario = Scenario {
    name: "killed",
    about: "an agent is killed and restarted under load: no failed request, no needless write",
    planes: KERNEL,
    run: killed,
};

pub(super) const ALONE: Scenario = Scenario {
    name: "alone",
    about: "a director restarts while the console is away, from its last good state",
    planes: BOTH,
    run: alone,
};

fn killed(stage: &mut Stage) -> Result<()> {
    stage.guide.set_up(&cluster::nat(&["real1", "real2"]), &[])?;
    stage.guide.answered_by(WEB, &["real1", "real2"])?;
    let load = Load::start(stage.guide.client()?, WEB)?;
    let wire = Netlink::start(stage.guide.vs1()?)?;
    stage.check("killed with -9, the kernel goes on", |guide| {
        guide.agent("vs1")?.kill()?;
        load.more(60)?;
        guide.table("vs1")?.expect("-A -t 10.0.0.2:80 -s rr")
    })?;
    stage.check("restarted, it verifies what it finds", |guide| {
        guide.start_agent("vs1", None)?;
        guide.verified()?;
        load.more(60)
    })?;
    stage.check("not one request failed", |_| load.end().map(drop))?;
    stage.check("it read, and wrote nothing: all was as it should be [nlmon]", |_| {
        let seen = wire.end()?;
        ensure!(seen.reads > 0, "no request to IPVS was seen at all");
        ensure!(seen.writes.is_empty(), "these were written: {:?}", seen.writes);
        Ok(())
    })
}

fn alone(stage: &mut Stage) -> Result<()> {
    stage.guide.set_up(&cluster::nat(&["real1", "real2"]), &[])?;
    stage.check("the cluster serves", |guide| guide.answered_by(WEB, &["real1", "real2"]))?;
    stage.check("without its console it serves", |guide| {
        guide.console()?.end()?;
        guide.answered_by(WEB, &["real1", "real2"])
    })?;
    stage.check("the director restarts, empty, and serves from its last good state", |guide| {
        guide.agent("vs1")?.kill()?;
        if guide.plane == Plane::Kernel {
            // What a restart of the machine leaves: nothing.
            let vs1 = guide.vs1()?;
            vs1.read(&["ipvsadm", "-C"])?;
            vs1.read(&["nft", "flush", "ruleset"])?;
            vs1.ip("addr del 10.0.0.2/32 dev eth0\naddr del 192.168.10.254/24 dev eth1\n")?;
            vs1.set_sysctl("net/ipv4/ip_forward", "0")?;
        }
        guide.start_agent("vs1", None)?;
        guide.answered_by(WEB, &["real1", "real2"])
    })?;
    stage.check("a real server that dies meanwhile is noticed without the console", |guide| {
        guide.close_web("real2", 80);
        // Until it is noticed, requests fail or not; from then on real1 alone answers.
        pause(200);
        guide.answered_by(WEB, &["real1"])
    })?;
    stage.check("the console returns and finds all as it is", |guide| {
        guide.console()?.start()?;
        guide.verified()?;
        guide.shown("real1", "serving")?;
        guide.shown("real2", "failing")
    })
}
