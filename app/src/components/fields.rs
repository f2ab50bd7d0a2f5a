//! Fields for text, files and yes or no: label above, help and error below and tied to the input for those who hear
//! the page.

use leptos::prelude::*;
use model::Field;

use super::FieldErrors;
use crate::html;
use crate::i18n::{common, fields, t, use_lang};

/// What stands around any input: whether it is wrong, what describes it to those who hear the page, and the lines below.
pub(super) struct Around {
    name: String,
    error: Option<String>,
    help: Option<String>,
    piranha: Option<String>,
}

impl Around {
    /// For the input of this name, with help and Piranha's name for it.
    pub(super) fn new(
        name: &str,
        errors: &FieldErrors,
        help: Option<String>,
        piranha: Option<String>,
    ) -> Self {
        Self { name: name.to_owned(), error: errors.about(name), help, piranha }
    }

    /// The input's id.
    pub(super) fn id(&self) -> String {
        format!("f-{}", self.name)
    }

    /// Whether it is wrong.
    pub(super) fn invalid(&self) -> bool {
        self.error.is_some()
    }

    /// The ids of its error and its help.
    pub(super) fn described(&self) -> Option<String> {
        let name = &self.name;
        match (self.invalid(), self.help.is_some() || self.piranha.is_some()) {
            (true, true) => Some(format!("e-{name} h-{name}")),
            (true, false) => Some(format!("e-{name}")),
            (false, true) => Some(format!("h-{name}")),
            (false, false) => None,
        }
    }

    /// Error and help.
    pub(super) fn below(self) -> AnyView {
        let lang = use_lang();
        let Self { name, error, help, piranha } = self;
        let (help_id, error_id) = (format!("h-{name}"), format!("e-{name}"));
        let piranha = piranha.map(|name| {
            view! { <span class="piranha">{common::PIRANHA_NAME.with(lang, &[("name", &name)])}</span> }
        });
        view! {
            {error.map(|text| view! { <p class="error" id=error_id>{super::icon(super::Icon::Warning)}<span>{super::coded(&text)}</span></p> })}
            {(help.is_some() || piranha.is_some()).then(|| view! { <p class="help" id=help_id>{help.map(|help| view! { <span>{super::coded(&help)}</span> })}{piranha}</p> })}
        }
        .into_any()
    }
}

/// One line of text.
#[component]
pub fn TextField(
    /// Its name in the form; the element's id is `f-NAME`.
    #[prop(into)]
    name: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// What it holds: what is stored, or what was typed.
    #[prop(optional, into)]
    value: String,
    /// What was wrong with the last try.
    #[prop(optional)]
    errors: FieldErrors,
    /// One line of help.
    #[prop(optional_no_strip, into)]
    help: Option<String>,
    /// The field's name in Piranha where it differs.
    #[prop(optional_no_strip, into)]
    piranha: Option<String>,
    /// The unit, shown inside the field.
    #[prop(optional, into)]
    unit: Option<String>,
    /// What an empty field means, shown in it: a default.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// `text`, `password`, …
    #[prop(default = "text")]
    kind: &'static str,
    /// Digits in most cases: a small field, the number keys on a phone.
    #[prop(optional)]
    number: bool,
    /// Addresses and the like: the monospace font, no spell checker.
    #[prop(optional)]
    mono: bool,
    /// May stay empty; the label says so.
    #[prop(optional)]
    optional: bool,
    /// What the browser may fill in: `username`, `current-password`, `new-password`.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Takes the focus when the page opens (never together with an error summary, which takes it itself).
    #[prop(optional)]
    focus: bool,
    /// What the browser offers while somebody types: values, each with a few words about it.
    #[prop(optional)]
    offers: Vec<(String, String)>,
) -> AnyView {
    let around = Around::new(&name, &errors, help, piranha);
    let (id, invalid, described) = (around.id(), around.invalid(), around.described());
    let focus = focus && errors.is_empty();
    let list = (!offers.is_empty()).then(|| format!("l-{name}"));
    let offers = list.clone().map(|list| {
        let offers = offers.into_iter().map(|(value, words)| view! { <option value=value>{words}</option> });
        view! { <datalist id=list>{offers.collect_view()}</datalist> }
    });
    let mut class = String::from("input");
    for (on, word) in [(mono || number, " mono"), (number, " number"), (unit.is_some(), " with-unit")] {
        if on {
            class.push_str(word);
        }
    }
    view! {
        <div class="field" class:invalid=invalid>
            <label for=id.clone()>{label}{optional.then(|| view! { <span class="optional">{t(common::OPTIONAL)}</span> })}</label>
            <div class="control">
                <input
                    class=class
                    id=id
                    name=name
                    type=kind
                    value=(kind != "password").then_some(value)
                    placeholder=placeholder
                    inputmode=number.then_some("numeric")
                    autocomplete=autocomplete
                    list=list
                    spellcheck=(mono || number).then_some("false")
                    autocapitalize="off"
                    aria-describedby=described
                    aria-invalid=invalid.then_some("true")
                    aria-required=(!optional).then_some("true")
                    autofocus=focus
                />
                {unit.map(|unit| view! { <span class="unit" aria-hidden="true">{unit}</span> })}
                {offers}
            </div>
            {around.below()}
        </div>
    }
    .into_any()
}

