//! What forms of the draft have in common.

use app::Lang;
use app::components::Flash;
use app::i18n::{Msg, bulk, problems, services};
pub(super) use app::pages::address;
use axum::response::Response;
use model::{ClusterId, Field, Name, Problem, Problems, Reason, Shown, SpecHash};
use serde::{Deserialize, Serialize};

use crate::http::{LocalPath, Page, PageError};
use crate::store::StoreError;

/// The part of a list that one came from, as an address or a form carries it.
#[derive(Default, Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

impl Back {
    /// Where the answer leads: to that part where it is one of this list, else to its beginning.
    pub(super) fn to(&self, list: &str) -> String {
        let part = LocalPath::parse(&self.back).filter(|back| back.as_str().starts_with(list));
        part.map_or_else(|| list.to_owned(), |back| back.as_str().to_owned())
    }
}

impl From<&str> for Back {
    fn from(back: &str) -> Self {
        Self { back: back.to_owned() }
    }
}

/// A form that switches something.
#[derive(Deserialize)]
pub(super) struct Switch {
    #[serde(default)]
    active: String,
    #[serde(flatten)]
    back: Back,
}

impl Switch {
    /// Whether it is switched on.
    pub(super) fn is_on(&self) -> bool {
        !self.active.is_empty()
    }
}

/// The one field of a form that deletes something: how it was when it was shown.
#[derive(Deserialize)]
pub(super) struct Deleting {
    #[serde(default)]
    seen: String,
}

impl Deleting {
    /// A problem where somebody else has changed the object since it was shown. Who shows nothing deletes it as it is.
    pub(super) fn check(&self, object: &impl Serialize, name: &Name) -> Result<(), Problem> {
        if self.seen.is_empty() || self.seen == mark(object) {
            return Ok(());
        }
        let now = Shown::Text(name.to_string());
        Err(Problem::new(Field::ServiceName, name.as_str(), Reason::ChangedMeanwhile { now }))
    }
}

/// What tells one state of an object from another.
pub(super) fn mark(object: &impl Serialize) -> String {
    // Serialising to memory fails for non-string map keys alone, and ids become strings.
    SpecHash::of(&serde_json::to_vec(object).unwrap_or_default()).to_string()
}

/// Problems of what several fields mean together, at the field where a form shows them.
pub(super) fn at_inputs(problems: &Problems) -> Problems {
    let moved = problems.iter().map(|problem| {
        let field = match problem.field {
            Field::Key => Field::Vip,
            Field::Thresholds => Field::UpperThreshold,
            other => other,
        };
        Problem { field, ..problem.clone() }
    });
    // As many as before, so at least one.
    Problems::none_or(moved.collect()).err().unwrap_or_else(|| problems.clone())
}

/// Whether somebody else changed the same field of one of several objects.
pub(super) fn is_conflict(problems: &Problems) -> bool {
    problems.iter().any(|problem| matches!(problem.reason, Reason::ChangedMeanwhile { .. }))
}

/// Whether the object itself is gone.
pub(super) fn is_gone(problems: &Problems) -> bool {
    problems.iter().any(|problem| problem.reason == Reason::Gone)
}

/// The answer to a deletion from the draft: back to the list, or to the question where it is about something else now. Twice is as good as
/// once.
pub(super) fn deleted(
    page: &Page,
    id: ClusterId,
    gone: Result<Name, StoreError>,
    said: Msg,
    (list, question): (&str, &str),
) -> Result<Response, PageError> {
    let lang = page.lang();
    match gone {
        Err(StoreError::Invalid(problems)) if is_conflict(&problems) => {
            page.flash(Flash::failed(services::DELETE_MOVED.get(lang)));
            return Ok(page.redirect(question));
        }
        Ok(name) => page.flash(review(Flash::done(said.with(lang, &[("name", &name)])), id, lang)),
        Err(StoreError::Invalid(problems)) if is_gone(&problems) => {
            page.flash(Flash::done(services::DELETED_ALREADY.get(lang)));
        }
        Err(StoreError::Invalid(problems)) => {
            let why = sentences(&problems, lang);
            page.flash(Flash::failed(services::NOT_DELETED.with(lang, &[("why", &why)])));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(page.redirect(list))
}

/// The answer to switching something of the draft on or off: back to the list.
pub(super) fn switched(
    page: &Page,
    id: ClusterId,
    name: &Name,
    switch: &Switch,
    done: Result<(), StoreError>,
    list: &str,
) -> Result<Response, PageError> {
    let lang = page.lang();
    match done {
        Ok(()) => {
            let said = if switch.is_on() { services::ACTIVATED } else { services::DEACTIVATED };
            page.flash(review(Flash::done(said.with(lang, &[("name", name)])), id, lang));
        }
        Err(StoreError::Invalid(problems)) => {
            let why = sentences(&problems, lang);
            page.flash(Flash::failed(services::NOT_ACTIVATED.with(lang, &[("name", name), ("why", &why)])));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(page.redirect(&switch.back.to(list)))
}

/// What saving said: what is next, or that nothing was changed.
pub(super) fn saved_message(page: &Page, id: ClusterId, changed: bool, name: &Name) -> Flash {
    saved(page, id, changed, services::SAVED.with(page.lang(), &[("name", name)]))
}

/// The same, in these words.
pub(super) fn saved(page: &Page, id: ClusterId, changed: bool, words: impl Into<String>) -> Flash {
    let lang = page.lang();
    if !changed {
        return Flash::done(services::UNCHANGED.get(lang));
    }
    review(Flash::done(words), id, lang)
}

/// What many edits at once were refused for: the first few, each with what it is about.
pub(super) fn refused(problems: &Problems, lang: Lang) -> Flash {
    const TOLD: usize = 3;
    let mut told: Vec<String> = problems
        .iter()
        .take(TOLD)
        .map(|problem| format!("{}: {}", problem.value, problems::text(problem, lang)))
        .collect();
    let more = problems.iter().len().saturating_sub(TOLD);
    if more > 0 {
        told.push(bulk::REFUSED_MORE.with(lang, &[("n", &more)]));
    }
    Flash::failed(bulk::REFUSED.with(lang, &[("why", &told.join(" "))]))
}

pub(super) fn sentences(problems: &Problems, lang: Lang) -> String {
    problems.iter().map(|problem| problems::text(problem, lang)).collect::<Vec<_>>().join(" ")
}

/// With the way to the plan.
pub(super) fn review(said: Flash, id: ClusterId, lang: Lang) -> Flash {
    said.next(services::REVIEW.get(lang), format!("/clusters/{id}/changes"))
}

/// A number of things for a page.
pub(super) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
