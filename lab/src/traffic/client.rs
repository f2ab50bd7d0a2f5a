//! Clients that ask who is there.

use super::stream::{Transport, open};
use crate::net::Place;
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

/// A connection that goes on: one may ask again and again.
#[derive(Debug)]
pub(crate) struct Held {
    stream: TcpStream,
}

impl Held {
    /// Connects from a client's machine.
    pub(crate) fn open(
        client: &Place,
        transport: Transport,
        source: Option<IpAddr>,
        to: SocketAddr,
    ) -> Result<Self> {
        client.within(|| open(transport, source, to)).map(|stream| Self { stream })
    }

    /// Ends it at once, by a reset: nobody then waits for what may still come.
    pub(crate) fn reset(self) -> Result<()> {
        socket2::SockRef::from(&self.stream)
            .set_linger(Some(Duration::ZERO))
            .context("could not set the socket's linger")
    }

    /// Who is at the other end.
    pub(crate) fn ask(&mut self) -> Result<String> {
        request(&mut self.stream, false)
    }
}

/// One request on a connection of its own, from where the caller's thread is.
pub(crate) fn ask(transport: Transport, source: Option<IpAddr>, to: SocketAddr) -> Result<String> {
    request(&mut open(transport, source, to)?, true)
}

/// Who answers one request of a client.
pub(crate) fn fetch(client: &Place, to: SocketAddr) -> Result<String> {
    client.within(|| ask(Transport::Tcp, None, to))
}

/// The same from one of the client's addresses.
pub(crate) fn fetch_from(client: &Place, source: IpAddr, to: SocketAddr) -> Result<String> {
    client.within(|| ask(Transport::Tcp, Some(source), to))
}

/// Who answered how many of `requests` requests, one after the other. One that is not answered is an error.
pub(crate) fn count(client: &Place, to: SocketAddr, requests: usize) -> Result<BTreeMap<String, usize>> {
    client.within(|| {
        let mut counts = BTreeMap::new();
        for _ in 0..requests {
            *counts.entry(ask(Transport::Tcp, None, to)?).or_default() += 1;
        }
        Ok(counts)
    })
}

fn request(stream: &mut TcpStream, last: bool) -> Result<String> {
    let end = if last { "Connection: close\r\n" } else { "" };
    stream
        .write_all(format!("GET / HTTP/1.1\r\nHost: lab\r\n{end}\r\n").as_bytes())
        .context("could not ask")?;
    let mut answer = Vec::new();
    let mut part = [0; 512];
    loop {
        let count = stream.read(&mut part).context("no answer")?;
        if count == 0 {
            bail!("the connection was closed after {} bytes of an answer", answer.len());
        }
        answer.extend_from_slice(part.get(..count).unwrap_or_default());
        if let Some(name) = body(&answer) {
            return Ok(name);
        }
    }
}

/// The line after the head, once it is complete.
fn body(answer: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(answer).ok()?;
    let (_, body) = text.split_once("\r\n\r\n")?;
    body.strip_suffix('\n').map(str::to_owned)
}
