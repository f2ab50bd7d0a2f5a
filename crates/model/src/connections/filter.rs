//! Which connections are wanted.

use std::fmt;

use ipnet::IpNet;

use super::Seen;
use crate::table::TableDestinationKey;
use crate::{Protocol, Reason};

/// What a connection must be; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The network that the client is in.
    pub client: Option<IpNet>,
    /// The real server: its address, and its port unless any will do.
    pub server: Option<TableDestinationKey>,
    /// The protocol.
    pub protocol: Option<Protocol>,
    /// The state.
    pub state: Option<ConnectionState>,
}

/// IPVS's word for where a connection is in its life: `ESTABLISHED`, `TIME_WAIT`, `UDP`. Newer kernels may know others than we.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionState(String);

impl Filter {
    /// Whether a connection is one of those.
    pub fn admits(&self, seen: &Seen<'_>) -> bool {
        self.client.is_none_or(|network| network.contains(&seen.client.ip()))
            && self.server.is_none_or(|server| goes_to(seen, server))
            && self.protocol.is_none_or(|protocol| protocol == seen.protocol)
            && self.state.as_ref().is_none_or(|state| state.0 == seen.state)
    }

    /// Whether any will do.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a connection goes to this real server.
pub(super) fn goes_to(seen: &Seen<'_>, server: TableDestinationKey) -> bool {
    seen.destination.ip().to_canonical() == server.address.get()
        && server.port.is_none_or(|port| port.get() == seen.destination.port())
}

impl ConnectionState {
    /// The longest word; IPVS's own longest is `SHUTDOWN_ACK_SENT`.
    const MAX: usize = 24;

    /// The words that the kernel's IPVS has, those of TCP first (`ip_vs_proto_tcp.c`, `ip_vs_proto_sctp.c`).
    pub const KNOWN: &[&str] = &[
        "ESTABLISHED",
        "SYN_SENT",
        "SYN_RECV",
        "FIN_WAIT",
        "TIME_WAIT",
        "CLOSE",
        "CLOSE_WAIT",
        "LAST_ACK",
        "LISTEN",
        "SYNACK",
        "NONE",
        "UDP",
        "INIT",
        "INIT1",
        "COOKIE_SENT",
        "COOKIE_REPLIED",
        "COOKIE_WAIT",
        "COOKIE",
        "COOKIE_ECHOED",
        "SHUTDOWN_SENT",
        "SHUTDOWN_RCVD",
        "SHUTDOWN_ACK_SENT",
        "REJECTED",
        "CLOSED",
    ];

    /// Takes a word in upper or lower case.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Reason::Missing);
        }
        if text.len() > Self::MAX {
            return Err(Reason::TooLong { max: Self::MAX });
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(Reason::UnprintableCharacters);
        }
        Ok(Self(text.to_ascii_uppercase()))
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen() -> Seen<'static> {
        Seen {
            protocol: Protocol::Tcp,
            client: "192.0.2.7:40000".parse().unwrap(),
            virtual_address: "10.0.0.2:80".parse().unwrap(),
            destination: "192.168.10.100:8080".parse().unwrap(),
            state: "ESTABLISHED",
            expires_s: 899,
        }
    }

    #[test]
    fn each_part_of_a_filter_counts() {
        let any = Filter::default();
        assert!(any.admits(&seen()) && any.is_empty());
        let client = |net: &str| Filter { client: Some(net.parse().unwrap()), ..Filter::default() };
        assert!(client("192.0.2.0/24").admits(&seen()) && !client("192.0.3.0/24").admits(&seen()));
        assert!(!client("2001:db8::/32").admits(&seen()));
        let server = |key: &str| Filter {
            server: Some(TableDestinationKey::parse(key).unwrap()),
            ..Filter::default()
        };
        assert!(server("192.168.10.100").admits(&seen()) && server("192.168.10.100:8080").admits(&seen()));
        assert!(!server("192.168.10.100:80").admits(&seen()) && !server("192.168.10.101").admits(&seen()));
        let protocol = |protocol| Filter { protocol: Some(protocol), ..Filter::default() };
        assert!(protocol(Protocol::Tcp).admits(&seen()) && !protocol(Protocol::Udp).admits(&seen()));
        let state =
            |word: &str| Filter { state: Some(ConnectionState::parse(word).unwrap()), ..Filter::default() };
        assert!(state("established").admits(&seen()) && !state("TIME_WAIT").admits(&seen()));
    }

    #[test]
    fn a_state_is_a_word() {
        assert_eq!(ConnectionState::parse(" time_wait ").unwrap().as_str(), "TIME_WAIT");
        assert_eq!(ConnectionState::parse(""), Err(Reason::Missing));
        assert!(
            ConnectionState::parse("TIME WAIT").is_err() && ConnectionState::parse(&"X".repeat(25)).is_err()
        );
        for word in ConnectionState::KNOWN {
            assert_eq!(ConnectionState::parse(word).unwrap().as_str(), *word);
        }
    }
}
