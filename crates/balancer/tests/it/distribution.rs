//! Every scheduler, seen from the clients.

use crate::support::{Client, RealServer, Setup, balancer, count, free_address};

#[tokio::test(flavor = "multi_thread")]
async fn rr_takes_turns() {
    let (balancer, servers) = (balancer(), RealServer::start_many(3).await);
    let vip = free_address();
    let setup = servers.iter().fold(Setup::tcp(vip), |setup, server| setup.to(server.address, 1));
    setup.apply(&balancer);
    let names = Client::names(vip, 9).await;
    assert_eq!(names[..3], names[3..6]);
    assert_eq!(names[..3], names[6..]);
    assert!(servers.iter().all(|server| count(&names, &server.name) == 3));
    let counters = setup.counters(&balancer);
    assert_eq!((counters.totals.connections, counters.refused), (9, 0));
    assert!(
        servers.iter().all(|server| setup.counters_of(&balancer, server.address).totals.connections == 3)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrr_follows_weights_and_quiesced_get_nothing() {
    let (balancer, servers) = (balancer(), RealServer::start_many(3).await);
    let vip = free_address();
    let setup = Setup::tcp(vip).scheduler("wrr");
    setup.to(servers[0].address, 3).to(servers[1].address, 1).to(servers[2].address, 0).apply(&balancer);
    let names = Client::names(vip, 12).await;
    assert_eq!(["a", "b", "c"].map(|name| count(&names, name)), [9, 3, 0]);
}

/// Schedulers that look at open connections: all clients stay, the shares must be the weights'.
async fn open_connections_follow_weights(scheduler: &str, expected: [usize; 2]) {
    let (balancer, servers) = (balancer(), RealServer::start_many(2).await);
    let vip = free_address();
    let setup = Setup::tcp(vip).scheduler(scheduler).to(servers[0].address, 1).to(servers[1].address, 3);
    setup.apply(&balancer);
    let mut clients = Vec::new();
    for _ in 0..expected.iter().sum() {
        clients.push(Client::connect(vip).await.unwrap());
    }
    let names: Vec<String> = clients.iter().map(|client| client.server.clone()).collect();
    assert_eq!(["a", "b"].map(|name| count(&names, name)), expected, "{scheduler}");
    let active = servers.iter().map(|server| setup.counters_of(&balancer, server.address).active as usize);
    assert_eq!(active.collect::<Vec<_>>(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn lc_levels_open_connections() {
    open_connections_follow_weights("lc", [8, 8]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wlc_levels_open_connections_per_weight() {
    open_connections_follow_weights("wlc", [4, 12]).await;
}

/// The guide's own test: one short visit after the other, and the pages differ.
#[tokio::test(flavor = "multi_thread")]
async fn wlc_spreads_short_connections_too() {
    let (balancer, servers) = (balancer(), RealServer::start_many(2).await);
    let vip = free_address();
    let setup = Setup::tcp(vip).scheduler("wlc").to(servers[0].address, 1).to(servers[1].address, 1);
    setup.apply(&balancer);
    let mut names = Vec::new();
    for _ in 0..12 {
        drop(Client::connect(vip).await.map(|client| names.push(client.server)));
    }
    let shares = ["a", "b"].map(|name| count(&names, name));
    assert!(shares.iter().all(|share| (4..=8).contains(share)), "{shares:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sed_and_nq_level_open_connections_per_weight() {
    open_connections_follow_weights("sed", [4, 12]).await;
    open_connections_follow_weights("nq", [4, 12]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fo_and_ovf_prefer_the_greatest_weight() {
    open_connections_follow_weights("fo", [0, 7]).await;
    // Each takes its weight and one more.
    open_connections_follow_weights("ovf", [2, 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hashes_stick_to_the_client() {
    for scheduler in ["sh", "mh", "dh"] {
        let (balancer, servers) = (balancer(), RealServer::start_many(3).await);
        let vip = free_address();
        let setup = Setup::tcp(vip).scheduler(scheduler);
        servers.iter().fold(setup, |setup, server| setup.to(server.address, 1)).apply(&balancer);
        let mut met = std::collections::BTreeSet::new();
        // So many that each server is met, whatever its port hashes to.
        for n in 1..=60_u8 {
            let from = [127, 3, 3, n].into();
            let first = Client::connect_from(from, vip).await.unwrap().server;
            assert_eq!(first, Client::connect_from(from, vip).await.unwrap().server, "{scheduler}");
            met.insert(first);
        }
        // `dh` hashes the virtual address, of which there is one.
        assert_eq!(met.len(), if scheduler == "dh" { 1 } else { 3 }, "{scheduler}");
    }
}
