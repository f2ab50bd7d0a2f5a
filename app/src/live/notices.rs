//! What is wrong with the cluster's directors, in sentences above the live table. They come and go while somebody looks.

use super::{Phase, Presence, Shape};
use crate::components::{Icon, icon_html};
use crate::html;
use crate::i18n::{Lang, Msg, control as words, listed};

/// The notices as HTML; empty where nothing is to be said.
pub fn notices_html(shape: &Shape, lang: Lang) -> String {
    let mut notices = Vec::new();
    if !shape.running {
        notices.push(notice("info", Icon::Info, words::STOPPED_NOTE.get(lang)));
    }
    for director in &shape.directors {
        if let Some(crowding) = director.crowding {
            let words = [("name", &director.name), ("words", &crowding.words(lang))];
            let words = words.map(|(name, word)| (name, word as &dyn std::fmt::Display));
            notices.push(warning(&words::CROWDED_NOTE.with(lang, &words)));
        }
    }
    if let Some(mut text) = named(shape, |phase| phase == Phase::Away, words::AWAY_NOTE, lang) {
        let counted = |phase: Phase| phase.presence() == Presence::Connected;
        if let Some(counted) = named(shape, counted, words::AWAY_COUNTED, lang) {
            if lang == Lang::En {
                text.push(' ');
            }
            text.push_str(&counted);
        }
        notices.push(warning(&text));
    }
    notices.extend(
        named(shape, |phase| phase == Phase::Revoked, words::REVOKED_NOTE, lang).as_deref().map(warning),
    );
    notices.concat()
}

/// A sentence about the directors in one of these phases, where there are any.
fn named(shape: &Shape, of: impl Fn(Phase) -> bool, msg: Msg, lang: Lang) -> Option<String> {
    let named = shape.directors.iter().filter(|director| of(director.phase));
    let names: Vec<&str> = named.map(|director| director.name.as_str()).collect();
    let count = u64::try_from(names.len()).unwrap_or(u64::MAX);
    let names = listed(&names, lang);
    (count > 0).then(|| msg.count_with(lang, count, &[("names", &names)]))
}

fn warning(text: &str) -> String {
    notice("warning", Icon::Warning, text)
}

/// As the component `Notice` writes it.
fn notice(class: &str, drawn: Icon, text: &str) -> String {
    format!(r#"<div class="notice {class}">{}<p>{}</p></div>"#, icon_html(drawn), html::escape(text))
}

#[cfg(test)]
mod tests {
    use super::super::whole::tests::director;
    use super::super::{Crowding, LiveDirector, samples};
    use super::*;

    fn said(directors: Vec<LiveDirector>) -> String {
        notices_html(&Shape { directors, ..samples::shape() }, Lang::En)
    }

    #[test]
    fn where_all_is_well_nothing_is_said() {
        assert_eq!(said(vec![director("vs1", Phase::Verified(3))]), "");
    }

    #[test]
    fn who_is_away_is_named_and_whose_numbers_are_seen() {
        let both = said(vec![director("<vs1>", Phase::Away), director("vs2", Phase::Verified(3))]);
        assert!(both.contains("&lt;vs1&gt; is away") && both.contains("those of vs2 alone"), "{both}");
        let alone = said(vec![director("vs1", Phase::Away)]);
        assert!(alone.contains("vs1 is away") && !alone.contains("alone"), "{alone}");
    }

    #[test]
    fn the_stopped_the_revoked_and_the_full_each_have_their_sentence() {
        let stopped = Shape { running: false, ..samples::shape() };
        assert!(notices_html(&stopped, Lang::Zh).contains("集群已停止"));
        assert!(said(vec![director("vs1", Phase::Revoked)]).contains("vs1 was revoked"));
        let full = LiveDirector { crowding: Crowding::of(9, 9), ..director("vs1", Phase::Verified(3)) };
        assert!(said(vec![full]).contains("vs1: all 9 connections"));
    }
}
