//! Both ends of a load, for benches and tests of many connections.
//!
//! ```text
//! load serve ADDRESS                       a real server: see below
//! load connections ADDRESS CLIENTS SECONDS new connections, each one request and one answer
//! load requests ADDRESS CLIENTS SECONDS    requests one after the other on kept connections
//! load bulk ADDRESS CLIENTS SECONDS        large answers
//! ```
//!
//! A request is one byte: `r` is answered by 128 bytes, `b` by 64 MiB. The client closes. One line of JSON comes out.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ANSWER: usize = 128;
const BULK: usize = 64 << 20;
const CHUNK: usize = 256 << 10;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["serve", address] => serve(address.parse()?).await?,
        [mode @ ("connections" | "requests" | "bulk"), address, clients, seconds] => {
            run(mode, address.parse()?, clients.parse()?, seconds.parse()?).await?;
        }
        _ => {
            return Err(
                "usage: load serve ADDRESS | load connections|requests|bulk ADDRESS CLIENTS SECONDS".into()
            );
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the program's output")]
async fn serve(address: SocketAddr) -> io::Result<()> {
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_nodelay(true)?;
    socket.bind(address)?;
    let listener = socket.listen(4096)?;
    println!("listening {}", listener.local_addr()?);
    let bulk: Arc<[u8]> = vec![b'x'; CHUNK].into();
    loop {
        let (stream, _) = listener.accept().await?;
        drop(tokio::spawn(answer(stream, Arc::clone(&bulk))));
    }
}

async fn answer(mut stream: TcpStream, bulk: Arc<[u8]>) -> io::Result<()> {
    let mut request = [0; 1];
    while stream.read(&mut request).await? == 1 {
        if request[0] == b'b' {
            for _ in 0..BULK / CHUNK {
                stream.write_all(&bulk).await?;
            }
        } else {
            stream.write_all(&bulk[..ANSWER]).await?;
        }
    }
    Ok(())
}

#[derive(Default)]
struct Tally {
    done: AtomicU64,
    bytes: AtomicU64,
    failed: AtomicU64,
}

#[expect(clippy::print_stdout, reason = "the program's output")]
async fn run(mode: &str, address: SocketAddr, clients: usize, seconds: u64) -> io::Result<()> {
    let tally = Arc::new(Tally::default());
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..clients {
        let (tally, mode) = (Arc::clone(&tally), mode.to_owned());
        tasks.spawn(async move {
            while Instant::now() < until {
                if session(&mode, address, until, &tally).await.is_err() {
                    tally.failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    let elapsed = started.elapsed().as_secs_f64();
    let (done, bytes) = (tally.done.load(Ordering::Relaxed), tally.bytes.load(Ordering::Relaxed));
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let (per_second, gigabytes) = (done as f64 / elapsed, bytes as f64 / elapsed / 1e9);
    println!(
        "{}",
        serde_json::json!({
            "mode": mode, "clients": clients, "seconds": elapsed, "done": done, "per_second": per_second,
            "gigabytes_per_second": gigabytes, "failed": tally.failed.load(Ordering::Relaxed),
        })
    );
    Ok(())
}

/// One connection: one request, or requests until the time is over.
async fn session(mode: &str, address: SocketAddr, until: Instant, tally: &Tally) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut answer = vec![0; if mode == "bulk" { CHUNK } else { ANSWER }];
    loop {
        let (request, expected) = if mode == "bulk" { (b"b", BULK) } else { (b"r", ANSWER) };
        stream.write_all(request).await?;
        let mut left = expected;
        while left > 0 {
            let read = stream.read(&mut answer).await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            left -= read;
            tally.bytes.fetch_add(read as u64, Ordering::Relaxed);
            if mode == "bulk" && Instant::now() >= until {
                return Ok(());
            }
        }
        tally.done.fetch_add(1, Ordering::Relaxed);
        if mode == "connections" || Instant::now() >= until {
            return Ok(());
        }
    }
}
