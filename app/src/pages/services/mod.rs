//! Virtual servers: list, form, monitoring scripts, copy, delete.

mod bulk;
mod copy;
mod delete;
mod form;
mod list;
mod monitoring;
mod summary;

use leptos::prelude::*;
use model::{ClusterId, ServiceId};

pub use bulk::{DeleteServices, delete_many};
pub use copy::{COPY_FIELDS, CopyForm, copy};
pub use delete::{DeleteService, delete};
pub use form::{ServiceForm, form};
pub use list::{DraftMark, ServiceRow, ServicesPage, list};
pub(crate) use list::{draft_mark, note_mark, status};
pub use monitoring::{MonitoringForm, OfferedProgram, monitoring};

use crate::i18n::{services as words, t};

/// A page of one virtual server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubTab {
    /// Its own settings.
    Service,
    /// Its real servers.
    Servers,
    /// How they are checked.
    Monitoring,
}

/// The second bar, as in Piranha: *Virtual server*, *Real servers*, *Monitoring scripts*.
pub(crate) fn sub_tabs(
    cluster: ClusterId,
    service: ServiceId,
    here: SubTab,
    servers: impl std::fmt::Display,
) -> impl IntoView {
    let current = |tab| (tab == here).then_some("page");
    let base = format!("/clusters/{cluster}/services/{service}");
    view! {
        <nav class="tabs sub" aria-label=t(words::SUBTABS)>
            <a href=base.clone() aria-current=current(SubTab::Service)>{t(words::SUBTAB_SERVICE)}</a>
            <a href=format!("{base}/servers") aria-current=current(SubTab::Servers)>{format!("{} ({servers})", t(words::SUBTAB_SERVERS))}</a>
            <a href=format!("{base}/monitoring") aria-current=current(SubTab::Monitoring)>{t(words::SUBTAB_MONITORING)}</a>
        </nav>
    }
}
