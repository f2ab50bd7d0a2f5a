//! Writing a cluster for other programs, Piranha and ipvsadm, and for another console.

use std::sync::Arc;

use app::frame::Tab;
use app::i18n::export as words;
use app::pages::clusters::{ExportFile, ExportPage, ExportRevision, export as export_view};
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use formats::{ipvsadm, lvscf};
use model::{Cluster, ClusterId, Generation};
use serde::Deserialize;

use crate::http::{AppState, Page, PageError, Path, Routes};
use crate::store::Revision;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/clusters/{id}/export", show)
        .get("/clusters/{id}/export/lvs.cf", as_lvs_cf)
        .get("/clusters/{id}/export/ipvsadm.rules", as_rules)
        .get("/clusters/{id}/history/{generation}/revision.json", as_json)
}

#[derive(Clone, Copy, Deserialize)]
struct Which {
    /// The draft.
    #[serde(default)]
    draft: Option<u8>,
    /// This revision. Without either: what is applied.
    #[serde(default)]
    generation: Option<u64>,
}

/// What is asked for, with its revision where it is one; the draft where nothing has been applied.
async fn chosen(
    state: &AppState,
    id: ClusterId,
    which: Which,
) -> Result<(Arc<Cluster>, Option<Arc<Revision>>), PageError> {
    let draft = state.store.draft(id).await?;
    let revision = match which {
        Which { generation: Some(n), .. } => Some(state.store.revision(id, Generation(n)).await?),
        Which { draft: Some(_), .. } => None,
        Which { .. } => draft.applied,
    };
    let cluster = revision.as_ref().map(|revision| Arc::new(revision.desired.cluster.clone()));
    Ok((cluster.unwrap_or(draft.cluster), revision))
}

async fn show(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Query(which): Query<Which>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::Control).await?;
    let (cluster, revision) = chosen(&state, id, which).await?;
    let applied = state.store.summary(id).await?.generation;
    let rules = ipvsadm::export(&cluster);
    let shown = ExportPage {
        id,
        name: cluster.name().to_string(),
        revision: revision.map(|revision| ExportRevision {
            generation: revision.generation,
            hash: revision.hash.to_string(),
            json: revision.json.clone(),
        }),
        applied,
        rules: ExportFile { text: ipvsadm::print(&rules.rules), report: rules.report },
        lvs_cf: {
            let exported = lvscf::export(&cluster);
            let text = String::from_utf8_lossy(&lvscf::print(&exported.values)).into_owned();
            ExportFile { text, report: exported.report }
        },
    };
    let title = words::TITLE.with(page.lang(), &[("name", &shown.name)]);
    Ok(page.html(title, move || export_view(shown)))
}

async fn as_lvs_cf(
    State(state): State<AppState>,
    _page: Page,
    Path(id): Path<ClusterId>,
    Query(which): Query<Which>,
) -> Result<Response, PageError> {
    let (cluster, _) = chosen(&state, id, which).await?;
    Ok(download("lvs.cf", text(), lvscf::print(&lvscf::export(&cluster).values)))
}

async fn as_rules(
    State(state): State<AppState>,
    _page: Page,
    Path(id): Path<ClusterId>,
    Query(which): Query<Which>,
) -> Result<Response, PageError> {
    let (cluster, _) = chosen(&state, id, which).await?;
    Ok(download("ipvsadm.rules", text(), ipvsadm::print(&ipvsadm::export(&cluster).rules).into_bytes()))
}

/// A revision's canonical form, byte for byte what agents get, so that its hash can be checked anywhere.
async fn as_json(
    State(state): State<AppState>,
    _page: Page,
    Path((id, generation)): Path<(ClusterId, Generation)>,
) -> Result<Response, PageError> {
    let revision = state.store.revision(id, generation).await?;
    let json = HeaderValue::from_static("application/json");
    Ok(download(&format!("generation-{generation}.json"), json, revision.json.clone().into_bytes()))
}

fn text() -> HeaderValue {
    HeaderValue::from_static("text/plain; charset=utf-8")
}

fn download(name: &str, kind: HeaderValue, bytes: Vec<u8>) -> Response {
    let kept = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let kept = kept.unwrap_or(HeaderValue::from_static("attachment"));
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, kept)], bytes).into_response()
}
