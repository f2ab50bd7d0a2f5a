//! Every scheduler, changed in place one after the other, and how it spreads requests: as the kernel documents it.

use super::{BOTH, Scenario, Stage, cluster};
use crate::guide::{CLIENT, Guide, Plane, WEB};
use crate::traffic::{Held, Transport, count, fetch_from};
use anyhow::{Result, ensure};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "schedulers",
    about: "every scheduler spreads requests as documented",
    planes: BOTH,
    run,
};

fn run(stage: &mut Stage) -> Result<()> {
    stage.guide.set_up(&cluster::nat(&["real1", "real2"]), &[])?;
    // real2 counts twice, for those that look at weights.
    change(&mut stage.guide, "wlc", "2")?;
    for (scheduler, what, holds) in CASES {
        // By the destination's address they are for caches, and the embedded data plane has no use for them; it draws no
        // lots either.
        if stage.guide.plane == Plane::User && ["lblc", "lblcr", "twos"].contains(scheduler) {
            continue;
        }
        stage.check(&format!("{scheduler}: {what}"), |guide| {
            change(guide, scheduler, "2")?;
            if guide.plane == Plane::Kernel {
                guide.table("vs1")?.expect(&format!("-A -t 10.0.0.2:80 -s {scheduler}"))?;
            }
            holds(guide)
        })?;
    }
    Ok(())
}

type Holds = fn(&mut Guide) -> Result<()>;

const CASES: &[(&str, &str, Holds)] = &[
    ("rr", "requests alternate, whatever the weights", |guide| is(&spread(guide, 12)?, 6, 6)),
    ("wrr", "one to two, as the weights", |guide| is(&spread(guide, 12)?, 4, 8)),
    ("lc", "the next goes where fewer are connected", |guide| next_after(guide, 3, |on1, on2| on2 <= on1)),
    ("wlc", "held connections settle as the weights", |guide| held(guide, 9, (3, 3), (6, 6))),
    ("sed", "held connections settle as the weights, the heavier first", |guide| {
        held(guide, 9, (3, 3), (6, 6))
    }),
    ("nq", "nobody is idle while another has two", |guide| held(guide, 2, (1, 1), (1, 1))),
    ("lblc", "one destination stays at one real server", one_server),
    ("lblcr", "one destination stays at one real server while it is not overloaded", one_server),
    ("dh", "one destination stays at one real server", one_server),
    ("sh", "a client stays at its real server, clients differ", by_source),
    ("mh", "a client stays at its real server, clients differ", by_source),
    ("fo", "the heaviest takes all", |guide| is(&spread(guide, 6)?, 0, 6)),
    // ip_vs_ovf.c passes a server over once it has *more* active connections than its weight.
    ("ovf", "the heaviest, until it has more than its weight, then the next", |guide| {
        held(guide, 4, (1, 1), (3, 3))
    }),
    ("twos", "both take part, the heavier more", |guide| {
        let counts = spread(guide, 60)?;
        let (one, two) = (of(&counts, "real1"), of(&counts, "real2"));
        // With nobody connected two draws by weight decide: real2 wins (2/3)² to all of a tie's halves.
        ensure!(one > 0 && two > one, "real1 answered {one}, real2 {two}");
        Ok(())
    }),
];

/// Sets the scheduler and real2's weight, and waits until the director has it.
fn change(guide: &mut Guide, scheduler: &str, weight: &str) -> Result<()> {
    let console = guide.console()?;
    console.edit_service("web", &[("scheduler", scheduler)])?;
    console.edit_server("web", "real2", &[("weight", weight)])?;
    console.apply()?;
    guide.verified()
}

fn spread(guide: &Guide, requests: usize) -> Result<BTreeMap<String, usize>> {
    count(guide.client()?, WEB, requests)
}

fn of(counts: &BTreeMap<String, usize>, server: &str) -> usize {
    counts.get(server).copied().unwrap_or_default()
}

fn is(counts: &BTreeMap<String, usize>, one: usize, two: usize) -> Result<()> {
    let found = (of(counts, "real1"), of(counts, "real2"));
    ensure!(found == (one, two), "real1 and real2 answered {found:?}, not {:?}", (one, two));
    Ok(())
}

/// Opens connections that stay, and counts who holds them; each count lies within bounds, both included.
fn held(guide: &mut Guide, connections: usize, one: (usize, usize), two: (usize, usize)) -> Result<()> {
    let (_open, counts) = hold(guide, connections)?;
    let (on1, on2) = (of(&counts, "real1"), of(&counts, "real2"));
    ensure!(
        (one.0..=one.1).contains(&on1) && (two.0..=two.1).contains(&on2),
        "real1 holds {on1} and real2 {on2} of {connections}, not {one:?} and {two:?}"
    );
    Ok(())
}

fn hold(guide: &Guide, connections: usize) -> Result<(Vec<Held>, BTreeMap<String, usize>)> {
    let mut counts = BTreeMap::new();
    let mut open = Vec::new();
    for _ in 0..connections {
        let mut held = Held::open(guide.client()?, Transport::Tcp, None, WEB)?;
        *counts.entry(held.ask()?).or_default() += 1;
        open.push(held);
    }
    Ok((open, counts))
}

/// Holds pairs of connections; afterwards both have as many.
fn next_after(guide: &mut Guide, pairs: usize, fair: fn(usize, usize) -> bool) -> Result<()> {
    let (_open, counts) = hold(guide, pairs * 2)?;
    let (on1, on2) = (of(&counts, "real1"), of(&counts, "real2"));
    ensure!(on1 == pairs && fair(on1, on2), "real1 holds {on1} and real2 {on2}");
    Ok(())
}

fn one_server(guide: &mut Guide) -> Result<()> {
    let counts = spread(guide, 10)?;
    ensure!(counts.len() == 1, "several answered: {counts:?}");
    Ok(())
}

/// Eight clients, three requests each.
fn by_source(guide: &mut Guide) -> Result<()> {
    let mut servers = BTreeMap::new();
    for client in 0..8 {
        let [a, b, c, d] = CLIENT.octets();
        let source = IpAddr::V4(Ipv4Addr::new(a, b, c, d + client));
        let mut names = Vec::new();
        for _ in 0..3 {
            names.push(fetch_from(guide.client()?, source, WEB)?);
        }
        ensure!(names.windows(2).all(|two| two[0] == two[1]), "{source} was answered by {names:?}");
        *servers.entry(names.swap_remove(0)).or_default() += 1;
    }
    ensure!(of(&servers, "real1") > 0 && of(&servers, "real2") > 0, "all clients went to one: {servers:?}");
    Ok(())
}
