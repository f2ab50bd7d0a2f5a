//! What the console knows of its directors while it runs. All of it is rebuilt from the agents' reports.
//!
//! Locks are held for moments, never over an await. Memory: one entry for each director that there is and that has connected
//! since the start, with its last report and its last sample.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{ClusterId, Code, DirectorId, Why};
use protocol::{
    CheckPrograms, ConnectionsAnswer, ConnectionsQuery, DataPlaneFacts, DoctorAnswer, ForeignDone, Observed,
    Stats, wire,
};
use tokio::sync::{mpsc, oneshot, watch};

use super::question::{Asked, Unanswered};
use crate::clock::Clock;
use crate::store::Revision;

/// Questions about connections that wait for one director at a time.
pub(super) const MAX_QUERIES: usize = 16;

/// What is known of a director.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectorState {
    /// Whether its agent is connected now.
    pub connected: bool,
    /// Since when it is or is not, in milliseconds since 1970; none where it has not been since the console's start.
    pub since_ms: Option<i64>,
    /// From where it connected last.
    pub address: Option<String>,
    /// What its machine calls itself.
    pub host_name: Option<String>,
    /// Its agent's version.
    pub agent_version: Option<String>,
    /// Its data plane.
    pub facts: Option<DataPlaneFacts>,
    /// The programs that checks may run there; none from an agent that does not tell.
    pub programs: Option<CheckPrograms>,
    /// The optional abilities that its agent named: `doctor`, `foreign`, …
    pub features: BTreeSet<String>,
    /// Its last report. Kept when the connection is lost; `received_ms` says how old it is.
    pub observed: Option<Arc<Observed>>,
    /// When the last report came, in milliseconds since 1970.
    pub received_ms: Option<i64>,
    /// How long the last ping took, in milliseconds.
    pub round_trip_ms: Option<u32>,
    /// Why its last session was refused or ended by the console; none while all is well.
    pub refusal: Option<Why>,
}

/// Directors and clusters.
pub(super) struct Registry {
    directors: Mutex<BTreeMap<DirectorId, Entry>>,
    clusters: Mutex<BTreeMap<ClusterId, Arc<ClusterPort>>>,
    changed: watch::Sender<u64>,
    serial: AtomicU64,
}

#[derive(Default)]
struct Entry {
    state: DirectorState,
    stats: Option<Arc<Stats>>,
    session: Option<SessionPort>,
}

/// What concerns all directors of a cluster.
struct ClusterPort {
    /// Its newest revision. Sessions take the newest when they can; what they missed does not matter.
    desired: watch::Sender<Option<Arc<Revision>>>,
    /// How many look at its numbers.
    watchers: watch::Sender<usize>,
}

/// A session's view of its cluster.
pub(super) struct Subscription {
    pub(super) desired: watch::Receiver<Option<Arc<Revision>>>,
    pub(super) watchers: watch::Receiver<usize>,
}

/// While this is held, directors are asked for numbers.
#[must_use = "directors are asked for numbers only while this is held"]
pub struct Watching(Arc<ClusterPort>);

/// The way to a session.
struct SessionPort {
    serial: u64,
    cluster: ClusterId,
    fingerprint: [u8; 32],
    close: watch::Sender<Option<wire::Refusal>>,
    queries: mpsc::Sender<wire::ConnectionsQuery>,
    waiting: BTreeMap<u64, oneshot::Sender<Result<ConnectionsAnswer, String>>>,
    /// Other things to say to the agent, in their order.
    sayings: mpsc::Sender<wire::console_message::Kind>,
    examining: BTreeMap<u64, oneshot::Sender<Result<DoctorAnswer, String>>>,
    /// Commands about somebody else's entries.
    commanded: BTreeMap<u64, oneshot::Sender<Result<(), Why>>>,
}

/// A session's own end of it. Dropping it signs the session off.
pub(super) struct Registered {
    registry: Arc<Registry>,
    pub(super) director: DirectorId,
    serial: u64,
    pub(super) close: watch::Receiver<Option<wire::Refusal>>,
    pub(super) queries: mpsc::Receiver<wire::ConnectionsQuery>,
    pub(super) sayings: mpsc::Receiver<wire::console_message::Kind>,
    clock: Clock,
}

/// A live session, for whoever looks after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Live {
    pub(super) director: DirectorId,
    pub(super) cluster: ClusterId,
    pub(super) fingerprint: [u8; 32],
}

