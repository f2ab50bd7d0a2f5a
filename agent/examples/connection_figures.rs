//! What questions about the kernel's connections take the agent, for `cargo xtask bench ipvs`: root, in a network namespace of its
//! own that has connections. Prints one `NAME VALUE` per line, times in seconds.
//!
//! `connection_figures STATE CLIENT`: STATE is a directory for the agent, CLIENT one of the clients.

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

use agent::data_plane::DataPlane;
use agent::data_plane::kernel::probe;
use agent::link::Reports;
use agent::reconcile::Index;
use agent::report::Report;
use anyhow::{Context as _, Result, anyhow, ensure};
use futures_util::future::join_all;
use model::connections::{Filter, Grouping, Prefixes};
use protocol::{ConnectionsAnswer, ConnectionsQuery};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};

/// As many as one console has under way.
const TOGETHER: usize = 16;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [state, client] = words.as_slice() else { anyhow::bail!("usage: connection_figures STATE CLIENT") };
    std::fs::create_dir_all(state).with_context(|| format!("could not make {state}"))?;
    let found = probe::probe().map_err(|why_not| anyhow!("{why_not}"))?;
    let kernel = found.data_plane("measured".to_owned(), Path::new(state))?;
    let bare = bare(&kernel).await?;
    println!("read {bare:.6}");
    let (_keep, index) = watch::channel(Arc::new(Index::default()));
    let report = Report::new(Arc::new(kernel), index, Arc::new(Notify::new()));

    let page = ConnectionsQuery { limit: 200, groups: 200, ..ConnectionsQuery::default() };
    let filter = Filter { client: Some(client.parse()?), ..Filter::default() };
    let filtered = ConnectionsQuery { filter, ..page.clone() };
    let answer = ask(&report, "filtered", &filtered).await?;
    println!("matched {}", answer.total);
    let networks = Grouping::Client(Prefixes::try_new(24, 64).map_err(|_| anyhow!("no prefix"))?);
    let groupings = vec![networks, Grouping::Service, Grouping::Server, Grouping::State];
    let answer = ask(&report, "grouped", &ConnectionsQuery { groupings, ..page.clone() }).await?;
    println!("total {}", answer.total);
    let groupings = vec![Grouping::Client(Prefixes::HOSTS)];
    let answer = ask(&report, "talkers", &ConnectionsQuery { groupings, ..page }).await?;
    let counted = answer.groups.first().context("no groups")?;
    println!("lacking {}", counted.missed);

    let start = Instant::now();
    for answer in join_all((0..TOGETHER).map(|_| report.connections(filtered.clone()))).await {
        answer.map_err(|error| anyhow!(error))?;
    }
    println!("together {:.6}", start.elapsed().as_secs_f64());
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no peak of memory")?;
    println!("peak-kib {}", peak.trim().trim_end_matches(" kB"));
    Ok(())
}

/// How long reading takes when nobody asks anything about what is read.
async fn bare(kernel: &dyn DataPlane) -> Result<f64> {
    let start = Instant::now();
    let scan = kernel.connections(Duration::from_secs(60), Box::new(|_| ())).await?;
    ensure!(scan.finished, "it took longer than a minute");
    Ok(start.elapsed().as_secs_f64())
}

/// The middle of three.
async fn ask(report: &Report, name: &str, query: &ConnectionsQuery) -> Result<ConnectionsAnswer> {
    for _ in 0..2 {
        once(report, name, query).await?;
    }
    once(report, name, query).await
}

async fn once(report: &Report, name: &str, query: &ConnectionsQuery) -> Result<ConnectionsAnswer> {
    let start = Instant::now();
    let answer = report.connections(query.clone()).await.map_err(|error| anyhow!(error))?;
    println!("{name} {:.6}", start.elapsed().as_secs_f64());
    // On a slow machine the agent's own limit ends the reading first.
    if !answer.reading.is_some_and(|reading| reading.finished) {
        println!("unfinished 1");
    }
    Ok(answer)
}
