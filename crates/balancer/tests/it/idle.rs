//! Idle times.

use std::time::Instant;

use tokio::io::AsyncWriteExt;

use crate::support::{
    Client, RealServer, Setup, all_connections, apply, balancer, free_address, timeouts, until,
};

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_end_and_busy_ones_do_not() {
    let (balancer, server) = (balancer(), RealServer::start("a").await);
    let vip = free_address();
    let setup = Setup::tcp(vip).to(server.address, 1);
    apply(&balancer, &[&setup], timeouts(Some(1), None, None));
    let mut idle = Client::connect(vip).await.unwrap();
    let mut busy = Client::connect(vip).await.unwrap();
    let started = Instant::now();
    let talking = tokio::spawn(async move {
        while started.elapsed().as_secs_f64() < 3.0 {
            busy.echo(b"busy").await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        busy.close().await.unwrap();
    });
    assert!(idle.ended().await.is_err(), "a reset: nobody said goodbye");
    let waited = started.elapsed().as_secs_f64();
    assert!((0.8..2.8).contains(&waited), "{waited} s");
    talking.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn half_closed_connections_have_their_own_time_and_edits_reach_open_ones() {
    let balancer = balancer();
    let listener = tokio::net::TcpListener::bind(free_address()).await.unwrap();
    let vip = free_address();
    let setup = Setup::tcp(vip).to(listener.local_addr().unwrap(), 1);
    apply(&balancer, &[&setup], timeouts(None, None, None));
    let mut client = tokio::net::TcpStream::connect(vip).await.unwrap();
    let _accepted = listener.accept().await.unwrap();
    let expires = all_connections(&balancer)[0].expires.as_secs();
    assert!((890..=900).contains(&expires), "{expires}");

    client.shutdown().await.unwrap();
    until("it is closing", || all_connections(&balancer)[0].expires.as_secs() <= 120).await;
    apply(&balancer, &[&setup], timeouts(None, Some(1), None));
    until("it is gone", || all_connections(&balancer).is_empty()).await;
}
