//! Filling an empty table: a bare loop (the kernel's floor), our crate, `ipvsadm --restore`, keepalived's cold start. They take turns, each
//! in a namespace of its own.

use super::{figures, fresh, median, say, seconds, version};
use crate::net::Place;
use crate::process::Daemon;
use crate::tap;
use crate::time::{pause, within};
use anyhow::{Context as _, Result, bail, ensure};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Services, and how often each of our own measurements is repeated. Peers take seconds: once for the large table.
const SIZES: [(u32, usize, usize); 2] = [(1_000, 5, 3), (10_000, 5, 1)];

/// What keepalived may take at most.
const LIMIT: Duration = Duration::from_secs(120);

pub(super) fn measure(program: &Path) -> Result<()> {
    tap::line(&format!(
        "peers: {}; {}",
        version(&["ipvsadm", "--version"]),
        version(&["keepalived", "--version"])
    ));
    let program = program.to_string_lossy().into_owned();
    for (services, ours, theirs) in SIZES {
        let mut times: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for turn in 0..ours.max(theirs) {
            if turn < ours {
                for name in ["floor", "apply", "list"] {
                    let text = fresh(|place| place.read(&[&program, name, &services.to_string()]))?;
                    times.entry(name).or_default().extend(figures(&text, name));
                }
            }
            if turn < theirs {
                times.entry("ipvsadm").or_default().push(fresh(|place| restore(place, services))?);
                times.entry("keepalived").or_default().push(fresh(|place| keepalived(place, services))?);
            }
        }
        report(services, &times)?;
    }
    reading(&program)
}

fn report(services: u32, times: &BTreeMap<&str, Vec<f64>>) -> Result<()> {
    let of = |name: &str| {
        let values = times.get(name).cloned().unwrap_or_default();
        median(values).with_context(|| format!("no figure for {name}"))
    };
    let (floor, ours, list) = (of("floor")?, of("apply")?, of("list")?);
    let (ipvsadm, keepalived) = (of("ipvsadm")?, of("keepalived")?);
    tap::line(&format!(
        "{services}x2 into an empty table: ours {}, bare loop {}, ipvsadm --restore {}, keepalived's cold start {}",
        seconds(ours),
        seconds(floor),
        seconds(ipvsadm),
        seconds(keepalived)
    ));
    say(&format!("{services}x2 vs ipvsadm --restore"), &format!("{:.3}", ours / ipvsadm), "0.1");
    say(&format!("{services}x2 vs keepalived"), &format!("{:.3}", ours / keepalived), "0.5");
    say(&format!("{services}x2 vs bare loop"), &format!("{:.2}", ours / floor), "1.3");
    say(
        &format!("{services}x2 with requests and results in lists vs bare loop"),
        &format!("{:.2}", list / floor),
        "",
    );
    Ok(())
}

fn reading(program: &str) -> Result<()> {
    let text = fresh(|place| place.read(&[program, "read", "2277", "16"]))?;
    let of = |name| median(figures(&text, name)).with_context(|| format!("no figure for {name}"));
    say("reading 2277 services, 36432 destinations, piece by piece", &seconds(of("each")?), "");
    say("the same, all of it kept", &seconds(of("table")?), "");
    let text = fresh(|place| place.read(&[program, "weight", "10000"]))?;
    let weight = median(figures(&text, "weight")).context("no figure for weight")?;
    say("one weight among 10000 services, the crate's call alone", &seconds(weight), "");
    Ok(())
}

/// The same addresses as our example's.
fn addresses(services: u32) -> impl Iterator<Item = std::net::Ipv4Addr> {
    (0..services).map(|n| std::net::Ipv4Addr::from(0x0a64_0001 + n))
}

fn restore(place: &Place, services: u32) -> Result<f64> {
    let mut rules = String::new();
    for vip in addresses(services) {
        writeln!(rules, "-A -t {vip}:80 -s wrr")?;
        for server in ["192.168.0.1", "192.168.0.2"] {
            writeln!(rules, "-a -t {vip}:80 -r {server}:80 -m -w 1")?;
        }
    }
    let start = Instant::now();
    place.feed(&["ipvsadm", "--restore"], &rules)?;
    let took = start.elapsed().as_secs_f64();
    ensure!(entries(place)? == services as usize * 3, "ipvsadm did not restore all");
    Ok(took)
}

/// From its start until the table is full; only its part for IPVS, without checks.
fn keepalived(place: &Place, services: u32) -> Result<f64> {
    let mut text = "global_defs {\n  router_id bench\n}\n".to_owned();
    for vip in addresses(services) {
        writeln!(text, "virtual_server {vip} 80 {{\n  lvs_sched wrr\n  lvs_method NAT\n  protocol TCP")?;
        for server in ["192.168.0.1", "192.168.0.2"] {
            writeln!(text, "  real_server {server} 80 {{\n    weight 1\n  }}")?;
        }
        text.push_str("}\n");
    }
    let dir = Path::new("/run/lab/keepalived");
    fs::create_dir_all(dir).with_context(|| format!("could not make {}", dir.display()))?;
    let file = dir.join("keepalived.conf");
    fs::write(&file, text).with_context(|| format!("could not write {}", file.display()))?;
    let pid = |name: &str| format!("--{name}={}", dir.join(name).display());
    let mut command = Command::new("ip");
    command.args(["netns", "exec", place.name(), "keepalived", "--dont-fork", "--check", "--no-syslog"]);
    command.arg(format!("--use-file={}", file.display())).args([pid("pid"), pid("checkers_pid")]);
    let start = Instant::now();
    let mut daemon = Daemon::start("keepalived", &mut command, &dir.join("log"))?;
    let took = within(LIMIT, || {
        daemon.check()?;
        let found = entries(place)?;
        if found < services as usize * 3 {
            bail!("keepalived has made {found} entries: {}", daemon.last_words());
        }
        Ok(start.elapsed().as_secs_f64())
    });
    // It would take its time to remove what it made.
    daemon.kill()?;
    end_children(dir);
    took
}

/// keepalived's own child does the work and outlives it when it is killed.
fn end_children(dir: &Path) {
    let Ok(text) = fs::read_to_string(dir.join("checkers_pid")) else { return };
    let Some(id) = text.trim().parse().ok().and_then(rustix::process::Pid::from_raw) else { return };
    _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
    while rustix::process::test_kill_process(id).is_ok() {
        pause(20);
    }
}

/// Services and destinations in the table, as the kernel's own text shows them.
fn entries(place: &Place) -> Result<usize> {
    let text = place
        .within(|| fs::read_to_string("/proc/thread-self/net/ip_vs").context("could not read the table"))?;
    Ok(text
        .lines()
        .filter(|line| line.starts_with("TCP ") || line.starts_with("  -> "))
        .count()
        .saturating_sub(1))
}
