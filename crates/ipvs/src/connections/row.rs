//! One row of the file.

use crate::Protocol;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// What a persistence engine remembers of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineData<Text = String> {
    /// The engine.
    pub name: Text,
    /// What it found in the packets: `sip` keeps the call's id.
    pub data: Text,
}

/// A connection, or the memory of a persistent client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection<Text = String> {
    /// The protocol; `Other(0)` for persistent clients of a firewall mark.
    pub protocol: Protocol,
    /// The client. The port is 0 where this is the memory of a persistent client.
    pub client: SocketAddr,
    /// What the client addressed. For the memory of a firewall mark's client it holds the mark.
    pub service: SocketAddr,
    /// The real server.
    pub destination: SocketAddr,
    /// The state, in the kernel's word (`ESTABLISHED`, `TIME_WAIT`, `UDP`).
    pub state: Text,
    /// After what time the kernel forgets it, should nothing more come. Whole seconds.
    pub expires: Duration,
    /// What a persistence engine remembers.
    pub engine: Option<EngineData<Text>>,
}

impl<Text> Connection<Text> {
    /// Whether this is no connection but the memory of a persistent client.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.client.port() == 0
    }
}

impl<'a> Connection<&'a str> {
    /// Reads a row; `None` where it is none.
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        let mut fields = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
        let protocol = protocol(fields.next()?)?;
        let mut socket = || Some(SocketAddr::new(address(fields.next()?)?, hexadecimal(fields.next()?)?));
        let (client, service, destination) = (socket()?, socket()?, socket()?);
        let state = fields.next()?;
        let expires = Duration::from_secs(fields.next()?.parse().ok()?);
        let engine = fields.next().map(|name| EngineData { name, data: fields.next().unwrap_or_default() });
        Some(Self { protocol, client, service, destination, state, expires, engine })
    }

    /// The same without the buffer it was read from.
    pub(super) fn to_owned(self) -> Connection {
        Connection {
            protocol: self.protocol,
            client: self.client,
            service: self.service,
            destination: self.destination,
            state: self.state.to_owned(),
            expires: self.expires,
            engine: self
                .engine
                .map(|engine| EngineData { name: engine.name.to_owned(), data: engine.data.to_owned() }),
        }
    }
}

/// The kernel's `ip_vs_proto_name`.
fn protocol(name: &str) -> Option<Protocol> {
    Some(match name {
        "TCP" => Protocol::Tcp,
        "UDP" => Protocol::Udp,
        "SCTP" => Protocol::Sctp,
        "IP" => Protocol::Other(0),
        "ICMP" => Protocol::Other(1),
        "ESP" => Protocol::Other(50),
        "AH" => Protocol::Other(51),
        "ICMPv6" => Protocol::Other(58),
        other => Protocol::from_number(other.strip_prefix("IP_")?.parse().ok()?),
    })
}

/// Eight hexadecimal digits, or an IPv6 address in full.
fn address(text: &str) -> Option<IpAddr> {
    if text.len() == 8 {
        let bits = u32::from_str_radix(text, 16).ok()?;
        return Some(Ipv4Addr::from(bits).into());
    }
    text.trim_start_matches('[').trim_end_matches(']').parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

fn hexadecimal(text: &str) -> Option<u16> {
    u16::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_either_family() {
        let row =
            Connection::parse(b"TCP C0A80A64 9A2A 0A000002 0050 C0A80A65 1F90 TIME_WAIT        59").unwrap();
        assert_eq!(row.client, "192.168.10.100:39466".parse().unwrap());
        assert_eq!(row.service, "10.0.0.2:80".parse().unwrap());
        assert_eq!(row.destination, "192.168.10.101:8080".parse().unwrap());
        assert_eq!((row.state, row.expires.as_secs(), row.is_template()), ("TIME_WAIT", 59, false));

        let line =
            b"UDP 2001:0db8:0000:0000:0000:0000:0000:0001 0000 2001:0db8:0000:0000:0000:0000:0000:0002 13C4 \
            C0A80A65 13C4 UDP             299 sip a84b4c76e66710@pc33";
        let row = Connection::parse(line).unwrap();
        assert!(row.is_template() && row.client.is_ipv6() && row.destination.is_ipv4());
        assert_eq!(row.engine.unwrap().data, "a84b4c76e66710@pc33");
    }

    #[test]
    fn what_is_no_row_is_none() {
        for line in [
            "",
            "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData",
            "TCP 0A",
            "\u{0}",
        ] {
            assert_eq!(Connection::parse(line.as_bytes()), None, "{line:?}");
        }
    }
}