/// One line of text for a field of the model: name, label, help and Piranha's name come from the catalogue.
#[component]
pub fn ModelField(
    /// Which field.
    field: Field,
    /// What it holds: what is stored, or what was typed.
    #[prop(into)]
    value: String,
    /// What was wrong with the last try.
    #[prop(optional)]
    errors: FieldErrors,
    /// The unit, shown inside the field.
    #[prop(optional, into)]
    unit: Option<String>,
    /// What an empty field means.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// Digits in most cases.
    #[prop(optional)]
    number: bool,
    /// Addresses and the like.
    #[prop(optional)]
    mono: bool,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
    /// Takes the focus when the page opens.
    #[prop(optional)]
    focus: bool,
) -> AnyView {
    let lang = use_lang();
    let field_input = TextFieldProps {
        name: field.name().to_owned(),
        label: fields::label(field, lang).to_owned(),
        value,
        errors,
        help: fields::help(field, lang).map(str::to_owned),
        piranha: fields::piranha(field, lang).map(str::to_owned),
        unit,
        placeholder,
        kind: "text",
        number,
        mono,
        optional,
        autocomplete: "off",
        focus,
        offers: Vec::new(),
    };
    TextField(field_input)
}

/// Yes or no.
#[component]
pub fn CheckField(
    /// Its name in the form; a ticked box posts `on`, an empty one nothing.
    #[prop(into)]
    name: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// Whether it is ticked.
    checked: bool,
    /// What was wrong with the last try.
    #[prop(optional)]
    errors: FieldErrors,
    /// One line of help.
    #[prop(optional_no_strip, into)]
    help: Option<String>,
    /// The field's name in Piranha where it differs.
    #[prop(optional_no_strip, into)]
    piranha: Option<String>,
) -> AnyView {
    let around = Around::new(&name, &errors, help, piranha);
    let (id, invalid, described) = (around.id(), around.invalid(), around.described());
    view! {
        <div class="field check" class:invalid=invalid>
            <input id=id.clone() name=name type="checkbox" value="on" checked=checked aria-describedby=described
                aria-invalid=invalid.then_some("true")/>
            <label for=id>{label}</label>
            {around.below()}
        </div>
    }
    .into_any()
}

