//! What `arapaima serve` was told, checked as a whole before anything is opened.

use std::net::SocketAddr;
use std::path::PathBuf;

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
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn config(listen: &str, tls: Tls, allow_plain_http: bool) -> Config {
        let listen = listen.parse().unwrap();
        let fleet = "127.0.0.1:0".parse().unwrap();
        Config { data: "data".into(), listen, fleet, site: "site".into(), tls, allow_plain_http }
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
