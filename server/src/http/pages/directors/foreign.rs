//! Entries of a director's table that somebody else made: adopt, ignore, remove.

use app::components::Flash;
use app::i18n::{Lang, Msg, causes, foreign as words, services};
use app::pages::directors::foreign::{Asked, ForeignEntries, ForeignRow, confirm, names};
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use model::table::{Foreign, ForeignKey};
use model::{DirectorId, Name, ServiceKey, VirtualService};
use serde::Deserialize;

use super::unanswered;
use crate::fleet::CommandError;
use crate::http::pages::forms::sentences;
use crate::http::{AppState, Page, PageError, Path, Routes};
use crate::store::{Director, StoreError};

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new().get("/directors/{id}/foreign", ask).post("/directors/{id}/foreign", act)
}

#[derive(Deserialize)]
struct Chosen {
    /// Which entry: the canonical form.
    #[serde(default)]
    entry: String,
    #[serde(default)]
    action: String,
}

impl Chosen {
    fn entry(&self) -> Result<ForeignKey, PageError> {
        ForeignKey::parse(&self.entry).map_err(|error| PageError::BadRequest(error.to_string()))
    }
}

/// A director's; nothing where it told of none.
pub(super) async fn entries(state: &AppState, id: DirectorId) -> Result<Option<ForeignEntries>, PageError> {
    let known = state.fleet.foreign(id);
    if known.entries.is_empty() {
        return Ok(None);
    }
    let ignored = state.store.ignored(id).await?;
    let rows = known.entries.iter().map(|entry| row(entry, ignored.contains(&entry.place()))).collect();
    let can = state.fleet.director(id).connected;
    Ok(Some(ForeignEntries { director: id, rows, total: known.total.into(), can }))
}

fn row(entry: &Foreign, ignored: bool) -> ForeignRow {
    let place = entry.place();
    ForeignRow {
        entry: place.canonical(),
        title: place.to_string(),
        words: entry.words.clone(),
        adoptable: name_of(entry).is_some_and(|name| entry.take(name).is_some()),
        adopting: entry.adopting,
        ignored,
    }
}

/// What an adopted service is called at first.
fn name_of(entry: &Foreign) -> Option<Name> {
    Name::parse(&entry.key.to_string()).ok()
}

/// Asks before something is adopted or removed.
async fn ask(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<DirectorId>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, PageError> {
    let director = state.store.director(id).await?;
    let place = chosen.entry()?;
    let known = state.fleet.foreign(id);
    let Some(entry) = known.entries.iter().find(|entry| entry.place() == place) else {
        return Ok(gone(&page, id, &place));
    };
    let asked = match chosen.action.as_str() {
        names::ADOPT => Asked::Adopt,
        names::REMOVE => Asked::Remove,
        other => return Err(PageError::BadRequest(format!("unknown action `{other}`"))),
    };
    let (name, row) = (director.name.to_string(), row(entry, false));
    page.crumb(name.clone(), format!("/directors/{id}"));
    Ok(page.html(words::TITLE.get(page.lang()), move || confirm(id, &name, row, asked)))
}

async fn act(
    State(state): State<AppState>,
    page: Page,
    Path(id): Path<DirectorId>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, PageError> {
    let (lang, director, place) = (page.lang(), state.store.director(id).await?, chosen.entry()?);
    let say = |msg: Msg| Flash::done(msg.with(lang, &[("entry", &place), ("name", &director.name)]));
    let flash = match chosen.action.as_str() {
        names::IGNORE => {
            state.store.ignore(page.actor(), id, &place, true).await?;
            say(words::IGNORED_DONE)
        }
        names::HEED => {
            state.store.ignore(page.actor(), id, &place, false).await?;
            say(words::HEEDED)
        }
        names::REMOVE => match state.fleet.remove(page.actor(), id, &place).await {
            Ok(()) => say(words::REMOVED),
            Err(error) => failed(lang, &director, error)?,
        },
        names::ADOPT => {
            let known = state.fleet.foreign(id);
            let Some(entry) = known.entries.iter().find(|entry| entry.place() == place) else {
                return Ok(gone(&page, id, &place));
            };
            adopt(&state, &page, &director, entry).await?
        }
        other => return Err(PageError::BadRequest(format!("unknown action `{other}`"))),
    };
    page.flash(flash);
    Ok(page.redirect(&format!("/directors/{id}#foreign")))
}

/// Into the draft first, unless it has such a service already; then the director is told.
async fn adopt(
    state: &AppState,
    page: &Page,
    director: &Director,
    entry: &Foreign,
) -> Result<Flash, PageError> {
    let (lang, place, cluster) = (page.lang(), entry.place(), director.cluster);
    let Some(taken) = name_of(entry).and_then(|name| entry.take(name)) else {
        return Ok(Flash::failed(words::NO_WORDS.with(lang, &[("entry", &place)])));
    };
    let draft = state.store.draft(cluster).await?;
    let has =
        |key: &ServiceKey| draft.cluster.services().values().any(|service| service.settings.key == *key);
    let mut said = words::ADOPTED_ALREADY;
    if !has(&taken.settings.key) {
        let what = format!("adopt {place}");
        let added = state
            .store
            .edit_draft(page.actor(), cluster, None, &what, |editing| {
                let id = editing.next_service_id();
                let destinations = taken.destinations.iter().cloned();
                let destinations =
                    destinations.map(|destination| (editing.next_destination_id(), destination)).collect();
                editing.put_service(id, VirtualService { settings: taken.settings.clone(), destinations })
            })
            .await;
        match added {
            Ok(()) => said = words::ADOPTED,
            Err(StoreError::Invalid(problems)) => {
                let why = sentences(&problems, lang);
                return Ok(Flash::failed(words::NOT_TAKEN.with(lang, &[("entry", &place), ("why", &why)])));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(match state.fleet.adopt(page.actor(), director.id, &place).await {
        Ok(()) => {
            let changes = format!("/clusters/{cluster}/changes");
            Flash::done(said.with(lang, &[("entry", &place)])).next(services::REVIEW.get(lang), changes)
        }
        Err(error) => failed(lang, director, error)?,
    })
}

/// Why a director did not do what it was told.
fn failed(lang: Lang, director: &Director, error: CommandError) -> Result<Flash, PageError> {
    let why = match error {
        CommandError::Unanswered(why) => match unanswered::uncertain(why, &director.name, lang) {
            Some(said) => return Ok(Flash::failed(said)),
            None => unanswered::text(why, lang),
        },
        CommandError::Refused(why) => causes::text(&why, lang),
        CommandError::Store(error) => return Err(error.into()),
    };
    Ok(Flash::failed(words::FAILED.with(lang, &[("name", &director.name), ("why", &why)])))
}

fn gone(page: &Page, id: DirectorId, place: &ForeignKey) -> Response {
    page.flash(Flash::failed(words::GONE.with(page.lang(), &[("entry", place)])));
    page.redirect(&format!("/directors/{id}#foreign"))
}
