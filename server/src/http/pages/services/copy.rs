//! Copies of a virtual service, in the draft of its own cluster or of another one.
//!
//! The form posts to the cluster that the copy goes to: that is the one that changes.

use app::components::{FieldErrors, Flash};
use app::frame::Tab;
use app::i18n::{bulk as words, problems as sentences};
use app::pages::services::{self as pages, COPY_FIELDS, CopyForm};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use model::input::ServiceInput;
use model::{Cluster, ClusterId, Field, Name, Problems, Role, ServiceId, VirtualService};
use serde::Deserialize;

use crate::http::pages::forms::{at_inputs, count, review};
use crate::http::{AppState, Page, PageError, Path};
use crate::store::StoreError;

/// Where the copy goes; into the same cluster if nothing is said.
#[derive(Deserialize)]
pub(super) struct To {
    #[serde(default)]
    to: Option<ClusterId>,
}

/// What is copied, and how the copy differs.
#[derive(Deserialize)]
pub(super) struct Wanted {
    from: ClusterId,
    service: ServiceId,
    #[serde(default)]
    name: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    ports: String,
    #[serde(default)]
    fwmark: String,
    #[serde(default)]
    active: String,
}

pub(super) async fn ask(
    State(state): State<AppState>,
    page: Page,
    Path((id, sid)): Path<(ClusterId, ServiceId)>,
    Query(To { to }): Query<To>,
) -> Result<Response, PageError> {
    let to = to.unwrap_or(id);
    page.require(Role::Viewer, to)?;
    let about = About::load(&state, id, sid, to).await?;
    let mut input = ServiceInput::from(&about.source.settings);
    input.name = free_name(&about.target_cluster, &about.source.settings.name);
    about.answer(&state, &page, StatusCode::OK, input, FieldErrors::default()).await
}

