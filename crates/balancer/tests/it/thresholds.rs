//! Connection thresholds.

use crate::support::{Client, RealServer, Setup, balancer, count, free_address, until};

#[tokio::test(flavor = "multi_thread")]
async fn full_server_gets_nothing_until_below_the_lower_threshold() {
    let (balancer, servers) = (balancer(), RealServer::start_many(2).await);
    let vip = free_address();
    let setup = Setup::tcp(vip).limited(servers[0].address, 1, Some(3), Some(2)).to(servers[1].address, 1);
    setup.apply(&balancer);
    let mut of_a = Vec::new();
    let mut of_b = Vec::new();
    while of_a.len() < 3 {
        let client = Client::connect(vip).await.unwrap();
        if client.server == "a" { of_a.push(client) } else { of_b.push(client) }
    }
    let overloaded = || setup.counters_of(&balancer, servers[0].address);
    assert!(overloaded().overloaded);
    assert_eq!(count(&Client::names(vip, 6).await, "a"), 0);

    of_a.pop().unwrap().close().await.unwrap();
    until("one is gone", || overloaded().active == 2).await;
    assert!(overloaded().overloaded, "two is not below two");
    assert_eq!(count(&Client::names(vip, 6).await, "a"), 0);

    of_a.pop().unwrap().close().await.unwrap();
    until("the flag falls", || !overloaded().overloaded).await;
    assert!(count(&Client::names(vip, 6).await, "a") > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_clients_never_exceed_the_upper_threshold() {
    let (balancer, servers) = (balancer(), RealServer::start_many(2).await);
    let vip = free_address();
    let setup = Setup::tcp(vip).limited(servers[0].address, 1, Some(10), None).limited(
        servers[1].address,
        1,
        Some(15),
        None,
    );
    setup.apply(&balancer);
    let clients: Vec<_> = (0..60).map(|_| tokio::spawn(Client::connect(vip))).collect();
    let mut names = Vec::new();
    let mut open = Vec::new();
    for client in clients {
        if let Ok(client) = client.await.unwrap() {
            names.push(client.server.clone());
            open.push(client);
        }
    }
    assert_eq!(["a", "b"].map(|name| count(&names, name)), [10, 15]);
    assert_eq!(setup.counters(&balancer).refused, 35);
}
