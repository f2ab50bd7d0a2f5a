//! Logging in.

use leptos::prelude::*;

use crate::components::{FieldErrors, Flash, Form, Kind, Notice, SubmitButton, TextField};
use crate::i18n::{account as words, t};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Login {
    /// The name as it was typed.
    pub name: String,
    /// Where to go afterwards: one of the console's own paths; empty for the start.
    pub next: String,
    /// Why the last try failed, or why one has to log in again.
    pub message: Option<Flash>,
    /// Empty fields of the last try.
    pub errors: FieldErrors,
}

/// Names of the form's fields.
pub mod names {
    /// The user's name.
    pub const NAME: &str = "name";
    /// The password.
    pub const PASSWORD: &str = "password";
    /// Where to go afterwards.
    pub const NEXT: &str = "next";
}

/// The page.
pub fn view(login: Login) -> AnyView {
    let Login { name, next, message, errors } = login;
    let again = errors.clone();
    let known = !name.is_empty();
    view! {
        <div class="login">
            <h1>{t(words::LOG_IN_TITLE)}</h1>
            <p class="intro">{t(words::TAGLINE)}</p>
            {message.map(|flash| view! { <Notice tone=flash.tone text=flash.text next=flash.next/> })}
            <Form action="/login" errors=errors>
                <input type="hidden" name=names::NEXT value=next/>
                <TextField name=names::NAME label=t(words::USER_NAME) value=name errors=again.clone() autocomplete="username" focus=!known/>
                <TextField name=names::PASSWORD label=t(words::PASSWORD) kind="password" errors=again autocomplete="current-password" focus=known/>
                <div class="form-actions"><SubmitButton label=t(words::LOG_IN) kind=Kind::Primary/></div>
            </Form>
        </div>
    }
    .into_any()
}
