//! The first run: making the first administrator.

use leptos::prelude::*;

use crate::components::{FieldErrors, Form, Kind, SubmitButton, TextField, coded};
use crate::i18n::{account as words, t, use_lang};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The code as it was typed.
    pub code: String,
    /// The name as it was typed.
    pub name: String,
    /// The fewest characters of a password.
    pub shortest: u64,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

/// Names of the form's fields.
pub mod names {
    /// The code that the console printed.
    pub const CODE: &str = "code";
    /// The administrator's name.
    pub const NAME: &str = "name";
    /// The password.
    pub const PASSWORD: &str = "password";
    /// The password again.
    pub const REPEAT: &str = "repeat";
}

/// The page.
pub fn view(setup: Setup) -> AnyView {
    let lang = use_lang();
    let Setup { code, name, shortest, errors } = setup;
    let help = words::NEW_HELP.with(lang, &[("n", &shortest)]);
    let about = move || errors.clone();
    view! {
        <div class="login">
            <h1>{t(words::SETUP_TITLE)}</h1>
            <p class="intro">{coded(t(words::SETUP_INTRO))}</p>
            <Form action="/setup" errors=about()>
                <TextField name=names::CODE label=t(words::CODE) value=code help=t(words::CODE_HELP).to_owned() errors=about() mono=true focus=true/>
                <TextField name=names::NAME label=t(words::USER_NAME) value=name errors=about() autocomplete="username"/>
                <TextField name=names::PASSWORD label=t(words::PASSWORD) kind="password" help=help errors=about() autocomplete="new-password"/>
                <TextField name=names::REPEAT label=t(words::REPEAT) kind="password" errors=about() autocomplete="new-password"/>
                <div class="form-actions"><SubmitButton label=t(words::SETUP_MAKE) kind=Kind::Primary/></div>
            </Form>
        </div>
    }
    .into_any()
}
