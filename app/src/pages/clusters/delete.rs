//! Asks before a cluster is deleted.

use leptos::prelude::*;
use model::ClusterId;

use crate::components::{ConfirmPage, EndingField, ErrorSummary, FieldErrors, ending};
use crate::i18n::{clusters as words, use_lang};

/// What deleting a cluster would take away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteCluster {
    /// Which.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// Whether it runs.
    pub running: bool,
    /// How many virtual services its draft has.
    pub services: u64,
    /// How many directors it has.
    pub directors: u64,
    /// What tells this state of it from another.
    pub seen: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

/// The page.
pub fn delete(cluster: DeleteCluster) -> impl IntoView {
    let lang = use_lang();
    let DeleteCluster { id, name, running, services, directors, seen, errors } = cluster;
    let standing = if running { words::DELETE_RUNNING } else { words::DELETE_STOPPED };
    let mut consequences = vec![standing.get(lang).to_owned(), words::DELETE_SERVICES.count(lang, services)];
    if directors > 0 {
        consequences.push(words::DELETE_DIRECTORS.count(lang, directors));
    }
    let named: &[(&str, &dyn std::fmt::Display)] = &[("name", &name)];
    view! {
        <ErrorSummary errors=errors.clone()/>
        <ConfirmPage
            title=words::DELETE_TITLE.with(lang, named)
            consequences=consequences
            verb=words::DELETE_VERB.with(lang, named)
            action=format!("/clusters/{id}/delete")
            cancel=format!("/clusters/{id}/edit")
            hidden=vec![("seen", seen)]
        >
            <EndingField ending=ending(services) errors=errors/>
        </ConfirmPage>
    }
}
