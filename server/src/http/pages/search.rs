//! Finding anything by name, address, port or note: a page, and the same list for the palette.

use app::Lang;
use app::frame::{Place, Rights, Tab};
use app::html::encode;
use app::i18n::{changes, people, search as words, settings};
use app::pages::search::{self as pages, Found, Kind};
use axum::extract::{Query as Parameters, State};
use axum::response::{Html, IntoResponse, Response};
use model::{ClusterId, Destination, DestinationId, Note, Role, Roles, ServiceId, VirtualService};
use serde::Deserialize;

use super::forms::count;
use super::help;
use crate::http::page::rights;
use crate::http::{AppState, Need, Page, PageError, Routes};
use crate::search::{Best, Query};
use crate::store::{ClusterSummary, Draft};

/// The most rows of an answer: more are not read, but typed away.
const ROWS: usize = 20;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new().get_as(Need::Session, "/search", show)
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    /// Not empty: the list alone.
    #[serde(default)]
    list: String,
}

async fn show(
    State(state): State<AppState>,
    page: Page,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let query = Query::parse(&asked.q);
    let mut search = Collector { lang, query, best: Best::new(ROWS) };
    search.places(rights(page.signed_in()));
    search.actions(page.roles());
    search.chapters();
    for cluster in state.store.clusters().await?.into_iter().filter(|cluster| page.sees(cluster.id)) {
        let draft = state.store.draft(cluster.id).await?;
        let operates = page.may(Role::Operator, cluster.id);
        search.cluster(&cluster, &draft, operates);
    }
    let machines = state.store.directors().await?.into_iter();
    for machine in machines.filter(|machine| page.sees(machine.cluster)) {
        let host = machine.name.to_string();
        search.offer(Kind::Machine, &host, "", &[], || format!("/directors/{}", machine.id));
    }
    let (found, all) = search.best.into_sorted();
    let more = count(all - found.len());
    let search = pages::Search { q: asked.q, found, more };
    if asked.list.is_empty() {
        return Ok(page.html(words::TITLE.get(lang), move || pages::view(search)));
    }
    let list = app::frame::within(lang, page.now_ms(), move || pages::palette(&search));
    Ok(Html(list).into_response())
}

/// What was found so far.
struct Collector {
    lang: Lang,
    query: Query,
    best: Best<Found>,
}

impl Collector {
    fn places(&mut self, rights: Rights) {
        let lang = self.lang;
        let places = [Place::Overview, Place::Clusters].iter().chain(Place::AFTER_CLUSTERS);
        for place in places.filter(|place| place.is_open(rights)) {
            self.offer(Kind::Page, place.label(lang), "", &[], || place.href().to_owned());
        }
    }

    fn actions(&mut self, roles: &Roles) {
        let (create, operate) = (roles.may(Role::Operator, None), roles.may_somewhere(Role::Operator));
        let administer = roles.may(Role::Administrator, None);
        let actions = [
            (create, words::ACTION_NEW_CLUSTER, "/clusters/new"),
            (create, words::ACTION_IMPORT, "/clusters/import"),
            (operate, words::ACTION_NEW_MACHINE, "/directors/new"),
            (true, words::ACTION_PASSWORD, "/account"),
            (administer, people::ADD, "/users/new"),
            (administer, words::ACTION_BACKUP, "/settings"),
            (administer, settings::ABOUT_TITLE, "/settings/about"),
        ];
        for (_, words, href) in actions.into_iter().filter(|(may, ..)| *may) {
            self.offer(Kind::Action, words.get(self.lang), "", &[], || href.to_owned());
        }
    }

    fn chapters(&mut self) {
        let lang = self.lang;
        for chapter in help::CHAPTERS {
            self.offer(Kind::Chapter, chapter.title(lang), "", &[], || chapter.href());
        }
    }

