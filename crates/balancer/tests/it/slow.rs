//! Slow clients: bounded memory, and nobody else waits for them.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Client, RealServer, Setup, apply, balancer, free_address};

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_do_not_read_stall_nobody_and_get_everything_later() {
    const SIZE: usize = 24 << 20;
    const SLOW: usize = 8;
    let (balancer, server) = (balancer(), RealServer::start("a").await);
    let listener = TcpListener::bind(free_address()).await.unwrap();
    let (bulk_vip, vip) = (free_address(), free_address());
    let bulk = Setup::tcp(bulk_vip).to(listener.local_addr().unwrap(), 1);
    let quick = Setup::tcp(vip).to(server.address, 1);
    apply(&balancer, &[&bulk, &quick], model::Timeouts::default());
    // Bytes that tell their place: a lost, doubled or swapped piece shows.
    let content: std::sync::Arc<[u8]> =
        (0..SIZE).map(|n| u8::try_from((n ^ (n >> 9)) % 251).unwrap()).collect();
    let sent = std::sync::Arc::clone(&content);
    drop(tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let sent = std::sync::Arc::clone(&sent);
            drop(tokio::spawn(async move { stream.write_all(&sent).await }));
        }
    }));

    let mut slow = Vec::new();
    for _ in 0..SLOW {
        slow.push(TcpStream::connect(bulk_vip).await.unwrap());
    }
    let started = Instant::now();
    let mut clients = 0;
    while started.elapsed() < Duration::from_secs(1) {
        let asked = Instant::now();
        Client::names(vip, 1).await;
        clients += 1;
        assert!(asked.elapsed() < Duration::from_secs(2), "a quick client waited {:?}", asked.elapsed());
    }
    assert!(clients >= 10, "{clients} quick clients in a second");
    // What the balancer took from the real servers is what sockets, pipes and buffers hold, far from all there is.
    let taken = bulk.counters(&balancer).totals.bytes_out;
    assert!(taken < (SLOW * SIZE / 2) as u64, "{taken} bytes taken in for clients that read nothing");

    for mut client in slow {
        let mut received = Vec::with_capacity(SIZE);
        client.read_to_end(&mut received).await.unwrap();
        assert!(received[..] == content[..], "{} bytes, or others than were sent", received.len());
    }
    assert_eq!(bulk.counters(&balancer).totals.bytes_out, (SLOW * SIZE) as u64);
}

/// Both ways at once, in pieces of all sizes: what goes through the pipe and what goes through the buffer stay in order.
#[tokio::test(flavor = "multi_thread")]
async fn streams_of_changing_pace_arrive_whole() {
    let (balancer, server) = (balancer(), RealServer::start("a").await);
    let vip = free_address();
    Setup::tcp(vip).to(server.address, 1).apply(&balancer);
    let client = Client::connect(vip).await.unwrap();
    let (mut read, mut write) = client.stream.into_inner().into_split();
    let content: Vec<u8> =
        (0..40_000_000_usize).map(|n| u8::try_from((n ^ (n >> 11)) % 253).unwrap()).collect();
    let sent = content.clone();
    let writer = tokio::spawn(async move {
        let (mut at, mut piece) = (0, 1);
        while at < sent.len() {
            let to = sent.len().min(at + piece);
            write.write_all(&sent[at..to]).await.unwrap();
            at = to;
            piece = if piece > 3_000_000 { 1 } else { piece * 3 };
            if piece < 1000 {
                tokio::task::yield_now().await;
            }
        }
        write.shutdown().await.unwrap();
    });
    let mut received = Vec::with_capacity(content.len());
    read.read_to_end(&mut received).await.unwrap();
    writer.await.unwrap();
    assert!(received == content, "{} of {} bytes, or others", received.len(), content.len());
}
