//! What a form has to say before much ends: the number of virtual services that do.

use app::Lang;
use app::components::{FieldErrors, check_ending};
use app::i18n::changes as words;
use model::plan::Impact;

/// The longest reason, in characters. Ours: a paragraph.
const MESSAGE_MAX: usize = 500;

/// What is wrong with the reason, and with the number that was typed to confirm what ends.
pub(in crate::http::pages) fn look(message: &str, typed: &str, impact: &Impact, lang: Lang) -> FieldErrors {
    let mut errors = FieldErrors::default();
    if message.trim().chars().count() > MESSAGE_MAX {
        let text = words::MESSAGE_LONG.with(lang, &[("max", &MESSAGE_MAX)]);
        errors.push("message", words::MESSAGE.get(lang), text);
    }
    check_ending(&mut errors, impact.to_confirm(), typed, lang);
    errors
}
