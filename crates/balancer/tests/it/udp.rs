//! UDP flows.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use balancer::{Balancer, ConnectionState};
use model::Timeouts;
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

use crate::support::{LONG, Setup, all_connections, apply, balancer, free_address, timeouts, until};

/// Answers each datagram with its name and the datagram.
struct Named {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Named {
    async fn start(name: &'static str) -> Self {
        let socket = UdpSocket::bind((free_address().ip(), 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let mut buffer = vec![0; 65_536];
            while let Ok((n, from)) = socket.recv_from(&mut buffer).await {
                let answer = [name.as_bytes(), &buffer[..n]].concat();
                socket.send_to(&answer, from).await.unwrap();
            }
        });
        Self { address, task }
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn client(vip: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), 0)).await.unwrap();
    socket.connect(vip).await.unwrap();
    socket
}

async fn ask(client: &UdpSocket, question: &str) -> String {
    client.send(question.as_bytes()).await.unwrap();
    let mut buffer = vec![0; 65_536];
    let n = tokio::time::timeout(LONG, client.recv(&mut buffer)).await.unwrap().unwrap();
    String::from_utf8(buffer[..n].to_vec()).unwrap()
}

async fn two() -> (Balancer, Named, Named, SocketAddr) {
    (balancer(), Named::start("a").await, Named::start("b").await, free_address())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_client_has_its_flow() {
    let (balancer, a, b, vip) = two().await;
    let setup = Setup::udp(vip).to(a.address, 1).to(b.address, 1);
    setup.apply(&balancer);
    let clients = [client(vip).await, client(vip).await, client(vip).await, client(vip).await];
    let mut first = Vec::new();
    for client in &clients {
        first.push(ask(client, "1").await);
    }
    assert_eq!(first.iter().filter(|answer| *answer == "a1").count(), 2, "{first:?}");
    for (client, first) in clients.iter().zip(&first) {
        assert_eq!(ask(client, "1").await, *first, "the flow stays");
    }
    // An answer is counted once it is sent, which is when the client may have it already.
    until("all answers are counted", || setup.counters(&balancer).totals.packets_out == 8).await;
    let counters = setup.counters(&balancer);
    assert_eq!((counters.totals.connections, counters.active, counters.inactive), (4, 0, 4));
    assert_eq!((counters.totals.packets_in, counters.totals.packets_out), (8, 8));
    assert_eq!((counters.totals.bytes_in, counters.totals.bytes_out), (8, 16));
    assert!(all_connections(&balancer).iter().all(|row| row.state == ConnectionState::Udp));

    // The largest datagram that loopback's MTU lets through without fragments, and then some.
    let large = "x".repeat(60_000);
    assert_eq!(ask(&clients[0], &large).await.len(), 60_001);
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_flows_expire_and_are_scheduled_anew() {
    let (balancer, a, b, vip) = two().await;
    let setup = Setup::udp(vip).to(a.address, 1).to(b.address, 1);
    apply(&balancer, &[&setup], timeouts(None, None, Some(1)));
    let client = client(vip).await;
    let first = ask(&client, "1").await;
    until("the flow expires", || all_connections(&balancer).is_empty()).await;
    until("its place is given back", || balancer.facts().connections == 0).await;
    assert_ne!(ask(&client, "1").await, first, "the other's turn");
}

#[tokio::test(flavor = "multi_thread")]
async fn flows_survive_edits_and_removal() {
    let (balancer, a, b, vip) = two().await;
    let setup = Setup::udp(vip).to(a.address, 1);
    setup.apply(&balancer);
    let old = client(vip).await;
    assert_eq!(ask(&old, "1").await, "a1");
    setup.clone().without(a.address).to(b.address, 1).apply(&balancer);
    assert_eq!((ask(&old, "2").await, ask(&client(vip).await, "3").await), ("a2".into(), "b3".into()));

    // The service goes; its flows do not, and nobody new gets in.
    apply(&balancer, &[], Timeouts::default());
    assert_eq!(ask(&old, "4").await, "a4");
    let late = client(vip).await;
    // One that waits in a socket while that closes is lost uncounted, so a single one proves nothing.
    until("it is dropped", || {
        let _unsent = late.try_send(b"5");
        balancer.facts().events.datagrams_dropped > 0
    })
    .await;

    // It comes back while they are still there: on the same sockets.
    setup.apply(&balancer);
    // (`late` may yet get an answer to what still waited.)
    assert_eq!((ask(&old, "6").await, ask(&client(vip).await, "7").await), ("a6".into(), "a7".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn flow_to_a_dead_server_is_scheduled_anew() {
    let (balancer, a, b, vip) = two().await;
    let setup = Setup::udp(vip).to(a.address, 1).to(b.address, 1);
    setup.apply(&balancer);
    let client = client(vip).await;
    let first = ask(&client, "1").await;
    let (dead, alive, other) = if first == "a1" { (a, b, "b2") } else { (b, a, "a2") };
    let dead_address = dead.address;
    drop(dead);
    until("its port is closed", || std::net::UdpSocket::bind(dead_address).is_ok()).await;
    let client = Arc::new(client);
    let asking = Arc::clone(&client);
    let sending = tokio::spawn(async move {
        loop {
            asking.send(b"2").await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut buffer = [0; 16];
    let n = tokio::time::timeout(LONG, client.recv(&mut buffer)).await.unwrap().unwrap();
    sending.abort();
    assert_eq!(&buffer[..n], other.as_bytes());
    assert!(setup.counters_of(&balancer, dead_address).connect_failures > 0);
    drop(alive);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_packet_scheduling_spreads_a_single_client() {
    let (balancer, a, b, vip) = two().await;
    Setup::udp(vip).one_packet().to(a.address, 1).to(b.address, 1).apply(&balancer);
    let client = client(vip).await;
    let mut answers = BTreeSet::new();
    for _ in 0..2 {
        answers.insert(ask(&client, "1").await);
    }
    assert_eq!(answers, BTreeSet::from(["a1".to_owned(), "b1".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn ipv6_is_served_as_well() {
    let Ok(probe) = std::net::UdpSocket::bind("[::1]:0") else {
        println!("left out: this machine has no IPv6 loopback address");
        return;
    };
    let vip = probe.local_addr().unwrap();
    drop(probe);
    let balancer = balancer();
    let server = UdpSocket::bind("[::1]:0").await.unwrap();
    let tcp_server = tokio::net::TcpListener::bind("[::1]:0").await.unwrap();
    let udp = Setup::udp(vip).to(server.local_addr().unwrap(), 1);
    let tcp =
        Setup::tcp(vip).to(tcp_server.local_addr().unwrap(), 1).persistence(60, Some(64)).scheduler("sh");
    apply(&balancer, &[&udp, &tcp], Timeouts::default());

    let client = UdpSocket::bind("[::1]:0").await.unwrap();
    client.connect(vip).await.unwrap();
    client.send(b"6").await.unwrap();
    let mut buffer = [0; 16];
    let (n, from) = tokio::time::timeout(LONG, server.recv_from(&mut buffer)).await.unwrap().unwrap();
    server.send_to(&buffer[..n], from).await.unwrap();
    assert_eq!(tokio::time::timeout(LONG, client.recv(&mut buffer)).await.unwrap().unwrap(), 1);

    let _client = tokio::net::TcpStream::connect(vip).await.unwrap();
    tokio::time::timeout(LONG, tcp_server.accept()).await.unwrap().unwrap();
    assert_eq!(tcp.counters(&balancer).persistent, 1);
}
