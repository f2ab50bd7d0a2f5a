//! Real servers by address: the list, and one machine in all its virtual servers.

mod list;
mod machine;

pub use list::{MachineRow, MachinesPage, list};
pub use machine::{MachinePage, Membership, machine};

use leptos::prelude::*;

use crate::State;
use crate::components::StateMark;
use crate::i18n::{machines as words, t};

/// How it fares where it is applied.
fn fares(state: Option<(State, i64)>) -> AnyView {
    match state {
        Some((state, since)) => view! { <StateMark state=state since=Some(since)/> }.into_any(),
        None => view! { <span class="muted">{t(words::NOT_APPLIED)}</span> }.into_any(),
    }
}