pub(super) async fn copy(
    State(state): State<AppState>,
    page: Page,
    Path(target): Path<ClusterId>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    page.require(Role::Viewer, wanted.from)?;
    let about = About::load(&state, wanted.from, wanted.service, target).await?;
    let source = &about.source;
    let input = wanted.onto(ServiceInput::from(&source.settings));
    let check = source.settings.check.clone();
    let what = format!("copy of virtual service {} of cluster {}", source.settings.name, about.source_name);
    let done = state.store.edit_draft(page.actor(), target, None, &what, |editing| {
        let settings = input.parse_in(check, editing, None)?;
        let name = settings.name.clone();
        let id = editing.next_service_id();
        let copied = source.destinations.values().cloned();
        let destinations = copied.map(|destination| (editing.next_destination_id(), destination)).collect();
        editing.put_service(id, VirtualService { settings, destinations })?;
        Ok((id, name))
    });
    match done.await {
        Ok((service, name)) => {
            let said = words::COPIED.with(lang, &[("cluster", &about.target_name), ("name", &name)]);
            page.flash(review(Flash::done(said), target, lang));
            Ok(page.redirect(&format!("/clusters/{target}/services/{service}")))
        }
        Err(StoreError::Invalid(problems)) => {
            // The same form twice: the first one did it.
            let draft = state.store.draft(target).await?;
            if let Some(twin) = twin(&draft.cluster, source, &input) {
                return Ok(page.redirect(&format!("/clusters/{target}/services/{twin}")));
            }
            let errors = errors(&problems, lang);
            about.answer(&state, &page, StatusCode::UNPROCESSABLE_ENTITY, input, errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The service that is exactly the copy asked for.
fn twin(cluster: &Cluster, source: &VirtualService, input: &ServiceInput) -> Option<ServiceId> {
    let settings = input.parse(source.settings.check.clone()).ok()?;
    let same = |other: &VirtualService| {
        other.settings == settings && other.destinations.values().eq(source.destinations.values())
    };
    cluster.services().iter().find(|(_, other)| same(other)).map(|(id, _)| *id)
}

/// The name itself, or with the first number that is free behind it.
fn free_name(cluster: &Cluster, name: &Name) -> String {
    let taken =
        |text: &str| cluster.services().values().any(|service| service.settings.name.as_str() == text);
    let numbered = (2..).map(|n| format!("{name}-{n}"));
    // One more than there are services is free at the latest.
    let mut names = std::iter::once(name.to_string()).chain(numbered).take(cluster.services().len() + 1);
    names.find(|text| !taken(text)).unwrap_or_default()
}

/// Beside its field what the form has a field for; the rest is about real servers and says which.
fn errors(problems: &Problems, lang: app::Lang) -> FieldErrors {
    let mut errors = FieldErrors::default();
    for problem in at_inputs(problems).iter() {
        let text = sentences::text(problem, lang);
        if COPY_FIELDS.contains(&problem.field) {
            errors.push(problem.field.name(), app::i18n::fields::label(problem.field, lang), text);
        } else {
            let values: [(&str, &dyn std::fmt::Display); 2] = [("value", &problem.value), ("why", &text)];
            errors.push("", "", words::COPY_REFUSED.with(lang, &values));
        }
    }
    errors
}

impl Wanted {
    /// The source's fields with those of the form. What the form did not show stays.
    fn onto(&self, mut input: ServiceInput) -> ServiceInput {
        input.name.clone_from(&self.name);
        input.active.clone_from(&self.active);
        if matches!(input.marking.as_str(), "" | "director") {
            input.address.clone_from(&self.address);
            input.ports.clone_from(&self.ports);
        }
        if !input.value(Field::FirewallMark).is_empty() {
            input.fwmark.clone_from(&self.fwmark);
        }
        input
    }
}

/// What is copied, and where to.
struct About {
    from: ClusterId,
    id: ServiceId,
    source: VirtualService,
    source_name: Name,
    source_method: model::Forwarding,
    target: ClusterId,
    target_name: Name,
    target_cluster: std::sync::Arc<Cluster>,
}

impl About {
    async fn load(
        state: &AppState,
        from: ClusterId,
        id: ServiceId,
        target: ClusterId,
    ) -> Result<Self, PageError> {
        let draft = state.store.draft(from).await?;
        let source = draft.cluster.services().get(&id).ok_or(PageError::NotFound)?.clone();
        let target_cluster = state.store.draft(target).await?.cluster;
        Ok(Self {
            from,
            id,
            source,
            source_name: draft.cluster.name().clone(),
            source_method: draft.cluster.settings().forwarding,
            target,
            target_name: target_cluster.name().clone(),
            target_cluster,
        })
    }

    async fn answer(
        self,
        state: &AppState,
        page: &Page,
        status: StatusCode,
        input: ServiceInput,
        errors: FieldErrors,
    ) -> Result<Response, PageError> {
        page.cluster_header(state, self.from, Tab::Services).await?;
        let name = self.source.settings.name.to_string();
        page.crumb(name.clone(), format!("/clusters/{}/services/{}", self.from, self.id));
        let clusters = state.store.clusters().await?;
        // Those that a copy may go to; also the one that was asked for, which the form is about.
        let clusters = clusters
            .into_iter()
            .filter(|cluster| cluster.id == self.target || page.may(Role::Operator, cluster.id))
            .map(|cluster| (cluster.id, cluster.name.to_string()))
            .collect();
        let method = self.target_cluster.settings().forwarding;
        let follows = self.source.destinations.values().any(|destination| destination.forwarding.is_none());
        let form = CopyForm {
            servers: count(self.source.destinations.len()),
            target: (self.target, self.target_name.to_string()),
            clusters,
            methods: (follows && method != self.source_method).then_some((self.source_method, method)),
            input,
            errors,
            source: (self.from, self.id, name.clone()),
        };
        let title = words::COPY_TITLE.with(page.lang(), &[("name", &name)]);
        Ok(page.html_status(status, title, || pages::copy(form)))
    }
}
