//! One's own account: roles, password, sessions.

use leptos::prelude::*;

use super::people::{self as people_pages, Sessions};
use crate::components::{Fact, Facts, FieldErrors, FieldGroup, Form, FormActions, PageHeader, TextField};
use crate::i18n::{account as words, people, t, use_lang};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Who is logged in.
    pub name: String,
    /// What the person may do, in words.
    pub roles: String,
    /// The fewest characters of a password.
    pub shortest: u64,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
    /// Where the person is logged in.
    pub sessions: Sessions,
}

/// Names of the form's fields.
pub mod names {
    /// The current password.
    pub const CURRENT: &str = "current";
    /// The new one.
    pub const NEW: &str = "new";
    /// The new one again.
    pub const REPEAT: &str = "repeat";
}

/// The page.
pub fn view(account: Account) -> AnyView {
    let lang = use_lang();
    let Account { name, roles, shortest, errors, sessions } = account;
    let help = words::NEW_HELP.with(lang, &[("n", &shortest)]);
    view! {
        <PageHeader title=t(words::ACCOUNT) intro=words::LOGGED_IN_AS.with(lang, &[("name", &name)])/>
        <Facts><Fact name=t(people::ROLES)>{roles}</Fact></Facts>
        <Form action="/account" errors=errors.clone()>
            // For password managers, which look for the name that the password belongs to.
            <input type="text" name="username" value=name autocomplete="username" hidden readonly/>
            <FieldGroup title=t(words::CHANGE_PASSWORD) help=t(words::OTHERS_END)>
                <TextField name=names::CURRENT label=t(words::CURRENT) kind="password" errors=errors.clone() autocomplete="current-password"/>
                <TextField name=names::NEW label=t(words::NEW) kind="password" help=help.clone() errors=errors.clone() autocomplete="new-password"/>
                <TextField name=names::REPEAT label=t(words::REPEAT) kind="password" errors=errors.clone() autocomplete="new-password"/>
            </FieldGroup>
            <FormActions submit=t(words::CHANGE_PASSWORD)/>
        </Form>
        {people_pages::sessions(sessions)}
    }
    .into_any()
}
