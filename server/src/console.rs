//! The console as a whole: everything that `arapaima serve` opens, in the order in which it needs each other, and its end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::{Auth, AuthError, Setup};
use crate::backup;
use crate::ca::{Ca, CaError};
use crate::clock::Clock;
use crate::config::{Config, ConfigError, Tls};
use crate::fleet::{Fleet, FleetError};
use crate::http::tls::{Protection, TlsError, protection};
use crate::http::{AppState, Assets, AssetsError, MOST_VIEWERS, Offers, listen, router};
use crate::live::Live;
use crate::observer::Observer;
use crate::store::{OpenError, Sessions, Store, StoreError};

/// How often expired sessions are swept, five hundred at most each time.
const SWEEP_EVERY: Duration = Duration::from_secs(10 * 60);

/// A running console.
pub struct Console {
    state: AppState,
    pages: SocketAddr,
    fleet: SocketAddr,
    tasks: TaskTracker,
}

/// Why the console does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// What it was told cannot be.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A restore was cut off.
    #[error(
        "a restore into {0} was cut off; run `arapaima restore FILE --data {0} --force` again, or remove {0}/restoring if what is there is to stay"
    )]
    Interrupted(PathBuf),
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database, after it was opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The CA.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// What browsers load.
    #[error(transparent)]
    Assets(#[from] AssetsError),
    /// The pages' certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Password hashing.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The agents' listener.
    #[error(transparent)]
    Fleet(#[from] FleetError),
    /// The pages' address.
    #[error(
        "cannot listen for browsers on {address}; is another console running, or is the address not this machine's?"
    )]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl StartError {
    /// Whether what was typed is at fault (exit code 64) and not the machine (1).
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Config(_) | Self::Assets(_) | Self::Tls(TlsError::Read { .. } | TlsError::Unusable { .. })
        )
    }
}

impl Console {
    /// Opens everything and begins to serve. What can be wrong with the configuration is found before anything is written.
    pub async fn start(config: Config, clock: Clock) -> Result<Self, StartError> {
        config.check()?;
        let config = Arc::new(config);
        let assets = Arc::new(Assets::load(&config.site)?);
        if backup::interrupted(&config.data) {
            return Err(StartError::Interrupted(config.data.clone()));
        }
        let store = Store::open(config.database()).await?;
        let ca = Ca::open(&config.data.join("ca"))?;
        let tls = protection(&config, &clock)?;
        let cannot_listen = |source| StartError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(cannot_listen)?;
        let pages = listener.local_addr().map_err(cannot_listen)?;
        // Whoever asked for any free port wants to read which one it is.
        let config = Arc::new(Config { listen: pages, ..Config::clone(&config) });
        let fleet = Fleet::start(store.clone(), ca, config.fleet).await?;
        let fleet_address = fleet.address();
        let closing = CancellationToken::new();
        let sessions = Sessions::new(store.clone(), clock.clone());
        let live = Live::new(store.clone(), fleet.clone(), clock.clone(), closing.clone());
        let observer = Observer::new(store.clone(), fleet.clone(), clock.clone(), closing.clone());
        let (offers, passwords) = (Offers::default(), Offers::default());
        let state = AppState {
            store,
            sessions,
            auth: Auth::new()?,
            fleet,
            live,
            offers,
            passwords,
            setup: Setup::generate(),
            certificate: tls.as_ref().map(|tls| Arc::clone(&tls.certificate)),
            clock,
            config,
            viewers: Arc::new(Semaphore::new(MOST_VIEWERS)),
            worked_out: Arc::default(),
            assets,
            closing: closing.clone(),
        };
        let tasks = TaskTracker::new();
        let tls = tls.map(|Protection { server, certificate }| {
            tasks.spawn(certificate.follow(closing.clone()));
            server
        });
        let (router, config, end) = (router(state.clone()), Arc::clone(&state.config), closing.clone());
        tasks.spawn(async move { listen::serve(listener, tls, router, &config.proxies, end).await });
        tasks.spawn(sweep(state.sessions.clone(), closing));
        tasks.spawn(observer.run());
        tasks.close();
        Ok(Self { state, pages, fleet: fleet_address, tasks })
    }

    /// What its handlers share.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Where browsers connect.
    pub fn pages(&self) -> SocketAddr {
        self.pages
    }

    /// Where agents connect.
    pub fn fleet(&self) -> SocketAddr {
        self.fleet
    }

    /// Where browsers connect, as an address to open.
    pub fn url(&self) -> String {
        let scheme = if self.state.config.tls == Tls::Off { "http" } else { "https" };
        format!("{scheme}://{}", self.pages)
    }

    /// Ends it: no new connections, streams stop, answers finish, agents are told, the database is tidied. Clusters go on.
    pub async fn shut_down(self) {
        self.state.closing.cancel();
        tokio::join!(self.tasks.wait(), self.state.fleet.shut_down());
        self.state.store.close().await;
    }
}

async fn sweep(sessions: Sessions, closing: CancellationToken) {
    while closing.run_until_cancelled(tokio::time::sleep(SWEEP_EVERY)).await.is_some() {
        match sessions.sweep().await {
            Ok(0) => {}
            Ok(swept) => tracing::debug!(swept, "swept expired sessions"),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "cannot sweep expired sessions");
            }
        }
    }
}
