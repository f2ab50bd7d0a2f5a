//! Fields of the model's input forms, made from what stands in them and what is wrong with them.

use leptos::prelude::*;
use model::Field;

use crate::Lang;
use crate::components::{
    Choice, DangerZone, FieldErrors, FieldGroup, Folded, Form, FormActions, Kind, LinkButton, ModelCheck,
    ModelField, Notice, PageHeader, RadioField, SelectField, TextArea, Tone,
};
use crate::i18n::{Msg, common, fields, help, t, use_lang};

/// How a text field looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Words.
    Plain,
    /// Addresses and the like.
    Mono,
    /// A number.
    Number,
    /// A number of seconds.
    Seconds,
}

/// A form's fields.
pub(crate) struct Inputs<'a> {
    value: Box<dyn Fn(Field) -> &'a str + 'a>,
    errors: &'a FieldErrors,
}

impl<'a> Inputs<'a> {
    /// Fields with these values and errors.
    pub(crate) fn new(value: impl Fn(Field) -> &'a str + 'a, errors: &'a FieldErrors) -> Self {
        Self { value: Box::new(value), errors }
    }

    /// A text that is needed.
    pub(crate) fn text(&self, field: Field, look: Look) -> AnyView {
        self.text_field(field, look, false, false)
    }

    /// A text that may be left out.
    pub(crate) fn optional(&self, field: Field, look: Look) -> AnyView {
        self.text_field(field, look, true, false)
    }

    /// A text that may be left out, with what that means standing in the empty field.
    pub(crate) fn or_default(&self, field: Field, look: Look, default: &str) -> AnyView {
        let (value, errors, default) =
            ((self.value)(field).to_owned(), self.errors.clone(), default.to_owned());
        let (number, mono) = (look == Look::Number, look == Look::Mono);
        if look == Look::Seconds {
            return view! {
                <ModelField field=field value=value errors=errors number=true optional=true unit=t(common::UNITS_SECONDS) placeholder=default/>
            }
            .into_any();
        }
        view! {
            <ModelField field=field value=value errors=errors number=number mono=mono optional=true placeholder=default/>
        }
        .into_any()
    }

    /// Several lines that may be left out.
    pub(crate) fn lines(&self, field: Field) -> AnyView {
        let lang = use_lang();
        let (value, errors) = ((self.value)(field).to_owned(), self.errors.clone());
        let (label, help) = (fields::label(field, lang), fields::help(field, lang).map(str::to_owned));
        view! {
            <TextArea name=field.name() label=label value=value errors=errors help=help rows=3 optional=true/>
        }
        .into_any()
    }

    /// Radio buttons, where each choice needs a line of its own.
    pub(crate) fn radio(&self, field: Field, choices: Vec<Choice>) -> AnyView {
        let lang = use_lang();
        let (label, help) = (fields::label(field, lang), fields::help(field, lang).map(str::to_owned));
        let piranha = fields::piranha(field, lang).map(str::to_owned);
        let (value, errors) = ((self.value)(field).to_owned(), self.errors.clone());
        view! {
            <RadioField name=field.name() label=label choices=choices value=value errors=errors help=help piranha=piranha/>
        }
        .into_any()
    }

    /// The text that is typed first; it takes the focus where `focus` says so.
    pub(crate) fn first(&self, field: Field, focus: bool) -> AnyView {
        self.text_field(field, Look::Plain, false, focus)
    }

    /// Yes or no.
    pub(crate) fn check(&self, field: Field) -> AnyView {
        let (checked, errors) = (is_on((self.value)(field)), self.errors.clone());
        view! { <ModelCheck field=field checked=checked errors=errors/> }.into_any()
    }

    /// A menu.
    pub(crate) fn select(&self, field: Field, choices: Vec<Choice>) -> AnyView {
        self.select_or(field, choices, "")
    }

    /// A menu in which nothing means `fallback`.
    pub(crate) fn select_or(&self, field: Field, choices: Vec<Choice>, fallback: &str) -> AnyView {
        let lang = use_lang();
        let (label, help) = (fields::label(field, lang), fields::help(field, lang).map(str::to_owned));
        let piranha = fields::piranha(field, lang).map(str::to_owned);
        let value = match (self.value)(field) {
            "" => fallback.to_owned(),
            value => value.to_owned(),
        };
        let errors = self.errors.clone();
        view! {
            <SelectField name=field.name() label=label choices=choices value=value errors=errors help=help piranha=piranha/>
        }
        .into_any()
    }

    /// Advanced fields behind one line; open where one of `fields` is wrong, or `open` says so.
    pub(crate) fn folded(
        &self,
        title: Msg,
        summary: String,
        fields: &[Field],
        open: bool,
        parts: Vec<AnyView>,
    ) -> AnyView {
        let open = open || fields.iter().any(|field| self.errors.about(field.name()).is_some());
        view! { <Folded title=t(title) summary=summary open=open>{parts}</Folded> }.into_any()
    }

    fn text_field(&self, field: Field, look: Look, optional: bool, focus: bool) -> AnyView {
        let (value, errors) = ((self.value)(field).to_owned(), self.errors.clone());
        let mono = look == Look::Mono;
        match look {
            Look::Seconds => view! {
                <ModelField field=field value=value errors=errors number=true optional=optional unit=t(common::UNITS_SECONDS)/>
            }
            .into_any(),
            Look::Number => view! { <ModelField field=field value=value errors=errors number=true optional=optional/> }.into_any(),
            Look::Plain | Look::Mono => view! {
                <ModelField field=field value=value errors=errors mono=mono optional=optional focus=focus/>
            }
            .into_any(),
        }
    }
}

