//! One session: from the dialling to the end of the stream.

mod questions;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use model::{Cause, Code, Generation, Why};
use protocol::wire::agent_message::Kind as Say;
use protocol::wire::console_message::Kind as Hear;
use protocol::wire::fleet_client::FleetClient;
use protocol::{
    Accepted, Assembly, CONNECTION_GROUPS, HEARTBEAT, MAX_AGENT_MESSAGE, MAX_CONSOLE_MESSAGE, Observed,
    PROTOCOL, Phase, SILENCE, Side, check_protocol, role, wire,
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, Sleep};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Streaming;

use super::ended::{Ended, chain, failed, refused};
use super::outbox::Outbox;
use super::verdict::{Verdict, judge};
use super::{Ports, dial, key, tls};
use crate::clock::now_ms;
use crate::disk::Identity;
use questions::Done;

/// For the console's first message.
const WELCOME_TIMEOUT: Duration = Duration::from_secs(15);

/// The console may ask for samples as often as this, not more.
const MIN_SAMPLING: Duration = Duration::from_millis(100);

/// A renewal that was not answered is tried again after this.
const RENEW_AGAIN: Duration = Duration::from_secs(3600);

/// The longest that a timer is set for: tokio's own has a limit, and a machine's clock may be corrected meanwhile.
const LONGEST_TIMER: Duration = Duration::from_secs(6 * 3600);

/// A session's memory.
struct Session<'a> {
    ports: &'a mut Ports,
    identity: &'a Identity,
    outbox: Outbox,
    /// The parts of a desired state that have come so far.
    assembly: Assembly,
    tasks: JoinSet<Done>,
    /// Samples are taken while this is set.
    sampling: Option<tokio::time::Interval>,
    sample_in_hand: bool,
    /// Whether the console makes do with what has changed since the sample before.
    changes: bool,
    /// Whether it has had one to begin with.
    sampled: bool,
    /// Why the console's desired state was not taken. Reported until one is.
    refused: Option<Why>,
    /// A desired state that could not be stored yet.
    unstored: Option<Accepted>,
    /// The key of a renewal that is on its way.
    renewing: Option<key::Request>,
    renew: Pin<Box<Sleep>>,
}

/// One session with the console. Returns when it is over; `welcomed` is set to when it began, if it did.
pub(super) async fn session(
    ports: &mut Ports,
    identity: &Identity,
    welcomed: &mut Option<Instant>,
    shutdown: &CancellationToken,
) -> Ended {
    tokio::select! {
        ended = talk(ports, identity, welcomed) => ended,
        () = shutdown.cancelled() => Ended::Shutdown,
    }
}

async fn talk(ports: &mut Ports, identity: &Identity, welcomed: &mut Option<Instant>) -> Ended {
    if let Some(validity) = key::validity(&identity.certificate)
        && validity.not_after <= now_ms() / 1000
    {
        return Ended::ShutOut(
"by this machine's clock this director's certificate has expired, since it was without its console for too \
             long; if the clock is right, enrol it anew with a token from its page"
                .into(),
        );
    }
    // One message on its way at a time: what waits behind it is in the outbox, where newer replaces older.
    let (say, said) = mpsc::channel(1);
    if say.try_send(hello(ports, identity)).is_err() {
        return Ended::Lost("the link to the console could not be set up".into());
    }
    let mut heard = match connect(identity, said).await {
        Ok(heard) => heard,
        Err(ended) => return ended,
    };
    if let Err(ended) = welcome(&mut heard, identity).await {
        return ended;
    }
    *welcomed = Some(Instant::now());
    let mut session = Session {
        renew: Box::pin(tokio::time::sleep(until_renewal(identity))),
        ports,
        identity,
        outbox: Outbox::default(),
        assembly: Assembly::default(),
        tasks: JoinSet::new(),
        sampling: None,
        sample_in_hand: false,
        changes: false,
        sampled: false,
        refused: None,
        unstored: None,
        renewing: None,
    };
    session.converse(&mut heard, &say).await
}

