//! A cluster's name, and the way to delete it.

use leptos::prelude::*;
use model::{ClusterId, Field};

use crate::components::{
    DangerZone, FieldErrors, FieldGroup, Form, FormActions, Kind, LinkButton, ModelField, PageHeader, Section,
};
use crate::i18n::{clusters as words, export, t, use_lang};

/// The form of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditCluster {
    /// Which.
    pub id: ClusterId,
    /// Its name as it is.
    pub name: String,
    /// Its name as typed.
    pub typed: String,
    /// Whether the person may delete it.
    pub may_delete: bool,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

/// The form.
pub fn edit(form: EditCluster) -> impl IntoView {
    let EditCluster { id, name, typed, may_delete, errors } = form;
    let lang = use_lang();
    let delete = may_delete.then(|| {
        view! {
            <DangerZone>
                <p>{t(words::DELETE_ROW)}</p>
                <LinkButton href=format!("/clusters/{id}/delete") label=t(words::DELETE) kind=Kind::Danger/>
            </DangerZone>
        }
    });
    view! {
        <PageHeader title=words::EDIT_TITLE.with(lang, &[("name", &name)])/>
        <Form action=format!("/clusters/{id}/edit") errors=errors.clone()>
            <input type="hidden" name="seen" value=name/>
            <FieldGroup title=t(words::RENAME_GROUP)>
                <ModelField field=Field::ClusterName value=typed errors=errors/>
            </FieldGroup>
            <FormActions submit=t(words::RENAME) cancel="/clusters"/>
        </Form>
        <Section title=t(export::EXPORT)>
            <p class="intro">{t(export::EXPORT_ROW)}</p>
            <div class="form-actions bare">
                <LinkButton href=format!("/clusters/{id}/export") label=t(export::EXPORT)/>
            </div>
        </Section>
        {delete}
    }
}