/// The frame of a page with one object's form: the same for every kind of object.
pub(crate) struct Edit {
    /// The page's title.
    pub(crate) title: String,
    /// Buttons beside it.
    pub(crate) actions: Option<AnyView>,
    /// Tabs between the object's pages.
    pub(crate) tabs: Option<AnyView>,
    /// That the object was deleted while it was edited.
    pub(crate) gone: Option<String>,
    /// Where the form posts.
    pub(crate) action: String,
    /// What was wrong with the last try.
    pub(crate) errors: FieldErrors,
    /// What stood in the fields when the page was made, as JSON.
    pub(crate) base: String,
    /// The verb on the button.
    pub(crate) submit: String,
    /// Where cancelling leads.
    pub(crate) cancel: String,
    /// For an object that is there: what deleting means, and the page that asks before it.
    pub(crate) delete: Option<(Msg, String)>,
}

impl Edit {
    /// The page, with these groups of fields. A form of many questions has a list of them beside it, where there is room.
    pub(crate) fn page(self, groups: Vec<Group>) -> AnyView {
        let Self { title, actions, tabs, gone, action, errors, base, submit, cancel, delete } = self;
        let danger = delete.map(|(text, href)| {
            view! {
                <DangerZone>
                    <p>{t(text)}</p>
                    <LinkButton href=href label=t(common::DELETE) kind=Kind::Danger/>
                </DangerZone>
            }
        });
        let header = match actions {
            Some(actions) => view! { <PageHeader title=title>{actions}</PageHeader> },
            None => view! { <PageHeader title=title/> },
        };
        let outline = outline(&groups);
        let fields: Vec<AnyView> = groups.into_iter().map(|group| group.content).collect();
        view! {
            {header}
            {tabs}
            {gone.map(|text| view! { <Notice tone=Tone::Warning text=text/> })}
            <div class="form-page">
                <div>
                    <Form action=action errors=errors>
                        <input type="hidden" name="base" value=base/>
                        {fields}
                        <FormActions submit=submit cancel=cancel/>
                    </Form>
                    {danger}
                </div>
                {outline}
            </div>
        }
        .into_any()
    }
}

/// A part of a form.
pub(crate) struct Group {
    /// The question that its fields answer; none for what stands between questions.
    title: Option<Msg>,
    /// The fields.
    pub(crate) content: AnyView,
}

/// Fields that answer one question.
pub(crate) fn group(title: Msg, parts: Vec<AnyView>) -> Group {
    let content = view! { <FieldGroup title=t(title) id=anchor(title)>{parts}</FieldGroup> };
    Group { title: Some(title), content: content.into_any() }
}

/// What stands between questions.
pub(crate) fn between(content: impl IntoView + 'static) -> Group {
    Group { title: None, content: content.into_any() }
}

/// The question's place on its page, the same in every language: `q-where-do-clients-connect`.
fn anchor(title: Msg) -> String {
    let words = title.get(Lang::En).to_lowercase();
    let words: Vec<&str> =
        words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!("q-{}", words.join("-"))
}

/// The questions of a form that is longer than a screen, each leading to its place.
fn outline(groups: &[Group]) -> Option<AnyView> {
    const FROM: usize = 4;
    let titled = groups.iter().filter_map(|group| group.title);
    let links: Vec<_> =
        titled.map(|title| view! { <li><a href=format!("#{}", anchor(title))>{t(title)}</a></li> }).collect();
    (links.len() >= FROM).then(|| {
        view! { <nav class="outline" aria-label=t(help::ON_THIS_PAGE)><ul>{links}</ul></nav> }.into_any()
    })
}

/// Whether a check box is ticked, as forms post it.
pub(crate) fn is_on(typed: &str) -> bool {
    !matches!(typed.trim(), "" | "0" | "off" | "no" | "false")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::testing::html;
    use crate::i18n::services as words;

    fn page(titles: &'static [Msg]) -> String {
        html(Lang::Zh, move || {
            let groups = titles.iter().map(|&title| group(title, Vec::new())).collect();
            let (title, action, base, submit, cancel) = Default::default();
            let errors = FieldErrors::default();
            let (actions, tabs, gone, delete) = (None, None, None, None);
            Edit { title, actions, tabs, gone, action, errors, base, submit, cancel, delete }.page(groups)
        })
    }

    #[test]
    fn a_long_form_lists_its_questions_and_each_leads_to_its_place() {
        const LONG: &[Msg] = &[words::Q_WHERE, words::Q_CHOSEN, words::Q_OUT, words::Q_OFFERED];
        let long = page(LONG);
        assert_eq!(long.matches(r##"href="#q-"##).count(), LONG.len(), "{long}");
        for title in LONG {
            let place = anchor(*title);
            assert!(long.contains(&format!(r##"href="#{place}""##)), "{place}: {long}");
            assert!(long.contains(&format!(r#"id="{place}""#)), "{place}: {long}");
        }
        assert!(!page(&LONG[..2]).contains("<nav"), "a short one has none");
    }
}
