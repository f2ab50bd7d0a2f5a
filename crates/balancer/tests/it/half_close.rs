//! One side closes, the other goes on.

use std::io;

use balancer::ConnectionState;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Setup, all_connections, balancer, free_address, until};

#[tokio::test(flavor = "multi_thread")]
async fn client_closes_first_and_still_gets_the_answer() {
    let (balancer, vip, listener) =
        (balancer(), free_address(), TcpListener::bind(free_address()).await.unwrap());
    let server = listener.local_addr().unwrap();
    let setup = Setup::tcp(vip).to(server, 1);
    setup.apply(&balancer);
    let mut client = TcpStream::connect(vip).await.unwrap();
    let (mut accepted, _) = listener.accept().await.unwrap();
    client.write_all(b"question").await.unwrap();
    client.shutdown().await.unwrap();
    let mut question = String::new();
    accepted.read_to_string(&mut question).await.unwrap();
    assert_eq!(question, "question");

    until("it is closing", || all_connections(&balancer)[0].state == ConnectionState::CloseWait).await;
    let counters = setup.counters_of(&balancer, server);
    assert_eq!((counters.active, counters.inactive), (0, 1));

    accepted.write_all(b"answer").await.unwrap();
    drop(accepted);
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "answer");
    until("it is gone", || all_connections(&balancer).is_empty()).await;
    let totals = setup.counters(&balancer).totals;
    assert_eq!((totals.bytes_in, totals.bytes_out), (8, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn server_closes_first_and_still_gets_the_rest() {
    let (balancer, vip, listener) =
        (balancer(), free_address(), TcpListener::bind(free_address()).await.unwrap());
    Setup::tcp(vip).to(listener.local_addr().unwrap(), 1).apply(&balancer);
    let mut client = TcpStream::connect(vip).await.unwrap();
    let (mut accepted, _) = listener.accept().await.unwrap();
    accepted.write_all(b"goodbye").await.unwrap();
    accepted.shutdown().await.unwrap();
    let mut greeting = String::new();
    client.read_to_string(&mut greeting).await.unwrap();
    assert_eq!(greeting, "goodbye");
    until("it is closing", || all_connections(&balancer)[0].state == ConnectionState::FinWait).await;

    let sent = vec![7; 3_000_000];
    let (written, read) = tokio::join!(
        async {
            client.write_all(&sent).await?;
            client.shutdown().await
        },
        async {
            let mut received = Vec::new();
            accepted.read_to_end(&mut received).await?;
            Ok::<_, io::Error>(received)
        }
    );
    written.unwrap();
    assert!(read.unwrap() == sent, "three megabytes arrive whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn reset_is_handed_on_as_a_reset() {
    let (balancer, vip, listener) =
        (balancer(), free_address(), TcpListener::bind(free_address()).await.unwrap());
    Setup::tcp(vip).to(listener.local_addr().unwrap(), 1).apply(&balancer);
    let mut client = TcpStream::connect(vip).await.unwrap();
    let (accepted, _) = listener.accept().await.unwrap();
    socket2::SockRef::from(&accepted).set_linger(Some(std::time::Duration::ZERO)).unwrap();
    drop(accepted);
    let error = client.read(&mut [0; 1]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

/// The answer that a server gives before it refuses the rest of a request reaches the client.
#[tokio::test(flavor = "multi_thread")]
async fn early_answer_arrives_although_the_server_reads_no_more() {
    let (balancer, vip, listener) =
        (balancer(), free_address(), TcpListener::bind(free_address()).await.unwrap());
    Setup::tcp(vip).to(listener.local_addr().unwrap(), 1).apply(&balancer);
    let mut client = TcpStream::connect(vip).await.unwrap();
    let (mut accepted, _) = listener.accept().await.unwrap();
    client.write_all(b"too long a request").await.unwrap();
    accepted.write_all(b"413").await.unwrap();
    let mut answer = [0; 3];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"413");
    drop(accepted);
    assert!(matches!(client.read(&mut answer).await, Ok(0) | Err(_)));
}