    fn cluster(&mut self, summary: &ClusterSummary, draft: &Draft, operates: bool) {
        let (id, cluster) = (summary.id, draft.cluster.as_ref());
        let name = cluster.name().as_str();
        self.offer(Kind::Cluster, name, "", &[], || Tab::Control.href(id));
        // With nothing typed these would fill the list.
        if self.query.is_empty() {
            return;
        }
        for tab in Tab::ALL {
            self.offer(Kind::Page, &tab.label(self.lang), name, &[name], || tab.href(id));
        }
        let stopped = !summary.running && summary.generation.is_some();
        let actions = [
            (operates && summary.running, words::ACTION_STOP, "stop"),
            // The button is there.
            (operates && stopped, words::ACTION_START, "control"),
            (operates, words::ACTION_NEW_SERVICE, "services/new"),
            (operates, words::ACTION_REVIEW, "changes"),
            (operates && summary.has_changes, changes::DISCARD, "discard"),
            (true, words::ACTION_EXPORT, "export"),
        ];
        for (_, words, page) in actions.into_iter().filter(|(may, ..)| *may) {
            let href = || format!("/clusters/{id}/{page}");
            self.offer(Kind::Action, words.get(self.lang), name, &[name], href);
        }
        for (&sid, service) in cluster.services() {
            self.service((id, name), (sid, service), false);
        }
        // What is applied still and has gone from the draft stands in the live table alone.
        let applied = draft.applied.as_deref().filter(|_| draft.has_changes());
        for (&sid, service) in applied.iter().flat_map(|revision| revision.desired.cluster.services()) {
            let Some(left) = cluster.services().get(&sid) else {
                self.service((id, name), (sid, service), true);
                continue;
            };
            let gone = service.destinations.iter().filter(|(did, _)| !left.destinations.contains_key(did));
            for (&did, destination) in gone {
                self.server((id, name), (sid, service), (did, destination), true);
            }
        }
    }

    /// A virtual server with its real servers; `gone`: from the draft.
    fn service(
        &mut self,
        (id, cluster): (ClusterId, &str),
        (sid, service): (ServiceId, &VirtualService),
        gone: bool,
    ) {
        let key = service.settings.key.to_string();
        let name = service.settings.name.as_str();
        let detail = self.detail(format!("{cluster} · {key}"), gone);
        let href = || if gone { shown(id, name) } else { format!("/clusters/{id}/services/{sid}") };
        let note = service.settings.note.as_ref().map(Note::as_str).unwrap_or_default();
        self.offer(Kind::Service, name, &detail, &[cluster, &key, note], href);
        for (&did, destination) in &service.destinations {
            self.server((id, cluster), (sid, service), (did, destination), gone);
        }
    }

    fn server(
        &mut self,
        (id, cluster): (ClusterId, &str),
        (sid, service): (ServiceId, &VirtualService),
        (did, destination): (DestinationId, &Destination),
        gone: bool,
    ) {
        let (name, service) = (destination.name.as_str(), service.settings.name.as_str());
        let socket = destination.socket();
        let address = destination.address.to_string();
        let detail = self.detail(format!("{cluster} · {service} · {socket}"), gone);
        let href = || {
            if gone { shown(id, name) } else { format!("/clusters/{id}/services/{sid}/servers/{did}") }
        };
        let note = destination.note.as_ref().map(Note::as_str).unwrap_or_default();
        self.offer(Kind::Server, name, &detail, &[cluster, service, &socket, &address, note], href);
    }

    fn detail(&self, text: String, gone: bool) -> String {
        if gone { format!("{text} · {}", words::REMOVED.get(self.lang)) } else { text }
    }

    fn offer(
        &mut self,
        kind: Kind,
        name: &str,
        detail: &str,
        others: &[&str],
        href: impl FnOnce() -> String,
    ) {
        if let Some(fit) = self.query.fit(name, others.iter().copied()) {
            self.best.offer(fit, || Found { kind, name: name.into(), detail: detail.into(), href: href() });
        }
    }
}

/// Where the live table shows what is called so.
fn shown(id: ClusterId, name: &str) -> String {
    format!("{}?q={}", Tab::Control.href(id), encode(name))
}
