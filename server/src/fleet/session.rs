//! One agent's session: let in or refused, then a conversation until one side ends it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::{DirectorId, SpecHash};
use protocol::wire::agent_message::Kind as Hear;
use protocol::wire::console_message::Kind as Say;
use protocol::wire::fleet_server::Fleet as FleetService;
use protocol::wire::refusal::Kind;
use protocol::{
    CheckPrograms, ConnectionsAnswer, DataPlaneFacts, DoctorAnswer, ForeignDone, MAX_TEXT, Malformed,
    Observed, PROTOCOL, Parts, Phase, Side, Stats, check_protocol, wire,
};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, sleep_until, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status, Streaming};

use super::Inner;
use super::listener::Peer;
use super::outbox::Outbox;
use super::registry::{DirectorState, Live, Registered, Subscription, refusal};
use crate::ca::{Holder, holder};
use crate::store::{Actor, Director, Revision, StoreError};

/// How often samples are wanted while somebody looks, in milliseconds.
const SAMPLING_MS: u32 = 1000;

/// More abilities than any agent names; the rest is not looked at.
const MAX_FEATURES: usize = 64;

/// For the agent's first message.
const HELLO: Duration = Duration::from_secs(10);

/// For the last message to go out; an agent that does not read must not hold the session.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Certificates are not signed more often than this on one session.
const BETWEEN_RENEWALS: Duration = Duration::from_secs(10);

/// The service.
pub(super) struct Door(pub(super) Arc<Inner>);

/// How a session ends.
enum End {
    /// With words to the agent.
    Refused(wire::Refusal),
    /// The agent has gone.
    Gone(String),
}

/// One session.
struct Session<'a> {
    inner: &'a Inner,
    director: Director,
    holder: Holder,
    address: String,
    registered: Registered,
    subscription: Subscription,
    outbox: Outbox,
    /// What the agent said that it has: generation and hash.
    has: (u64, Option<SpecHash>),
    ping: Option<(u64, Instant)>,
    renewed: Option<Instant>,
}

type Heard = Streaming<wire::AgentMessage>;
type Sayer = mpsc::Sender<Result<wire::ConsoleMessage, Status>>;

#[tonic::async_trait]
impl FleetService for Door {
    type SessionStream = ReceiverStream<Result<wire::ConsoleMessage, Status>>;

    async fn session(&self, request: Request<Heard>) -> Result<Response<Self::SessionStream>, Status> {
        let peer = request.extensions().get::<Peer>().cloned();
        let peer = peer.ok_or_else(|| Status::internal("the connection has no address"))?;
        let holder = peer.certificate.as_ref().and_then(holder).ok_or_else(|| {
            Status::unauthenticated(
                "a session needs a director's certificate; enrol with a token from its page first",
            )
        })?;
        // One message on its way at a time: what waits behind it is in the outbox, where newer replaces older.
        let (say, said) = mpsc::channel(1);
        let inner = Arc::clone(&self.0);
        let heard = request.into_inner();
        self.0.sessions.spawn(async move {
            let director = holder.director;
            match serve(&inner, holder, &peer, heard, &say).await {
                End::Refused(refusal) => {
                    tracing::info!(%director, address = %peer.address, reason = refusal.text, "ended an agent's session");
                    let message = wire::ConsoleMessage { kind: Some(Say::Refusal(refusal)) };
                    // An agent that reads nothing finds the end of the stream instead.
                    let _unread = timeout(LAST_WORDS, say.send(Ok(message))).await;
                }
                End::Gone(reason) => tracing::info!(%director, address = %peer.address, reason, "an agent has gone"),
            }
        });
        Ok(Response::new(ReceiverStream::new(said)))
    }
}

/// What an agent is told whose director is not there. It has no page any more, and so no token.
pub(super) const UNKNOWN: &str = "this console has no such director (any more): it was deleted with its cluster, or this is \
                                  another console. This machine goes on with what it had; to carry a cluster of this \
                                  console, add a director there and run the command that its page shows";

/// Whether who shows this certificate is this director now.
pub(super) fn admission(director: &Director, fingerprint: [u8; 32]) -> Result<(), wire::Refusal> {
    if director.revoked_ms.is_some() {
        let text = "this director has been revoked on the console; to let it in again, enrol it anew with a token from its \
                    page";
        return Err(refusal(Kind::Revoked, text));
    }
    if director.fingerprint == Some(fingerprint) || director.previous_fingerprint == Some(fingerprint) {
        return Ok(());
    }
    let text = "this director has been enrolled anew since this agent got its certificate, so the certificate is no longer \
                good; if that was not on another machine on purpose, enrol this one anew";
    Err(refusal(Kind::Revoked, text))
}

