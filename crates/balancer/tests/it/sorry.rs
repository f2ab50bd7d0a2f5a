//! The sorry server, and destinations that do not answer.

use std::io;

use balancer::Options;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::support::{Client, RealServer, Setup, balancer, balancer_with, free_address};

#[tokio::test(flavor = "multi_thread")]
async fn sorry_server_answers_while_nobody_else_does() {
    let (balancer, servers) = (balancer(), RealServer::start_many(2).await);
    let sorry = RealServer::start("sorry").await;
    let vip = free_address();
    let setup = Setup::tcp(vip).persistence(60, None).sorry(sorry.address).to(servers[0].address, 1);
    setup.apply(&balancer);
    assert_eq!(Client::names(vip, 2).await, ["a", "a"]);
    let setup = setup.without(servers[0].address);
    setup.apply(&balancer);
    assert_eq!(Client::names(vip, 2).await, ["sorry", "sorry"]);
    let setup = setup.to(servers[1].address, 1);
    setup.apply(&balancer);
    assert_eq!(Client::names(vip, 2).await, ["b", "b"], "the persistent client comes back at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn sorry_server_stands_in_at_the_upper_threshold() {
    let (balancer, server, sorry) =
        (balancer(), RealServer::start("a").await, RealServer::start("sorry").await);
    let vip = free_address();
    let setup = Setup::tcp(vip).sorry(sorry.address).limited(server.address, 1, Some(1), None);
    setup.apply(&balancer);
    let first = Client::connect(vip).await.unwrap();
    assert_eq!((first.server.as_str(), Client::names(vip, 1).await), ("a", vec!["sorry".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_server_is_passed_over_and_counted() {
    let (balancer, server) = (balancer(), RealServer::start("a").await);
    let (vip, dead) = (free_address(), free_address());
    let setup = Setup::tcp(vip).to(dead, 1).to(server.address, 1);
    setup.apply(&balancer);
    assert_eq!(Client::names(vip, 6).await, ["a"; 6]);
    let counters = setup.counters_of(&balancer, dead);
    assert!(
        counters.connect_failures >= 3 && counters.totals.connections == 0 && counters.active == 0,
        "{counters:?}"
    );
    assert_eq!(setup.counters(&balancer).refused, 0);
}

/// A real server whose queue is full does not answer at all; the next one is tried after the connect timeout.
#[tokio::test(flavor = "multi_thread")]
async fn silent_server_is_passed_over_after_the_timeout() {
    let silent = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    silent.bind(&free_address().into()).unwrap();
    silent.listen(0).unwrap();
    let address = silent.local_addr().unwrap().as_socket().unwrap();
    // The queue holds backlog + 1.
    let _waiting = std::net::TcpStream::connect(address).unwrap();
    let server = RealServer::start("a").await;
    let options = Options { connect_timeout: std::time::Duration::from_millis(300), ..Options::default() };
    let balancer = balancer_with(options);
    let vip = free_address();
    Setup::tcp(vip).to(address, 1).to(server.address, 1).apply(&balancer);
    assert_eq!(Client::names(vip, 2).await, ["a"; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_anybody_the_client_is_reset() {
    let balancer = balancer();
    let vip = free_address();
    let setup = Setup::tcp(vip).to(free_address(), 1);
    setup.apply(&balancer);
    // The reset may come before `connect` has looked at its result.
    let read = async { TcpStream::connect(vip).await?.read(&mut [0; 1]).await };
    let error = read.await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(setup.counters(&balancer).refused, 1);
}
