//! What a console takes with many agents, for `cargo xtask bench fleet`. Prints one `NAME VALUE` per line, times in seconds.
//!
//! `fleet_figures CLUSTERS SERVICES`: a whole console in this process; in another one (`fleet_figures agents ADDRESS DIRECTORY`, which it
//! starts) two directors for each cluster, with the real link, that report each of the SERVICES services of theirs as verified.

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use agent::disk::State;
use agent::link::{self, Ports, Reports};
use anyhow::{Context as _, Result, ensure};
use model::{Cluster, ClusterId, DirectorId, Name, ServiceId, VirtualService};
use protocol::{
    Accepted, Applied, ConnectionsAnswer, ConnectionsQuery, DataPlaneFacts, Health, Observed, ObservedObject,
    Phase, Stats, Token,
};
use server::clock::{Clock, now_ms};
use server::config::{Config, Proxies, Tls};
use server::console::Console;
use server::store::Actor;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often the console is asked whether it is so.
const EVERY: Duration = Duration::from_millis(5);

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["agents", address, directory] => agents(address, Path::new(directory)).await,
        [clusters, services] => figures(clusters.parse()?, services.parse()?).await,
        _ => anyhow::bail!("usage: fleet_figures CLUSTERS SERVICES"),
    }
}

// === the console ===

async fn figures(clusters: u32, services: u32) -> Result<()> {
    let directory = tempfile::tempdir().context("could not make a directory")?;
    let console = Console::start(config(directory.path())?, Clock::from_fn(now_ms)).await?;
    println!("empty-mib {:.1}", memory("VmRSS:")?);
    let (mut ids, mut directors, mut tokens) = (Vec::new(), Vec::new(), String::new());
    for n in 0..clusters {
        let id = cluster(&console, n, services).await?;
        ids.push(id);
        for name in ["vs1", "vs2"] {
            let (director, token) = director(&console, id, name).await?;
            directors.push(director);
            tokens.push_str(&format!("{token}\n"));
        }
    }
    let start = Instant::now();
    let _agents = Agents::start(console.fleet(), directory.path(), &tokens)?;
    until("all agents are there", || directors.iter().all(|id| verified(&console, *id, 1))).await?;
    println!("enrolled {:.3}", start.elapsed().as_secs_f64());
    // Stopped, started, stopped: every director gets each.
    for generation in 2..7 {
        let start = Instant::now();
        for id in &ids {
            console.state().store.set_running(&Actor::command_line(), *id, generation % 2 == 1).await?;
        }
        let written = start.elapsed().as_secs_f64();
        ids.iter().for_each(|id| console.state().fleet.push(*id));
        let start = Instant::now();
        until("all agents have it", || directors.iter().all(|id| verified(&console, *id, generation)))
            .await?;
        println!("written {written:.3}\nreached {:.3}", start.elapsed().as_secs_f64());
    }
    println!(
        "agents {}\nfull-mib {:.1}\npeak-mib {:.1}",
        directors.len(),
        memory("VmRSS:")?,
        memory("VmHWM:")?
    );
    console.shut_down().await;
    Ok(())
}

/// A cluster of so many services with two real servers each, applied.
async fn cluster(console: &Console, number: u32, services: u32) -> Result<ClusterId> {
    let store = &console.state().store;
    let mut cluster = Cluster::new(name(&format!("cluster{number}"))?);
    for n in 0..services {
        let service: VirtualService = serde_json::from_value(serde_json::json!({
            "name": format!("web{n}"), "active": true,
            "key": {"address": {"protocol": "tcp", "vip": format!("192.0.2.{}", 1 + n % 250), "ports": (1000 + n).to_string()}},
            "scheduler": "wlc", "check": "connect", "timeout": 6, "reentry": 15, "quiesce": false,
            "destinations": {
                (1000 + 2 * n).to_string(): {"name": "real1", "address": "192.168.10.100", "port": 80, "weight": 1, "active": true},
                (1001 + 2 * n).to_string(): {"name": "real2", "address": "192.168.10.101", "port": 80, "weight": 1, "active": true},
            },
        }))?;
        cluster.put_service(ServiceId(1 + n), service).map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
    }
    let actor = Actor::command_line();
    let id = store.import_cluster(&actor, cluster).await?;
    let draft = store.draft(id).await?;
    store.apply(&actor, id, None, draft.version, "measured", true).await?;
    Ok(id)
}

async fn director(console: &Console, cluster: ClusterId, called: &str) -> Result<(DirectorId, Token)> {
    let state = console.state();
    let id = state.store.create_director(&Actor::command_line(), cluster, name(called)?).await?;
    Ok((id, state.fleet.new_token(&Actor::command_line(), id).await?))
}

fn verified(console: &Console, director: DirectorId, generation: u64) -> bool {
    let observed = console.state().fleet.director(director).observed;
    observed.is_some_and(|observed| observed.phase == Phase::Verified && observed.generation.0 == generation)
}

