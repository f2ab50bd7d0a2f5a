//! Why a director gave no answer, for the person who asked.

use app::i18n::{Lang, unanswered as words};
use model::Name;

use crate::fleet::Unanswered;

/// The sentence where what a director was told may have been done; none where it cannot have been.
pub(super) fn uncertain(why: Unanswered, name: &Name, lang: Lang) -> Option<String> {
    let why = match why {
        Unanswered::TimedOut(after) => words::NO_ANSWER.with(lang, &[("n", &after.as_secs())]),
        Unanswered::Lost => words::CUT.get(lang).to_owned(),
        Unanswered::NotConnected | Unanswered::TooOld | Unanswered::Busy => return None,
    };
    Some(words::UNCERTAIN.with(lang, &[("name", name), ("why", &why)]))
}

/// Part of a sentence, after "why" and a colon.
pub(super) fn text(why: Unanswered, lang: Lang) -> String {
    match why {
        Unanswered::NotConnected => words::NOT_CONNECTED.get(lang).to_owned(),
        Unanswered::TooOld => words::TOO_OLD.get(lang).to_owned(),
        Unanswered::Busy => words::BUSY.get(lang).to_owned(),
        Unanswered::TimedOut(after) => words::TIMED_OUT.with(lang, &[("n", &after.as_secs())]),
        Unanswered::Lost => words::LOST.get(lang).to_owned(),
    }
}