async fn serve(inner: &Inner, holder: Holder, peer: &Peer, mut heard: Heard, say: &Sayer) -> End {
    let director = holder.director;
    let mut session = match let_in(inner, holder, peer, &mut heard).await {
        Ok(session) => session,
        Err(End::Refused(refusal)) => {
            inner.registry.refused(director, &refusal);
            return End::Refused(refusal);
        }
        Err(gone) => return gone,
    };
    let end = session.converse(&mut heard, say).await;
    if let End::Refused(refusal) = &end {
        session.registered.ends(refusal);
    }
    end
}

async fn let_in<'a>(
    inner: &'a Inner,
    holder: Holder,
    peer: &Peer,
    heard: &mut Heard,
) -> Result<Session<'a>, End> {
    let hello = match timeout(HELLO, heard.message()).await {
        Ok(Ok(Some(wire::AgentMessage { kind: Some(Hear::Hello(hello)) }))) => hello,
        Ok(Ok(Some(_))) => return Err(malformed(&"the first message must be a hello")),
        Ok(Ok(None)) => return Err(End::Gone("it closed the session at once".into())),
        Ok(Err(status)) => return Err(failed(&status)),
        Err(_) => return Err(malformed(&"no hello came")),
    };
    check_protocol(Side::Console, hello.protocol)
        .map_err(|other| End::Refused(refusal(Kind::Protocol, other.to_string())))?;
    let director = admit(inner, &holder).await?;
    does_its_part(&director, hello.role)?;
    let has = has(&hello).map_err(|wrong| malformed(&wrong))?;
    let state = greeting(hello, peer, inner.clock.now_ms()).map_err(|wrong| malformed(&wrong))?;
    let live = Live { director: director.id, cluster: director.cluster, fingerprint: holder.fingerprint };
    let registered = inner.registry.register(live, state, inner.clock.clone());
    // A revocation between the first look and the registration would have found no session to close.
    admit(inner, &holder).await?;
    let taken = inner.store.certificate_taken_into_use(director.id, holder.fingerprint);
    if director.previous_fingerprint.is_some()
        && let Err(error) = taken.await
    {
        tracing::warn!(director = %director.id, %error, "cannot note that a new certificate is in use");
    }
    let subscription = inner.registry.subscribe(director.cluster);
    if let Some(revision) =
        inner.store.latest_revision(director.cluster).await.map_err(|error| ours(&error))?
    {
        inner.registry.offer(director.cluster, &revision);
    }
    inner.seen.note(director.id, inner.clock.now_ms(), None);
    Ok(Session {
        inner,
        director,
        holder,
        address: peer.address.ip().to_string(),
        registered,
        subscription,
        outbox: Outbox::default(),
        has,
        ping: None,
        renewed: None,
    })
}

async fn admit(inner: &Inner, holder: &Holder) -> Result<Director, End> {
    if inner.closing.is_cancelled() {
        return Err(End::Refused(super::farewell()));
    }
    let director = match inner.store.director(holder.director).await {
        Ok(director) => director,
        Err(StoreError::NotFound(_)) => {
            return Err(End::Refused(refusal(Kind::UnknownDirector, UNKNOWN)));
        }
        Err(error) => return Err(ours(&error)),
    };
    admission(&director, holder.fingerprint).map_err(End::Refused)?;
    Ok(director)
}

/// An agent that knows no roles takes every machine for a director: on a real server it would balance.
fn does_its_part(director: &Director, said: i32) -> Result<(), End> {
    let said = protocol::role(said).map_err(|wrong| malformed(&wrong))?;
    if said == director.role {
        return Ok(());
    }
    let text = format!(
        "this machine was added as a {}, and its agent acts as a {said}: install an agent of this console's version ({}) there, and \
         enrol it anew with a token from its page",
        director.role,
        env!("CARGO_PKG_VERSION")
    );
    Err(End::Refused(refusal(Kind::Protocol, text)))
}

/// What the agent says that it has; no hash stands for nothing.
fn has(hello: &wire::Hello) -> Result<(u64, Option<SpecHash>), Malformed> {
    let hash = match hello.hash.as_slice() {
        [] => None,
        bytes => {
            let wrong = |_| Malformed::WrongLength { field: "hash", size: bytes.len(), expected: 32 };
            Some(SpecHash(bytes.try_into().map_err(wrong)?))
        }
    };
    Ok((hello.generation, hash))
}

