//! Weight 0, removal of destinations and of whole services: nobody who is connected notices.

use balancer::Options;
use model::Timeouts;
use tokio::net::TcpStream;

use crate::support::{Client, RealServer, Setup, apply, balancer, balancer_with, free_address, until};

#[tokio::test(flavor = "multi_thread")]
async fn quiesced_destination_keeps_its_connections() {
    let (balancer, servers) = (balancer(), RealServer::start_many(2).await);
    let vip = free_address();
    let setup = Setup::tcp(vip).to(servers[0].address, 1);
    setup.apply(&balancer);
    let mut old = Client::connect(vip).await.unwrap();
    let setup = setup.to(servers[0].address, 0).to(servers[1].address, 1);
    setup.apply(&balancer);
    assert_eq!(Client::names(vip, 4).await, ["b"; 4]);
    old.echo(b"still here").await.unwrap();
    assert_eq!(setup.counters_of(&balancer, servers[0].address).active, 1);
    old.close().await.unwrap();
    until("the count falls", || setup.counters_of(&balancer, servers[0].address).active == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_destination_drains_in_view_and_may_come_back() {
    let (balancer, servers) = (balancer(), RealServer::start_many(2).await);
    let vip = free_address();
    let both = Setup::tcp(vip).to(servers[0].address, 1).to(servers[1].address, 1);
    both.clone().without(servers[1].address).apply(&balancer);
    let mut old = Client::connect(vip).await.unwrap();
    let without = both.clone().without(servers[0].address);
    without.apply(&balancer);
    assert_eq!(Client::names(vip, 4).await, ["b"; 4]);
    old.echo(b"still here").await.unwrap();
    let draining = without.counters_of(&balancer, servers[0].address);
    assert!(draining.removed && draining.active == 1, "{draining:?}");

    both.apply(&balancer);
    let back = both.counters_of(&balancer, servers[0].address);
    assert!(!back.removed && back.active == 1, "its open connection counts again: {back:?}");
    without.apply(&balancer);
    old.close().await.unwrap();
    until("it leaves the counters", || without.counters(&balancer).destinations.len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_service_closes_its_address_and_drains() {
    let (balancer, server) = (balancer(), RealServer::start("a").await);
    let vip = free_address();
    let setup = Setup::tcp(vip).to(server.address, 1);
    setup.apply(&balancer);
    let mut old = Client::connect(vip).await.unwrap();
    apply(&balancer, &[], Timeouts::default());
    old.echo(b"still here").await.unwrap();
    let counters = setup.counters(&balancer);
    assert!(counters.removed && counters.active == 1, "{counters:?}");
    until("the port is free", || std::net::TcpListener::bind(vip).is_ok()).await;
    assert!(TcpStream::connect(vip).await.is_err());
    assert_eq!(balancer.facts().listening_sockets, 0);
    old.close().await.unwrap();
    until("it leaves the counters", || balancer.counters().services.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn expire_nodest_conn_cuts_what_was_removed() {
    let servers = RealServer::start_many(2).await;
    let balancer = balancer_with(Options { expire_nodest_conn: true, ..Options::default() });
    let vip = free_address();
    let setup = Setup::tcp(vip).to(servers[0].address, 1).to(servers[1].address, 1);
    setup.apply(&balancer);
    let mut clients = [Client::connect(vip).await.unwrap(), Client::connect(vip).await.unwrap()];
    clients.sort_by(|a, b| a.server.cmp(&b.server));
    setup.without(servers[0].address).apply(&balancer);
    let [mut cut, mut kept] = clients;
    assert!(cut.ended().await.is_err(), "a reset, not an end");
    kept.echo(b"untouched").await.unwrap();
}
