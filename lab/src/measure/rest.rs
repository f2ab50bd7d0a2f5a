//! The real agent at rest: 10,000 destinations in the kernel, all well, and one person who watches.

use super::say;
use crate::guide::{Guide, Plane, Programs};
use crate::process::Daemon;
use crate::scenarios::cluster;
use crate::tap;
use crate::time::{pause, within};
use anyhow::{Context as _, Result};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Services, and real servers in each.
const SERVICES: usize = 625;
const SERVERS: usize = 16;

/// How long a change of that size may take, in a console that is not optimised.
const SETTLING: Duration = Duration::from_secs(240);

/// How long it is watched.
const WATCHED: Duration = Duration::from_secs(30);

pub(super) fn measure(programs: &Programs) -> Result<()> {
    let mut guide = Guide::build(programs, Plane::Kernel, "rest")?;
    let mut addresses = String::new();
    for server in 0..SERVERS {
        writeln!(addresses, "addr add 192.168.10.{}/24 dev eth0", 200 + server)?;
    }
    guide.place("real1")?.ip(&addresses)?;
    guide.begin(&many(), &[])?;
    let wanted = SERVICES * SERVERS;
    within(SETTLING, || {
        let table =
            guide.vs1()?.within(|| fs::read_to_string("/proc/thread-self/net/ip_vs").context("no table"))?;
        let found = table.lines().filter(|line| line.starts_with("  -> ")).count().saturating_sub(1);
        anyhow::ensure!(found == wanted, "the kernel has {found} of {wanted} destinations");
        Ok(())
    })?;
    let id = guide.agent("vs1")?.id();
    // The first checks and the reports about them are over when the agent has been quiet for a while.
    within(SETTLING, || {
        let before = Spent::processor(id)?;
        pause(5_000);
        let share = (Spent::processor(id)? - before) / 5.0;
        anyhow::ensure!(share < 0.10, "the agent still takes {:.0} % of the processor", share * 100.0);
        Ok(())
    })?;
    report("agent at rest, 10000 destinations, nobody watching", id)?;

    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let console = guide.console()?;
        let viewer = scope.spawn(|| console.watch(&stop));
        pause(5_000);
        let told = report("agent at rest, 10000 destinations, one viewer", id);
        stop.store(true, Ordering::Relaxed);
        let seen = viewer.join().map_err(|_| anyhow::anyhow!("the viewer broke"))??;
        tap::line(&format!("  the viewer saw {seen} updates"));
        told
    })?;
    guide.end()
}

/// The guide's cluster with that many services, each on a port of its own. Each server is checked once in ten minutes: checks are not
/// what is measured.
fn many() -> String {
    let servers: String = (0..SERVERS)
        .map(|n| {
            cluster::server(&format!("real{n}"), &format!("192.168.10.{}", 200 + n), "         port = 80")
        })
        .collect();
    let service = |n: usize| {
        let lines = format!("     port = {}\n     scheduler = rr", 1000 + n);
        cluster::service(&format!("web{n}"), "10.0.0.2", &lines, &servers)
            .replace("timeout = 1\n", "timeout = 600\n")
    };
    cluster::file("nat", "", &(0..SERVICES).map(service).collect::<String>())
}

fn report(what: &str, id: u32) -> Result<()> {
    let (start, before) = (Instant::now(), Spent::of(id)?);
    pause(u64::try_from(WATCHED.as_millis()).unwrap_or(u64::MAX));
    let (after, seconds) = (Spent::of(id)?, start.elapsed().as_secs_f64());
    let per_second = |part: fn(&Spent) -> f64| (part(&after) - part(&before)) / seconds;
    let (user, system) = (per_second(|spent| spent.user) * 100.0, per_second(|spent| spent.system) * 100.0);
    say(what, &format!("{:.1} % of the processor", user + system), "3 %");
    // These cost some hundred times as much in the guest as on a machine; see the chapter on costs.
    tap::line(&format!(
        "  of it {system:.1} % within the kernel; {:.0} system calls and {:.0} page faults a second",
        calls(id)?,
        per_second(|spent| spent.faults)
    ));
    let (now, peak) = (memory(id, "VmRSS:")?, memory(id, "VmHWM:")?);
    say("  memory", &format!("{now:.0} MiB, at most so far {peak:.0} MiB"), "64 MiB");
    Ok(())
}

/// System calls a second, over two of the periods in which an agent looks at its table.
fn calls(id: u32) -> Result<f64> {
    const FILE: &str = "/run/lab/strace";
    const SECONDS: u16 = 20;
    let mut command = Command::new("strace");
    command.args(["-f", "-c", "-qq", "-o", FILE, "-p", &id.to_string()]);
    let mut tracer = Daemon::start("strace", &mut command, Path::new("/run/lab/strace.log"))?;
    pause(u64::from(SECONDS) * 1_000);
    tracer.end()?;
    let summary = fs::read_to_string(FILE).context("strace wrote nothing")?;
    fs::remove_file(FILE).context("could not remove strace's summary")?;
    let calls = total(&summary).with_context(|| format!("no total in: {summary}"))?;
    Ok(calls / f64::from(SECONDS))
}

/// The number of calls in the last line of strace's summary: share, seconds, microseconds per call, calls, perhaps errors, `total`.
fn total(summary: &str) -> Option<f64> {
    let line = summary.lines().rfind(|line| line.ends_with(" total"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

/// What a process has had so far.
struct Spent {
    /// Seconds of its own.
    user: f64,
    /// Seconds of the kernel's for it.
    system: f64,
    /// Pages it was given.
    faults: f64,
}

impl Spent {
    fn of(id: u32) -> Result<Self> {
        let text = fs::read_to_string(format!("/proc/{id}/stat")).context("the agent has gone")?;
        // Behind the name, which may hold anything: fields 10, 14 and 15 of proc(5), times in hundredths of a second.
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let field =
            |index: usize| -> Result<f64> { Ok(fields.get(index).context("a short line")?.parse::<f64>()?) };
        Ok(Self { user: field(11)? / 100.0, system: field(12)? / 100.0, faults: field(7)? })
    }

    fn processor(id: u32) -> Result<f64> {
        Self::of(id).map(|spent| spent.user + spent.system)
    }
}

/// MiB.
fn memory(id: u32, name: &str) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{id}/status")).context("the agent has gone")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).context("no such line")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_in_the_summary() {
        let summary = "% time     seconds  usecs/call     calls    errors syscall\n\
                       100.00    0.012911           5      2347        33 sendto\n\
                       ------ ----------- ----------- --------- --------- ----------------\n\
                       100.00    0.012911           5      2347        33 total\n";
        assert_eq!(total(summary), Some(2347.0));
        assert_eq!(total(""), None);
    }
}