async fn connect(
    identity: &Identity,
    said: mpsc::Receiver<wire::AgentMessage>,
) -> Result<Streaming<wire::ConsoleMessage>, Ended> {
    let lost = |error: &dyn std::error::Error| Ended::Lost(chain(error));
    let config = tls::mutual(identity).map_err(|error| lost(&error))?;
    let channel = dial::dial(&identity.console, config).await.map_err(|error| lost(&error))?;
    let mut client = FleetClient::new(channel)
        .max_decoding_message_size(MAX_CONSOLE_MESSAGE)
        .max_encoding_message_size(MAX_AGENT_MESSAGE);
    let session = tokio::time::timeout(WELCOME_TIMEOUT, client.session(ReceiverStream::new(said))).await;
    match session {
        Ok(Ok(response)) => Ok(response.into_inner()),
        Ok(Err(status)) => Err(failed(&status)),
        Err(_) => {
            Err(Ended::Lost(format!("the console did not answer within {} s", WELCOME_TIMEOUT.as_secs())))
        }
    }
}

async fn welcome(heard: &mut Streaming<wire::ConsoleMessage>, identity: &Identity) -> Result<(), Ended> {
    let first = tokio::time::timeout(WELCOME_TIMEOUT, heard.message()).await;
    let first =
        first.map_err(|_| Ended::Lost("the console accepted the connection and then said nothing".into()))?;
    match first.map_err(|status| failed(&status))?.and_then(|message| message.kind) {
        Some(Hear::Welcome(welcome)) => {
            check_protocol(Side::Agent, welcome.protocol)
                .map_err(|other| Ended::ShutOut(other.to_string()))?;
            if welcome.director_id != identity.director.0 {
                let text = "the console takes this director for number {}, but its certificate says {}";
                return Err(Ended::ShutOut(
                    text.replacen("{}", &welcome.director_id.to_string(), 1).replacen(
                        "{}",
                        &identity.director.to_string(),
                        1,
                    ),
                ));
            }
            match role(welcome.role) {
                Ok(role) if role == identity.role => {}
                _ => {
                    let text = format!(
                        "the console takes this machine for something else than the {} that it enrolled as; enrol it anew \
                         with a token from its page",
                        identity.role
                    );
                    return Err(Ended::ShutOut(text));
                }
            }
            tracing::info!(
                console = identity.console,
                version = welcome.console_version,
                name = welcome.director_name,
                "connected to the console"
            );
            Ok(())
        }
        Some(Hear::Refusal(refusal)) => Err(refused(refusal)),
        Some(_) => Err(Ended::Lost("the console did not begin with a welcome".into())),
        None => Err(Ended::Lost("the console closed the connection at once".into())),
    }
}

