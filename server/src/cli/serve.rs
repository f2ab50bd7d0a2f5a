//! `arapaima serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::signal::unix::{SignalKind, signal};

use super::{Data, Failure, Outcome, say};
use crate::clock::Clock;
use crate::config::{Config, Proxies, Proxy, ProxyHeader, Tls};
use crate::console::{Console, StartError};

/// Run the console until SIGTERM or SIGINT.
#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    #[command(flatten)]
    data: Data,
    /// Where browsers connect.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3636")]
    listen: SocketAddr,
    /// Where agents connect.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3637")]
    fleet: SocketAddr,
    /// What `cargo xtask web` made.
    #[arg(long, value_name = "DIR", default_value = "target/site")]
    site: PathBuf,
    /// The pages' certificate, PEM, followed by those between it and its root. A renewed file is taken up within seconds.
    #[arg(long, value_name = "FILE", requires = "tls_key", conflicts_with = "tls_own")]
    tls_cert: Option<PathBuf>,
    /// Its private key, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Protect the pages with a certificate of the console's own; browsers ask about it once.
    #[arg(long)]
    tls_own: bool,
    /// Serve plain HTTP to other machines too, for use behind a TLS proxy.
    #[arg(long)]
    allow_plain_http: bool,
    /// Proxies, as addresses or networks: what they say about where a request comes from is believed. From anybody else it is
    /// ignored.
    #[arg(long = "trusted-proxy", value_name = "CIDR[,CIDR]", value_delimiter = ',')]
    proxies: Vec<Proxy>,
    /// The header in which the proxies say it: X-Forwarded-For (with X-Forwarded-Proto), or Forwarded (RFC 7239). The other one
    /// is ignored, for it may be the visitor's own.
    #[arg(
        long = "trusted-proxy-header",
        value_name = "HEADER",
        requires = "proxies",
        default_value = "x-forwarded-for"
    )]
    proxy_header: ProxyHeader,
}

impl Serve {
    pub(super) async fn run(self) -> Outcome {
        let cannot_wait =
            |error| Failure::Failed(anyhow::Error::new(error).context("cannot wait for signals"));
        let mut terminate = signal(SignalKind::terminate()).map_err(cannot_wait)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot_wait)?;
        let console = Console::start(self.config(), Clock::system()).await.map_err(not_started)?;
        let store = &console.state().store;
        if store.count_users().await? == 0 {
            let data = console.state().config.data.display();
            let (url, code) = (console.url(), console.state().setup.code());
            say::to_people(&format!(
                "Nobody can log in yet: there is no account. Make the first one at {url}/setup with this code:\n\n    {code}\n\nor in another terminal:\n\n    arapaima user add admin --data {data}\n"
            ));
        }
        say::to_scripts(&format!("listening {}", console.url()))?;
        say::to_scripts(&format!("fleet {}", console.fleet()))?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("ending; the clusters go on as they are");
        console.shut_down().await;
        Ok(())
    }

    fn config(self) -> Config {
        let tls = match (self.tls_cert, self.tls_key) {
            (Some(certificate), Some(key)) => Tls::Files { certificate, key },
            _ if self.tls_own => Tls::Own,
            _ => Tls::Off,
        };
        Config {
            data: self.data.directory,
            listen: self.listen,
            fleet: self.fleet,
            site: self.site,
            tls,
            allow_plain_http: self.allow_plain_http,
            proxies: Proxies { proxies: self.proxies, header: self.proxy_header },
        }
    }
}

fn not_started(error: StartError) -> Failure {
    if error.is_usage() { Failure::Usage(error.into()) } else { Failure::Failed(error.into()) }
}
