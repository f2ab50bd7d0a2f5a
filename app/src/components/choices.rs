//! One of several: a menu, or radio buttons where each choice needs a line of its own.

use leptos::prelude::*;

use super::FieldErrors;
use super::fields::Around;

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is posted.
    pub value: String,
    /// What is read.
    pub label: String,
    /// One line more, shown with radio buttons.
    pub help: Option<String>,
}

impl Choice {
    /// A choice without further explanation.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), help: None }
    }

    /// Adds the explanation.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A menu of choices.
#[component]
pub fn SelectField(
    /// Its name in the form.
    #[prop(into)]
    name: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// The choices.
    choices: Vec<Choice>,
    /// The value of the chosen one; one that is not among the choices is added, so that nothing is lost unseen.
    #[prop(into)]
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
) -> AnyView {
    let around = Around::new(&name, &errors, help, piranha);
    let (id, invalid, described) = (around.id(), around.invalid(), around.described());
    let mut choices = choices;
    if !choices.iter().any(|choice| choice.value == value) {
        choices.push(Choice::new(value.clone(), value.clone()));
    }
    let options = choices.into_iter().map(|choice| {
        let selected = choice.value == value;
        view! { <option value=choice.value selected=selected>{choice.label}</option> }
    });
    view! {
        <div class="field" class:invalid=invalid>
            <label for=id.clone()>{label}</label>
            <select class="input" id=id name=name aria-describedby=described aria-invalid=invalid.then_some("true")>
                {options.collect_view()}
            </select>
            {around.below()}
        </div>
    }
    .into_any()
}

/// Radio buttons.
#[component]
pub fn RadioField(
    /// Its name in the form; the first button's id is `f-NAME`.
    #[prop(into)]
    name: String,
    /// The question.
    #[prop(into)]
    label: String,
    /// The choices.
    choices: Vec<Choice>,
    /// The value of the chosen one.
    #[prop(into)]
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
) -> AnyView {
    let around = Around::new(&name, &errors, help, piranha);
    let (first, invalid, described) = (around.id(), around.invalid(), around.described());
    let buttons = choices.into_iter().enumerate().map(|(index, choice)| {
        let id = if index == 0 { first.clone() } else { format!("{first}-{index}") };
        let checked = choice.value == value;
        view! {
            <div class="radio">
                <input type="radio" id=id.clone() name=name.clone() value=choice.value checked=checked/>
                <label for=id>{choice.label}</label>
                {choice.help.map(|help| view! { <p class="help">{help}</p> })}
            </div>
        }
    });
    let buttons = buttons.collect_view();
    view! {
        <fieldset class="field radios" class:invalid=invalid aria-describedby=described>
            <legend>{label}</legend>
            {buttons}
            {around.below()}
        </fieldset>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    #[test]
    fn a_value_outside_the_choices_stays_chosen() {
        let choices = vec![Choice::new("wlc", "Weighted least connections")];
        let page = html(
            Lang::En,
            || view! { <SelectField name="scheduler" label="Scheduler" choices=choices value="mh"/> },
        );
        assert!(page.contains(r#"<option value="mh" selected>"#), "{page}");
    }
}
