//! A cluster's revisions: all of them, one, two compared; going back to one.

mod roll_back;

use app::components::FieldErrors;
use app::frame::Tab;
use app::i18n::{Msg, history as words};
use app::pages::history::{self as pages, Compare, HistoryPage, HistoryRow, How, Marks, RevisionPage};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use model::{Cluster, ClusterId, Generation};
use serde::Deserialize;

use super::forms::count;
use super::paging::PageNumber;
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
    page: PageNumber,
}

/// What to compare.
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
    let pages = newest.div_ceil(PER_PAGE.into());
    let number = count(wanted.page.of(usize::try_from(pages).unwrap_or(usize::MAX)));
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

/// The last change, where the address asks for nothing; the nearest generations with a word about it, where it asks for some that do
/// not exist.
async fn compare(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Query(between): Query<Between>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::History).await?;
    let newest = state.store.latest_revision(id).await?.ok_or(PageError::NotFound)?.generation.0;
    let lang = page.lang();
    let mut errors = FieldErrors::default();
    let mut read = |name: &str, label: Msg, typed: &str, unasked: u64| match typed.trim() {
        "" => unasked,
        typed => {
            let asked = typed.parse::<u64>().ok();
            if asked.is_none_or(|asked| !(1..=newest).contains(&asked)) {
                let values: [(&str, &dyn std::fmt::Display); 2] = [("typed", &typed), ("newest", &newest)];
                errors.push(name, label.get(lang), words::NO_GENERATION.with(lang, &values));
            }
            asked.map_or(unasked, |asked| asked.clamp(1, newest))
        }
    };
    let to = read("to", words::COL_TO, &between.to, newest);
    let from = read("from", words::COL_FROM, &between.from, to.saturating_sub(1).max(1));
    let from = state.store.revision(id, Generation(from)).await?;
    let to = state.store.revision(id, Generation(to)).await?;
    let compared = Compare {
        cluster: id,
        changes: model::plan(&from.desired.cluster, &to.desired.cluster),
        from: (from.generation, from.desired.clone()),
        to: (to.generation, to.desired.clone()),
        errors,
    };
    let values: [(&str, &dyn std::fmt::Display); 2] = [("from", &from.generation), ("to", &to.generation)];
    let title = words::COMPARE_TITLE.with(lang, &values);
    let status = if compared.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page.html_status(status, title, || pages::compare(compared)))
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
