//! The console killed without warning, again and again: what it has acknowledged is there afterwards.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rand::Rng;
use reqwest::StatusCode;
use server::store::Store;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use crate::support::{Browser, PASSWORD, USER, write_site};

const ROUNDS: usize = 36;
const WRITERS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_by_kill_9() {
    let directory = tempfile::tempdir().unwrap();
    let site = write_site(&directory.path().join("site"));
    let data = directory.path().join("data");
    add_user(&data);
    // Cookies do not know ports: one browser keeps its session over all starts.
    let mut browser: Option<Browser> = None;
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        let (mut console, url) = serve(&data, &site);
        let at = match &browser {
            Some(known) => known.at(&url),
            None => {
                let new = Browser::new(&url);
                new.login(USER, PASSWORD).await;
                new
            }
        };
        let writers: Vec<_> =
            (0..WRITERS).map(|writer| tokio::spawn(write(at.clone(), format!("{round}-{writer}")))).collect();
        let moment = rand::rng().random_range(10..250);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        console.kill().unwrap();
        console.wait().unwrap();
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
        browser = Some(at);
        look(&data, &acknowledged).await;
    }
    assert!(acknowledged.len() > ROUNDS, "only {} writes", acknowledged.len());
}

/// Makes clusters until the console is gone; returns those that it has acknowledged.
async fn write(browser: Browser, prefix: String) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for n in 0.. {
        let name = format!("{prefix}-{n}");
        let Some(status) = browser.try_post("/clusters/new", &[("cluster_name", &name)]).await else { break };
        assert_eq!(status, StatusCode::SEE_OTHER, "{name}");
        acknowledged.push(name);
    }
    acknowledged
}

async fn look(data: &Path, acknowledged: &BTreeSet<String>) {
    let file = data.join("arapaima.db");
    let store = Store::open(&file).await.unwrap();
    let there: BTreeSet<String> =
        store.clusters().await.unwrap().into_iter().map(|cluster| cluster.name.to_string()).collect();
    let lost: Vec<_> = acknowledged.difference(&there).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    let logged = store.audit(u32::MAX, None).await.unwrap();
    let logged = logged.iter().filter(|entry| entry.action == "cluster.create").count();
    assert_eq!(logged, there.len(), "a write and its row in the log come together or not at all");
    store.close().await;
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&file)).await.unwrap();
    let integrity: Vec<String> = sqlx::query_scalar("pragma integrity_check").fetch_all(&pool).await.unwrap();
    assert_eq!(integrity, ["ok"]);
    pool.close().await;
}

fn add_user(data: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arapaima"));
    command.args(["user", "add", USER, "--password-stdin", "--data"]).arg(data);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// A console in a process of its own, and where it listens.
fn serve(data: &Path, site: &Path) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arapaima"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--fleet", "127.0.0.1:0", "--data"]).arg(data);
    command.arg("--site").arg(site).env("RUST_LOG", "error").stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("listening ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
    (child, url)
}