async fn until(what: &str, condition: impl Fn() -> bool) -> Result<()> {
    let start = Instant::now();
    while !condition() {
        ensure!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(EVERY).await;
    }
    Ok(())
}

/// Nobody opens a page here: the files that browsers load are empty.
fn config(directory: &Path) -> Result<Config> {
    let free: SocketAddr = "127.0.0.1:0".parse()?;
    let site = directory.join("site");
    std::fs::create_dir_all(&site)?;
    let mut files = serde_json::Map::new();
    for name in ["app.js", "app.wasm", "app.css"] {
        for end in ["", ".gz", ".br"] {
            std::fs::write(site.join(format!("{name}{end}")), "")?;
        }
        let file =
            serde_json::json!({"file": name, "bytes": 0, "gzip": 0, "brotli": 0, "integrity": "sha384-x"});
        files.insert(name.to_owned(), file);
    }
    std::fs::write(
        site.join("manifest.json"),
        serde_json::json!({"stamp": "none", "files": files}).to_string(),
    )?;
    Ok(Config {
        data: directory.join("data"),
        listen: free,
        fleet: free,
        site,
        tls: Tls::Off,
        allow_plain_http: false,
        proxies: Proxies::default(),
    })
}

/// MiB.
fn memory(name: &str) -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).context("no such line")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

fn name(text: &str) -> Result<Name> {
    Name::parse(text).map_err(|reason| anyhow::anyhow!("{reason}"))
}

// === the agents ===

/// The other process; ended with this one's wish.
struct Agents(Child);

impl Agents {
    fn start(console: SocketAddr, directory: &Path, tokens: &str) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("agents").arg(console.to_string()).arg(directory.join("agents")).stdin(Stdio::piped());
        let mut child = command.spawn().context("could not start the agents")?;
        child.stdin.take().context("no way to the agents")?.write_all(tokens.as_bytes())?;
        Ok(Self(child))
    }
}

impl Drop for Agents {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// One agent for each token on standard input.
async fn agents(console: &str, directory: &Path) -> Result<()> {
    let mut links = JoinSet::new();
    for (n, token) in std::io::stdin().lines().enumerate() {
        let token: Token = token?.trim().parse().map_err(|error| anyhow::anyhow!("{error}"))?;
        let (console, directory) = (console.to_owned(), directory.join(n.to_string()));
        std::fs::create_dir_all(&directory)?;
        links.spawn(async move { agent(&console, &directory, &token).await });
    }
    while let Some(ended) = links.join_next().await {
        ended??;
    }
    Ok(())
}

async fn agent(console: &str, directory: &Path, token: &Token) -> Result<()> {
    let state = Arc::new(State::open(directory)?);
    agent::enrol::ready(&state, Some(console), Some(token)).await?;
    let (desired, mut wanted) = watch::channel(None::<Arc<Accepted>>);
    let (observe, observed) = watch::channel(Arc::new(Observed::nothing(0)));
    let ports = Ports { desired, observed, reports: Arc::new(Nothing), state };
    let link = link::run(ports, CancellationToken::new());
    let report = async {
        while wanted.changed().await.is_ok() {
            let accepted = wanted.borrow_and_update().clone();
            observe.send_replace(Arc::new(
                accepted.map_or_else(|| Observed::nothing(0), |accepted| all_well(&accepted)),
            ));
        }
    };
    let (ended, ()) = tokio::join!(link, report);
    ended.map_err(anyhow::Error::from)
}

/// The report of a director on which everything is as it should be.
fn all_well(accepted: &Accepted) -> Observed {
    let object = |service, destination| ObservedObject {
        service,
        destination,
        applied: Applied::Applied,
        error: None,
        health: Health::Up,
        health_reason: None,
        since_ms: Some(now_ms()),
        weight: None,
        judged_generation: Some(accepted.generation),
        sorry: false,
    };
    let services = accepted.desired.cluster.services().iter();
    let objects = services.flat_map(|(&id, service)| {
        let destinations = service.destinations.keys().map(move |destination| Some(*destination));
        std::iter::once(None).chain(destinations).map(move |destination| object(id, destination))
    });
    Observed {
        generation: accepted.generation,
        hash: Some(accepted.hash),
        phase: Phase::Verified,
        running: accepted.desired.running,
        objects: objects.collect::<Vec<_>>().into(),
        ..Observed::nothing(now_ms())
    }
}

/// No data plane: nobody asks.
struct Nothing;

#[async_trait::async_trait]
impl Reports for Nothing {
    fn facts(&self) -> DataPlaneFacts {
        DataPlaneFacts { kind: "simulated".into(), ..DataPlaneFacts::default() }
    }

    async fn stats(&self, _changes: bool) -> Result<Stats, String> {
        Ok(Stats::default())
    }

    async fn connections(&self, _query: ConnectionsQuery) -> Result<ConnectionsAnswer, String> {
        Err("nobody asks".into())
    }
}
