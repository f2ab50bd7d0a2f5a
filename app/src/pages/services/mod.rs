//! Virtual servers: list, form, delete.

mod delete;
mod form;
mod list;
mod summary;

use leptos::prelude::*;
use model::{ClusterId, ServiceId};

pub use delete::{DeleteService, delete};
pub use form::{ServiceForm, form};
pub use list::{DraftMark, ServiceRow, ServicesPage, list};
pub(crate) use list::{draft_mark, status};

use crate::i18n::{services as words, t};

/// A page of one virtual server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubTab {
    /// Its own settings.
    Service,
    /// Its real servers.
    Servers,
}

/// The second bar, as in Piranha: *Virtual server* and *Real servers*.
pub(crate) fn sub_tabs(
    cluster: ClusterId,
    service: ServiceId,
    here: SubTab,
    servers: usize,
) -> impl IntoView {
    let current = |tab| (tab == here).then_some("page");
    let base = format!("/clusters/{cluster}/services/{service}");
    view! {
        <nav class="tabs sub" aria-label=t(words::SUBTABS)>
            <a href=base.clone() aria-current=current(SubTab::Service)>{t(words::SUBTAB_SERVICE)}</a>
            <a href=format!("{base}/servers") aria-current=current(SubTab::Servers)>{format!("{} ({servers})", t(words::SUBTAB_SERVERS))}</a>
        </nav>
    }
}
