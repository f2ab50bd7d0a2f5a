//! How far a cluster's directors are with its newest revision, once and as a stream of events.

use std::convert::Infallible;
use std::time::Duration;

use app::Lang;
use app::progress::{DirectorProgress, Failure, Progress, Step};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use model::{Cluster, ClusterId, Generation, Role};
use protocol::{Applied, Observed, ObservedObject, Phase};
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::fleet::DirectorState;
use crate::http::follow::{end, full, patch, place};
use crate::http::session::SignedIn;
use crate::http::{AppState, Page, PageError, Path};
use crate::store::{Director, Revision};

/// Without news the stream looks again: revisions and directors change without the fleet.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// Changes that come together are told together: every report of every director is one.
const TOGETHER: Duration = Duration::from_millis(200);
/// A stream ends by itself; the browser comes again and shows its session anew.
const LONGEST: Duration = Duration::from_secs(10 * 60);

/// How far the directors are with `revision`.
pub(super) async fn load(state: &AppState, revision: &Revision) -> Result<Progress, PageError> {
    let directors = state.store.balancing(revision.cluster).await?;
    let directors = directors.iter().filter(|director| director.revoked_ms.is_none());
    let directors = directors.map(|director| {
        of_director(
            director,
            &state.fleet.director(director.id),
            revision.generation,
            &revision.desired.cluster,
        )
    });
    Ok(Progress { generation: revision.generation.0, directors: directors.collect() })
}

