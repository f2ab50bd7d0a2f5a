//! No descriptor left: clients are told so, the processor is not spun, and it passes.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use crate::support::{Client, LONG, RealServer, example, free_address};

/// The data plane in a process of its own, with few descriptors. Killed when dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    fn start(limit: u32, vip: SocketAddr, server: SocketAddr) -> Self {
        let child = Command::new("sh")
            .args(["-c", &format!("ulimit -n {limit} && exec \"$0\" \"$@\"")])
            .arg(example("forward"))
            .args([vip.to_string(), server.to_string(), "rr".to_owned(), "2".to_owned()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut process = Self(child);
        let mut line = String::new();
        BufReader::new(process.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, format!("listening {vip}\n"));
        process
    }

    /// Processor time so far.
    fn busy(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        // USER_HZ is 100 on every architecture that Rust's std supports on Linux.
        Duration::from_millis(ticks * 10)
    }

    /// Closes its input and reads what it says at the end.
    fn finish(mut self) -> String {
        drop(self.0.stdin.take());
        let mut rest = String::new();
        self.0.stdout.as_mut().unwrap().read_to_string(&mut rest).unwrap();
        rest
    }
}

/// A process with 40 descriptors: the balancer reckons that is too few for anything but one connection at a time, so its
/// own limit is what holds, and nothing fails.
#[tokio::test(flavor = "multi_thread")]
async fn few_descriptors_mean_few_connections() {
    let (vip, server) = (free_address(), RealServer::start("a").await);
    let process = Process::start(40, vip, server.address);
    for _ in 0..20 {
        assert_eq!(Client::names(vip, 1).await, ["a"]);
    }
    assert!(process.finish().contains("connection_limit: 1,"));
}

/// The rest of the process takes more than was left to it (inherited descriptors): real exhaustion.
#[tokio::test(flavor = "multi_thread")]
async fn exhaustion_sheds_pauses_and_passes() {
    let (vip, server) = (free_address(), RealServer::start("a").await);
    // Of 200 descriptors the balancer takes (200 - 128 - 2 * 6 - 2) / 2 = 29 connections; these files leave room for fewer.
    let limit = 200;
    let script = (10..160).map(|fd| format!("{fd}</dev/null")).collect::<Vec<_>>().join(" ");
    let mut command = Command::new("bash");
    command.args(["-c", &format!("ulimit -n {limit} && exec \"$0\" \"$@\" {script}")]);
    command.arg(example("forward")).args([
        vip.to_string(),
        server.address.to_string(),
        "rr".to_owned(),
        "2".to_owned(),
    ]);
    let mut process = Process(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(process.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, format!("listening {vip}\n"));

    // More than there is room for; those that are let in stay.
    let mut inside = Vec::new();
    let mut turned_away = 0;
    for _ in 0..25 {
        match Client::connect(vip).await {
            Ok(client) => inside.push(client),
            Err(_) => turned_away += 1,
        }
    }
    assert!(!inside.is_empty() && turned_away > 0, "{} inside, {turned_away} turned away", inside.len());

    // With clients that wait at the door and none leaving, the process rests.
    let waiting: Vec<_> = (0..4).map(|_| tokio::spawn(TcpStream::connect(vip))).collect();
    let (busy, since) = (process.busy(), Instant::now());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let share = (process.busy() - busy).as_secs_f64() / since.elapsed().as_secs_f64();
    assert!(share < 0.3, "used {share:.2} of a core while exhausted");
    drop(waiting);

    // Those inside were not disturbed, and when they leave there is room again.
    for client in &mut inside {
        client.echo(b"undisturbed").await.unwrap();
    }
    drop(inside);
    let deadline = Instant::now() + LONG;
    while Client::connect(vip).await.is_err() {
        assert!(Instant::now() < deadline, "no room after all had left");
    }
    let report = process.finish();
    assert!(!report.contains("descriptors_exhausted: 0,"), "{report}");
}