impl Session<'_> {
    async fn converse(
        &mut self,
        heard: &mut Streaming<wire::ConsoleMessage>,
        say: &mpsc::Sender<wire::AgentMessage>,
    ) -> Ended {
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last_heard = Instant::now();
        let mut reporting = true;
        self.ports.observed.mark_changed();
        loop {
            tokio::select! {
                message = heard.message() => {
                    last_heard = Instant::now();
                    let kind = match message {
                        Ok(Some(message)) => message.kind,
                        Ok(None) => return Ended::Lost("the console closed the connection".into()),
                        Err(status) => return failed(&status),
                    };
                    if let Some(ended) = self.hear(kind).await {
                        return ended;
                    }
                }
                permit = say.reserve(), if !self.outbox.is_empty() => {
                    let Ok(permit) = permit else { return Ended::Lost("the connection to the console is gone".into()) };
                    if let Some(message) = self.next_message() {
                        permit.send(message);
                    }
                }
                changed = self.ports.observed.changed(), if reporting => {
                    // Without a reconciler there are no new reports; the last one still tells that we are here.
                    reporting = changed.is_ok();
                    self.outbox.observed();
                }
                _ = heartbeat.tick() => {
                    self.outbox.observed();
                    if let Some(accepted) = self.unstored.take() {
                        self.take(accepted).await;
                    }
                }
                // Each tells what has changed since the one before: none may be lost.
                () = tick(&mut self.sampling), if !self.sample_in_hand && !self.outbox.has_stats() => self.sample(),
                Some(done) = self.tasks.join_next() => self.done(done),
                () = &mut self.renew => self.renew(),
                () = tokio::time::sleep_until(last_heard + SILENCE) => {
                    return Ended::Lost(format!("the console has been silent for {} s", SILENCE.as_secs()));
                }
            }
        }
    }

    /// A message from the console; `Some` ends the session.
    async fn hear(&mut self, kind: Option<Hear>) -> Option<Ended> {
        match kind {
            Some(Hear::Desired(part)) => self.offer(&part).await,
            Some(Hear::Ping(ping)) => self.outbox.pong(ping.nonce),
            Some(Hear::WatchStats(watch)) => self.watch(watch),
            Some(Hear::Connections(query)) => self.look_up(query),
            Some(Hear::Foreign(command)) => self.foreign(&command),
            Some(Hear::Doctor(query)) => self.examine(query.query_id, query.at_ms, None),
            Some(Hear::DoctorFix(fix)) => self.examine(fix.query_id, fix.at_ms, Some(fix.fix)),
            Some(Hear::Renewed(answer)) => return self.renewed(answer).await,
            Some(Hear::Refusal(refusal)) => return Some(refused(refusal)),
            Some(Hear::Welcome(_)) => return Some(Ended::Lost("the console said welcome twice".into())),
            // A newer console of the same protocol; the rule is that such a message may be ignored.
            None => tracing::debug!("the console sent a message of an unknown kind"),
        }
        None
    }

    fn watch(&mut self, wire::WatchStats { interval_ms, changes }: wire::WatchStats) {
        self.sampling = (interval_ms > 0).then(|| {
            let every = Duration::from_millis(interval_ms.into()).max(MIN_SAMPLING);
            let mut interval = tokio::time::interval(every);
            interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
            interval
        });
        // The console has forgotten what it had.
        (self.changes, self.sampled) = (changes, false);
        self.outbox.drop_stats();
    }

    fn next_message(&mut self) -> Option<wire::AgentMessage> {
        let (observed, refused) = (&mut self.ports.observed, &self.refused);
        self.outbox.next(|| report(&observed.borrow_and_update(), refused.as_ref()))
    }

    // === desired state ===

    /// A part of a desired state from the console. One that is not taken is reported and changes nothing.
    async fn offer(&mut self, part: &wire::Desired) {
        let generation = Generation(part.generation);
        match self.assembly.add(part) {
            Ok(None) => return,
            Ok(Some(accepted)) => {
                let at_hand =
                    self.ports.desired.borrow().as_ref().map(|present| (present.generation, present.hash));
                let verdict = judge(at_hand, (accepted.generation, accepted.hash));
                match verdict.refusal(generation) {
                    Some(reason) => self.refuse(reason),
                    None if verdict == Verdict::Same => self.refused = None,
                    None => self.take(accepted).await,
                }
            }
            Err(malformed) => {
                let words = format!("generation {generation}: {}", chain(&malformed));
                let cause = Cause::new(Code::Unreadable, [("generation", &generation)]);
                self.refuse(Why::new(words, cause));
            }
        }
        self.outbox.observed();
    }

    /// Stores a desired state, and only then passes it on.
    async fn take(&mut self, accepted: Accepted) {
        let state = Arc::clone(&self.ports.state);
        let copy = accepted.clone();
        let stored =
            tokio::task::spawn_blocking(move || state.store_desired(&copy).map_err(|error| chain(&error)));
        match stored.await.map_err(|error| error.to_string()).and_then(|stored| stored) {
            Ok(()) => {
                tracing::info!(generation = %accepted.generation, hash = %accepted.hash, "took a desired state");
                self.refused = None;
                self.unstored = None;
                self.ports.desired.send_replace(Some(Arc::new(accepted)));
            }
            Err(reason) => {
                let generation = accepted.generation;
                let cause = Cause::new(Code::NotStored, [("generation", &generation)]);
                self.refuse(Why::new(format!("generation {generation}: {reason}; trying again"), cause));
                self.unstored = Some(accepted);
            }
        }
    }

    fn refuse(&mut self, reason: Why) {
        tracing::warn!("did not take the console's desired state: {reason}");
        self.refused = Some(reason);
        self.outbox.observed();
    }

    // === certificate ===

    fn renew(&mut self) {
        let wait = until_renewal(self.identity);
        if !wait.is_zero() {
            return self.renew.as_mut().reset(Instant::now() + wait);
        }
        self.renew.as_mut().reset(Instant::now() + RENEW_AGAIN);
        match key::request() {
            Ok(request) => {
                self.outbox.renew(request.csr.clone());
                self.renewing = Some(request);
            }
            Err(error) => tracing::warn!("cannot make a key for the new certificate: {error}"),
        }
    }

    async fn renewed(&mut self, answer: wire::RenewResponse) -> Option<Ended> {
        let Some(request) = self.renewing.take() else {
            tracing::warn!("the console sent a certificate that nobody asked for");
            return None;
        };
        let certificate = answer.certificate.into();
        if let Err(reason) = request.check(&certificate, self.identity.director) {
            tracing::warn!("the new certificate cannot be used: {reason}");
            return None;
        }
        let renewed = Identity { key: request.key, certificate, ..self.identity.clone() };
        let state = Arc::clone(&self.ports.state);
        let stored = tokio::task::spawn_blocking(move || state.store_identity(renewed)).await;
        match stored {
            Ok(Ok(_)) => {
                tracing::info!("the certificate has been renewed");
                Some(Ended::Renewed)
            }
            Ok(Err(error)) => {
                tracing::warn!("cannot store the new certificate: {}", chain(&error));
                None
            }
            Err(error) => {
                tracing::warn!("cannot store the new certificate: {error}");
                None
            }
        }
    }
}

