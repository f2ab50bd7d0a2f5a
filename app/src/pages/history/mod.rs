//! History: the list of revisions, one of them, two compared, and going back to one.

mod compare;
mod list;
mod revision;
mod roll_back;

use leptos::prelude::*;
use model::{Change, Desired, Generation};

pub use compare::{Compare, compare};
pub use list::{HistoryPage, HistoryRow, list};
pub use revision::{RevisionPage, revision};
pub use roll_back::{RollBackPage, Unapplied, roll_back};

use super::plan_table::PlanTable;
use crate::components::{EmptyState, Notice, Tone};
use crate::i18n::{Lang, history as words, t, use_lang};

/// How a revision came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The draft was applied.
    Applied,
    /// The cluster was started.
    Started,
    /// The cluster was stopped.
    Stopped,
    /// The configuration of an earlier generation was applied once more.
    RolledBack(Generation),
}

impl How {
    fn words(self, lang: Lang) -> String {
        match self {
            Self::Applied => words::APPLIED.get(lang).to_owned(),
            Self::Started => words::STARTED.get(lang).to_owned(),
            Self::Stopped => words::STOPPED.get(lang).to_owned(),
            Self::RolledBack(to) => words::ROLLED_BACK.with(lang, &[("n", &to)]),
        }
    }

    /// The author's reason, where it is one: starting and stopping leave a word of their own.
    fn reason(self, message: &str) -> Option<String> {
        let own = matches!(self, Self::Applied | Self::RolledBack(_));
        (own && !message.is_empty()).then(|| message.to_owned())
    }
}

/// What stands at a revision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// It is what is applied.
    pub current: bool,
    /// It is the newest that every director has applied and verified.
    pub last_good: bool,
}

impl Marks {
    fn view(self) -> impl IntoView {
        view! {
            {self.current.then(|| view! { " "<span class="tag">{t(words::CURRENT)}</span> })}
            {self.last_good.then(|| view! { " "<span class="tag good" title=t(words::LAST_GOOD_HELP)>{t(words::LAST_GOOD)}</span> })}
        }
    }
}

/// The changes between two states, to be read: whether the cluster runs, then its configuration.
fn differences(changes: &[Change], from: Option<&Desired>, to: &Desired) -> AnyView {
    let ran = from.is_some_and(|desired| desired.running);
    let switched = (ran != to.running).then(|| {
        let text = if to.running { words::NOW_RUNS } else { words::NOW_RUNS_NOT };
        view! { <Notice tone=Tone::Info text=t(text)/> }
    });
    let table = if changes.is_empty() {
        switched
            .is_none()
            .then(|| view! { <EmptyState title=t(words::SAME_TITLE) text=t(words::SAME_TEXT)/> }.into_any())
    } else {
        Some(PlanTable::read_only(changes, from, &to.cluster).view())
    };
    view! { {switched}{table} }.into_any()
}

fn generation(n: Generation) -> String {
    words::GENERATION_N.with(use_lang(), &[("n", &n)])
}
