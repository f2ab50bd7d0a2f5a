//! The number that is typed before several virtual services end: who is in the wrong cluster notices.

use leptos::prelude::*;

use super::{FieldErrors, TextField};
use crate::Lang;
use crate::i18n::{changes as words, use_lang};

/// The field's name in every form that has it.
const NAME: &str = "confirm";

/// The number to type where everything ends: with more than one virtual service it is no longer a small thing to be in the wrong
/// cluster.
pub fn ending(services: u64) -> Option<u64> {
    (services > 1).then_some(services)
}

/// The field for the number, where one has to be typed.
#[component]
pub fn EndingField(
    /// The number.
    ending: Option<u64>,
    /// What was wrong with the last try.
    errors: FieldErrors,
) -> AnyView {
    let label = move |ending| words::CONFIRM_LABEL.count(use_lang(), ending);
    ending
        .map(|ending| view! { <TextField name=NAME label=label(ending) errors=errors number=true/> })
        .into_any()
}

/// Notes where another number was typed than the one that ends.
pub fn check_ending(errors: &mut FieldErrors, ending: Option<u64>, typed: &str, lang: Lang) {
    if let Some(n) = ending.filter(|n| typed.trim().parse() != Ok(*n)) {
        let label = words::CONFIRM_LABEL.count(lang, n);
        errors.push(NAME, label, words::CONFIRM_WRONG.with(lang, &[("n", &n)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_asked_for_where_more_than_one_ends_and_nothing_else_does() {
        assert_eq!((ending(0), ending(1), ending(2)), (None, None, Some(2)));
        let wrong = |ending, typed| {
            let mut errors = FieldErrors::default();
            check_ending(&mut errors, ending, typed, Lang::En);
            errors.about(NAME).is_some()
        };
        assert!(!wrong(None, "") && !wrong(Some(2), " 2 "));
        assert!(wrong(Some(2), "") && wrong(Some(2), "3") && wrong(Some(2), "two"));
    }
}
