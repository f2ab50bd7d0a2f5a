//! Applying: why, whether to start, and the number to type where much would end.

use leptos::prelude::*;

use super::{ChangesPage, plan};
use crate::components::{
    CheckField, DangerZone, EndingField, Form, FormActions, Kind, LinkButton, TextField,
};
use crate::i18n::{changes as words, t, use_lang};
use crate::pages::inputs::group;

/// The form.
pub(super) fn form(page: &ChangesPage) -> impl IntoView + use<> {
    let lang = use_lang();
    let id = page.id;
    let errors = page.errors.clone();
    let (base, seen) = (page.base(), plan::seen(&page.changes));
    let count = u64::try_from(page.changes.len()).unwrap_or(u64::MAX);
    let message = page.message.clone();
    let message_errors = errors.clone();
    let help = Some(words::MESSAGE_HELP.get(lang).to_owned());
    let mut parts = vec![
        view! { <TextField name="message" label=t(words::MESSAGE) value=message errors=message_errors help=help optional=true/> }
            .into_any(),
    ];
    if let Some(checked) = page.start {
        let help = Some(words::START_HELP.get(lang).to_owned());
        parts.push(
            view! { <CheckField name="start" label=t(words::START) checked=checked help=help/> }.into_any(),
        );
    }
    let ending = page.impact.to_confirm();
    parts.push(view! { <EndingField ending=ending errors=errors.clone()/> }.into_any());
    let version = page.version.to_string();
    view! {
        <Form action=format!("/clusters/{id}/apply") errors=errors>
            <input type="hidden" name="base" value=base/>
            <input type="hidden" name="draft" value=version/>
            <input type="hidden" name="seen" value=seen/>
            {group(words::APPLY_Q, parts).content}
            <FormActions submit=words::APPLY.count(lang, count)/>
        </Form>
        <DangerZone>
            <p>{t(words::DISCARD_ROW)}</p>
            <LinkButton href=format!("/clusters/{id}/discard") label=t(words::DISCARD) kind=Kind::Danger/>
        </DangerZone>
    }
}
