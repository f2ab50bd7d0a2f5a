//! Asks before a real server is deleted.

use leptos::prelude::*;
use model::{ClusterId, DestinationId, ServiceId};

use crate::components::ConfirmPage;
use crate::i18n::{servers as words, use_lang};

/// What deleting a real server would take away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteServer {
    /// The cluster.
    pub cluster: ClusterId,
    /// The virtual service and its name.
    pub service: (ServiceId, String),
    /// Which.
    pub id: DestinationId,
    /// Its name.
    pub name: String,
    /// Whether it is applied and active in a running cluster.
    pub live: bool,
    /// What tells this state of it from another.
    pub seen: String,
    /// Whether it is the last active one.
    pub last: bool,
    /// Whether the virtual service has a sorry server.
    pub sorry: bool,
}

/// The page.
pub fn delete(server: DeleteServer) -> impl IntoView {
    let lang = use_lang();
    let DeleteServer { cluster, service: (service, service_name), id, name, live, seen, last, sorry } =
        server;
    let live = if live { words::DELETE_LIVE } else { words::DELETE_NOT_LIVE };
    let mut consequences = vec![live.get(lang).to_owned()];
    if last {
        let last = if sorry { words::DELETE_LAST_SORRY } else { words::DELETE_LAST };
        consequences.insert(0, last.with(lang, &[("service", &service_name)]));
    }
    let named: &[(&str, &dyn std::fmt::Display)] = &[("name", &name)];
    let base = format!("/clusters/{cluster}/services/{service}/servers/{id}");
    view! {
        <ConfirmPage
            title=words::DELETE_TITLE.with(lang, named)
            consequences=consequences
            verb=words::DELETE_VERB.with(lang, named)
            action=format!("{base}/delete")
            cancel=base
            hidden=vec![("seen", seen)]
        />
    }
}
