//! Real servers that take no more: thresholds, and weight 0.

use super::{BOTH, Scenario, Stage, cluster};
use crate::guide::{Guide, Plane, WEB};
use crate::time::until;
use crate::traffic::{Held, Transport, count, fetch};
use anyhow::{Context as _, Result, ensure};

pub(super) const DRAIN: Scenario = Scenario {
    name: "drain",
    about: "weight 0: what is established goes on, what is new goes elsewhere",
    planes: BOTH,
    run: drain,
};

pub(super) const THRESHOLDS: Scenario = Scenario {
    name: "thresholds",
    about: "a real server takes connections up to its upper threshold, and again from the lower",
    planes: BOTH,
    run: thresholds,
};

fn drain(stage: &mut Stage) -> Result<()> {
    stage.guide.set_up(&cluster::nat(&["real1", "real2"]), &[])?;
    let mut held = hold_at(&stage.guide, "real1")?;
    stage.check("real1 gets weight 0, in place", |guide| {
        weigh(guide, "0")?;
        if guide.plane == Plane::Kernel {
            guide.table("vs1")?.expect("-r 192.168.10.100:80 -m -w 0")?;
        }
        Ok(())
    })?;
    stage.check("the established connection goes on", |_| {
        for _ in 0..3 {
            let name = held.ask()?;
            ensure!(name == "real1", "{name} answered");
        }
        Ok(())
    })?;
    stage.check("new ones go elsewhere", |guide| {
        let counts = count(guide.client()?, WEB, 8)?;
        ensure!(counts.len() == 1 && counts.contains_key("real2"), "{counts:?} answered");
        Ok(())
    })?;
    stage.check("with its weight back it takes part again, and the old connection still goes on", |guide| {
        weigh(guide, "1")?;
        guide.answered_by(WEB, &["real1", "real2"])?;
        ensure!(held.ask()? == "real1", "another answered");
        Ok(())
    })
}

fn weigh(guide: &mut Guide, weight: &str) -> Result<()> {
    let console = guide.console()?;
    console.edit_server("web", "real1", &[("weight", weight)])?;
    console.apply()?;
    guide.verified()
}

/// A connection that this real server holds.
pub(super) fn hold_at(guide: &Guide, server: &str) -> Result<Held> {
    for _ in 0..8 {
        let mut held = Held::open(guide.client()?, Transport::Tcp, None, WEB)?;
        if held.ask()? == server {
            return Ok(held);
        }
    }
    Err(anyhow::anyhow!("{server} never answered"))
}

/// An error unless the kernel has these thresholds for a real server, 0 for none. `ipvsadm -S` leaves them out.
pub(super) fn expect_thresholds(guide: &Guide, server: &str, upper: &str, lower: &str) -> Result<()> {
    let text = guide.vs1()?.read(&["ipvsadm", "-Ln", "--thresholds"])?;
    let line = text.lines().find(|line| line.contains(server)).context("it is not in the table")?;
    let words: Vec<&str> = line.split_whitespace().collect();
    ensure!(words.get(2..4) == Some(&[upper, lower]), "{line}");
    Ok(())
}

fn thresholds(stage: &mut Stage) -> Result<()> {
    stage.guide.set_up(&cluster::nat(&["real1", "real2"]), &[])?;
    stage.check("real1 gets thresholds, in place", |guide| {
        let console = guide.console()?;
        console.edit_server("web", "real1", &[("upper_threshold", "3"), ("lower_threshold", "2")])?;
        console.apply()?;
        guide.verified()?;
        if guide.plane == Plane::Kernel {
            expect_thresholds(guide, "192.168.10.100:80", "3", "2")?;
        }
        Ok(())
    })?;
    let mut open = Vec::new();
    stage.check("with three connections it takes no more", |guide| {
        // Round robin: half of them go to each, until one is full.
        let mut first = 0;
        for _ in 0..10 {
            let mut held = Held::open(guide.client()?, Transport::Tcp, None, WEB)?;
            first += usize::from(held.ask()? == "real1");
            open.push(held);
        }
        ensure!(first == 3, "real1 took {first}");
        let counts = count(guide.client()?, WEB, 4)?;
        ensure!(!counts.contains_key("real1"), "{counts:?} answered");
        Ok(())
    })?;
    // Closed in order they would count for two minutes more (TIME_WAIT); after a reset the kernel forgets them in ten seconds.
    open.into_iter().try_for_each(Held::reset)?;
    stage.check("once they are gone it takes part again", |guide| {
        let client = guide.client()?;
        until(|| {
            let name = fetch(client, WEB)?;
            ensure!(name == "real1", "{name} answered");
            Ok(())
        })
    })
}
