//! A new cluster.

use leptos::prelude::*;
use model::Field;

use crate::components::{FieldErrors, FieldGroup, Form, FormActions, ModelField, PageHeader};
use crate::i18n::{clusters as words, t};

/// The form of a new cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewCluster {
    /// Its name, as typed.
    pub name: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

/// The form.
pub fn new(form: NewCluster) -> impl IntoView {
    let NewCluster { name, errors } = form;
    view! {
        <PageHeader title=t(words::NEW_TITLE) intro=t(words::NEW_INTRO)/>
        <Form action="/clusters/new" errors=errors.clone()>
            <FieldGroup title=t(words::NEW_NAME)>
                <ModelField field=Field::ClusterName value=name errors=errors focus=true/>
            </FieldGroup>
            <FormActions submit=t(words::CREATE) cancel="/clusters"/>
        </Form>
    }
}