fn hello(ports: &Ports, identity: &Identity) -> wire::AgentMessage {
    let (generation, hash) = match ports.desired.borrow().as_ref() {
        Some(accepted) => (accepted.generation.0, accepted.hash.0.to_vec()),
        None => (0, Vec::new()),
    };
    let hello = wire::Hello {
        protocol: PROTOCOL,
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        features: ["stats", "connections", CONNECTION_GROUPS, "renew", "foreign", "doctor", "real-server"]
            .map(str::to_owned)
            .into(),
        generation,
        hash,
        data_plane: Some((&ports.reports.facts()).into()),
        host_name: host_name(),
        role: wire::Role::from(identity.role).into(),
        check_programs: ports.reports.programs().as_ref().map(Into::into),
    };
    wire::AgentMessage { kind: Some(Say::Hello(hello)) }
}

/// For the operator's eyes only; nothing depends on it.
fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .unwrap_or_default()
}

fn report(observed: &Observed, refused: Option<&Why>) -> wire::Observed {
    let mut report = wire::Observed::from(observed);
    if let Some(reason) = refused {
        let overlaid =
            Observed { phase: Phase::Refused, error: Some(reason.clone()), ..Observed::nothing(0) };
        let overlaid = wire::Observed::from(&overlaid);
        report.phase = overlaid.phase;
        report.error = overlaid.error;
        report.cause = overlaid.cause;
    }
    report
}

/// How long until the certificate should be renewed; nothing where it is due.
fn until_renewal(identity: &Identity) -> Duration {
    let Some(validity) = key::validity(&identity.certificate) else { return Duration::ZERO };
    let seconds = validity.renew_at().saturating_sub(now_ms() / 1000);
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0)).min(LONGEST_TIMER)
}

async fn tick(interval: &mut Option<tokio::time::Interval>) {
    match interval {
        Some(interval) => {
            interval.tick().await;
        }
        None => std::future::pending().await,
    }
}
