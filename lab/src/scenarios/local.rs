//! A director that is a real server itself, alone and beside others by other methods.

use super::{KERNEL, Scenario, Stage, cluster, direct};
use crate::guide::WEB;
use crate::time::until;
use anyhow::Result;

pub(super) const LOCAL: Scenario =
    Scenario { name: "local", about: "the director itself as a real server", planes: KERNEL, run: local };

pub(super) const MIXED: Scenario = Scenario {
    name: "mixed",
    about: "masquerading, direct routing and the director itself in one service",
    planes: KERNEL,
    run: mixed,
};

const VS1: &[(&str, &str)] =
    &[("server_name", "vs1"), ("server_address", "192.168.10.1"), ("weight", "1"), ("forwarding", "local")];

fn local(stage: &mut Stage) -> Result<()> {
    stage.guide.open_web("vs1", 80)?;
    stage.guide.set_up(&cluster::nat(&["real1"]), &[])?;
    stage.check("the director takes part, and answers itself", |guide| {
        let console = guide.console()?;
        console.add_server("web", VS1)?;
        console.apply()?;
        guide.verified()?;
        guide.answered_by(WEB, &["real1", "vs1"])
    })
}

fn mixed(stage: &mut Stage) -> Result<()> {
    let guide = &mut stage.guide;
    guide.open_web("vs1", 80)?;
    // real2 answers clients directly.
    guide.place("real2")?.ip("link set eth1 up\n")?;
    direct::ready(guide, "real2")?;
    guide.set_up(&cluster::nat(&["real1", "real2"]), &[])?;
    stage.check("each real server has its own method [ipvsadm]", |guide| {
        let console = guide.console()?;
        console.edit_server("web", "real2", &[("forwarding", "direct")])?;
        console.add_server("web", VS1)?;
        console.apply()?;
        guide.verified()?;
        // What is new takes part once its check has found it well.
        until(|| {
            let table = guide.table("vs1")?;
            table.expect("-r 192.168.10.100:80 -m -w 1")?;
            table.expect("-r 192.168.10.101:80 -g -w 1")?;
            table.expect("-r 192.168.10.1:80")
        })
    })?;
    stage.check("all three answer", |guide| guide.answered_by(WEB, &["real1", "real2", "vs1"]))
}
