//! The page that asks before an account is deleted.

use leptos::prelude::*;

use crate::components::ConfirmPage;
use crate::i18n::{people as words, t, use_lang};

/// What would be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletePerson {
    /// The account's number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its roles in words.
    pub roles: String,
    /// How many sessions it has.
    pub sessions: u64,
    /// Whether it is the one who asks.
    pub own: bool,
}

/// The page.
pub fn delete(asked: DeletePerson) -> AnyView {
    let lang = use_lang();
    let DeletePerson { id, name, roles, sessions, own } = asked;
    let mut consequences = Vec::new();
    if own {
        consequences.push(t(words::DELETE_OWN).to_owned());
    }
    consequences.push(words::DELETE_ROLES.with(lang, &[("roles", &roles)]));
    if sessions > 0 {
        consequences.push(words::DELETE_SESSIONS.count(lang, sessions));
    }
    consequences.push(t(words::DELETE_KEPT).to_owned());
    view! {
        <ConfirmPage
            title=words::DELETE_TITLE.with(lang, &[("name", &name)])
            consequences=consequences
            verb=words::DELETE_VERB.with(lang, &[("name", &name)])
            action=format!("/users/{id}/delete")
            cancel=format!("/users/{id}")
        />
    }
    .into_any()
}
