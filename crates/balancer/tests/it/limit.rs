//! The connection limit: beyond it clients wait, they are not turned away.

use std::time::Duration;

use balancer::Options;

use crate::support::{Client, RealServer, Setup, all_connections, balancer_with, free_address, until};

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
    assert_eq!(all_connections(&balancer).total, 4);
    drop(clients.pop());
    assert_eq!(fifth.await.unwrap().unwrap().server, "a");
    for client in &mut clients {
        client.echo(b"undisturbed").await.unwrap();
    }
    drop(clients);
    until("all have left", || all_connections(&balancer).total == 0).await;
    assert_eq!(balancer.facts().connections, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn limit_never_exceeds_the_descriptors() {
    let balancer = balancer_with(Options { max_connections: Some(usize::MAX), ..Options::default() });
    let facts = balancer.facts();
    assert!(facts.connection_limit * 2 < facts.descriptor_limit, "{facts:?}");
}