impl Registry {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            directors: Mutex::default(),
            clusters: Mutex::default(),
            changed: watch::Sender::new(0),
            serial: AtomicU64::new(1),
        })
    }

    /// Bumped whenever a director's state changes.
    pub(super) fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(super) fn state(&self, director: DirectorId) -> DirectorState {
        self.directors().get(&director).map(|entry| entry.state.clone()).unwrap_or_default()
    }

    pub(super) fn stats(&self, director: DirectorId) -> Option<Arc<Stats>> {
        self.directors().get(&director)?.stats.clone()
    }

    /// For a session: subscriptions to its cluster's port.
    pub(super) fn subscribe(&self, cluster: ClusterId) -> Subscription {
        self.with_cluster(cluster, |port| Subscription {
            desired: port.desired.subscribe(),
            watchers: port.watchers.subscribe(),
        })
    }

    /// Somebody looks at a cluster's numbers, until the guard is dropped.
    pub(super) fn watch(&self, cluster: ClusterId) -> Watching {
        self.with_cluster(cluster, |port| {
            port.watchers.send_modify(|watchers| *watchers += 1);
            Watching(Arc::clone(port))
        })
    }

    /// A cluster's newest revision. An older one than is known changes nothing: readers may overtake each other.
    pub(super) fn offer(&self, cluster: ClusterId, revision: &Arc<Revision>) {
        self.with_cluster(cluster, |port| {
            port.desired.send_if_modified(|newest| {
                let newer = newest.as_ref().is_none_or(|newest| newest.generation < revision.generation);
                if newer {
                    *newest = Some(Arc::clone(revision));
                }
                newer
            });
        });
    }

    /// The port is made where there is none; the lock is held, so that [`Registry::tidy`] cannot come between.
    fn with_cluster<R>(&self, cluster: ClusterId, then: impl FnOnce(&Arc<ClusterPort>) -> R) -> R {
        let mut clusters = self.clusters.lock().unwrap_or_else(PoisonError::into_inner);
        then(clusters.entry(cluster).or_insert_with(|| {
            Arc::new(ClusterPort { desired: watch::Sender::new(None), watchers: watch::Sender::new(0) })
        }))
    }

    /// Forgets clusters that nobody is connected for and nobody looks at.
    pub(super) fn tidy(&self) {
        let mut clusters = self.clusters.lock().unwrap_or_else(PoisonError::into_inner);
        clusters.retain(|_, port| port.desired.receiver_count() > 0 || *port.watchers.borrow() > 0);
    }

    /// Forgets directors without a session that are not among these any more.
    pub(super) fn forget_others(&self, directors: &BTreeSet<DirectorId>) {
        self.directors().retain(|director, entry| entry.session.is_some() || directors.contains(director));
    }

    /// All sessions.
    pub(super) fn live(&self) -> Vec<Live> {
        let directors = self.directors();
        let live = directors.iter().filter_map(|(&director, entry)| {
            let session = entry.session.as_ref()?;
            Some(Live { director, cluster: session.cluster, fingerprint: session.fingerprint })
        });
        live.collect()
    }

    /// Takes up a session. One that the director has already is told that it has been replaced.
    pub(super) fn register(self: &Arc<Self>, live: Live, state: DirectorState, clock: Clock) -> Registered {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let (close, closed) = watch::channel(None);
        let (queries, asked) = mpsc::channel(MAX_QUERIES);
        let (sayings, said) = mpsc::channel(MAX_QUERIES);
        let Live { director, cluster, fingerprint } = live;
        let (waiting, examining, commanded) = Default::default();
        let session = SessionPort {
            serial,
            cluster,
            fingerprint,
            close,
            queries,
            waiting,
            sayings,
            examining,
            commanded,
        };
        let mut directors = self.directors();
        let entry = directors.entry(director).or_default();
        if let Some(before) = entry.session.replace(session) {
            let text = "another connection of this director has taken its place; is its state directory in use on another \
                        machine? Each director needs an enrolment of its own";
            before.close.send_replace(Some(refusal(wire::refusal::Kind::Replaced, text)));
        }
        // What was observed stays until the new session reports.
        let observed = entry.state.observed.take();
        let received_ms = entry.state.received_ms;
        entry.state = DirectorState { observed, received_ms, ..state };
        drop(directors);
        self.bump();
        Registered {
            registry: Arc::clone(self),
            director,
            serial,
            close: closed,
            queries: asked,
            sayings: said,
            clock,
        }
    }

    /// Notes why a director is not let in; its session, where it has another one, goes on.
    pub(super) fn refused(&self, director: DirectorId, refusal: &wire::Refusal) {
        self.directors().entry(director).or_default().state.refusal = Some(why(refusal));
        self.bump();
    }

    /// Ends a director's session with these words.
    pub(super) fn close(&self, director: DirectorId, refusal: wire::Refusal) {
        self.close_if(director, refusal, |_| true);
    }

    /// Ends this session, unless another certificate's has taken its place: what was found out about the one is not true of the
    /// other.
    pub(super) fn close_session(&self, live: &Live, refusal: wire::Refusal) {
        self.close_if(live.director, refusal, |session| session.fingerprint == live.fingerprint);
    }

    fn close_if(
        &self,
        director: DirectorId,
        refusal: wire::Refusal,
        is_meant: impl FnOnce(&SessionPort) -> bool,
    ) {
        let mut directors = self.directors();
        let Some(entry) = directors.get_mut(&director) else { return };
        let Some(session) = entry.session.as_ref().filter(|session| is_meant(session)) else { return };
        entry.state.refusal = Some(why(&refusal));
        session.close.send_replace(Some(refusal));
    }

    /// Ends all sessions with these words.
    pub(super) fn close_all(&self, refusal: &wire::Refusal) {
        for entry in self.directors().values() {
            if let Some(session) = &entry.session {
                session.close.send_replace(Some(refusal.clone()));
            }
        }
    }

    /// Asks for connections.
    pub(super) fn ask(
        &self,
        director: DirectorId,
        query: &ConnectionsQuery,
    ) -> Result<Asked<Result<ConnectionsAnswer, String>>, Unanswered> {
        self.put(
            director,
            |session| &mut session.waiting,
            |session, id| session.queries.try_send(query.to_wire(id)).is_ok(),
        )
    }

    /// Asks a director's doctor.
    pub(super) fn examine(
        &self,
        director: DirectorId,
        question: impl FnOnce(u64) -> wire::console_message::Kind,
    ) -> Result<Asked<Result<DoctorAnswer, String>>, Unanswered> {
        self.put(
            director,
            |session| &mut session.examining,
            |session, id| session.sayings.try_send(question(id)).is_ok(),
        )
    }

    /// Commands a director to do something with an entry of somebody else's.
    pub(super) fn command(
        &self,
        director: DirectorId,
        command: impl FnOnce(u64) -> wire::console_message::Kind,
    ) -> Result<Asked<Result<(), Why>>, Unanswered> {
        self.put(
            director,
            |session| &mut session.commanded,
            |session, id| session.sayings.try_send(command(id)).is_ok(),
        )
    }

    /// Puts a question to a director's session, where `send` finds room, and keeps a place for its answer in `waiting`.
    fn put<T>(
        &self,
        director: DirectorId,
        waiting: impl Fn(&mut SessionPort) -> &mut BTreeMap<u64, oneshot::Sender<T>>,
        send: impl FnOnce(&SessionPort, u64) -> bool,
    ) -> Result<Asked<T>, Unanswered> {
        let mut directors = self.directors();
        let session = directors.get_mut(&director).and_then(|entry| entry.session.as_mut());
        let session = session.ok_or(Unanswered::NotConnected)?;
        let id = self.serial.fetch_add(1, Ordering::Relaxed);
        if waiting(session).len() >= MAX_QUERIES || !send(session, id) {
            return Err(Unanswered::Busy);
        }
        let (answer, answered) = oneshot::channel();
        waiting(session).insert(id, answer);
        Ok(Asked { id, answered })
    }

    /// Nobody waits for this answer any more.
    pub(super) fn give_up(&self, director: DirectorId, id: u64) {
        if let Some(session) = self.directors().get_mut(&director).and_then(|entry| entry.session.as_mut()) {
            session.waiting.remove(&id);
            session.examining.remove(&id);
            session.commanded.remove(&id);
        }
    }

    fn bump(&self) {
        self.changed.send_modify(|version| *version = version.wrapping_add(1));
    }

    fn directors(&self) -> MutexGuard<'_, BTreeMap<DirectorId, Entry>> {
        self.directors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registered {
    /// A report has come.
    pub(super) fn observed(&self, observed: Observed) {
        let now_ms = self.clock.now_ms();
        self.with(|entry| {
            entry.state.observed = Some(Arc::new(observed));
            entry.state.received_ms = Some(now_ms);
        });
        self.registry.bump();
    }

    /// A sample has come, or what has changed since the one before; without that, it is worth nothing.
    pub(super) fn stats(&self, next: Stats) {
        self.with(|entry| {
            let before = entry.stats.take().map(Arc::unwrap_or_clone);
            let before = if next.changes { before } else { Some(Stats::default()) };
            entry.stats = before.and_then(|before| before.followed_by(next)).map(Arc::new);
        });
    }

    /// Nobody looks any more; an old sample would look like a new one later.
    pub(super) fn drop_stats(&self) {
        self.with(|entry| entry.stats = None);
    }

    /// A ping has come back.
    pub(super) fn round_trip(&self, ms: u32) {
        self.with(|entry| entry.state.round_trip_ms = Some(ms));
    }

    /// An answer has come. Too late is the same as never.
    pub(super) fn answered(&self, id: u64, answer: Result<ConnectionsAnswer, String>) {
        self.with(|entry| {
            let waiting = entry.session.as_mut().and_then(|session| session.waiting.remove(&id));
            // Fails where whoever asked has gone.
            let _gone = waiting.map(|waiting| waiting.send(answer));
        });
    }

    /// A doctor has answered. Too late is the same as never.
    pub(super) fn examined(&self, id: u64, answer: Result<DoctorAnswer, String>) {
        self.with(|entry| {
            let waiting = entry.session.as_mut().and_then(|session| session.examining.remove(&id));
            let _gone = waiting.map(|waiting| waiting.send(answer));
        });
    }

    /// A command has been carried out, or could not be. Too late is the same as never.
    pub(super) fn foreign_done(&self, done: ForeignDone) {
        self.with(|entry| {
            let waiting = entry.session.as_mut().and_then(|session| session.commanded.remove(&done.id));
            let _gone = waiting.map(|waiting| waiting.send(done.result));
        });
    }

    /// Notes with what words the session ends.
    pub(super) fn ends(&self, refusal: &wire::Refusal) {
        self.with(|entry| entry.state.refusal = Some(why(refusal)));
    }

    /// Only while this is the director's session: one that was replaced says nothing any more.
    fn with(&self, change: impl FnOnce(&mut Entry)) {
        let mut directors = self.registry.directors();
        let Some(entry) = directors.get_mut(&self.director) else { return };
        if entry.session.as_ref().is_some_and(|session| session.serial == self.serial) {
            change(entry);
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.watchers.send_modify(|watchers| *watchers = watchers.saturating_sub(1));
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let now_ms = self.clock.now_ms();
        self.with(|entry| {
            entry.session = None;
            entry.stats = None;
            entry.state.connected = false;
            entry.state.since_ms = Some(now_ms);
            entry.state.round_trip_ms = None;
        });
        self.registry.bump();
    }
}

/// The same for those who look at the director.
fn why(refusal: &wire::Refusal) -> Why {
    use wire::refusal::Kind;
    let code = match refusal.kind() {
        Kind::Protocol => Code::OtherProtocol,
        Kind::Revoked | Kind::UnknownDirector => Code::ShutOut,
        Kind::Replaced => Code::Replaced,
        Kind::Malformed => Code::Malformed,
        Kind::Expired => Code::CertificateExpired,
        Kind::Closing => Code::ConsoleClosed,
        Kind::Unspecified => return refusal.text.as_str().into(),
    };
    Why::of(refusal.text.as_str(), code)
}

/// The last message of a session.
pub(super) fn refusal(kind: wire::refusal::Kind, text: impl Into<String>) -> wire::Refusal {
    wire::Refusal { kind: kind.into(), text: text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_session_has_a_code_unless_it_is_unknown() {
        use wire::refusal::Kind;
        let code = |kind| why(&refusal(kind, "why")).cause.map(|cause| cause.code());
        assert_eq!(code(Kind::Expired), Some(Code::CertificateExpired));
        assert_eq!(code(Kind::Closing), Some(Code::ConsoleClosed));
        assert_eq!(code(Kind::Unspecified), None);
    }

    #[test]
    fn a_verdict_on_a_certificate_does_not_end_the_session_of_its_successor() {
        let registry = Registry::new();
        let live = |fingerprint| Live {
            director: DirectorId(1),
            cluster: ClusterId(1),
            fingerprint: [fingerprint; 32],
        };
        let register = |live| registry.register(live, DirectorState::default(), Clock::system());
        let outdated = || refusal(wire::refusal::Kind::Revoked, "outdated");
        let before = register(live(1));
        let found = registry.live();
        let after = register(live(2));
        registry.close_session(&found[0], outdated());
        assert!(before.close.borrow().is_some(), "replaced");
        assert!(after.close.borrow().is_none());
        assert_eq!(registry.state(DirectorId(1)).refusal, None);
        registry.close_session(&live(2), outdated());
        assert!(after.close.borrow().is_some());
    }
}
