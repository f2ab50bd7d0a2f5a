//! TCP and UDP checks of real sockets.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use health::{ByProtocol, Check, Outcome, Target};
use model::{Cause, Code, Protocol, Why};
use tokio::net::{TcpListener, UdpSocket};

fn target(protocol: Protocol, socket: SocketAddr) -> Target {
    Target { protocol, socket, check: model::Check::Connect }
}

async fn ask(protocol: Protocol, socket: SocketAddr) -> Outcome {
    ByProtocol.check(&target(protocol, socket), Duration::from_secs(5)).await
}

#[tokio::test]
async fn a_listening_port_passes_and_a_closed_one_fails_with_the_reason() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    assert!(matches!(ask(Protocol::Tcp, address).await, Outcome::Passed { .. }));
    drop(listener);
    let Outcome::Failed { reason } = ask(Protocol::Tcp, address).await else { panic!("passed") };
    assert_eq!(*reason, format!("connect to {address}: connection refused, nothing listens there"));
    assert_eq!(reason.cause, Some(Cause::new(Code::ConnectionRefused, [])));
}

#[tokio::test]
async fn a_server_that_does_not_accept_fails_at_the_time_limit() {
    // A full backlog: the kernel drops further SYNs, as a dead host would.
    let socket = socket(1);
    let address = socket.local_addr().unwrap();
    let mut held = Vec::new();
    let limit = Duration::from_millis(300);
    let started = Instant::now();
    loop {
        match tokio::time::timeout(Duration::from_millis(200), tokio::net::TcpStream::connect(address)).await
        {
            Ok(Ok(stream)) => held.push(stream),
            _ => break,
        }
        assert!(started.elapsed() < Duration::from_secs(20), "the backlog never fills");
    }
    let started = Instant::now();
    let outcome = health::TcpConnect.check(&target(Protocol::Tcp, address), limit).await;
    let cause = Cause::new(Code::CheckTimedOut, [("seconds", &"0.3")]);
    let reason = Why::new(format!("connect to {address}: no answer within 0.3 s"), cause);
    assert_eq!(outcome, Outcome::Failed { reason });
    assert!(started.elapsed() >= limit && started.elapsed() < limit * 10);
}

fn socket(backlog: u32) -> TcpListener {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    socket.listen(backlog).unwrap()
}

#[tokio::test]
async fn a_silent_udp_port_passes_and_a_refusing_one_fails() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    assert!(matches!(ask(Protocol::Udp, address).await, Outcome::Passed { .. }));
    drop(server);
    let Outcome::Failed { reason } = ask(Protocol::Udp, address).await else { panic!("passed") };
    assert_eq!(*reason, format!("send a datagram to {address}: connection refused, nothing listens there"));
}
