//! Live edits under load: no request fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use model::Timeouts;

use crate::support::{Client, RealServer, Setup, apply, balancer, destination_key, free_address, until};

#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_while_everything_is_edited() {
    let (balancer, servers) = (balancer(), RealServer::start_many(3).await);
    let vip = free_address();
    let base = servers.iter().fold(Setup::tcp(vip), |setup, server| setup.to(server.address, 2));
    base.apply(&balancer);
    let mut established = Client::connect(vip).await.unwrap();

    let stop = Arc::new(AtomicBool::new(false));
    let done = Arc::new(AtomicUsize::new(0));
    let load: Vec<_> = (0..8)
        .map(|_| {
            let (stop, done) = (Arc::clone(&stop), Arc::clone(&done));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let mut client = Client::connect(vip).await.unwrap();
                    client.echo(b"request").await.unwrap();
                    client.close().await.unwrap();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();

    let edits = [
        base.clone().scheduler("wlc"),
        base.clone().scheduler("sh,sh-fallback").to(servers[0].address, 7),
        base.clone().without(servers[1].address),
        base.clone().persistence(1, Some(24)),
        base.clone().to(servers[2].address, 0).limited(servers[1].address, 5, Some(60_000), Some(100)),
        base.clone().scheduler("wrr").without(servers[0].address).without(servers[2].address),
        // The key itself changes: one service goes, another takes its port over and listens on one more.
        base.clone().ports(&format!("{},{}", vip.port(), free_address().port())),
        base.clone(),
    ];
    for round in 0..5 {
        for edit in &edits {
            edit.apply(&balancer);
            let goal = done.load(Ordering::Relaxed) + 20;
            until("requests go on", || {
                done.load(Ordering::Relaxed) >= goal || load.iter().any(|l| l.is_finished())
            })
            .await;
        }
        established.echo(format!("round {round}").as_bytes()).await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    for task in load {
        task.await.unwrap();
    }
    assert_eq!(base.counters(&balancer).refused, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn port_ranges_are_one_service() {
    let (balancer, server) = (balancer(), RealServer::start("a").await);
    let vip = free_address();
    let first = vip.port() - vip.port() % 8;
    let setup = Setup::tcp(vip).ports(&format!("{first}-{}", first + 3)).to(server.address, 1);
    setup.apply(&balancer);
    for n in 0..4 {
        assert_eq!(Client::names((vip.ip(), first + n).into(), 1).await, ["a"]);
    }
    assert_eq!(setup.counters(&balancer).totals.connections, 4);
    assert_eq!(balancer.facts().listening_sockets, 8, "four ports, two workers");
}

/// A destination without a port is asked on the port that the client used.
#[tokio::test(flavor = "multi_thread")]
async fn destination_without_port_takes_the_clients() {
    let (balancer, server) = (balancer(), RealServer::start("a").await);
    let vip = (free_address().ip(), server.address.port()).into();
    let mut setup = Setup::tcp(vip).to(server.address, 1);
    let entry = setup.service.destinations.remove(&destination_key(server.address)).unwrap();
    let mut key = destination_key(server.address);
    key.port = None;
    setup.service.destinations.insert(key, entry);
    setup.apply(&balancer);
    assert_eq!(Client::names(vip, 1).await, ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_services_swap_their_ports() {
    let (balancer, servers) = (balancer(), RealServer::start_many(2).await);
    let (one, two) = (free_address(), free_address());
    let first = Setup::tcp(one).to(servers[0].address, 1);
    let second = Setup::tcp(two).to(servers[1].address, 1);
    apply(&balancer, &[&first, &second], Timeouts::default());
    assert_eq!(
        (Client::names(one, 1).await, Client::names(two, 1).await),
        (vec!["a".into()], vec!["b".into()])
    );
    let first = Setup::tcp(one).to(servers[1].address, 1);
    let second = Setup::tcp(two).to(servers[0].address, 1);
    apply(&balancer, &[&first, &second], Timeouts::default());
    assert_eq!(
        (Client::names(one, 1).await, Client::names(two, 1).await),
        (vec!["b".into()], vec!["a".into()])
    );
}
