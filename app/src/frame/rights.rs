//! What the person may do, as far as a page shows it. The console checks every request by itself; here it is only about not
//! offering what would be refused.

use leptos::prelude::use_context;

/// What a page offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// The page is there to be read: forms and buttons that change something are left out.
    pub look_only: bool,
    /// To make and import clusters.
    pub create: bool,
    /// The audit log, of the clusters that the person operates.
    pub audit: bool,
    /// People, settings.
    pub administer: bool,
}

/// The rights of the page that is being made; everything, where no frame has said.
pub(crate) fn use_rights() -> Rights {
    use_context().unwrap_or(Rights { look_only: false, create: true, audit: true, administer: true })
}
