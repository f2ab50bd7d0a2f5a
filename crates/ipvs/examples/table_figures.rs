//! Figures of this crate and of the kernel beneath it, for `cargo xtask bench ipvs`: run as root in a network namespace of its own,
//! because it empties the table. Prints one `NAME SECONDS` per line.
//!
//! `table_figures floor N`: a bare loop, written for this, that fills the table with N services of two destinations each: what the kernel
//! itself needs. `table_figures apply N`: the same through [`Client::apply`]. `table_figures read N M`: reading N services of M destinations.
//! `table_figures weight N`: one weight changed among N services. `table_figures list N`: `apply` with requests and results in lists.
//! `table_figures connections CLIENT`: the connections of one client among all. `table_figures costs`: what a system call and a fresh page cost
//! here, which tells what a figure of one kernel means for another.

#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

use ipvs::connections::{Filter, Network, list};
use ipvs::{Client, Destination, Forwarding, Protocol, Request, Service, ServiceKey};
use std::error::Error;
use std::fs::File;
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| -> Result<u32, Box<dyn Error>> {
        Ok(arguments.get(index).ok_or("usage: table_figures floor|apply|read|weight N [M]")?.parse()?)
    };
    match arguments.first().map(String::as_str) {
        Some("floor") => floor(number(1)?),
        Some("apply") => apply(number(1)?),
        Some("list") => lists(number(1)?),
        Some("read") => read(number(1)?, number(2)?),
        Some("weight") => weight(number(1)?),
        Some("connections") => {
            connections(arguments.get(1).ok_or("usage: table_figures connections CLIENT")?.parse()?)
        }
        Some("costs") => costs(),
        Some("fill") => fill(number(1)?, number(2)?),
        _ => Err("usage: table_figures floor|apply|read|weight|fill N [M]".into()),
    }
}

/// The address of service `n`: 10.100.0.1 and on, so that a table of any size has no key twice.
fn vip(n: u32) -> Ipv4Addr {
    Ipv4Addr::from(0x0a64_0001 + n)
}

/// Real server `m`: 192.168.0.1 and on.
fn server(m: u32) -> Ipv4Addr {
    Ipv4Addr::from(0xc0a8_0001 + m)
}

fn requests(services: u32, destinations: u32) -> Result<impl Iterator<Item = Request>, Box<dyn Error>> {
    let scheduler: ipvs::Name = "wrr".parse()?;
    Ok((0..services).flat_map(move |n| {
        let key = ServiceKey::address(Protocol::Tcp, IpAddr::V4(vip(n)), 80);
        let service = Request::AddService(Service::new(key.clone(), scheduler.clone()));
        std::iter::once(service).chain((0..destinations).map(move |m| {
            let socket = SocketAddr::new(IpAddr::V4(server(m)), 80);
            let destination = Destination::new(socket, Forwarding::Masquerade);
            Request::AddDestination { service: key.clone(), destination }
        }))
    }))
}

fn carried_out(client: &mut Client, requests: impl Iterator<Item = Request>) -> Outcome {
    let mut refused = None;
    client.apply_each(requests, |index, refusal| refused = Some((index, refusal)))?;
    match refused {
        Some((index, refusal)) => Err(format!("request {index} was refused: {refusal}").into()),
        None => Ok(()),
    }
}

fn fill(services: u32, destinations: u32) -> Outcome {
    carried_out(&mut Client::connect()?, requests(services, destinations)?)
}

/// Requests made on the way.
fn apply(services: u32) -> Outcome {
    let mut client = Client::connect()?;
    client.flush()?;
    let start = Instant::now();
    carried_out(&mut client, requests(services, 2)?)?;
    println!("apply {:.6}", start.elapsed().as_secs_f64());
    expect_entries(&mut client, services)
}

