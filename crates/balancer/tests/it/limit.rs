//! The connection limit: beyond it clients wait, they are not turned away.

use std::time::Duration;

use balancer::Options;

use crate::support::{
    Client, RealServer, Setup, all_connections, apply, balancer_with, free_address, port, until,
};

#[tokio::test(flavor = "multi_thread")]
async fn clients_beyond_the_limit_wait_for_room() {
    let server = RealServer::start("a").await;
    let balancer = balancer_with(Options { max_connections: Some(4), ..Options::default() });
    assert_eq!(balancer.facts().connection_limit, 4);
    let vip = free_address();
    Setup::tcp(vip).to(server.address, 1).apply(&balancer);
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(Client::connect(vip).await.unwrap());
    }
    let fifth = tokio::spawn(Client::connect(vip));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!fifth.is_finished());
    assert_eq!(all_connections(&balancer).len(), 4);
    drop(clients.pop());
    assert_eq!(fifth.await.unwrap().unwrap().server, "a");
    for client in &mut clients {
        client.echo(b"undisturbed").await.unwrap();
    }
    drop(clients);
    until("all have left", || all_connections(&balancer).is_empty()).await;
    until("their places are given back", || balancer.facts().connections == 0).await;
}

/// The kernel deals clients out by hash; long connections must not end up on one core by bad luck.
#[tokio::test(flavor = "multi_thread")]
async fn workers_share_long_connections() {
    let (balancer, server) = (balancer_with(Options::default()), RealServer::start("a").await);
    let vip = free_address();
    Setup::tcp(vip).to(server.address, 1).apply(&balancer);
    let mut clients = Vec::new();
    for _ in 0..60 {
        clients.push(Client::connect(vip).await.unwrap());
        let workers = balancer.facts().workers;
        let (most, least) = (*workers.iter().max().unwrap(), *workers.iter().min().unwrap());
        assert!(most <= least + least / 2 + 5, "{workers:?}");
    }
    for client in &mut clients {
        client.echo(b"wherever it is served").await.unwrap();
    }
}

/// UDP flows cost an attacker one forged datagram each.
#[tokio::test(flavor = "multi_thread")]
async fn udp_flows_leave_room_for_tcp() {
    let server = RealServer::start("a").await;
    let balancer = balancer_with(Options { max_connections: Some(4), ..Options::default() });
    let (vip, udp_vip) = (free_address(), free_address());
    let tcp = Setup::tcp(vip).to(server.address, 1);
    let udp = Setup::udp(udp_vip).to(free_address(), 1);
    apply(&balancer, &[&tcp, &udp], model::Timeouts::default());
    // The destination's port must be open, or its flows would end by "port unreachable".
    let _open =
        std::net::UdpSocket::bind(udp.service.destinations.keys().next().unwrap().socket(port(udp_vip)))
            .unwrap();
    let sockets: Vec<_> = (0..8).map(|_| std::net::UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
    for socket in &sockets {
        socket.send_to(b"forged", udp_vip).unwrap();
    }
    until("six are dropped", || balancer.facts().events.datagrams_dropped == 6).await;
    assert_eq!(balancer.facts().connections, 2);
    assert_eq!(Client::names(vip, 2).await, ["a", "a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn limit_never_exceeds_the_descriptors() {
    let balancer = balancer_with(Options { max_connections: Some(usize::MAX), ..Options::default() });
    let facts = balancer.facts();
    assert!(facts.connection_limit * 2 < facts.descriptor_limit, "{facts:?}");
}
