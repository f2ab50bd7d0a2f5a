//! The agents' side of the console: they dial in, it never dials out.
//!
//! [`Fleet`] is what pages use: push a revision, shut a director out, see what directors report, look at their numbers
//! while somebody watches. Behind it is one listener (`listener`), a desk for enrolments (`enrolment`), a session for
//! each connected agent (`session`), what they have in common (`registry`), and a task that follows the store (`follow`).
//!
//! Nothing here is the truth: desired states are in the store, observed ones come again with the next report.

mod connections;
mod doctor;
mod enrolment;
mod follow;
mod foreign;
mod listener;
mod outbox;
mod question;
mod registry;
mod seen;
mod session;
mod throttle;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::{ClusterId, DirectorId};
use protocol::wire::enrolment_server::EnrolmentServer;
use protocol::wire::fleet_server::FleetServer;
use protocol::wire::refusal::Kind;
use protocol::{
    HEARTBEAT, MAX_AGENT_MESSAGE, MAX_CONSOLE_MESSAGE, MAX_ENROLMENT_MESSAGE, SILENCE, Secret, Stats, Token,
    wire,
};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::transport::Server;

use crate::ca::{Ca, CaError};
use crate::clock::Clock;
use crate::store::{Actor, Store, StoreError};

pub use connections::{ConnectionsError, Look};
pub use doctor::{Examination, ExamineError};
pub use foreign::{CommandError, ForeignEntries};
pub use question::Unanswered;
pub use registry::{DirectorState, Watching};
use registry::{Registry, refusal};

/// How long an enrolment token is good, in milliseconds.
pub const TOKEN_LIFE_MS: i64 = 3_600_000;

/// How often the console looks whether its own certificate should be renewed.
const RENEWAL_LOOK: Duration = Duration::from_secs(3600);

/// Requests at a time on one connection: a session, and room for mistakes.
const STREAMS: u32 = 4;

/// Large reports should not wait for a window update per 64 KiB; bounds what one agent can have in our memory unread.
const STREAM_WINDOW: u32 = 1024 * 1024;

/// For agents to read the last words when the console ends.
const FAREWELL: Duration = Duration::from_secs(3);

/// The agents' side of the console. Cheap to clone.
#[derive(Clone)]
pub struct Fleet {
    inner: Arc<Inner>,
    address: SocketAddr,
    shutdown: CancellationToken,
    server: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

/// What can be told to [`Fleet::start`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How often agents get a ping.
    pub heartbeat: Duration,
    /// After so long without a message an agent is taken for dead.
    pub silence: Duration,
    /// How often it is written down when directors were last seen.
    pub seen_every: Duration,
}

/// What all parts share.
struct Inner {
    store: Store,
    ca: Ca,
    clock: Clock,
    options: Options,
    registry: Arc<Registry>,
    seen: seen::Seen,
    /// What doctors found last.
    examinations: doctor::Examinations,
    /// What was found in connection tables a moment ago.
    looks: connections::Shared,
    /// Wakes the task that follows the store.
    nudge: Notify,
    sessions: TaskTracker,
    /// Set when the console ends: who comes now is asked to come again.
    closing: CancellationToken,
}

/// Why agents cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// The address is taken, or not ours.
    #[error(
        "cannot listen for agents on {address}; is another console running, or is the address not this machine's?"
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The CA cannot be used.
    #[error(transparent)]
    Ca(#[from] CaError),
}

impl Default for Options {
    fn default() -> Self {
        Self { heartbeat: HEARTBEAT, silence: SILENCE, seen_every: Duration::from_secs(5) }
    }
}

impl Fleet {
    /// Listens on `listen` (port 0: any free one, see [`Fleet::address`]) until [`Fleet::shut_down`].
    pub async fn start(store: Store, ca: Ca, listen: SocketAddr) -> Result<Self, FleetError> {
        Self::start_with(store, ca, listen, Clock::system(), Options::default()).await
    }