/// Requests in a list, results in another.
fn lists(services: u32) -> Outcome {
    let mut client = Client::connect()?;
    client.flush()?;
    let start = Instant::now();
    let requests: Vec<Request> = requests(services, 2)?.collect();
    println!("built {:.6}", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let results = client.apply(&requests)?;
    println!("list {:.6}", start.elapsed().as_secs_f64());
    results.into_iter().collect::<Result<(), _>>()?;
    expect_entries(&mut client, services)
}

fn expect_entries(client: &mut Client, services: u32) -> Outcome {
    let found = client.services()?.len();
    if found == services as usize {
        Ok(())
    } else {
        Err(format!("{found} services instead of {services}").into())
    }
}

fn read(services: u32, destinations: u32) -> Outcome {
    let mut client = Client::connect()?;
    client.flush()?;
    carried_out(&mut client, requests(services, destinations)?)?;
    for _ in 0..3 {
        let start = Instant::now();
        let services = client.services()?;
        println!("services {:.6}", start.elapsed().as_secs_f64());
        let start = Instant::now();
        let mut seen = 0;
        client.each(|_, destinations| seen += destinations.len())?;
        println!("each {:.6}", start.elapsed().as_secs_f64());
        let start = Instant::now();
        let table = client.table()?;
        println!("table {:.6}", start.elapsed().as_secs_f64());
        let entries: usize = table.iter().map(|(_, destinations)| destinations.len()).sum();
        if seen != entries || entries != services.len() * destinations as usize {
            return Err(format!("{entries} destinations were read").into());
        }
    }
    Ok(())
}

fn weight(services: u32) -> Outcome {
    let mut client = Client::connect()?;
    client.flush()?;
    carried_out(&mut client, requests(services, 2)?)?;
    let service = ServiceKey::address(Protocol::Tcp, IpAddr::V4(vip(services / 2)), 80);
    for weight in 2..12 {
        let socket = SocketAddr::new(IpAddr::V4(server(0)), 80);
        let destination = Destination { weight, ..Destination::new(socket, Forwarding::Masquerade) };
        let start = Instant::now();
        carried_out(
            &mut client,
            std::iter::once(Request::EditDestination { service: service.clone(), destination }),
        )?;
        println!("weight {:.6}", start.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Seconds for one system call that does nothing, and for the first touch of a page.
fn costs() -> Outcome {
    const TIMES: u32 = 20_000;
    const PIECES: usize = 16;
    const PIECE: usize = 1 << 20;
    const PAGE: usize = 4096;
    let start = Instant::now();
    for _ in 0..TIMES {
        std::hint::black_box(rustix::process::getppid());
    }
    println!("call {:.9}", start.elapsed().as_secs_f64() / f64::from(TIMES));
    // In pieces too small for the kernel to hand out as one large page each.
    let mut pieces: Vec<Vec<u8>> = (0..PIECES).map(|_| vec![0; PIECE]).collect();
    let start = Instant::now();
    for byte in pieces.iter_mut().flat_map(|piece| piece.iter_mut().step_by(PAGE)) {
        *byte = 1;
    }
    let pages = u32::try_from(PIECES * PIECE / PAGE)?;
    println!("page {:.9}", std::hint::black_box(start.elapsed()).as_secs_f64() / f64::from(pages));
    Ok(())
}

/// Everything in the connection table, filtered to one client; and how long the file takes by itself.
fn connections(client: IpAddr) -> Outcome {
    let start = Instant::now();
    let mut bytes = vec![0; 65536];
    let mut file = File::open("/proc/self/net/ip_vs_conn")?;
    while file.read(&mut bytes)? > 0 {}
    println!("raw {:.6}", start.elapsed().as_secs_f64());
    drop(bytes);
    let filter = Filter { client: Some(Network { address: client, prefix: 32 }), ..Filter::default() };
    for _ in 0..3 {
        let listing = list(&filter, 100, Duration::from_secs(60))?;
        println!("listed {:.6}", listing.took.as_secs_f64());
        println!("rows {}\nmatched {}", listing.scan.rows, listing.scan.matched);
        if !listing.scan.complete {
            return Err("it took longer than a minute".into());
        }
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak of memory")?;
    println!("peak-kib {}", peak.trim().trim_end_matches(" kB"));
    Ok(())
}

/// The kernel's floor: messages laid down byte by byte, a hundred to a send, the last of each acknowledged. It shares nothing with the
/// crate but the number of the family.
fn floor(services: u32) -> Outcome {
    Client::connect()?.flush()?;
    let (socket, family) = bare::open()?;
    let start = Instant::now();
    let mut batch = bare::Batch::new(socket, family);
    for n in 0..services {
        batch.service(vip(n))?;
        for m in 0..2 {
            batch.destination(vip(n), server(m))?;
        }
    }
    batch.finish()?;
    println!("floor {:.6}", start.elapsed().as_secs_f64());
    expect_entries(&mut Client::connect()?, services)
}

/// The loop without the crate.
mod bare {
    use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_GENERIC};
    use std::error::Error;
    use std::net::Ipv4Addr;

    const REQUEST: u16 = 1;
    const ACK: u16 = 4;

    pub(super) fn open() -> Result<(Socket, u16), Box<dyn Error>> {
        let mut socket = Socket::new(NETLINK_GENERIC)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        socket.set_cap_ack(true)?;
        // CTRL_CMD_GETFAMILY with CTRL_ATTR_FAMILY_NAME "IPVS"; the answer's first attribute after the name is its number.
        let mut message = head(16, REQUEST, 1, 3);
        attribute(&mut message, 2, b"IPVS\0");
        close(&mut message, 0);
        socket.send(&message, 0)?;
        let mut answer = Vec::with_capacity(4096);
        socket.recv(&mut answer, 0)?;
        let number =
            answer.get(20..).and_then(|attributes| attributes.get(16..18)).ok_or("no such family")?;
        Ok((socket, u16::from_ne_bytes([number[0], number[1]])))
    }

    pub(super) struct Batch {
        socket: Socket,
        family: u16,
        bytes: Vec<u8>,
        answer: Vec<u8>,
        last: usize,
        held: u32,
        sequence: u32,
    }

    impl Batch {
        pub(super) fn new(socket: Socket, family: u16) -> Self {
            let (bytes, answer) = (Vec::with_capacity(65536), Vec::with_capacity(65536));
            Self { socket, family, bytes, answer, last: 0, held: 0, sequence: 1 }
        }

        pub(super) fn service(&mut self, vip: Ipv4Addr) -> Result<(), Box<dyn Error>> {
            self.begin(1);
            let nest = key(&mut self.bytes, vip);
            attribute(&mut self.bytes, 6, b"wrr\0");
            attribute(&mut self.bytes, 7, &[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
            attribute(&mut self.bytes, 8, &0_u32.to_ne_bytes());
            attribute(&mut self.bytes, 9, &[0xff; 4]);
            self.end(nest)
        }

        pub(super) fn destination(&mut self, vip: Ipv4Addr, server: Ipv4Addr) -> Result<(), Box<dyn Error>> {
            self.begin(5);
            let nest = key(&mut self.bytes, vip);
            close_nest(&mut self.bytes, nest);
            let nest = open_nest(&mut self.bytes, 2);
            attribute(&mut self.bytes, 11, &2_u16.to_ne_bytes());
            attribute(&mut self.bytes, 1, &sixteen(server));
            attribute(&mut self.bytes, 2, &80_u16.to_be_bytes());
            attribute(&mut self.bytes, 3, &0_u32.to_ne_bytes());
            attribute(&mut self.bytes, 4, &1_u32.to_ne_bytes());
            attribute(&mut self.bytes, 5, &0_u32.to_ne_bytes());
            attribute(&mut self.bytes, 6, &0_u32.to_ne_bytes());
            self.end(nest)
        }

        fn begin(&mut self, command: u8) {
            self.last = self.bytes.len();
            self.sequence += 1;
            self.bytes.extend(head(self.family, REQUEST, self.sequence, command));
        }

        fn end(&mut self, nest: usize) -> Result<(), Box<dyn Error>> {
            close_nest(&mut self.bytes, nest);
            close(&mut self.bytes, self.last);
            self.held += 1;
            if self.held == 100 { self.finish() } else { Ok(()) }
        }

        pub(super) fn finish(&mut self) -> Result<(), Box<dyn Error>> {
            if self.held == 0 {
                return Ok(());
            }
            self.bytes[self.last + 6..self.last + 8].copy_from_slice(&(REQUEST | ACK).to_ne_bytes());
            self.socket.send(&self.bytes, 0)?;
            self.answer.clear();
            self.socket.recv(&mut self.answer, 0)?;
            let (code, sequence) = (self.answer.get(16..20), self.answer.get(8..12));
            if code != Some(&[0; 4]) || sequence != Some(&self.sequence.to_ne_bytes()) {
                return Err("the kernel refused something".into());
            }
            self.bytes.clear();
            self.held = 0;
            Ok(())
        }
    }

    fn head(family: u16, flags: u16, sequence: u32, command: u8) -> Vec<u8> {
        let mut head = vec![0; 20];
        head[4..6].copy_from_slice(&family.to_ne_bytes());
        head[6..8].copy_from_slice(&flags.to_ne_bytes());
        head[8..12].copy_from_slice(&sequence.to_ne_bytes());
        (head[16], head[17]) = (command, 1);
        head
    }

    fn key(bytes: &mut Vec<u8>, vip: Ipv4Addr) -> usize {
        let nest = open_nest(bytes, 1);
        attribute(bytes, 1, &2_u16.to_ne_bytes());
        attribute(bytes, 2, &6_u16.to_ne_bytes());
        attribute(bytes, 3, &sixteen(vip));
        attribute(bytes, 4, &80_u16.to_be_bytes());
        nest
    }

    fn sixteen(address: Ipv4Addr) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&address.octets());
        bytes
    }

    fn attribute(bytes: &mut Vec<u8>, kind: u16, value: &[u8]) {
        let length = u16::try_from(value.len() + 4).unwrap_or_default();
        bytes.extend(length.to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }

    fn open_nest(bytes: &mut Vec<u8>, kind: u16) -> usize {
        attribute(bytes, kind | 0x8000, &[]);
        bytes.len() - 4
    }

    fn close_nest(bytes: &mut [u8], start: usize) {
        let length = u16::try_from(bytes.len() - start).unwrap_or_default();
        bytes[start..start + 2].copy_from_slice(&length.to_ne_bytes());
    }

    fn close(bytes: &mut [u8], start: usize) {
        let length = u32::try_from(bytes.len() - start).unwrap_or_default();
        bytes[start..start + 4].copy_from_slice(&length.to_ne_bytes());
    }
}
