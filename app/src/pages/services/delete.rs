//! Asks before a virtual server is deleted.

use leptos::prelude::*;
use model::{ClusterId, ServiceId};

use crate::components::ConfirmPage;
use crate::i18n::{services as words, use_lang};

/// What deleting a virtual server would take away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteService {
    /// The cluster.
    pub cluster: ClusterId,
    /// Which.
    pub id: ServiceId,
    /// Its name.
    pub name: String,
    /// How many real servers it has.
    pub servers: u64,
    /// Whether it is applied and active in a running cluster.
    pub live: bool,
    /// What tells this state of it from another.
    pub seen: String,
}

/// The page.
pub fn delete(service: DeleteService) -> impl IntoView {
    let lang = use_lang();
    let DeleteService { cluster, id, name, servers, live, seen } = service;
    let live = if live { words::DELETE_LIVE } else { words::DELETE_NOT_LIVE };
    let named: &[(&str, &dyn std::fmt::Display)] = &[("name", &name)];
    view! {
        <ConfirmPage
            title=words::DELETE_TITLE.with(lang, named)
            consequences=vec![words::DELETE_SERVERS.count(lang, servers), live.get(lang).to_owned()]
            verb=words::DELETE_VERB.with(lang, named)
            action=format!("/clusters/{cluster}/services/{id}/delete")
            cancel=format!("/clusters/{cluster}/services/{id}")
            hidden=vec![("seen", seen)]
        />
    }
}
