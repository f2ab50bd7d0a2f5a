//! What `arapaima serve` was told, checked as a whole before anything is opened.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

/// How the console is to run.
#[derive(Clone, Debug)]
pub struct Config {
    /// Database, CA and everything else that lasts.
    pub data: PathBuf,
    /// Where browsers connect; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where agents connect; port 0 takes a free one.
    pub fleet: SocketAddr,
    /// What `cargo xtask web` made: the manifest and the files that browsers load.
    pub site: PathBuf,
    /// How the pages are protected on the wire.
    pub tls: Tls,
    /// Plain HTTP beyond the loopback interface was asked for.
    pub allow_plain_http: bool,
    /// Whose word counts for where a request comes from.
    pub proxies: Proxies,
}

/// Proxies that may say for whom they ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// Which.
    pub proxies: Vec<Proxy>,
    /// Where they say it.
    pub header: ProxyHeader,
}

/// Where proxies say for whom they ask. One alone: of another one, which they do not write, they pass on what the visitor made up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ProxyHeader {
    /// `X-Forwarded-For` and `X-Forwarded-Proto`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// A proxy's address, or a network of nothing but proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proxy(IpNet);

/// The pages' protection on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// None: plain HTTP.
    Off,
    /// A certificate from files, PEM.
    Files {
        /// The certificate, followed by those between it and its root.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// A certificate by the console's own CA.
    Own,
}

/// A configuration that must not run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Passwords would cross a network readable.
    #[error(
        "{0} can be reached from other machines and would carry passwords unencrypted; add --tls-own, or --tls-cert and --tls-key, or listen on 127.0.0.1; --allow-plain-http does it anyway, for use behind a TLS proxy"
    )]
    PlainHttp(SocketAddr),
}

/// What is not a proxy's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// Neither an address nor a network.
    #[error("`{0}` is neither an address nor a network such as 10.0.0.0/24")]
    Unreadable(String),
    /// Everybody.
    #[error("`{0}` would believe whatever anybody says; name the proxies themselves")]
    Everybody(String),
}

impl Config {
    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.data.join("arapaima.db")
    }

    /// Refuses what would be unsafe without having been asked for.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.tls == Tls::Off && !self.listen.ip().is_loopback() && !self.allow_plain_http {
            return Err(ConfigError::PlainHttp(self.listen));
        }
        Ok(())
    }
}

impl Proxies {
    /// Whether this is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.proxies.iter().any(|Proxy(network)| network.contains(&address))
    }
}

impl FromIterator<Proxy> for Proxies {
    fn from_iter<I: IntoIterator<Item = Proxy>>(proxies: I) -> Self {
        Self { proxies: proxies.into_iter().collect(), header: ProxyHeader::default() }
    }
}

impl std::fmt::Display for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Proxy {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, ProxyError> {
        let network =
            text.parse().or_else(|_| text.parse().map(|address: IpAddr| address.to_canonical().into()));
        let network: IpNet = network.map_err(|_| ProxyError::Unreadable(text.to_owned()))?;
        let network = unmapped(network);
        if network.prefix_len() == 0 {
            return Err(ProxyError::Everybody(text.to_owned()));
        }
        Ok(Self(network))
    }
}

/// An IPv4 network that is written as IPv6 (`::ffff:10.0.0.0/104`), as the addresses that it is compared with.
fn unmapped(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let (Some(address), Some(length)) = (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(96)) else {
        return network;
    };
    Ipv4Net::new(address, length).map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(listen: &str, tls: Tls, allow_plain_http: bool) -> Config {
        let listen = listen.parse().unwrap();
        let fleet = "127.0.0.1:0".parse().unwrap();
        let proxies = Proxies::default();
        Config { data: "data".into(), listen, fleet, site: "site".into(), tls, allow_plain_http, proxies }
    }

    #[test]
    fn a_proxy_is_an_address_or_a_network_but_not_everybody() {
        let proxies: Proxies =
            ["10.1.0.0/16", "192.0.2.7", "2001:db8::/32", "::ffff:192.0.2.8", "::ffff:10.3.0.0/112"]
                .iter()
                .map(|text| text.parse().unwrap())
                .collect();
        for (address, expected) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("10.2.0.1", false),
            ("10.3.0.1", true),
            ("::ffff:10.3.0.1", true),
            ("192.0.2.7", true),
            ("192.0.2.8", true),
            ("192.0.2.9", false),
            ("2001:db8::1", true),
            ("2001:db9::1", false),
        ] {
            assert_eq!(proxies.contains(address.parse().unwrap()), expected, "{address}");
        }
        for text in ["", "proxy.example", "10.0.0.0/33", "10.0.0"] {
            assert_eq!(text.parse::<Proxy>(), Err(ProxyError::Unreadable(text.into())));
        }
        for text in ["0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96"] {
            assert_eq!(text.parse::<Proxy>(), Err(ProxyError::Everybody(text.into())));
        }
    }

    #[test]
    fn plain_http_stays_on_the_machine_unless_asked_for() {
        assert_eq!(config("127.0.0.1:3636", Tls::Off, false).check(), Ok(()));
        assert_eq!(config("[::1]:3636", Tls::Off, false).check(), Ok(()));
        let open = "0.0.0.0:3636".parse().unwrap();
        assert_eq!(config("0.0.0.0:3636", Tls::Off, false).check(), Err(ConfigError::PlainHttp(open)));
        assert_eq!(config("0.0.0.0:3636", Tls::Off, true).check(), Ok(()));
        assert_eq!(config("0.0.0.0:3636", Tls::Own, false).check(), Ok(()));
    }
}
