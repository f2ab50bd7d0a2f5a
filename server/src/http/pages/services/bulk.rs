//! Many virtual services of a cluster's draft at once: one edit, one row in the audit log.

use std::collections::BTreeMap;

use app::components::Flash;
use app::frame::Tab;
use app::i18n::bulk as words;
use app::pages::services::{self as pages, DeleteServices};
use axum::Form;
use axum::extract::State;
use axum::response::Response;
use model::{Cluster, ClusterId, Desired, Field, Problem, Reason, ServiceId, Shown, VirtualService};

use super::{is_live, rows};
use crate::http::pages::forms::{Back, address, count, is_conflict, mark, refused, review};
use crate::http::{AppState, Page, PageError, Path};
use crate::store::StoreError;

/// So many names are told before the rest is counted.
const NAMES: usize = 10;

/// What to do with them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Activate,
    Deactivate,
    Delete,
}

/// What a form asks for: the list as it was looked at, what is ticked, a button.
#[derive(Default)]
struct Asked {
    deed: Option<Deed>,
    ids: Vec<ServiceId>,
    /// Everything that matches `q`, ticked or not.
    all: bool,
    confirmed: bool,
    q: String,
    sort: String,
    /// The part of the list that one came from.
    back: String,
    /// How those to delete were when that was asked.
    seen: String,
}

pub(super) async fn bulk(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<ClusterId>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let asked = Asked::read(fields);
    let back = asked.back(id);
    let draft = state.store.draft(id).await?;
    let ids = asked.chosen(&draft.cluster);
    let Some(deed) = asked.deed.filter(|_| !ids.is_empty()) else {
        page.flash(Flash::failed(words::NOTHING_TICKED.get(lang)));
        return Ok(page.redirect(&back));
    };
    if deed == Deed::Delete && !asked.confirmed {
        page.cluster_header(&state, id, Tab::Services).await?;
        let applied = draft.applied.as_deref().map(|revision| &revision.desired);
        let question = question(id, &draft.cluster, applied, ids, asked);
        let title = words::DELETE_VERB.count(lang, count(question.ids.len()));
        return Ok(page.html(title, || pages::delete_many(question)));
    }
    let seen = asked.seen;
    let done = state.store.edit_draft(page.actor(), id, None, "", |editing| {
        editing.edit_services(|services| {
            if deed == Deed::Delete && !seen.is_empty() && seen != marked(services, &ids) {
                let now = Shown::Text(String::new());
                return Err(Problem::new(Field::ServiceName, "", Reason::ChangedMeanwhile { now }).into());
            }
            let mut changed = 0_u64;
            for id in &ids {
                changed += u64::from(match deed {
                    // Gone already is as good as deleted.
                    Deed::Delete => services.remove(id).is_some(),
                    Deed::Activate | Deed::Deactivate => services.get_mut(id).is_some_and(|service| {
                        let to = deed == Deed::Activate;
                        std::mem::replace(&mut service.settings.active, to) != to
                    }),
                });
            }
            Ok(changed)
        })
    });
    match done.await {
        Ok(0) => page.flash(Flash::done(words::UNCHANGED.get(lang))),
        Ok(changed) => {
            let said = match deed {
                Deed::Activate => words::ACTIVATED,
                Deed::Deactivate => words::DEACTIVATED,
                Deed::Delete => words::DELETED,
            };
            page.flash(review(Flash::done(said.count(lang, changed)), id, lang));
        }
        Err(StoreError::Invalid(problems)) if is_conflict(&problems) => {
            page.flash(Flash::failed(words::DELETE_MOVED.get(lang)));
        }
        Err(StoreError::Invalid(problems)) => page.flash(refused(&problems, lang)),
        Err(error) => return Err(error.into()),
    }
    Ok(page.redirect(&back))
}

/// What deleting them would take away.
fn question(
    cluster: ClusterId,
    draft: &Cluster,
    applied: Option<&Desired>,
    ids: Vec<ServiceId>,
    asked: Asked,
) -> DeleteServices {
    let back = asked.back(cluster);
    let services = || ids.iter().filter_map(|id| draft.services().get(id));
    DeleteServices {
        cluster,
        names: services().take(NAMES).map(|service| service.settings.name.to_string()).collect(),
        servers: count(services().map(|service| service.destinations.len()).sum()),
        live: count(ids.iter().filter(|id| is_live(applied, **id)).count()),
        seen: marked(draft.services(), &ids),
        keep: [("q", asked.q), ("sort", asked.sort), ("back", asked.back)],
        back,
        ids,
    }
}

/// What tells this state of all of them from another.
fn marked(services: &BTreeMap<ServiceId, VirtualService>, ids: &[ServiceId]) -> String {
    mark(&ids.iter().filter_map(|id| services.get(id)).collect::<Vec<_>>())
}

impl Asked {
    fn read(fields: Vec<(String, String)>) -> Self {
        let mut asked = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "id" => asked.ids.extend(value.parse().ok().map(ServiceId)),
                "all" => asked.all = true,
                "confirmed" => asked.confirmed = true,
                "q" => asked.q = value,
                "sort" => asked.sort = value,
                "back" => asked.back = value,
                "seen" => asked.seen = value,
                "do" => {
                    asked.deed = match value.as_str() {
                        "activate" => Some(Deed::Activate),
                        "deactivate" => Some(Deed::Deactivate),
                        "delete" => Some(Deed::Delete),
                        _ => None,
                    };
                }
                _ => {}
            }
        }
        asked
    }

    /// Those that there are, in the order of their creation.
    fn chosen(&self, draft: &Cluster) -> Vec<ServiceId> {
        if self.all {
            return rows::matching(draft, &self.q).map(|(id, _)| *id).collect();
        }
        let mut ids: Vec<_> =
            self.ids.iter().copied().filter(|id| draft.services().contains_key(id)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn back(&self, id: ClusterId) -> String {
        let list = format!("/clusters/{id}/services");
        if self.back.is_empty() {
            return address(&list, &[("q", &self.q), ("sort", &self.sort)]);
        }
        Back::from(self.back.as_str()).to(&list)
    }
}
