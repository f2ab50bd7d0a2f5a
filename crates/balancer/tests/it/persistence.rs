//! Clients that stay with their real server.

use std::net::SocketAddr;
use std::time::Duration;

use balancer::Options;

use crate::support::{Client, RealServer, Setup, balancer, balancer_with, free_address, until};

async fn server_of(host: [u8; 4], vip: SocketAddr) -> String {
    Client::connect_from(host.into(), vip).await.unwrap().server
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_one_network_share_a_server_until_the_time_is_over() {
    let (balancer, servers) = (balancer(), RealServer::start_many(3).await);
    let vip = free_address();
    let setup = Setup::tcp(vip).persistence(1, Some(24));
    let setup = servers.iter().fold(setup, |setup, server| setup.to(server.address, 1));
    setup.apply(&balancer);
    let first = server_of([127, 4, 1, 1], vip).await;
    for n in 2..8 {
        assert_eq!(server_of([127, 4, 1, n], vip).await, first, "the same /24");
    }
    let other = server_of([127, 4, 2, 1], vip).await;
    assert_ne!(other, first, "another network, the next turn");
    assert_eq!(setup.counters(&balancer).persistent, 2);
    until("the templates expire", || setup.counters(&balancer).persistent == 0).await;
    assert_ne!(server_of([127, 4, 1, 1], vip).await, first, "it is the third server's turn");
}

#[tokio::test(flavor = "multi_thread")]
async fn template_outlasts_its_time_while_a_connection_is_open() {
    let (balancer, servers) = (balancer(), RealServer::start_many(2).await);
    let vip = free_address();
    let setup = Setup::tcp(vip).persistence(1, None).to(servers[0].address, 1).to(servers[1].address, 1);
    setup.apply(&balancer);
    let open = Client::connect(vip).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(Client::names(vip, 3).await, vec![open.server.clone(); 3]);
}

async fn server_after_quiescing(options: Options) -> (String, String) {
    let servers = RealServer::start_many(2).await;
    let balancer = balancer_with(options);
    let vip = free_address();
    let setup = Setup::tcp(vip).persistence(60, None).to(servers[0].address, 1);
    setup.apply(&balancer);
    let before = server_of([127, 4, 9, 1], vip).await;
    setup.to(servers[0].address, 0).to(servers[1].address, 1).apply(&balancer);
    assert_eq!(server_of([127, 4, 9, 2], vip).await, "b", "new clients go elsewhere");
    (before, server_of([127, 4, 9, 1], vip).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn quiesced_server_keeps_its_clients_unless_asked() {
    assert_eq!(server_after_quiescing(Options::default()).await, ("a".into(), "a".into()));
    let expire = Options { expire_quiescent_template: true, ..Options::default() };
    assert_eq!(server_after_quiescing(expire).await, ("a".into(), "b".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_or_dead_server_loses_its_clients() {
    let (balancer, mut servers) = (balancer(), RealServer::start_many(3).await);
    let vip = free_address();
    let setup = Setup::tcp(vip).persistence(60, None).to(servers[0].address, 1);
    setup.apply(&balancer);
    assert_eq!(Client::names(vip, 1).await, ["a"]);
    let setup = setup.without(servers[0].address).to(servers[1].address, 1);
    setup.apply(&balancer);
    assert_eq!(Client::names(vip, 2).await, ["b", "b"]);

    let setup = setup.to(servers[2].address, 1);
    setup.apply(&balancer);
    servers.remove(1).stop().await;
    assert_eq!(Client::names(vip, 2).await, ["c", "c"], "b refuses, so the client moves");
    assert_eq!(setup.counters(&balancer).persistent, 1);
}
