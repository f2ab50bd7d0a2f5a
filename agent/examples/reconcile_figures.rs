//! What the reconciler takes with the kernel's IPVS, for `cargo xtask bench ipvs`: root, in a network namespace of its own. Prints one
//! `NAME VALUE` per line, times in seconds.
//!
//! `reconcile_figures fill STATE SERVICES DESTINATIONS` fills the empty table; after that, with the same arguments, `reconcile_figures weight …` changes
//! ten weights, one after the other, and `reconcile_figures noop …` finds nothing to do. STATE is the agent's directory.

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

#[path = "../tests/it/support.rs"]
#[expect(clippy::unwrap_used, reason = "a helper of tests fails as loudly as they do")]
mod support;

use agent::data_plane::kernel::registry::Registry;
use agent::data_plane::kernel::{Entries, Kernel, Set, Transport, probe};
use agent::data_plane::{Facts, Kind};
use agent::reconcile::{Pass, Reconciler, checks};
use anyhow::{Context as _, Result, ensure};
use health::{Judge, Outcome};
use ipvs::{
    Client, Daemon, DestinationEntry, Error, KernelError, Request, ServiceEntry, ServiceKey, Timeouts,
};
use model::table::Marking;
use model::{Cluster, Destination, DestinationId, Weight};
use protocol::{Accepted, Phase};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [task, state, services, destinations] = words.as_slice() else {
        anyhow::bail!("usage: reconcile_figures fill|weight|noop STATE SERVICES DESTINATIONS")
    };
    let (services, destinations) = (services.parse()?, destinations.parse()?);
    let mut agent = Agent::open(Path::new(state))?;
    let mut cluster = cluster(services, destinations)?;
    if task == "fill" {
        return agent.turn("fill", &cluster).await;
    }
    // The first look of a process that has just begun is not what is measured.
    agent.turn("first", &cluster).await?;
    for turn in 0..10 {
        if task == "weight" {
            change(&mut cluster, services / 2, turn + 2)?;
        }
        agent.turn(task, &cluster).await?;
    }
    Ok(())
}

/// The agent's part that is measured: the reconciler and the kernel's data plane.
struct Agent {
    reconciler: Reconciler,
    seen: Arc<Mutex<Seen>>,
    judge: Judge,
    generation: u64,
}

/// What went to the kernel.
#[derive(Debug, Default)]
struct Seen {
    requests: usize,
    writing: Duration,
    /// With what is made of the entries as they come.
    reading: Duration,
    written: Option<Instant>,
}

impl Agent {
    fn open(state: &Path) -> Result<Self> {
        std::fs::create_dir_all(state).with_context(|| format!("could not make {}", state.display()))?;
        let seen = Arc::new(Mutex::new(Seen::default()));
        let transport = Watched { client: Client::connect()?, seen: Arc::clone(&seen) };
        let facts = Facts {
            kind: Kind::Kernel,
            reason: "measured".to_owned(),
            version: String::new(),
            connection_limit: 0,
            schedulers: Vec::new(),
            kernel_release: String::new(),
            connection_table: 0,
            marking: Marking::ByMark,
            refuses: Vec::new(),
        };
        let set = Set {
            facts,
            missing: Default::default,
            connections: "/proc/net/ip_vs_conn".into(),
            is_own: probe::is_own,
        };
        let kernel = Kernel::new(Box::new(transport), Registry::open(state, "measured")?, set);
        let reconciler = Reconciler::new(Arc::new(kernel), Arc::new(|| 0));
        // Generations grow over the processes that share a directory.
        let file = state.join("generation");
        let generation = std::fs::read_to_string(&file).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
        std::fs::write(&file, (generation + 100_u64).to_string())?;
        Ok(Self { reconciler, seen, judge: Judge::default(), generation })
    }

