//! Writing a cluster for other programs: Piranha and ipvsadm.

use app::frame::Tab;
use app::i18n::export as words;
use app::pages::clusters::{ExportFile, ExportPage, export as export_view};
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use formats::{ipvsadm, lvscf};
use model::{Cluster, ClusterId};
use serde::Deserialize;

use crate::http::{AppState, Page, PageError, Path, Routes};

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/clusters/{id}/export", show)
        .get("/clusters/{id}/export/lvs.cf", as_lvs_cf)
        .get("/clusters/{id}/export/ipvsadm.rules", as_rules)
}

#[derive(Clone, Copy, Deserialize)]
struct Which {
    /// The draft, or else what is applied.
    #[serde(default)]
    draft: Option<u8>,
}

/// The cluster as it is asked for; the draft where nothing has been applied.
async fn chosen(state: &AppState, id: ClusterId, which: Which) -> Result<(Cluster, Option<u64>), PageError> {
    let draft = state.store.draft(id).await?;
    Ok(match draft.applied.filter(|_| which.draft.is_none()) {
        Some(applied) => (applied.desired.cluster.clone(), Some(applied.generation.0)),
        None => ((*draft.cluster).clone(), None),
    })
}

async fn show(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Query(which): Query<Which>,
) -> Result<Response, PageError> {
    page.cluster_header(&state, id, Tab::Control).await?;
    let (cluster, generation) = chosen(&state, id, which).await?;
    let has_applied = state.store.summary(id).await?.generation.is_some();
    let rules = ipvsadm::export(&cluster);
    let shown = ExportPage {
        id,
        name: cluster.name().to_string(),
        generation,
        has_applied,
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
    Ok(download("lvs.cf", lvscf::print(&lvscf::export(&cluster).values)))
}

async fn as_rules(
    State(state): State<AppState>,
    _page: Page,
    Path(id): Path<ClusterId>,
    Query(which): Query<Which>,
) -> Result<Response, PageError> {
    let (cluster, _) = chosen(&state, id, which).await?;
    Ok(download("ipvsadm.rules", ipvsadm::print(&ipvsadm::export(&cluster).rules).into_bytes()))
}

fn download(name: &'static str, text: Vec<u8>) -> Response {
    let kept = match name {
        "lvs.cf" => HeaderValue::from_static("attachment; filename=\"lvs.cf\""),
        _ => HeaderValue::from_static("attachment; filename=\"ipvsadm.rules\""),
    };
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    ([(header::CONTENT_TYPE, plain), (header::CONTENT_DISPOSITION, kept)], text).into_response()
}
