//! Ten thousand idle connections.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{example, free_address};

const WANTED: usize = 10_000;

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Starts it and reads its first line: `listening ADDRESS`.
    fn start(program: &str, arguments: &[String]) -> Self {
        let mut command = Command::new(example(program));
        let child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut process = Self(child);
        let mut line = String::new();
        BufReader::new(process.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("listening"), "{line}");
        process
    }

    /// Kilobytes of memory in use.
    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

/// Clients here, the balancer and the real server in processes of their own: each has a descriptor limit to itself.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_idle_connections_are_held_and_served() {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum.unwrap_or(u64::MAX);
    // The balancer needs two descriptors for each; see `limits.rs` for what it leaves to others.
    let possible = usize::try_from(limit).unwrap().saturating_sub(128 + 2 * 128 + 2) / 2;
    let n = WANTED.min(possible);
    if n < WANTED {
        println!("{n} connections instead of {WANTED}: the hard limit of open files is {limit}");
    }
    // Raises this process's soft limit; the real server inherits it.
    let _raised = balancer::Balancer::start(balancer::Options::default()).unwrap();
    let (vip, server) = (free_address(), free_address());
    let _server = Process::start("load", &["serve".to_owned(), server.to_string()]);
    let arguments = [vip.to_string(), server.to_string(), "wlc".to_owned(), "2".to_owned()];
    let balancer = Process::start("forward", &arguments);
    let before = balancer.resident();

    let mut clients = Vec::with_capacity(n);
    for _ in 0..n {
        clients.push(TcpStream::connect(vip).await.unwrap());
    }
    // The last one in is served at once, and so is each of the others in its turn.
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut answer = [0; 128];
    for client in clients.iter_mut().rev() {
        client.write_all(b"r").await.unwrap();
        tokio::time::timeout_at(deadline.into(), client.read_exact(&mut answer)).await.unwrap().unwrap();
    }
    let each = (balancer.resident() - before) * 1024 / n as u64;
    println!("{n} idle connections, {each} bytes of the balancer's memory each");
    assert!(each < 8 * 1024, "{each} bytes each");
}
