//! Two people edited one object: what both began with, what is saved by now, what is about to be saved, and a choice for
//! each field that both changed. One page for every form of the draft.

use leptos::prelude::*;
use model::plan::{Changed, Fork, Side};
use model::{Field, Shown};

use crate::components::{
    Column, DataTable, FieldErrors, Form, Icon, Kind, LinkButton, Notice, PageHeader, SubmitButton, Tone,
    icon, page_time,
};
use crate::i18n::{Msg, changes, fields, merging as words, t, times, use_lang};
use crate::time;

/// The page. It posts the very form that it stands for once more, with the choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merging {
    /// The object's name.
    pub name: String,
    /// Where its form posts.
    pub action: String,
    /// Where dropping one's own edit leads.
    pub cancel: String,
    /// What the form posts besides: the fields as typed, what both began with, what is saved by now.
    pub hidden: Vec<(String, String)>,
    /// The fields in question, and those that only one of the two changed.
    pub forks: Vec<Fork>,
    /// What is chosen already.
    pub chosen: Vec<(Field, Side)>,
    /// Whether choices were posted, and some left out.
    pub unanswered: bool,
    /// Who changed the draft last, and when, in milliseconds since 1970.
    pub by: Option<(String, i64)>,
}

/// The name of a field's choice in the form.
pub fn choice(field: Field) -> String {
    format!("keep-{}", field.name())
}

/// What a choice posts.
pub fn side(side: Side) -> &'static str {
    match side {
        Side::Theirs => "theirs",
        Side::Mine => "mine",
    }
}

/// The page.
pub fn merging(page: Merging) -> impl IntoView {
    let lang = use_lang();
    let Merging { name, action, cancel, hidden, forks, chosen, unanswered, by } = page;
    let mut errors = FieldErrors::default();
    let (asked, kept): (Vec<Fork>, Vec<Fork>) =
        forks.into_iter().partition(|fork| fork.changed == Changed::Both);
    for fork in &asked {
        if unanswered && !chosen.iter().any(|(field, _)| *field == fork.field) {
            let label = fields::label(fork.field, lang);
            errors.push(choice(fork.field), label, words::NOT_CHOSEN.get(lang));
        }
    }
    let by = match by {
        Some((who, at_ms)) => {
            let when = times::AGO.with(lang, &[("span", &time::span(page_time() - at_ms, lang))]);
            words::BY.with(lang, &[("who", &who), ("when", &when)])
        }
        None => t(words::BY_NOBODY).to_owned(),
    };
    let hidden =
        hidden.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    let hidden = hidden.collect_view();
    let columns = [words::COL_FIELD, words::COL_BASE, words::COL_THEIRS, words::COL_MINE];
    let columns = columns.iter().map(|column| Column::text(column.get(lang))).collect();
    let asked = asked.iter().map(|fork| asked_row(fork, &chosen, &errors)).collect_view();
    let also = (!kept.is_empty()).then(|| {
        view! {
            <tr class="group"><th colspan="4" scope="rowgroup">{t(words::ALSO)}</th></tr>
            {kept.iter().map(kept_row).collect_view()}
        }
    });
    view! {
        <PageHeader title=words::TITLE.with(lang, &[("name", &name)]) intro=t(words::INTRO)/>
        <Notice tone=Tone::Warning text=by/>
        <Form action=action errors=errors.clone()>
            {hidden}
            <div class="three-way">
                <DataTable caption=t(words::TABLE) columns=columns>
                    <tr class="group"><th colspan="4" scope="rowgroup">{t(words::CHOOSE)}</th></tr>
                    {asked}
                    {also}
                </DataTable>
            </div>
            <div class="form-actions">
                <SubmitButton label=t(words::SAVE) kind=Kind::Primary/>
                <LinkButton href=cancel label=t(words::DROP) kind=Kind::Quiet/>
            </div>
        </Form>
    }
}

