//! Real servers, clients, tables and bounded waits.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use balancer::{Balancer, ConnectionRow, DestinationCounters, Options, ServiceCounters};
use model::table::{
    Role, Table, TableDestination, TableDestinationKey, TableKey, TableService, TableServiceSettings, steps,
};
use model::{
    Forwarding, HostAddress, Persistence, Port, Ports, PrefixLength, Protocol, Scheduler, Seconds, Threshold,
    Thresholds, Timeouts, Weight,
};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// Nothing here takes longer unless it hangs.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// An address with a port that is free, on a loopback address that no other test uses.
pub(crate) fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let process = u8::try_from(std::process::id() % 100).unwrap();
    let [high, low] = n.to_be_bytes();
    let ip = IpAddr::V4(Ipv4Addr::new(127, 100 + process, high, low));
    std::net::TcpListener::bind((ip, 0)).unwrap().local_addr().unwrap()
}

pub(crate) fn balancer() -> Balancer {
    balancer_with(Options::default())
}

/// Two workers, whatever the machine has: more than one, so that what they share is tried.
pub(crate) fn balancer_with(options: Options) -> Balancer {
    Balancer::start(Options { workers: NonZeroUsize::new(2), ..options }).unwrap()
}

/// A virtual service to be configured.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) key: TableKey,
    pub(crate) service: TableService,
}

impl Setup {
    pub(crate) fn tcp(vip: SocketAddr) -> Self {
        Self::new(Protocol::Tcp, vip)
    }

    pub(crate) fn udp(vip: SocketAddr) -> Self {
        Self::new(Protocol::Udp, vip)
    }

    pub(crate) fn new(protocol: Protocol, vip: SocketAddr) -> Self {
        let ports = Ports::single(port(vip));
        let settings = TableServiceSettings {
            scheduler: Scheduler::parse("rr").unwrap(),
            persistence: None,
            one_packet: false,
            proxy_protocol: false,
        };
        Self {
            key: TableKey::Address { protocol, vip: host(vip), ports },
            service: TableService { settings, destinations: BTreeMap::new() },
        }
    }

    pub(crate) fn ports(mut self, text: &str) -> Self {
        if let TableKey::Address { ports, .. } = &mut self.key {
            *ports = Ports::parse(text).unwrap();
        }
        self
    }

    pub(crate) fn scheduler(mut self, name: &str) -> Self {
        self.service.settings.scheduler = Scheduler::parse(name).unwrap();
        self
    }

    pub(crate) fn persistence(mut self, seconds: u32, mask: Option<u8>) -> Self {
        let mask = mask.map(|mask| PrefixLength::try_new(mask).unwrap());
        let timeout = Seconds::new_const(seconds);
        self.service.settings.persistence = Some(Persistence { timeout, mask, engine: None });
        self
    }

    pub(crate) fn one_packet(mut self) -> Self {
        self.service.settings.one_packet = true;
        self
    }

    pub(crate) fn proxy_protocol(mut self) -> Self {
        self.service.settings.proxy_protocol = true;
        self
    }

    /// Adds a real server, or edits it.
    pub(crate) fn to(self, address: SocketAddr, weight: u32) -> Self {
        self.limited(address, weight, None, None)
    }

    pub(crate) fn limited(
        mut self,
        address: SocketAddr,
        weight: u32,
        upper: Option<u16>,
        lower: Option<u16>,
    ) -> Self {
        let threshold = |n: Option<u16>| n.map(Threshold::new_const);
        let entry = TableDestination {
            forwarding: Forwarding::Masquerading,
            weight: Weight::new_const(weight),
            thresholds: Thresholds::try_new(threshold(upper), threshold(lower)).unwrap(),
            role: Role::RealServer,
        };
        self.service.destinations.insert(destination_key(address), entry);
        self
    }

    pub(crate) fn sorry(self, address: SocketAddr) -> Self {
        let mut setup = self.to(address, 1);
        setup.service.destinations.get_mut(&destination_key(address)).unwrap().role = Role::SorryServer;
        setup
    }

    pub(crate) fn without(mut self, address: SocketAddr) -> Self {
        self.service.destinations.remove(&destination_key(address)).unwrap();
        self
    }

    /// Makes this the only service.
    pub(crate) fn apply(&self, balancer: &Balancer) {
        apply(balancer, &[self], Timeouts::default());
    }

    pub(crate) fn counters(&self, balancer: &Balancer) -> ServiceCounters {
        balancer.counters().services.remove(&self.key).unwrap_or_default()
    }

    pub(crate) fn counters_of(&self, balancer: &Balancer, address: SocketAddr) -> DestinationCounters {
        self.counters(balancer).destinations.get(&destination_key(address)).copied().unwrap_or_default()
    }
}

/// Makes these the services; every step must succeed and be read back.
pub(crate) fn apply(balancer: &Balancer, setups: &[&Setup], timeouts: Timeouts) {
    let services = setups.iter().map(|setup| (setup.key.clone(), setup.service.clone())).collect();
    let wanted = Table { timeouts, services };
    for result in balancer.apply(&steps(&balancer.table(), &wanted)) {
        result.unwrap();
    }
    assert_eq!(balancer.table(), wanted);
}

