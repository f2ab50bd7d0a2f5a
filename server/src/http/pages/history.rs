//! A cluster's revisions: all of them, one, two compared; going back to one.

mod roll_back;

use app::frame::Tab;
use app::i18n::history as words;
use app::pages::history::{self as pages, Compare, HistoryPage, HistoryRow, How, Marks, RevisionPage};
use axum::extract::{Query, State};
use axum::response::Response;
use model::{Cluster, ClusterId, Generation};
use serde::Deserialize;

use crate::http::{AppState, Page, PageError, Path, Routes};
use crate::store::{Director, Origin, RevisionSummary};

/// Revisions of one page.
const PER_PAGE: u32 = 50;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/clusters/{id}/history", list)
        .get("/clusters/{id}/history/compare", compare)
        .get("/clusters/{id}/history/{generation}", show)
        .get("/clusters/{id}/history/{generation}/rollback", roll_back::ask)
        .post("/clusters/{id}/history/{generation}/rollback", roll_back::roll_back)
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    page: Option<u64>,
}

/// What to compare; what is not a number is taken as left out.
#[derive(Deserialize)]
struct Between {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

async fn list(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::History).await?;
    let newest = state.store.latest_revision(id).await?.map_or(0, |revision| revision.generation.0);
    let pages = newest.div_ceil(PER_PAGE.into()).max(1);
    let number = wanted.page.unwrap_or(1).clamp(1, pages);
    let before = (number - 1) * u64::from(PER_PAGE);
    let found = state.store.history(id, Generation(newest - before), PER_PAGE).await?;
    let marker = Marker::load(&state, id, Generation(newest)).await?;
    let rows = found.into_iter().map(|revision| row(revision, &marker)).collect();
    let other = |number: u64| format!("/clusters/{id}/history?page={number}");
    let listed = HistoryPage {
        cluster: id,
        rows,
        from: before + 1,
        all: newest,
        previous: (number > 1).then(|| other(number - 1)),
        next: (number < pages).then(|| other(number + 1)),
    };
    Ok(page.html(words::TITLE.get(page.lang()), || pages::list(listed)))
}

fn row(revision: RevisionSummary, marker: &Marker) -> HistoryRow {
    HistoryRow {
        marks: marker.of(revision.generation),
        generation: revision.generation,
        author: revision.author,
        at_ms: revision.at_ms,
        message: revision.message,
        how: how(revision.origin),
        changes: revision.changes,
        services: revision.services,
        servers: revision.servers,
    }
}

async fn show(
    State(state): State<AppState>,
    page: Page,
    Path((id, generation)): Path<(ClusterId, Generation)>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::History).await?;
    let newest = state.store.latest_revision(id).await?.ok_or(PageError::NotFound)?;
    let revision = state.store.revision(id, generation).await?;
    let before = match generation.0 {
        ..=1 => None,
        n => Some(state.store.revision(id, Generation(n - 1)).await?),
    };
    let before = before.map(|revision| revision.desired.clone());
    let nothing = Cluster::new(revision.desired.cluster.name().clone());
    let from = before.as_ref().map_or(&nothing, |desired| &desired.cluster);
    let shown = RevisionPage {
        cluster: id,
        generation,
        hash: revision.hash.to_string(),
        author: revision.author.clone(),
        at_ms: revision.at_ms,
        message: revision.message.clone(),
        how: how(revision.origin),
        marks: Marker::load(&state, id, newest.generation).await?.of(generation),
        changes: model::plan(from, &revision.desired.cluster),
        before,
        newest: newest.generation,
        differs: newest.desired.cluster != revision.desired.cluster,
        desired: revision.desired.clone(),
    };
    let title = words::GENERATION_N.with(page.lang(), &[("n", &generation)]);
    Ok(page.html(title, || pages::revision(shown)))
}

/// The nearest generations, where the address asks for some that do not exist; the last change, where it asks for none.
async fn compare(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Query(between): Query<Between>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::History).await?;
    let newest = state.store.latest_revision(id).await?.ok_or(PageError::NotFound)?.generation.0;
    let read = |typed: &str| typed.trim().parse::<u64>().ok().map(|number| number.clamp(1, newest));
    let to = read(&between.to).unwrap_or(newest);
    let from = read(&between.from).unwrap_or_else(|| to.saturating_sub(1).max(1));
    let from = state.store.revision(id, Generation(from)).await?;
    let to = state.store.revision(id, Generation(to)).await?;
    let compared = Compare {
        cluster: id,
        changes: model::plan(&from.desired.cluster, &to.desired.cluster),
        from: (from.generation, from.desired.clone()),
        to: (to.generation, to.desired.clone()),
    };
    let values: [(&str, &dyn std::fmt::Display); 2] = [("from", &from.generation), ("to", &to.generation)];
    let title = words::COMPARE_TITLE.with(page.lang(), &values);
    Ok(page.html(title, || pages::compare(compared)))
}

fn how(origin: Origin) -> How {
    match origin {
        Origin::Apply => How::Applied,
        Origin::Start => How::Started,
        Origin::Stop => How::Stopped,
        Origin::RollBack(to) => How::RolledBack(to),
    }
}

/// Which revisions stand out.
struct Marker {
    current: Generation,
    /// The newest that every director has read back as applied, it or a newer one; none where one has not read back any.
    last_good: Option<Generation>,
}

impl Marker {
    async fn load(state: &AppState, id: ClusterId, current: Generation) -> Result<Self, PageError> {
        let directors = state.store.balancing(id).await?;
        let directors = directors.iter().filter(|director| carries(director));
        let last_good = directors.map(|director| director.observed_generation).min().flatten();
        Ok(Self { current, last_good })
    }

    fn of(&self, generation: Generation) -> Marks {
        Marks { current: generation == self.current, last_good: Some(generation) == self.last_good }
    }
}

/// Whether a director carries the cluster, as far as the console knows.
fn carries(director: &Director) -> bool {
    director.enrolled_ms.is_some() && director.revoked_ms.is_none()
}