fn greeting(hello: wire::Hello, peer: &Peer, now_ms: i64) -> Result<DirectorState, Malformed> {
    let short = |field, text: String| match text.len() {
        size if size > MAX_TEXT => Err(Malformed::TooLarge { field, size, limit: MAX_TEXT }),
        _ => Ok(Some(text).filter(|text| !text.is_empty())),
    };
    let features: BTreeSet<String> = hello.features.into_iter().take(MAX_FEATURES).collect();
    if let Some(size) = features.iter().map(String::len).find(|size| *size > MAX_TEXT) {
        return Err(Malformed::TooLarge { field: "features", size, limit: MAX_TEXT });
    }
    Ok(DirectorState {
        connected: true,
        since_ms: Some(now_ms),
        address: Some(peer.address.ip().to_string()),
        host_name: short("host_name", hello.host_name)?,
        agent_version: short("agent_version", hello.agent_version)?,
        facts: hello.data_plane.map(DataPlaneFacts::try_from).transpose()?,
        programs: hello.check_programs.map(CheckPrograms::try_from).transpose()?,
        features,
        ..DirectorState::default()
    })
}

impl Session<'_> {
    async fn converse(&mut self, heard: &mut Heard, say: &Sayer) -> End {
        let welcome = wire::Welcome {
            protocol: PROTOCOL,
            console_version: env!("CARGO_PKG_VERSION").to_owned(),
            director_id: self.director.id.0,
            director_name: self.director.name.as_str().to_owned(),
            role: wire::Role::from(self.director.role).into(),
        };
        if say.send(Ok(wire::ConsoleMessage { kind: Some(Say::Welcome(welcome)) })).await.is_err() {
            return End::Gone("it closed the session at once".into());
        }
        tracing::info!(director = %self.director.id, address = self.address, "an agent has connected");
        // After a restart of the console a thousand agents come back with what they have.
        let newest = self.subscription.desired.borrow_and_update().clone();
        if newest.is_some_and(|newest| (newest.generation.0, Some(newest.hash)) != self.has) {
            self.outbox.desired();
        }
        if *self.subscription.watchers.borrow_and_update() > 0 {
            self.outbox.watch(SAMPLING_MS);
        }
        let options = self.inner.options;
        let mut heartbeat = tokio::time::interval(options.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last_heard = Instant::now();
        let expires = Instant::now() + self.certificate_life();
        loop {
            tokio::select! {
                // First of all, whatever else there is to do.
                biased;
                refusal = closed(&mut self.registered.close) => return End::Refused(refusal),
                permit = say.reserve(), if !self.outbox.is_empty() => {
                    let Ok(permit) = permit else { return End::Gone("the connection is gone".into()) };
                    let desired = &mut self.subscription.desired;
                    if let Some(message) = self.outbox.next(|| desired.borrow_and_update().as_ref().map(parts)) {
                        permit.send(Ok(message));
                    }
                }
                message = heard.message() => {
                    last_heard = Instant::now();
                    let heard = match message {
                        Ok(Some(message)) => self.hear(message.kind).await,
                        Ok(None) => Err(End::Gone("it ended the session".into())),
                        Err(status) => Err(failed(&status)),
                    };
                    if let Err(end) = heard {
                        return end;
                    }
                }
                // The registry keeps these senders for as long as we hold receivers.
                Ok(()) = self.subscription.desired.changed() => self.outbox.desired(),
                Ok(()) = self.subscription.watchers.changed() => self.watched(),
                Some(query) = self.registered.queries.recv() => self.outbox.query(query),
                Some(saying) = self.registered.sayings.recv() => self.outbox.say(saying),
                _ = heartbeat.tick() => self.ping(),
                () = sleep_until(last_heard + options.silence) => {
                    return End::Gone(format!("it has been silent for {:.0?}", options.silence));
                }
                () = sleep_until(expires) => {
                    return End::Refused(refusal(Kind::Expired, "this director's certificate has expired; it was not renewed in time"));
                }
            }
        }
    }

    async fn hear(&mut self, kind: Option<Hear>) -> Result<(), End> {
        match kind {
            Some(Hear::Observed(observed)) => {
                let observed = Observed::try_from(observed).map_err(|wrong| malformed(&wrong))?;
                let verified = (observed.phase == Phase::Verified).then_some(observed.generation);
                self.inner.seen.note(self.director.id, self.inner.clock.now_ms(), verified);
                self.registered.observed(observed);
            }
            Some(Hear::Stats(stats)) => {
                let stats = Stats::try_from(stats).map_err(|wrong| malformed(&wrong))?;
                // One that was on its way when the last viewer left.
                if *self.subscription.watchers.borrow() > 0 {
                    self.registered.stats(stats);
                }
            }
            Some(Hear::Connections(answer)) => {
                let (id, answer) = ConnectionsAnswer::from_wire(answer).map_err(|wrong| malformed(&wrong))?;
                self.registered.answered(id, answer);
            }
            Some(Hear::Doctor(answer)) => {
                let (id, answer) = DoctorAnswer::from_wire(answer).map_err(|wrong| malformed(&wrong))?;
                self.registered.examined(id, answer);
            }
            Some(Hear::ForeignDone(done)) => {
                let done = ForeignDone::try_from(done).map_err(|wrong| malformed(&wrong))?;
                self.registered.foreign_done(done);
            }
            Some(Hear::Renew(request)) => self.renew(&request).await?,
            Some(Hear::Pong(pong)) => {
                if let Some((nonce, sent)) = self.ping
                    && nonce == pong.nonce
                {
                    self.ping = None;
                    self.registered.round_trip(u32::try_from(sent.elapsed().as_millis()).unwrap_or(u32::MAX));
                }
            }
            Some(Hear::Hello(_)) => return Err(malformed(&"a second hello")),
            // A newer agent of the same protocol; the rule is that such a message may be ignored.
            None => {
                tracing::debug!(director = %self.director.id, "an agent sent a message of an unknown kind");
            }
        }
        Ok(())
    }

    fn watched(&mut self) {
        if *self.subscription.watchers.borrow_and_update() > 0 {
            self.outbox.watch(SAMPLING_MS);
        } else {
            self.outbox.watch(0);
            self.registered.drop_stats();
        }
    }

    fn ping(&mut self) {
        let nonce = rand::random();
        self.ping = Some((nonce, Instant::now()));
        self.outbox.ping(nonce);
    }

    async fn renew(&mut self, request: &wire::RenewRequest) -> Result<(), End> {
        if self.renewed.is_some_and(|last| last.elapsed() < BETWEEN_RENEWALS) {
            return Err(malformed(&"certificate requests in quick succession"));
        }
        self.renewed = Some(Instant::now());
        let id: DirectorId = self.director.id;
        let signed = self.inner.ca.sign_director(&request.csr, id).map_err(|wrong| malformed(&wrong))?;
        let actor = Actor::director(self.director.name.as_str(), &self.address);
        let noted = self
            .inner
            .store
            .renewed(&actor, id, self.holder.fingerprint, signed.fingerprint, signed.not_after_ms)
            .await;
        match noted {
            Ok(()) => {}
            Err(StoreError::NotFound(_)) => {
                admit(self.inner, &self.holder).await?;
                return Err(End::Gone("its certificate was replaced while it asked for a new one".into()));
            }
            Err(error) => return Err(ours(&error)),
        }
        tracing::info!(director = %id, "renewed a director's certificate");
        self.outbox.renewed(wire::RenewResponse {
            certificate: signed.certificate.to_vec(),
            ca_certificate: self.inner.ca.certificate().to_vec(),
        });
        Ok(())
    }

    fn certificate_life(&self) -> Duration {
        let left_ms = self.holder.not_after_ms.saturating_sub(self.inner.clock.now_ms());
        Duration::from_millis(u64::try_from(left_ms).unwrap_or(0))
    }
}

