//! The embedded data plane beside HAProxy's TCP mode and nginx's stream module: new connections, requests on kept
//! connections, bulk. All share the machine with the load and the real server, and take turns.

use super::figures::median;
use super::peers::{self, Proxy};
use crate::{place, programs, run, say};
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

/// What is measured: the load's name for it, clients at once, the figure in its answer, its unit.
const LOADS: [(&str, &str, &str, &str); 3] = [
    ("connections", "64", "per_second", "connections/s"),
    ("requests", "64", "per_second", "requests/s"),
    ("bulk", "4", "gigabytes_per_second", "GB/s"),
];

/// Turns of each proxy, and seconds of each turn.
const ROUNDS: usize = 3;
const SECONDS: &str = "4";

pub(super) fn measure() -> Result<()> {
    say::heading("the embedded data plane: build");
    programs::release()?;
    let (forward, load) = (programs::example("forward"), programs::example("load"));
    let dir = place::target().join("bench-balancer");
    fs::create_dir_all(&dir).with_context(|| format!("could not make {}", dir.display()))?;

    let server = peers::free()?;
    let _server = Proxy::start("server", server, Command::new(&load).args(["serve", &server.to_string()]))?;
    let mut proxies = vec![peers::ours(&forward, server)?];
    proxies.extend(peers::haproxy(&dir, server)?);
    proxies.extend(peers::nginx(&dir, server)?);
    if proxies.len() < 3 {
        say::note(
            "a peer is missing; `sudo apt-get install haproxy nginx libnginx-mod-stream` installs them",
        );
    }
    for (mode, clients, figure, unit) in LOADS {
        say::heading(&format!("{unit}: {clients} clients, {ROUNDS} turns of {SECONDS} s each"));
        let mut results: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for _ in 0..ROUNDS {
            for (name, address) in
                [("direct", server)].into_iter().chain(proxies.iter().map(|p| (p.name, p.address)))
            {
                results.entry(name).or_default().push(load_once(&load, mode, address, clients, figure)?);
            }
        }
        report(&results, unit);
    }
    Ok(())
}

fn load_once(load: &Path, mode: &str, address: SocketAddr, clients: &str, figure: &str) -> Result<f64> {
    let answer = run::read(Command::new(load).args([mode, &address.to_string(), clients, SECONDS]))?;
    let answer: Value = serde_json::from_str(&answer).context("the load's answer is not JSON")?;
    let failed = answer["failed"].as_u64().unwrap_or_default();
    if failed > 0 {
        say::note(&format!("{failed} failed at {address}"));
    }
    answer[figure].as_f64().with_context(|| format!("the load's answer has no {figure}"))
}

fn report(results: &BTreeMap<&str, Vec<f64>>, unit: &str) {
    let medians: BTreeMap<&str, f64> = results.iter().map(|(name, values)| (*name, median(values))).collect();
    let ours = medians.get("arapaima").copied().unwrap_or_default();
    for (name, value) in &medians {
        let turns: Vec<String> = results[name].iter().map(|value| format!("{value:.1}")).collect();
        say::line(&format!("  {name:<9} {value:>10.1} {unit}   (turns: {})", turns.join(", ")));
    }
    for (name, value) in medians.iter().filter(|(name, _)| !matches!(**name, "arapaima" | "direct")) {
        say::line(&format!("  arapaima vs {name}: {:.2}", ours / value));
    }
}