/// The same, whenever it changes.
pub(super) async fn stream(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
) -> Result<Response, PageError> {
    // Fails here, and not within the stream, where there is no such cluster.
    state.store.draft(id).await?;
    let Some(place) = place(&state) else { return Ok(full()) };
    let changed = state.fleet.changed();
    let until = tokio::time::Instant::now() + LONGEST;
    let lang = page.lang();
    let (last, over) = (None, false);
    let follower = Follower {
        _place: place,
        state,
        signed_in: page.signed_in().clone(),
        id,
        lang,
        changed,
        until,
        last,
        over,
    };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

struct Follower {
    /// Among the live pages.
    _place: OwnedSemaphorePermit,
    state: AppState,
    signed_in: SignedIn,
    id: ClusterId,
    lang: Lang,
    changed: watch::Receiver<u64>,
    until: tokio::time::Instant,
    last: Option<Progress>,
    over: bool,
}

impl Follower {
    /// The next event: news, or that there are none; none when the stream is over, and with it when the session is or the right to
    /// look.
    async fn next(&mut self) -> Option<Event> {
        if self.over {
            return None;
        }
        let mut waited = false;
        loop {
            if !self.signed_in.may_still(&self.state, Role::Viewer, self.id).await {
                self.over = true;
                return Some(end());
            }
            let progress = self.look().await?;
            // Also where nothing is new: a stream that is silent for long is taken for one that is broken.
            if waited || self.last.as_ref() != Some(&progress) {
                let sheet = progress.sheet(self.lang);
                let before = self.last.replace(progress).map(|last| last.sheet(self.lang));
                return patch(&sheet.patch(before.as_ref())).pop();
            }
            waited = true;
            tokio::select! {
                () = self.state.closing.cancelled() => return None,
                () = tokio::time::sleep_until(self.until) => return None,
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                moved = self.changed.changed() => {
                    moved.ok()?;
                    tokio::time::sleep(TOGETHER).await;
                }
            }
        }
    }

    async fn look(&mut self) -> Option<Progress> {
        self.changed.borrow_and_update();
        match self.state.store.latest_revision(self.id).await.ok()? {
            Some(revision) => load(&self.state, &revision).await.ok(),
            None => Some(Progress::default()),
        }
    }
}

fn of_director(
    director: &Director,
    known: &DirectorState,
    wanted: Generation,
    cluster: &Cluster,
) -> DirectorProgress {
    let observed = known.observed.as_deref();
    let step = step(known.connected, observed, wanted);
    let mut failures = Vec::new();
    if let (Step::Partly | Step::Refused, Some(observed)) = (step, observed) {
        if let Some(why) = &observed.error {
            failures.push(Failure { object: String::new(), why: why.clone() });
        }
        let failed = observed.objects.iter().filter(|object| object.applied == Applied::Failed);
        failures.extend(failed.map(|object| Failure {
            object: name(object, cluster),
            why: object.error.clone().unwrap_or_default(),
        }));
        let around = observed.failed_surroundings();
        failures.extend(around.map(|why| Failure { object: String::new(), why }));
    }
    let most = DirectorProgress::MOST_FAILURES;
    let more = u64::try_from(failures.len().saturating_sub(most)).unwrap_or(u64::MAX);
    failures.truncate(most);
    DirectorProgress { name: director.name.to_string(), step, failures, more }
}

fn step(connected: bool, observed: Option<&Observed>, wanted: Generation) -> Step {
    match observed {
        _ if !connected => Step::Away,
        Some(observed) if observed.phase == Phase::Refused => Step::Refused,
        Some(observed) if observed.generation == wanted => match observed.phase {
            Phase::Verified => Step::Verified,
            Phase::Partial => Step::Partly,
            Phase::Nothing | Phase::Applying | Phase::Refused => Step::Applying,
        },
        _ => Step::Waiting,
    }
}

/// "web", or "web, real1".
fn name(object: &ObservedObject, cluster: &Cluster) -> String {
    let Some(service) = cluster.services().get(&object.service) else { return object.service.to_string() };
    let service_name = &service.settings.name;
    match object.destination.and_then(|id| service.destinations.get(&id)) {
        Some(destination) => format!("{service_name}, {}", destination.name),
        None => service_name.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use protocol::{Surrounding, SurroundingState};

    use super::*;

    #[test]
    fn what_failed_around_the_table_is_a_failure_with_its_reason() {
        let mut observed =
            Observed { generation: Generation(4), phase: Phase::Verified, ..Observed::nothing(0) };
        let surrounding = |name: &str, state, error: Option<&str>| Surrounding {
            kind: "sysctl".into(),
            name: name.into(),
            state,
            error: error.map(str::to_owned),
        };
        observed.add(vec![
            surrounding("net.ipv4.ip_forward", SurroundingState::Failed, Some("read-only file system")),
            surrounding("net.ipv4.vs.conntrack", SurroundingState::Applied, None),
        ]);
        let director = Director {
            id: model::DirectorId(1),
            name: model::Name::parse("vs1").unwrap(),
            cluster: ClusterId(1),
            role: model::MachineRole::Director,
            created_ms: 0,
            fingerprint: None,
            previous_fingerprint: None,
            certificate_expires_ms: None,
            enrolled_ms: None,
            last_seen_ms: None,
            observed_generation: None,
            revoked_ms: None,
        };
        let known = DirectorState {
            connected: true,
            observed: Some(std::sync::Arc::new(observed)),
            ..DirectorState::default()
        };
        let cluster = Cluster::new(model::Name::parse("shop").unwrap());
        let progress = of_director(&director, &known, Generation(4), &cluster);
        assert_eq!((progress.step, progress.failures.len()), (Step::Partly, 1));
        let why = &progress.failures[0].why;
        assert_eq!(why.text, "net.ipv4.ip_forward: read-only file system");
        let said = app::i18n::causes::text(why, Lang::Zh);
        assert!(said.contains("内核参数") && said.contains("net.ipv4.ip_forward"), "{said}");
    }

    #[test]
    fn only_the_wanted_generation_read_back_counts() {
        let observed = |generation, phase| Observed {
            generation: Generation(generation),
            phase,
            ..Observed::nothing(0)
        };
        let check = |connected, observed: Option<Observed>, expected| {
            assert_eq!(step(connected, observed.as_ref(), Generation(4)), expected);
        };
        check(false, Some(observed(4, Phase::Verified)), Step::Away);
        check(true, None, Step::Waiting);
        check(true, Some(observed(3, Phase::Verified)), Step::Waiting);
        check(true, Some(observed(4, Phase::Applying)), Step::Applying);
        check(true, Some(observed(4, Phase::Verified)), Step::Verified);
        check(true, Some(observed(4, Phase::Partial)), Step::Partly);
        check(true, Some(observed(5, Phase::Refused)), Step::Refused);
    }
}
