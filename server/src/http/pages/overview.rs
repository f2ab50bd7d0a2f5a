//! The overview: all clusters at a glance.

use std::sync::Arc;
use std::time::Duration;

use app::frame::Standing;
use app::i18n::frame;
use app::live::{Presence, Shape, overall, overall_since};
use app::pages::overview::{self as pages, Glance, Overview, Part, What, sheet};
use app::sheet::Sheet;
use axum::extract::{Query, State};
use axum::response::Response;
use model::{Role, Roles};
use serde::Deserialize;

use super::forms::count;
use crate::http::follow::{First, follow, patch};
use crate::http::{AppState, Need, Page, PageError, Routes};
use crate::live::{Survey, Surveyed, attention};
use crate::store::ClusterSummary;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new().get_as(Need::Session, "/", show).get_as(Need::Session, "/overview/live", patches)
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    page: String,
    /// There for somebody who wants one patch alone.
    once: Option<String>,
}

async fn show(
    State(state): State<AppState>,
    page: Page,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let survey = state.live.surveyed().await?;
    let look = page.visit().look.clone();
    if let Some(seconds) = look.reload() {
        page.reload(seconds);
    }
    let (overview, part) = (overview(&survey, page.roles()), Part::parse(&asked.q, &asked.page));
    let create = page.may(Role::Operator, None);
    Ok(page.html(frame::OVERVIEW.get(page.lang()), move || pages::view(&overview, &part, &look, create)))
}

/// `patch`: what differs on the page that somebody looks at.
async fn patches(
    State(state): State<AppState>,
    page: Page,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let (part, lang) = (Part::parse(&asked.q, &asked.page), page.lang());
    let surveys = state.live.survey();
    let mut last: Option<Sheet> = None;
    Ok(follow(
        state,
        page.signed_in().clone(),
        surveys,
        First::of(asked.once.as_deref()),
        Duration::from_secs(1),
        move |survey: &Survey, roles: &Roles| {
            let sheet = sheet(&overview(survey, roles), &part, lang);
            let news = patch(&sheet.patch(last.as_ref()));
            last = Some(sheet);
            Some(news)
        },
    ))
}

/// What a person with these roles may see of it.
fn overview(survey: &Survey, roles: &Roles) -> Overview {
    let sees = |surveyed: &&Surveyed| roles.may(Role::Viewer, Some(surveyed.summary.id));
    let mut attention = attention(survey.clusters.iter().filter(sees), survey.at_ms);
    for matter in &mut attention {
        if let (What::NoDirector, Some((id, _))) = (&matter.what, &matter.cluster)
            && !roles.may(Role::Operator, Some(*id))
        {
            // Who may only look adds none.
            matter.href = format!("/clusters/{id}/control");
        }
    }
    Overview {
        clusters: survey.clusters.iter().filter(sees).map(glance).collect(),
        attention,
        ticks: survey.ticks,
        now_ms: survey.at_ms,
    }
}

fn glance(surveyed: &Surveyed) -> Glance {
    let Surveyed { summary, shape, numbers, connections, bytes, .. } = surveyed;
    let shape = shape.clone().unwrap_or_else(|| Arc::new(Shape::default()));
    let whole = overall(&shape);
    let directors =
        surveyed.machines.iter().filter(|(machine, _)| machine.balances() && machine.revoked_ms.is_none());
    let connected = shape.directors.iter().filter(|one| one.phase.presence() == Presence::Connected).count();
    Glance {
        id: summary.id,
        name: summary.name.to_string(),
        state: whole.state,
        since: overall_since(&shape, whole.state),
        standing: standing(summary),
        failing: (whole.failing, whole.offered),
        directors: (count(connected), count(directors.count())),
        changes: summary.has_changes,
        counts: numbers.known.then(|| numbers.whole()),
        connections: connections.clone(),
        bytes: bytes.clone(),
    }
}

fn standing(summary: &ClusterSummary) -> Standing {
    match (summary.generation, summary.running) {
        (None, _) => Standing::NeverApplied,
        (Some(generation), true) => Standing::Running(generation),
        (Some(generation), false) => Standing::Stopped(generation),
    }
}
