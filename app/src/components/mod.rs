//! What every page is built from. Each part takes plain values and says in its documentation how it is used; none
//! needs script to work.
//!
//! A form page, whole:
//! ```text
//! view! {
//!     <PageHeader title=t(NEW_TITLE)/>
//!     <Form action=path errors=errors.clone()>
//!         <FieldGroup title=t(WHERE)>
//!             <ModelField field=model::Field::Vip value=input.vip errors=errors.clone() mono=true/>
//!         </FieldGroup>
//!         <FormActions submit=t(common::SAVE) cancel=back/>
//!     </Form>
//! }
//! ```

#![expect(unreachable_pub, reason = "Leptos' macro puts a public function where nobody can see it")]
#![expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]

mod actions;
mod choices;
mod coded;
mod confirm;
mod copy;
mod empty;
mod ending;
mod errors;
mod facts;
mod fields;
mod filters;
mod form;
mod header;
mod icon;
mod listing;
mod live_page;
mod notice;
mod state_mark;
mod table;
mod when;

pub use actions::{ActionForm, Kind, LinkButton, SubmitButton};
pub use choices::{Choice, RadioField, SelectField};
pub(crate) use coded::coded;
pub use confirm::ConfirmPage;
pub use copy::CopyText;
pub use empty::EmptyState;
pub use ending::{EndingField, check_ending, ending};
pub use errors::{ErrorSummary, FieldError, FieldErrors};
pub use facts::{Fact, Facts};
pub use fields::{CheckField, FileField, ModelCheck, ModelField, TextArea, TextField};
pub use filters::{FilterField, FilterInput, Filters};
pub use form::{DangerZone, FieldGroup, Folded, Form, FormActions, LookOnly};
pub use header::{PageHeader, Section};
pub(crate) use icon::icon_html;
pub use icon::{Icon, icon, mark_set};
pub use listing::{ListedTable, Listing};
pub use live_page::LivePage;
pub use notice::{Flash, Notice, Tone};
pub use state_mark::StateMark;
pub use table::{Align, Column, DataTable, Filter, FilterMenu, Pager, RowLink, Ticks};
pub use when::{Ago, Since};
pub(crate) use when::{Now, now as page_time};

#[cfg(test)]
pub(crate) mod testing {
    //! Renders a part as a page would.

    use leptos::prelude::*;

    use crate::Lang;

    /// The HTML of a view in a language.
    pub(crate) fn html<V: IntoView>(lang: Lang, view: impl FnOnce() -> V) -> String {
        crate::frame::within(lang, 0, || view().into_any())
    }
}
