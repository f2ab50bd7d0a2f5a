//! A graceful end.

use std::time::{Duration, Instant};

use balancer::StepError;
use model::Timeouts;
use model::table::Step;
use tokio::net::TcpStream;

use crate::support::{Client, RealServer, Setup, balancer, free_address};

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_waits_for_connections_and_no_longer() {
    let (balancer, server) = (balancer(), RealServer::start("a").await);
    let vip = free_address();
    Setup::tcp(vip).to(server.address, 1).apply(&balancer);
    let mut client = Client::connect(vip).await.unwrap();
    let ending = tokio::spawn({
        let balancer = balancer.clone();
        async move { balancer.shut_down(Duration::from_secs(10)).await }
    });
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(vip).await.is_ok() {
        assert!(Instant::now() < deadline, "still listening");
    }
    client.echo(b"still here").await.unwrap();
    client.close().await.unwrap();
    assert_eq!(ending.await.unwrap(), 0, "nobody had to be cut");
    let refused = balancer.apply(&[Step::SetTimeouts(Timeouts::default())]).pop().unwrap();
    assert!(matches!(refused, Err(StepError::ShuttingDown)));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_deadline_connections_are_cut() {
    let (balancer, server) = (balancer(), RealServer::start("a").await);
    let vip = free_address();
    Setup::tcp(vip).to(server.address, 1).apply(&balancer);
    let mut client = Client::connect(vip).await.unwrap();
    assert_eq!(balancer.shut_down(Duration::from_millis(100)).await, 1);
    assert!(client.ended().await.is_err());
    assert_eq!(balancer.facts().connections, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_last_handle_ends_everything() {
    let (balancer, server) = (balancer(), RealServer::start("a").await);
    let vip = free_address();
    Setup::tcp(vip).to(server.address, 1).apply(&balancer);
    let mut client = Client::connect(vip).await.unwrap();
    let also = balancer.clone();
    drop(balancer);
    client.echo(b"one handle is left").await.unwrap();
    drop(also);
    let _ = client.ended().await;
    assert!(std::net::TcpListener::bind(vip).is_ok(), "the port is free at once");
}
