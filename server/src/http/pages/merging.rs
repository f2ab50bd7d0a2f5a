//! Two people at one form: what only one of them changed goes together by itself, the rest is asked. One way for every form of
//! the draft.

use std::collections::BTreeMap;

use app::pages::merging::{self as pages, Merging};
use axum::http::StatusCode;
use axum::response::Response;
use model::plan::{Changed, Clash, Merge, Side};
use model::{ClusterId, Field};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::forms::Back;
use crate::http::{AppState, Page, PageError};

/// A form with what stood in its fields when the page was made.
#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub(super) struct Posted<T> {
    /// The fields then, as JSON; empty for what is new.
    #[serde(default)]
    pub(super) base: String,
    /// The fields as somebody else had saved them when a choice was made, as JSON.
    #[serde(default)]
    seen: String,
    /// The fields now.
    #[serde(flatten)]
    pub(super) input: T,
    /// The choices among whatever else the form has.
    #[serde(flatten)]
    others: BTreeMap<String, String>,
}

/// What the page that asks says of the object.
pub(super) struct About {
    /// Its name.
    pub(super) name: String,
    /// Where its form posts.
    pub(super) action: String,
    /// Where dropping one's own edit leads.
    pub(super) cancel: String,
}

impl<T: DeserializeOwned> Posted<T> {
    /// What both editors mean: `mine`, as parsed from the fields now, on top of `now`, what is saved. `parse` reads the fields as
    /// they were; where they cannot be read, nobody else's edit can be told from the form's own, and the form counts.
    pub(super) fn settle<M: Merge + Clone>(
        &self,
        mine: &M,
        now: &M,
        parse: impl Fn(&T) -> Option<M>,
    ) -> Result<M, Box<Clash<M>>> {
        let read = |json: &str| parse(&serde_json::from_str(json).ok()?);
        let base = read(&self.base);
        let base = base.as_ref().unwrap_or(now);
        let seen = read(&self.seen);
        let seen = seen.as_ref().unwrap_or(base);
        Clash::settle(base, seen, mine, now, &|field| self.chosen(field)).map_err(Box::new)
    }

    /// Where one came from.
    pub(super) fn back(&self) -> Back {
        self.others.get("back").map(|back| Back::from(back.as_str())).unwrap_or_default()
    }

    /// What was chosen for a field.
    fn chosen(&self, field: Field) -> Option<Side> {
        let posted = self.others.get(&pages::choice(field))?;
        [Side::Theirs, Side::Mine].into_iter().find(|side| pages::side(*side) == posted)
    }

    /// The page that asks, 409.
    pub(super) async fn ask<M>(
        &self,
        state: &AppState,
        page: &Page,
        id: ClusterId,
        clash: &Clash<M>,
        about: About,
    ) -> Result<Response, PageError>
    where
        M: Merge + Clone,
        T: Serialize + for<'a> From<&'a M>,
    {
        let About { name, action, cancel } = about;
        let input = |object: &M| T::from(object);
        let mut hidden = vec![
            ("base".to_owned(), json(&input(&clash.base))?),
            ("seen".to_owned(), json(&input(&clash.theirs))?),
        ];
        hidden.extend(fields(&input(&clash.mine))?);
        hidden.extend(self.others.get("back").map(|back| ("back".to_owned(), back.clone())));
        let forks = clash.forks();
        let asked = forks.iter().filter(|fork| fork.changed == Changed::Both).map(|fork| fork.field);
        let chosen: Vec<_> = asked.filter_map(|field| Some((field, self.chosen(field)?))).collect();
        // Choices that were made from something else than what is saved now are made anew.
        let same = self.seen == hidden[1].1;
        let merging = Merging {
            name,
            action,
            cancel,
            hidden,
            forks,
            unanswered: same,
            chosen: if same { chosen } else { Vec::new() },
            by: state.store.last_edit(id).await?,
        };
        let title = app::i18n::merging::TITLE.with(page.lang(), &[("name", &merging.name)]);
        Ok(page.html_status(StatusCode::CONFLICT, title, || pages::merging(merging)))
    }
}

/// What a form holds, to be posted back with it.
pub(super) fn json(input: &impl Serialize) -> Result<String, PageError> {
    serde_json::to_string(input).map_err(unwritable)
}

/// The fields of a form by their names.
fn fields(input: &impl Serialize) -> Result<Vec<(String, String)>, PageError> {
    let fields: BTreeMap<String, String> =
        serde_json::to_value(input).and_then(serde_json::from_value).map_err(unwritable)?;
    Ok(fields.into_iter().collect())
}

fn unwritable(error: serde_json::Error) -> PageError {
    PageError::internal("cannot write a form's fields", error)
}
