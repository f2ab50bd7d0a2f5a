//! Changing one machine in several virtual services: one edit, one row in the audit log.

use std::collections::{BTreeMap, BTreeSet};

use app::components::FieldErrors;
use app::i18n::{fields, machines as words};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::input;
use model::plan::{Changed, Merge};
use model::{
    ClusterId, Destination, DestinationId, Field, HostAddress, Name, Problem, Problems, Reason, ServiceId,
    VirtualService, Weight,
};

use super::{Saw, Typed, answer, parse};
use crate::http::pages::forms::{is_conflict, is_gone, saved};
use crate::http::{AppState, Page, PageError, Path};
use crate::store::StoreError;

/// What happens to each ticked destination.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Deed {
    Weight(Weight),
    Active(bool),
    Rename(Name),
}

/// A form as it was posted.
#[derive(Default)]
struct Posted {
    deed: String,
    weight: String,
    name: String,
    ticked: BTreeSet<DestinationId>,
    saw: BTreeMap<DestinationId, Saw>,
}

pub(super) async fn change(
    State(state): State<AppState>,
    page: Page,
    Path((id, address)): Path<(ClusterId, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let address = parse(&address)?;
    let posted = Posted::read(fields);
    let mut errors = FieldErrors::default();
    if posted.ticked.is_empty() {
        errors.push("ticked", words::WHICH.get(lang), words::NOTHING_TICKED.get(lang));
    }
    let deed = match posted.deed() {
        Ok(deed) => Some(deed),
        Err(problems) => {
            for problem in problems.iter() {
                let text = app::i18n::problems::text(problem, lang);
                errors.push(problem.field.name(), fields::label(problem.field, lang), text);
            }
            None
        }
    };
    let Some(deed) = deed.filter(|_| errors.is_empty()) else {
        let typed = posted.again(errors, false);
        return answer(&state, &page, id, address, StatusCode::UNPROCESSABLE_ENTITY, typed).await;
    };
    let done = state.store.edit_draft(page.actor(), id, None, "", |editing| {
        editing.edit_services(|services| carry_out(services, address, &deed, &posted))
    });
    match done.await {
        Ok(changed) => {
            let said = deed.said(address, changed, lang);
            page.flash(saved(&page, id, changed > 0, said));
            Ok(page.redirect(&format!("/clusters/{id}/machines/{address}")))
        }
        Err(StoreError::Invalid(problems)) => {
            let conflict = is_conflict(&problems) || is_gone(&problems);
            let status = if conflict { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
            let typed = posted.again(FieldErrors::of(&problems, lang), conflict);
            answer(&state, &page, id, address, status, typed).await
        }
        Err(error) => Err(error.into()),
    }
}

/// How many destinations changed. Each one's change is brought on top of what others changed since it was looked at.
fn carry_out(
    services: &mut BTreeMap<ServiceId, VirtualService>,
    address: HostAddress,
    deed: &Deed,
    posted: &Posted,
) -> Result<u64, Problems> {
    let (mut found, mut changed, mut problems) = (0, 0, Vec::new());
    for service in services.values_mut() {
        if let Deed::Rename(name) = deed {
            problems.extend(name_taken(service, name, &posted.ticked));
        }
        let ticked = service.destinations.iter_mut().filter(|(id, _)| posted.ticked.contains(*id));
        for (id, destination) in ticked.filter(|(_, destination)| destination.address == address) {
            found += 1;
            let before = posted.saw.get(id).map_or_else(|| destination.clone(), |saw| saw.onto(destination));
            let mine = deed.onto(before.clone());
            match Destination::merge(&before, &mine, destination, &|_| None) {
                Some(merged) if merged != *destination => {
                    *destination = merged;
                    changed += 1;
                }
                Some(_) => {}
                None => problems.extend(moved(&before, &mine, destination)),
            }
        }
    }
    if found < posted.ticked.len() {
        problems.push(Problem::new(Field::ServerAddress, address.to_string(), Reason::Gone));
    }
    Problems::none_or(problems)?;
    Ok(changed)
}

/// What somebody else changed to something else meanwhile.
fn moved(before: &Destination, mine: &Destination, now: &Destination) -> Vec<Problem> {
    let forks = Destination::forks(before, mine, now).into_iter();
    let forks = forks.filter(|fork| fork.changed == Changed::Both);
    forks
        .map(|fork| {
            let reason = Reason::ChangedMeanwhile { now: fork.theirs };
            Problem::new(fork.field, fork.mine.to_string(), reason)
        })
        .collect()
}

/// Whether somebody who is not renamed has the name already.
fn name_taken(service: &VirtualService, name: &Name, ticked: &BTreeSet<DestinationId>) -> Option<Problem> {
    let renamed = service.destinations.keys().any(|id| ticked.contains(id));
    let taken = service.destinations.iter().any(|(id, other)| !ticked.contains(id) && other.name == *name);
    (renamed && taken).then(|| {
        let reason = Reason::DuplicateNameIn { service: service.settings.name.to_string() };
        Problem::new(Field::ServerName, name.as_str(), reason)
    })
}

// === impl Deed ===

impl Deed {
    fn onto(&self, mut destination: Destination) -> Destination {
        match self {
            Self::Weight(weight) => destination.weight = *weight,
            Self::Active(active) => destination.active = *active,
            Self::Rename(name) => destination.name = name.clone(),
        }
        destination
    }

    fn said(&self, address: HostAddress, changed: u64, lang: app::Lang) -> String {
        match self {
            Self::Weight(weight) => {
                words::DONE_WEIGHT.count_with(lang, changed, &[("address", &address), ("weight", weight)])
            }
            Self::Active(true) => words::DONE_ACTIVATE.count_with(lang, changed, &[("address", &address)]),
            Self::Active(false) => words::DONE_DEACTIVATE.count_with(lang, changed, &[("address", &address)]),
            Self::Rename(name) => {
                words::DONE_RENAME.count_with(lang, changed, &[("address", &address), ("name", name)])
            }
        }
    }
}

// === impl Posted ===

impl Posted {
    fn read(fields: Vec<(String, String)>) -> Self {
        let mut posted = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "id" => posted.ticked.extend(value.parse().ok().map(DestinationId)),
                "do" => posted.deed = value,
                "weight" => posted.weight = value,
                "server_name" => posted.name = value,
                // A form that does not say what was seen changes what is there.
                "base" => posted.saw = serde_json::from_str(&value).unwrap_or_default(),
                _ => {}
            }
        }
        posted
    }

    /// What its button asks for.
    fn deed(&self) -> Result<Deed, Problems> {
        let wrong = |field, typed: &str| {
            let typed = typed.to_owned();
            move |reason| Problems::from(Problem::new(field, typed, reason))
        };
        match self.deed.as_str() {
            "drain" => Ok(Deed::Weight(Weight::MIN)),
            "activate" => Ok(Deed::Active(true)),
            "deactivate" => Ok(Deed::Active(false)),
            "rename" => {
                Name::parse(&self.name).map(Deed::Rename).map_err(wrong(Field::ServerName, &self.name))
            }
            // The button that Enter presses in a field.
            _ => input::weight(&self.weight).map(Deed::Weight).map_err(wrong(Field::Weight, &self.weight)),
        }
    }

    /// The form as it was posted, to be shown again.
    fn again(self, errors: FieldErrors, conflict: bool) -> Typed {
        let Self { weight, name, ticked, .. } = self;
        Typed { weight: Some(weight), name: Some(name), ticked: Some(ticked), errors, conflict }
    }
}

impl Saw {
    /// The destination as it was when it was looked at, as far as this form goes.
    fn onto(&self, now: &Destination) -> Destination {
        let mut then = now.clone();
        if let Ok(name) = Name::parse(&self.name) {
            then.name = name;
        }
        if let Ok(weight) = Weight::try_new(self.weight.into()) {
            then.weight = weight;
        }
        then.active = self.active;
        then
    }
}
