//! Real servers on loopback that say their name, and clients.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

/// Nothing on loopback takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Says its name to whoever connects, then sends lines back.
pub(crate) struct Real {
    name: &'static str,
    pub(crate) address: SocketAddr,
    accepting: Option<JoinHandle<()>>,
}

impl Real {
    pub(crate) async fn start(name: &'static str) -> Self {
        let mut real = Self { name, address: free(), accepting: None };
        real.revive().await;
        real
    }

    /// Accepts nothing any more. What is open stays open.
    pub(crate) async fn kill(&mut self) {
        let accepting = self.accepting.take().expect("it lives");
        accepting.abort();
        let _aborted = accepting.await;
    }

    pub(crate) async fn revive(&mut self) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(self.address).unwrap();
        let listener = socket.listen(128).unwrap();
        self.accepting = Some(tokio::spawn(accept(listener, self.name)));
    }
}

async fn accept(listener: TcpListener, name: &'static str) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        tokio::spawn(async move {
            let (reader, mut writer) = stream.into_split();
            let mut lines = BufReader::new(reader).lines();
            let mut line = Some(name.to_owned());
            while let Some(text) = line {
                if writer.write_all(format!("{text}\n").as_bytes()).await.is_err() {
                    return;
                }
                line = lines.next_line().await.ok().flatten();
            }
        });
    }
}

/// An address that nobody uses, below the range that the system gives out by itself: nobody gets it meanwhile.
pub(crate) fn free() -> SocketAddr {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let process = std::process::id();
    loop {
        let port = 20_000 + NEXT.fetch_add(1, Ordering::Relaxed) % 10_000;
        // Each test process has a loopback address of its own.
        let [.., a, b] = process.to_be_bytes();
        let address: SocketAddr = ([127, 77, a, b.clamp(1, 254)], port).into();
        if std::net::TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// A client's open connection.
pub(crate) struct Client {
    lines: BufReader<TcpStream>,
    /// Who answered.
    pub(crate) server: String,
}

impl Client {
    /// Connects; none if nobody answers.
    pub(crate) async fn connect(vip: SocketAddr) -> Option<Self> {
        let stream =
            timeout(PATIENCE, TcpStream::connect(vip)).await.expect("neither accepted nor refused").ok()?;
        let mut client = Self { lines: BufReader::new(stream), server: String::new() };
        client.server = client.read().await?;
        Some(client)
    }

    async fn read(&mut self) -> Option<String> {
        let mut line = String::new();
        let read =
            timeout(PATIENCE, self.lines.read_line(&mut line)).await.expect("neither an answer nor an end");
        read.ok().filter(|&bytes| bytes > 0)?;
        Some(line.trim_end().to_owned())
    }

    /// Whether the connection still goes both ways.
    pub(crate) async fn works(&mut self) -> bool {
        if self.lines.write_all(b"still there\n").await.is_err() {
            return false;
        }
        self.read().await.as_deref() == Some("still there")
    }
}

/// Who answers this many requests.
pub(crate) async fn ask(vip: SocketAddr, times: usize) -> Vec<String> {
    let mut answers = Vec::new();
    for _ in 0..times {
        answers.push(Client::connect(vip).await.map_or_else(|| "nobody".to_owned(), |client| client.server));
    }
    answers
}

/// Asks until the last several answers are all as wanted.
pub(crate) async fn until(vip: SocketAddr, what: &str, wanted: impl Fn(&[String]) -> bool) {
    let begun = Instant::now();
    loop {
        let answers = ask(vip, 6).await;
        if wanted(&answers) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "never {what}; the last answers were {answers:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