    /// The same with another clock and other times.
    pub async fn start_with(
        store: Store,
        ca: Ca,
        listen: SocketAddr,
        clock: Clock,
        options: Options,
    ) -> Result<Self, FleetError> {
        let cannot_listen = |source| FleetError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let (tls, certificate) = ca.tls()?;
        let inner = Arc::new(Inner {
            store,
            ca,
            clock,
            options,
            registry: Registry::new(),
            seen: seen::Seen::default(),
            examinations: doctor::Examinations::default(),
            looks: connections::Shared::default(),
            nudge: Notify::new(),
            sessions: TaskTracker::new(),
            closing: CancellationToken::new(),
        });
        let shutdown = CancellationToken::new();

        let enrolments = EnrolmentServer::new(enrolment::Desk::new(Arc::clone(&inner)))
            .max_decoding_message_size(MAX_ENROLMENT_MESSAGE);
        let sessions = FleetServer::new(session::Door(Arc::clone(&inner)))
            .max_decoding_message_size(MAX_AGENT_MESSAGE)
            .max_encoding_message_size(MAX_CONSOLE_MESSAGE);
        let router = Server::builder()
            .http2_keepalive_interval(Some(HEARTBEAT))
            .http2_keepalive_timeout(Some(HEARTBEAT))
            .max_concurrent_streams(STREAMS)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(2 * STREAM_WINDOW)
            .add_service(enrolments)
            .add_service(sessions);
        let incoming = listener::accept(listener, tls, shutdown.clone());
        let ended = shutdown.clone().cancelled_owned();
        let serve = tokio::spawn(async move {
            if let Err(error) = router.serve_with_incoming_shutdown(incoming, ended).await {
                tracing::error!(%error, "the agents' listener has failed");
            }
        });
        let (this, token) = (Arc::clone(&inner), shutdown.clone());
        let follow = tokio::spawn(async move { follow::follow(&this, token).await });
        let (this, token) = (Arc::clone(&inner), shutdown.clone());
        let seen =
            tokio::spawn(async move { this.seen.write(&this.store, this.options.seen_every, token).await });
        let (this, token) = (Arc::clone(&inner), shutdown.clone());
        let renew = tokio::spawn(async move {
            while token.run_until_cancelled(tokio::time::sleep(RENEWAL_LOOK)).await.is_some() {
                match this.ca.renew(&certificate) {
                    Ok(false) => {}
                    Ok(true) => tracing::info!("renewed the console's certificate for agents"),
                    Err(error) => {
                        tracing::error!(%error, "cannot renew the console's certificate for agents");
                    }
                }
            }
        });
        let server = Arc::new(Mutex::new(vec![serve, follow, seen, renew]));
        Ok(Self { inner, address, shutdown, server })
    }

    /// Where agents dial.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends all sessions with a word of farewell, and the listener. Agents come again by themselves.
    pub async fn shut_down(&self) {
        self.inner.closing.cancel();
        self.inner.registry.close_all(&farewell());
        self.inner.sessions.close();
        if tokio::time::timeout(FAREWELL, self.inner.sessions.wait()).await.is_err() {
            tracing::debug!("some agents did not listen to the end");
        }
        self.shutdown.cancel();
        let tasks = std::mem::take(&mut *self.server.lock().unwrap_or_else(PoisonError::into_inner));
        for mut task in tasks {
            // A connection that will not close must not keep us.
            if tokio::time::timeout(FAREWELL, &mut task).await.is_err() {
                task.abort();
            }
        }
    }

    /// There is a new revision of this cluster: its directors get it now and not with the next look at the store.
    pub fn push(&self, cluster: ClusterId) {
        tracing::debug!(%cluster, "pushing");
        self.inner.nudge.notify_one();
    }

    /// This director has been revoked: its session ends now.
    pub fn revoked(&self, director: DirectorId) {
        let text = "this director has been revoked on the console; to let it in again, enrol it anew with a token from its \
                    page";
        self.inner.registry.close(director, refusal(Kind::Revoked, text));
    }

    /// This director has been deleted, with its cluster: its session ends now.
    pub fn deleted(&self, director: DirectorId) {
        self.inner.registry.close(director, refusal(Kind::UnknownDirector, session::UNKNOWN));
    }

    /// What is known of a director.
    pub fn director(&self, director: DirectorId) -> DirectorState {
        self.inner.registry.state(director)
    }

    /// Bumped whenever the state of any director changes (numbers excepted: they change every second).
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.inner.registry.changed()
    }

    /// Asks a cluster's directors for numbers once a second, for as long as the guard is held.
    pub fn watch(&self, cluster: ClusterId) -> Watching {
        self.inner.registry.watch(cluster)
    }

    /// A director's newest numbers; none while nobody watches.
    pub fn stats(&self, director: DirectorId) -> Option<Arc<Stats>> {
        self.inner.registry.stats(director)
    }

    /// A token that enrols this director once, within [`TOKEN_LIFE_MS`]. Tokens made before are void.
    pub async fn new_token(&self, actor: &Actor, director: DirectorId) -> Result<Token, StoreError> {
        new_token(&self.inner.store, &self.inner.ca, &self.inner.clock, actor, director).await
    }
}

/// [`Fleet::new_token`] for who has no fleet: the command line.
pub async fn new_token(
    store: &Store,
    ca: &Ca,
    clock: &Clock,
    actor: &Actor,
    director: DirectorId,
) -> Result<Token, StoreError> {
    let secret = Secret(rand::random());
    store.new_token(actor, director, secret.hash(), clock.now_ms().saturating_add(TOKEN_LIFE_MS)).await?;
    Ok(Token { secret, spki: ca.spki() })
}

fn farewell() -> wire::Refusal {
    refusal(Kind::Closing, "the console ends; it may be back soon")
}