/// Waits until somebody wants the session to end.
async fn closed(close: &mut watch::Receiver<Option<wire::Refusal>>) -> wire::Refusal {
    match close.wait_for(Option::is_some).await {
        Ok(refusal) => refusal.clone().unwrap_or_default(),
        // The registry drops the sender when another session takes the place, after it has said so.
        Err(_) => refusal(Kind::Replaced, "another connection of this director has taken its place"),
    }
}

/// The messages for a revision. Its text is shared, not copied, however many agents get it.
fn parts(revision: &Arc<Revision>) -> Parts {
    struct Json(Arc<Revision>);
    impl AsRef<[u8]> for Json {
        fn as_ref(&self) -> &[u8] {
            self.0.json.as_bytes()
        }
    }
    Parts::new(revision.generation, revision.hash, Bytes::from_owner(Json(Arc::clone(revision))))
}

fn malformed(wrong: &dyn std::fmt::Display) -> End {
    let text = format!("the agent sent something that cannot be: {wrong}");
    End::Refused(refusal(Kind::Malformed, text))
}

/// What gRPC says of a message that could not be received.
fn failed(status: &Status) -> End {
    match status.code() {
        // Too long, or not protobuf.
        Code::OutOfRange | Code::Internal | Code::InvalidArgument => malformed(&status.message()),
        _ => End::Gone(status.message().to_owned()),
    }
}

fn ours(error: &StoreError) -> End {
    tracing::error!(%error, "cannot serve an agent");
    End::Refused(refusal(Kind::Closing, "the console cannot reach its database; try again"))
}
