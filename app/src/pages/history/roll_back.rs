//! Going back to a revision: its own plan, the number to type where much would end, and what becomes of the draft.

use leptos::prelude::*;
use model::Generation;

use crate::components::{
    Choice, EmptyState, EndingField, FieldGroup, Form, FormActions, LinkButton, Notice, PageHeader,
    RadioField, TextField, Tone,
};
use crate::i18n::{changes, history as words, t, use_lang};
use crate::pages::changes::{ChangesPage, foreseen, plan, tables};

/// The page.
#[derive(Clone, Debug)]
pub struct RollBackPage {
    /// The generation to go back to.
    pub to: Generation,
    /// The plan, from what is applied to that generation's configuration.
    pub plan: ChangesPage,
    /// Changes of the draft that are not applied, where there are some.
    pub unapplied: Option<Unapplied>,
}

/// Changes of the draft that a roll back finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unapplied {
    /// How many.
    pub changes: u64,
    /// The draft's version that the number belongs to.
    pub version: u64,
    /// Whether they are to be lost.
    pub discard: bool,
}

/// The page.
pub fn roll_back(page: RollBackPage) -> impl IntoView {
    let lang = use_lang();
    let RollBackPage { to, plan: mut page, unapplied } = page;
    let base = page.base();
    let revision = format!("/clusters/{}/history/{to}", page.id);
    let title = words::BACK_TITLE.with(lang, &[("n", &to)]);
    let conflict = page.conflict.take().map(|text| view! { <Notice tone=Tone::Failed text=text/> });
    if page.changes.is_empty() {
        let text = words::BACK_NOTHING.with(lang, &[("n", &to)]);
        return view! {
            <PageHeader title=title/>
            {conflict}
            <EmptyState title=t(words::SAME_TITLE) text=text>
                <LinkButton href=format!("/clusters/{}/history", page.id) label=t(words::TITLE)/>
            </EmptyState>
        }
        .into_any();
    }
    let intro = words::BACK_INTRO.with(lang, &[("base", &base), ("n", &to)]);
    let runs = page.applied.as_ref().is_some_and(|(_, desired)| desired.running);
    let runs = if runs { words::BACK_RUNS } else { words::BACK_RUNS_NOT };
    let errors = page.errors.clone();
    let draft = unapplied.map(|unapplied| {
        let Unapplied { changes, version, discard } = unapplied;
        let choices = vec![
            Choice::new("keep", t(words::DRAFT_KEEP)).help(t(words::DRAFT_KEEP_HELP)),
            Choice::new("discard", t(words::DRAFT_DISCARD)).help(t(words::DRAFT_DISCARD_HELP)),
        ];
        let chosen = if discard { "discard" } else { "keep" };
        view! {
            <input type="hidden" name="draft" value=version.to_string()/>
            <RadioField name="unapplied" label=words::DRAFT_Q.count(lang, changes) choices=choices value=chosen/>
        }
    });
    let help = Some(changes::MESSAGE_HELP.get(lang).to_owned());
    let (message, message_errors) = (page.message.clone(), errors.clone());
    view! {
        <PageHeader title=title intro=intro/>
        {conflict}
        <Notice tone=Tone::Info text=t(runs)/>
        {plan::warnings(&page.impact, &page.draft)}
        {foreseen::notice(&page)}
        {plan::plan(&page, false)}
        {tables::section(&page.tables)}
        <div class="apply">
            <Form action=format!("{revision}/rollback") errors=errors.clone()>
                <input type="hidden" name="base" value=base/>
                <FieldGroup title=t(words::BACK_Q)>
                    <TextField name="message" label=t(changes::MESSAGE) value=message errors=message_errors help=help optional=true/>
                    {draft}
                    <EndingField ending=page.impact.to_confirm() errors=errors/>
                </FieldGroup>
                <FormActions submit=words::BACK_SUBMIT.with(lang, &[("n", &to)]) cancel=revision/>
            </Form>
        </div>
    }
    .into_any()
}