/// A field that both changed.
fn asked_row(fork: &Fork, chosen: &[(Field, Side)], errors: &FieldErrors) -> impl IntoView + use<> {
    let lang = use_lang();
    let (field, name) = (fork.field, choice(fork.field));
    let label = fields::label(field, lang);
    let chosen = chosen.iter().find(|(chosen, _)| *chosen == field).map(|(_, side)| *side);
    let error = errors.about(&name).map(|text| {
        view! { <p class="error" id=format!("e-{name}")>{icon(Icon::Warning)}<span>{text}</span></p> }
    });
    let invalid = error.is_some();
    let option = |whose: Side, value: &Shown, head: Msg, spoken: Msg| {
        let value = changes::value(field, value, lang);
        let spoken = spoken.with(lang, &[("field", &label), ("value", &value)]);
        let id = match whose {
            Side::Theirs => format!("f-{name}"),
            Side::Mine => format!("f-{name}-mine"),
        };
        view! {
            <td class="wrap" data-label=t(head)>
                <label class="side">
                    <input type="radio" id=id name=name.clone() value=side(whose) checked=chosen == Some(whose)
                        aria-label=spoken aria-invalid=invalid.then_some("true")/>
                    <span>{value}</span>
                </label>
            </td>
        }
    };
    let theirs = option(Side::Theirs, &fork.theirs, words::COL_THEIRS, words::THEIRS_OF);
    let mine = option(Side::Mine, &fork.mine, words::COL_MINE, words::MINE_OF);
    view! {
        <tr class="asked">
            <th scope="row" class="wrap">{label}{error}</th>
            <td class="wrap" data-label=t(words::COL_BASE)>{changes::value(field, &fork.base, lang)}</td>
            {theirs}
            {mine}
        </tr>
    }
}

/// A field that only one of the two changed.
fn kept_row(fork: &Fork) -> impl IntoView + use<> {
    let lang = use_lang();
    let field = fork.field;
    let cell = |here: bool, value: &Shown, head: Msg| {
        let shown = if here {
            let value = changes::value(field, value, lang);
            view! { {value}" "<span class="tag">{t(words::KEPT)}</span> }.into_any()
        } else {
            view! { <span class="muted">{t(words::UNTOUCHED)}</span> }.into_any()
        };
        view! { <td class="wrap" data-label=t(head)>{shown}</td> }
    };
    let mine = fork.changed == Changed::Mine;
    view! {
        <tr>
            <th scope="row" class="wrap">{fields::label(field, lang)}</th>
            <td class="wrap" data-label=t(words::COL_BASE)>{changes::value(field, &fork.base, lang)}</td>
            {cell(!mine, &fork.theirs, words::COL_THEIRS)}
            {cell(mine, &fork.mine, words::COL_MINE)}
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    fn page(unanswered: bool) -> Merging {
        let fork = |field, changed| Fork {
            field,
            base: Shown::Text("6".into()),
            theirs: Shown::Text("20".into()),
            mine: Shown::Text("30".into()),
            changed,
        };
        Merging {
            name: "web".into(),
            action: "/x".into(),
            cancel: "/y".into(),
            hidden: vec![("base".into(), "{}".into())],
            forks: vec![fork(Field::ServiceTimeout, Changed::Both), fork(Field::Reentry, Changed::Theirs)],
            chosen: Vec::new(),
            unanswered,
            by: Some(("bob".into(), 0)),
        }
    }

    #[test]
    fn all_three_values_stand_side_by_side_and_nothing_is_chosen_for_anybody() {
        let first = html(Lang::En, || merging(page(false)));
        for text in ["Check interval", "6", "20", "30", "last changed by bob", "kept", "not changed"] {
            assert!(first.contains(text), "{text}: {first}");
        }
        assert_eq!(first.matches(r#"name="keep-timeout""#).count(), 2, "{first}");
        assert!(!first.contains("checked") && !first.contains("keep-reentry"), "{first}");
        assert!(!first.contains("role=\"alert\""), "{first}");
    }

    #[test]
    fn what_was_left_out_is_asked_again_and_what_was_chosen_is_kept() {
        let again = html(Lang::Zh, || merging(page(true)));
        assert!(again.contains(r##"href="#f-keep-timeout""##) && again.contains("请二选一"), "{again}");
        let chosen = Merging { chosen: vec![(Field::ServiceTimeout, Side::Mine)], ..page(true) };
        let chosen = html(Lang::Zh, || merging(chosen));
        assert!(chosen.contains("checked") && !chosen.contains("请二选一"), "{chosen}");
    }
}
