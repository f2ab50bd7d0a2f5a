//! How the real servers of a virtual service are checked, in a cluster's draft.

use std::collections::BTreeMap;

use app::components::FieldErrors;
use app::frame::Tab;
use app::i18n::monitoring as words;
use app::pages::services::{self as pages, MonitoringForm, OfferedProgram};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::input::CheckInput;
use model::{ClusterId, ServiceId, ServiceSettings, VirtualService};

use crate::http::pages::forms::{is_gone, saved};
use crate::http::pages::merging::{About as Object, Posted, json};
use crate::http::{AppState, Page, PageError, Path};
use crate::store::StoreError;

/// Where agents look for programs if nobody told them otherwise; said where no agent says it.
const DIRECTORY: &str = "/etc/arapaima/checks";

pub(super) async fn edit(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid)): Path<(ClusterId, ServiceId)>,
) -> Result<Response, PageError> {
    let about = About::load(&state, &page, id, sid).await?;
    let input = CheckInput::from(&about.service.settings.check);
    let base = json(&input)?;
    Ok(about.answer(&page, StatusCode::OK, Typed { input, base, ..Typed::default() }))
}

pub(super) async fn save(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid)): Path<(ClusterId, ServiceId)>,
    Form(posted): Form<Posted<CheckInput>>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let input = &posted.input;
    let done = state.store.edit_draft(page.actor(), id, None, "", |editing| {
        let current = editing.service(sid)?.settings.clone();
        let with = |check| ServiceSettings { check, ..current.clone() };
        let mine = with(input.parse()?);
        let merged = match posted.settle(&mine, &current, |input| input.parse_stored().map(with)) {
            Ok(merged) => merged,
            Err(clash) => return Ok(Err(clash)),
        };
        let (name, changed) = (merged.name.clone(), merged != current);
        editing.set_service(sid, merged)?;
        Ok(Ok((name, changed)))
    });
    let path = format!("/clusters/{id}/services/{sid}/monitoring");
    match done.await {
        Ok(Ok((name, changed))) => {
            page.flash(saved(&page, id, changed, words::SAVED.with(lang, &[("name", &name)])));
            Ok(page.redirect(&path))
        }
        Ok(Err(clash)) => {
            page.cluster_header(&state, id, Tab::Services).await?;
            let name = clash.theirs.name.to_string();
            page.crumb(name.clone(), format!("/clusters/{id}/services/{sid}"));
            let about = Object { name, action: path.clone(), cancel: path };
            posted.ask(&state, &page, id, &clash, about).await
        }
        Err(StoreError::Invalid(problems)) if is_gone(&problems) => Err(PageError::NotFound),
        Err(StoreError::Invalid(problems)) => {
            let about = About::load(&state, &page, id, sid).await?;
            let errors = FieldErrors::of(&problems, lang);
            let typed = Typed { input: posted.input, base: posted.base, errors };
            Ok(about.answer(&page, StatusCode::UNPROCESSABLE_ENTITY, typed))
        }
        Err(error) => Err(error.into()),
    }
}

/// What stands in the form.
#[derive(Default)]
struct Typed {
    input: CheckInput,
    base: String,
    errors: FieldErrors,
}

/// What the page says beside the form.
struct About {
    cluster: ClusterId,
    id: ServiceId,
    service: VirtualService,
    programs: Vec<OfferedProgram>,
    directory: String,
}

impl About {
    async fn load(
        state: &AppState,
        page: &Page,
        cluster: ClusterId,
        id: ServiceId,
    ) -> Result<Self, PageError> {
        page.cluster_header(state, cluster, Tab::Services).await?;
        let draft = state.store.draft(cluster).await?;
        let service = draft.cluster.services().get(&id).ok_or(PageError::NotFound)?.clone();
        let mut having: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let (mut telling, mut directory) = (0, None);
        for director in state.store.balancing(cluster).await? {
            let known = state.fleet.director(director.id);
            let Some(programs) = known.programs.filter(|_| known.connected) else { continue };
            telling += 1;
            for name in programs.names {
                having.entry(name.to_string()).or_default().push(director.name.to_string());
            }
            directory.get_or_insert(programs.directory);
        }
        let offered = having.into_iter().map(|(name, directors)| {
            let only_on = (directors.len() < telling).then(|| directors.join(", "));
            OfferedProgram { name, only_on }
        });
        let directory = directory.unwrap_or_else(|| DIRECTORY.to_owned());
        Ok(Self { cluster, id, service, programs: offered.collect(), directory })
    }

    fn answer(self, page: &Page, status: StatusCode, typed: Typed) -> Response {
        let Self { cluster, id, service, programs, directory } = self;
        let Typed { input, base, errors } = typed;
        let name = service.settings.name.to_string();
        page.crumb(name.clone(), format!("/clusters/{cluster}/services/{id}"));
        let title = words::TITLE.with(page.lang(), &[("name", &name)]);
        let form = MonitoringForm {
            cluster,
            service: id,
            name,
            servers: service.destinations.len(),
            pace: (service.settings.timeout, service.settings.reentry),
            input,
            base,
            errors,
            programs,
            directory,
        };
        page.html_status(status, title, || pages::monitoring(form))
    }
}
