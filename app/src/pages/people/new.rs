//! The form for a new account.

use leptos::prelude::*;

use super::{everywhere, names};
use crate::components::{FieldErrors, FieldGroup, Form, FormActions, PageHeader, RadioField, TextField};
use crate::i18n::{account, people as words, t, use_lang};

/// What the form shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewPerson {
    /// The name as typed.
    pub name: String,
    /// The chosen role.
    pub role: String,
    /// The fewest characters of a password.
    pub shortest: u64,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

/// The form.
pub fn new(new: NewPerson) -> AnyView {
    let lang = use_lang();
    let NewPerson { name, role, shortest, errors } = new;
    let help = words::NEW_PASSWORD_HELP.with(lang, &[("n", &shortest)]);
    let about_role = errors.clone();
    view! {
        <PageHeader title=t(words::NEW_TITLE)/>
        <Form action="/users/new" errors=errors.clone()>
            <FieldGroup title=t(words::NEW_WHO)>
                <TextField name=names::NAME label=t(account::USER_NAME) value=name errors=errors.clone() focus=true/>
                <TextField name=names::PASSWORD label=t(account::PASSWORD) kind="password" help=help errors=errors optional=true autocomplete="new-password"/>
            </FieldGroup>
            <RadioField name=names::ROLE label=t(words::WHERE_EVERYWHERE) choices=everywhere() value=role errors=about_role/>
            <FormActions submit=t(words::CREATE) cancel="/users"/>
        </Form>
    }
    .into_any()
}