pub(crate) fn timeouts(tcp: Option<u32>, tcp_fin: Option<u32>, udp: Option<u32>) -> Timeouts {
    let seconds = |n: Option<u32>| n.map(Seconds::new_const);
    Timeouts { tcp: seconds(tcp), tcp_fin: seconds(tcp_fin), udp: seconds(udp) }
}

pub(crate) fn destination_key(address: SocketAddr) -> TableDestinationKey {
    TableDestinationKey { address: host(address), port: Some(port(address)) }
}

pub(crate) fn host(address: SocketAddr) -> HostAddress {
    HostAddress::try_new(address.ip()).unwrap()
}

pub(crate) fn port(address: SocketAddr) -> Port {
    Port::new_const(address.port())
}

pub(crate) fn all_connections(balancer: &Balancer) -> Vec<ConnectionRow> {
    let mut rows = Vec::new();
    balancer.connections(|row| rows.push(row.clone()));
    rows
}

/// A real server that says its name and a newline, echoes until the client has closed its side, and closes then.
pub(crate) struct RealServer {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl RealServer {
    pub(crate) async fn start(name: &str) -> Self {
        let listener = TcpListener::bind(free_address()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let greeting = format!("{name}\n");
        let task = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                drop(tokio::spawn(echo(stream, greeting.clone())));
            }
        });
        Self { name: name.to_owned(), address, task }
    }

    /// Ends it; its port is closed afterwards.
    pub(crate) async fn stop(self) {
        self.task.abort();
        until("the real server ends", || self.task.is_finished()).await;
    }

    /// Several of them, named by letters.
    pub(crate) async fn start_many(n: usize) -> Vec<Self> {
        let mut servers = Vec::new();
        for name in ["a", "b", "c", "d", "e"].iter().take(n) {
            servers.push(Self::start(name).await);
        }
        servers
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn echo(mut stream: TcpStream, greeting: String) -> io::Result<()> {
    stream.write_all(greeting.as_bytes()).await?;
    let (mut read, mut write) = stream.split();
    tokio::io::copy(&mut read, &mut write).await?;
    write.shutdown().await
}

/// A client's connection to a [`RealServer`] through the balancer.
pub(crate) struct Client {
    pub(crate) stream: BufReader<TcpStream>,
    pub(crate) server: String,
}

impl Client {
    pub(crate) async fn connect(vip: SocketAddr) -> io::Result<Self> {
        Self::connect_by(TcpSocket::new_v4()?, vip).await
    }

    pub(crate) async fn connect_from(from: IpAddr, vip: SocketAddr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(from, 0))?;
        Self::connect_by(socket, vip).await
    }

    async fn connect_by(socket: TcpSocket, vip: SocketAddr) -> io::Result<Self> {
        let connect = async {
            let mut stream = BufReader::new(socket.connect(vip).await?);
            let mut server = String::new();
            stream.read_line(&mut server).await?;
            if server.pop() != Some('\n') {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Ok(Self { stream, server })
        };
        tokio::time::timeout(LONG, connect).await.map_err(|_| io::ErrorKind::TimedOut)?
    }

    /// The names of the servers that `n` short connections meet.
    pub(crate) async fn names(vip: SocketAddr, n: usize) -> Vec<String> {
        let mut names = Vec::new();
        for _ in 0..n {
            let client = Self::connect(vip).await.unwrap();
            names.push(client.server.clone());
            client.close().await.unwrap();
        }
        names
    }

    /// Sends these bytes and gets them back.
    pub(crate) async fn echo(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut answer = vec![0; bytes.len()];
        let exchange = async {
            self.stream.get_mut().write_all(bytes).await?;
            self.stream.read_exact(&mut answer).await
        };
        tokio::time::timeout(LONG, exchange).await.map_err(|_| io::ErrorKind::TimedOut)??;
        assert_eq!(answer, bytes);
        Ok(())
    }

    /// Closes its side and waits for the other's.
    pub(crate) async fn close(mut self) -> io::Result<()> {
        self.stream.get_mut().shutdown().await?;
        self.ended().await
    }

    /// Waits for the end of the stream.
    pub(crate) async fn ended(&mut self) -> io::Result<()> {
        let mut rest = Vec::new();
        tokio::time::timeout(LONG, self.stream.read_to_end(&mut rest))
            .await
            .map_err(|_| io::ErrorKind::TimedOut)??;
        Ok(())
    }
}

pub(crate) fn count(names: &[String], name: &str) -> usize {
    names.iter().filter(|n| *n == name).count()
}

/// Waits until the condition holds.
pub(crate) async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONG;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A program of `examples/`, which cargo builds beside the tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().and_then(std::path::Path::parent).unwrap().join("examples").join(name);
    assert!(path.exists(), "{} is missing; `cargo build --examples` makes it", path.display());
    path
}
