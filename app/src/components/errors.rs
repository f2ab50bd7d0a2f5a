//! What is wrong with a form: beside each field, and in a summary at the top that links to each.

use leptos::prelude::*;
use model::Problems;

use super::{Icon, icon};
use crate::Lang;
use crate::i18n::{common, fields, problems, use_lang};

/// One wrong entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name in the form; its element has the id `f-NAME`. Empty: the form as a whole.
    pub name: String,
    /// The field's label.
    pub label: String,
    /// What is wrong and what to do, in one sentence.
    pub text: String,
}

/// Everything that is wrong with a form; empty for a form that is shown for the first time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// The model's problems in a language, by the names and labels of [`model::Field`].
    pub fn of(problems: &Problems, lang: Lang) -> Self {
        Self(
            problems
                .iter()
                .map(|problem| FieldError {
                    name: problem.field.name().to_owned(),
                    label: fields::label(problem.field, lang).to_owned(),
                    text: problems::text(problem, lang),
                })
                .collect(),
        )
    }

    /// Adds an entry; for forms that are not about the model.
    pub fn push(&mut self, name: impl Into<String>, label: impl Into<String>, text: impl Into<String>) {
        self.0.push(FieldError { name: name.into(), label: label.into(), text: text.into() });
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with the field of this name.
    pub fn about(&self, name: &str) -> Option<String> {
        let mut texts = self.0.iter().filter(|error| error.name == name).map(|error| error.text.as_str());
        let first = texts.next()?.to_owned();
        Some(texts.fold(first, |all, text| format!("{all} {text}")))
    }

    /// All of them, in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, FieldError> {
        self.0.iter()
    }
}

/// The summary at the top of a form with errors. It takes the focus, so that a screen reader begins there.
#[component]
pub fn ErrorSummary(
    /// What is wrong; nothing is shown where nothing is.
    errors: FieldErrors,
) -> AnyView {
    let lang = use_lang();
    (!errors.is_empty()).then(|| {
        let count = u64::try_from(errors.0.len()).unwrap_or(u64::MAX);
        let entries = errors.0.into_iter().map(|error| {
            let FieldError { name, label, text } = error;
            if name.is_empty() {
                view! { <li>{super::coded(&text)}</li> }.into_any()
            } else {
                view! { <li><a href=format!("#f-{name}")>{label}</a>": "{super::coded(&text)}</li> }.into_any()
            }
        });
        view! {
            <section class="notice failing" role="alert" tabindex="-1" autofocus id="errors" aria-labelledby="errors-title">
                {icon(Icon::Warning)}
                <div>
                    <h2 id="errors-title">{common::ERRORS_TITLE.count(lang, count)}</h2>
                    <ul>{entries.collect_view()}</ul>
                    <p class="quiet">{common::ERRORS_KEPT.get(lang)}</p>
                </div>
            </section>
        }
    })
    .into_any()
}

#[cfg(test)]
mod tests {
    use model::{Field, Problem, Reason};

    use super::*;
    use crate::components::testing::html;

    #[test]
    fn the_summary_links_to_each_field_and_escapes_what_was_typed() {
        let problem = Problem::new(Field::Ports, "", Reason::SameTrafficAs { other: "<b>".into() });
        let errors = FieldErrors::of(&Problems::from(problem), Lang::En);
        assert!(errors.about("ports").is_some_and(|text| text.contains("<b>")));
        let page = html(Lang::En, || view! { <ErrorSummary errors=errors/> });
        assert!(page.contains(r##"href="#f-ports""##), "{page}");
        assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"), "{page}");
        assert!(page.contains("1 entry needs"), "{page}");
    }

    #[test]
    fn without_errors_there_is_no_summary() {
        let page = html(Lang::En, || view! { <ErrorSummary errors=FieldErrors::default()/> });
        assert!(!page.contains("alert"), "{page}");
    }
}