    /// One activation, with every destination up.
    async fn turn(&mut self, name: &str, cluster: &Cluster) -> Result<()> {
        self.generation += 1;
        let desired = support::accepted(self.generation, true, cluster);
        // What comes before an activation when a desired state has come in, but for the way through the network and to the disk.
        let start = Instant::now();
        let again = Accepted::check(desired.generation, desired.hash, desired.spec.clone())?;
        let parsed = start.elapsed().as_secs_f64();
        drop(again);
        self.judge(&desired);
        let start = Instant::now();
        let checks = checks(Some(&desired), &self.judge);
        let judged = start.elapsed().as_secs_f64();
        println!("{name}-parsed {parsed:.6}\n{name}-judged {judged:.6}");
        *self.seen() = Seen::default();
        let faults = faults()?;
        let start = Instant::now();
        let Pass { observed, steps, .. } = self.reconciler.activate(&desired, &checks, || {}).await;
        let took = start.elapsed().as_secs_f64();
        ensure!(
            observed.phase == Phase::Verified,
            "the kernel is not what was desired: {:?}",
            observed.error
        );
        println!("{name}-faults {}", self::faults()? - faults);
        let seen = self.seen();
        println!("{name} {took:.6}\n{name}-steps {steps}\n{name}-writes {}", seen.requests);
        println!(
            "{name}-writing {:.6}\n{name}-reading {:.6}",
            seen.writing.as_secs_f64(),
            seen.reading.as_secs_f64()
        );
        if let Some(written) = seen.written {
            println!("{name}-changed {:.6}", written.duration_since(start).as_secs_f64());
        }
        Ok(())
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn judge(&mut self, desired: &Arc<Accepted>) {
        let subjects = checks(Some(desired), &self.judge).subjects;
        self.judge.assign(&subjects, 0);
        for &id in subjects.destinations.keys() {
            let passed = Outcome::Passed { latency: Duration::ZERO };
            self.judge.take(id, desired.generation, passed, 0);
        }
    }
}

/// The pages that this process was given so far: the tenth field of proc(5)'s `stat`, behind the name, which has no blanks here.
fn faults() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    Ok(text.split_whitespace().nth(9).context("a short line")?.parse()?)
}

/// The kernel, with a look at what goes there.
struct Watched {
    client: Client,
    seen: Arc<Mutex<Seen>>,
}

impl Watched {
    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Watched {
    fn table(&mut self) -> Result<Entries, Error> {
        let start = Instant::now();
        let table = self.client.table();
        self.seen().reading += start.elapsed();
        table
    }

    fn each(
        &mut self,
        wanted: &mut dyn FnMut(&ServiceEntry) -> bool,
        take: &mut dyn FnMut(&ServiceEntry, &[DestinationEntry]),
    ) -> Result<(), Error> {
        let start = Instant::now();
        let done = self.client.each_of(wanted, |service, destinations| take(&service, &destinations));
        self.seen().reading += start.elapsed();
        done
    }

    fn look_up(&mut self, key: &ServiceKey) -> Result<Option<(ServiceEntry, Vec<DestinationEntry>)>, Error> {
        let start = Instant::now();
        let found = self.client.look_up(key);
        self.seen().reading += start.elapsed();
        found
    }

    fn timeouts(&mut self) -> Result<Timeouts, Error> {
        self.client.timeouts()
    }

    fn daemons(&mut self) -> Result<Vec<Daemon>, Error> {
        self.client.daemons()
    }

    fn apply(&mut self, requests: &[Request]) -> Result<Vec<Result<(), KernelError>>, Error> {
        let start = Instant::now();
        let done = self.client.apply(requests);
        let mut seen = self.seen();
        seen.requests += requests.len();
        seen.writing += start.elapsed();
        seen.written = Some(Instant::now());
        drop(seen);
        done
    }
}

/// So many services with so many destinations, in all, spread over them.
fn cluster(services: u32, destinations: u32) -> Result<Cluster> {
    let (each, more) = (destinations / services, destinations % services);
    let mut next = 0;
    let mut all = Vec::new();
    for n in 0..services {
        let vip = SocketAddr::new(IpAddr::V4(Ipv4Addr::from(0x0a64_0001 + n)), 80);
        let settings = support::service(&format!("service{n}"), vip);
        let mut of_service = BTreeMap::new();
        for m in 0..each + u32::from(n < more) {
            next += 1;
            let server = SocketAddr::new(IpAddr::V4(Ipv4Addr::from(0xc0a8_0001 + m)), 80);
            of_service.insert(DestinationId(next), support::destination(&format!("server{m}"), server, 1));
        }
        all.push((n + 1, settings, of_service));
    }
    Ok(support::cluster(all))
}

/// Another weight for the first destination of a service.
fn change(cluster: &mut Cluster, service: u32, weight: u32) -> Result<()> {
    let id = model::ServiceId(service);
    let mut of_service = cluster.services().get(&id).context("no such service")?.clone();
    let first: &mut Destination = of_service.destinations.values_mut().next().context("no destination")?;
    first.weight = Weight::try_new(weight.into()).ok().context("no weight")?;
    cluster.put_service(id, of_service)?;
    Ok(())
}