/// Yes or no for a field of the model.
#[component]
pub fn ModelCheck(
    /// Which field.
    field: Field,
    /// Whether it is ticked.
    checked: bool,
    /// What was wrong with the last try.
    #[prop(optional)]
    errors: FieldErrors,
) -> AnyView {
    let lang = use_lang();
    let help = fields::help(field, lang).map(str::to_owned);
    let piranha = fields::piranha(field, lang).map(str::to_owned);
    let (name, label) = (field.name(), fields::label(field, lang));
    view! { <CheckField name=name label=label checked=checked errors=errors help=help piranha=piranha/> }
        .into_any()
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// Its name in the form.
    #[prop(into)]
    name: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// What it holds.
    #[prop(optional, into)]
    value: String,
    /// What was wrong with the last try.
    #[prop(optional)]
    errors: FieldErrors,
    /// One line of help.
    #[prop(optional_no_strip, into)]
    help: Option<String>,
    /// Its height.
    #[prop(default = 4)]
    rows: u32,
    /// Files, commands: the monospace font.
    #[prop(optional)]
    mono: bool,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
) -> AnyView {
    let around = Around::new(&name, &errors, help, None);
    let (id, invalid, described) = (around.id(), around.invalid(), around.described());
    // Leptos does not escape what stands in a text area, and a browser drops its first line break.
    let value = format!("\n{}", html::escape(&value));
    view! {
        <div class="field wide" class:invalid=invalid>
            <label for=id.clone()>{label}{optional.then(|| view! { <span class="optional">{t(common::OPTIONAL)}</span> })}</label>
            <textarea class="input" class:mono=mono id=id name=name rows=rows spellcheck=mono.then_some("false")
                aria-describedby=described aria-invalid=invalid.then_some("true")
                aria-required=(!optional).then_some("true")>{value}</textarea>
            {around.below()}
        </div>
    }
    .into_any()
}

/// A file to upload.
#[component]
pub fn FileField(
    /// Its name in the form.
    #[prop(into)]
    name: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// Which files the browser offers first, for example `.cf,text/plain`.
    #[prop(optional, into)]
    accept: Option<String>,
    /// What was wrong with the last try.
    #[prop(optional)]
    errors: FieldErrors,
    /// One line of help.
    #[prop(optional_no_strip, into)]
    help: Option<String>,
) -> AnyView {
    let around = Around::new(&name, &errors, help, None);
    let (id, invalid, described) = (around.id(), around.invalid(), around.described());
    view! {
        <div class="field" class:invalid=invalid>
            <label for=id.clone()>{label}</label>
            <input class="file" id=id name=name type="file" accept=accept aria-describedby=described
                aria-invalid=invalid.then_some("true")/>
            {around.below()}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use model::{Problem, Problems, Reason};

    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    fn wrong() -> FieldErrors {
        let problem = Problem::new(Field::Weight, "x", Reason::NotANumber);
        FieldErrors::of(&Problems::from(problem), Lang::En)
    }

    #[test]
    fn an_error_is_tied_to_its_input_and_the_typed_value_is_kept() {
        let page =
            html(Lang::En, || view! { <ModelField field=Field::Weight value="\"><script>" errors=wrong()/> });
        assert!(page.contains(r#"for="f-weight""#) && page.contains(r#"id="f-weight""#), "{page}");
        assert!(page.contains(r#"aria-invalid="true""#), "{page}");
        assert!(page.contains(r#"aria-describedby="e-weight h-weight""#), "{page}");
        assert!(page.contains(r#"id="e-weight""#) && page.contains(r#"id="h-weight""#), "{page}");
        assert!(page.contains("&quot;") && !page.contains("<script>"), "{page}");
    }

    #[test]
    fn a_good_field_is_not_marked() {
        let page = html(Lang::Zh, || view! { <ModelField field=Field::Weight value="1"/> });
        assert!(!page.contains("aria-invalid") && page.contains("权重"), "{page}");
    }

    #[test]
    fn a_password_is_never_sent_back() {
        let page = html(
            Lang::En,
            || view! { <TextField name="password" label="Password" kind="password" value="secret"/> },
        );
        assert!(!page.contains("secret"), "{page}");
    }

    #[test]
    fn a_text_area_keeps_its_text() {
        let page = html(Lang::En, || view! { <TextArea name="text" label="Text" value="</textarea><b>"/> });
        assert!(page.contains("&lt;/textarea&gt;"), "{page}");
    }
}
