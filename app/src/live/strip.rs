//! What stands above the table: the directors, and the cluster's state in the header.

use std::fmt::Write as _;

use super::{LiveDirector, Phase, Shape};
use crate::i18n::{Lang, control as words, frame as frame_words, times};
use crate::{State, html, time};

/// The directors: name, state, since when, how far with the applied generation.
pub fn directors_html(shape: &Shape, lang: Lang, now_ms: i64) -> String {
    let mut out = String::new();
    for director in &shape.directors {
        let name = html::escape(&director.name);
        let since = if director.since > 0 {
            let text = times::SINCE.with(lang, &[("span", &time::span(now_ms - director.since, lang))]);
            format!(r#"<span class="since">{text}</span>"#)
        } else {
            String::new()
        };
        let phase = phase_words(director, shape.generation, lang);
        let error = if director.error.is_empty() {
            String::new()
        } else {
            format!(" · {}", html::escape(&director.error))
        };
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            r#"<li><a class="row-link" href="/directors/{}">{name}</a> {} {since}<span class="phase">{phase}{error}</span></li>"#,
            director.id,
            state_with(director.state, connection_word(director).get(lang)),
        );
    }
    out
}

/// The state of the whole for the header, as `StateMark` writes it.
pub fn header_html(shape: &Shape, lang: Lang) -> String {
    let state = overall(shape);
    state_with(state, state.word(lang))
}

/// Who is connected and who is away, escaped: "2 directors · connected: vs1 · away: vs2".
pub fn header_words(shape: &Shape, lang: Lang) -> String {
    let directors: Vec<(&str, bool)> = shape
        .directors
        .iter()
        .map(|one| (one.name.as_str(), !matches!(one.phase, Phase::Away | Phase::Unenrolled)))
        .collect();
    html::escape(&directors_words(&directors, lang))
}

/// Names of directors, and whether each is connected, in words.
pub fn directors_words(directors: &[(&str, bool)], lang: Lang) -> String {
    if directors.is_empty() {
        return frame_words::NO_DIRECTOR.get(lang).to_owned();
    }
    let names = |connected: bool| {
        let names: Vec<&str> = directors.iter().filter(|one| one.1 == connected).map(|one| one.0).collect();
        names.join(if lang == Lang::Zh { "、" } else { ", " })
    };
    let count = u64::try_from(directors.len()).unwrap_or(u64::MAX);
    let mut parts = vec![frame_words::DIRECTORS_N.count(lang, count)];
    for (msg, names) in [(frame_words::CONNECTED_WHO, names(true)), (frame_words::AWAY_WHO, names(false))] {
        if !names.is_empty() {
            parts.push(msg.with(lang, &[("names", &names)]));
        }
    }
    parts.join(" · ")
}

/// How the cluster fares as a whole: as the worst of its active services and directors. A director that is away makes
/// it degraded as long as another one is there (nobody would take over), and unknown where none is.
pub fn overall(shape: &Shape) -> State {
    if !shape.running {
        return State::Stopped;
    }
    let directors = shape.directors.iter().filter_map(|director| match director.phase {
        Phase::Away | Phase::Unenrolled => None,
        Phase::Nothing | Phase::Applying(_) => Some(State::Pending),
        Phase::Verified(at) if at < shape.generation => Some(State::Pending),
        Phase::Verified(_) => Some(State::Serving),
        Phase::Partial(_) => Some(State::Degraded),
        Phase::Refused(_) => Some(State::Failing),
    });
    let Some(said) = directors.reduce(State::worse) else { return State::Unknown };
    let services = shape.services.iter().map(|service| service.state);
    let away =
        shape.directors.iter().any(|director| matches!(director.phase, Phase::Away | Phase::Unenrolled));
    // What drains does so on purpose.
    let services = services.filter(|state| !matches!(state, State::Inactive | State::Draining));
    match services.fold(said, State::worse) {
        State::Serving if away => State::Degraded,
        state => state,
    }
}

/// How far a director is, in words.
pub fn phase_words(director: &LiveDirector, wanted: u64, lang: Lang) -> String {
    let (msg, at) = match director.phase {
        Phase::Unenrolled | Phase::Away => return String::new(),
        Phase::Nothing => return words::PHASE_NOTHING.get(lang).to_owned(),
        Phase::Applying(n) => (words::PHASE_APPLYING, n),
        Phase::Verified(n) => (words::PHASE_VERIFIED, n),
        Phase::Partial(n) => (words::PHASE_PARTIAL, n),
        Phase::Refused(n) => (words::PHASE_REFUSED, n),
    };
    let mut text = msg.with(lang, &[("n", &at)]);
    if at != wanted {
        text.push_str(" · ");
        text.push_str(&words::PHASE_BEHIND.with(lang, &[("n", &wanted)]));
    }
    text
}

fn connection_word(director: &LiveDirector) -> crate::i18n::Msg {
    match director.phase {
        Phase::Unenrolled => words::NEVER_SEEN,
        Phase::Away => words::AWAY,
        _ => words::CONNECTED,
    }
}

fn state_with(state: State, word: &str) -> String {
    format!(
        r#"<span class="state {}"><span class="mark-box">{}</span><span class="word">{}</span></span>"#,
        state.name(),
        state.mark(),
        html::escape(word)
    )
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn director(name: &str, phase: Phase) -> LiveDirector {
        let state = if phase == Phase::Away { State::Unknown } else { State::Serving };
        LiveDirector { id: 1, name: name.into(), state, since: 1_000, phase, error: String::new() }
    }

    #[test]
    fn a_cluster_without_directors_is_unknown_and_never_good() {
        let mut shape = samples::shape();
        assert_eq!(overall(&shape), State::Unknown);
        shape.directors = vec![director("vs1", Phase::Away)];
        assert_eq!(overall(&shape), State::Unknown);
        shape.directors.push(director("vs2", Phase::Verified(3)));
        shape.services.retain(|service| service.state == State::Degraded);
        assert_eq!(overall(&shape), State::Degraded);
        shape.services.clear();
        assert_eq!(overall(&shape), State::Degraded, "nobody would take over");
        shape.running = false;
        assert_eq!(overall(&shape), State::Stopped);
    }

    #[test]
    fn the_strip_escapes_and_says_what_is_wanted() {
        let mut shape = samples::shape();
        shape.directors = vec![director("<vs1>", Phase::Verified(2))];
        let html = directors_html(&shape, Lang::En, 61_000);
        assert!(
            html.contains("&lt;vs1&gt;")
                && html.contains("generation 2 applied and verified · generation 3 wanted"),
            "{html}"
        );
        assert!(html.contains("since 1 min"), "{html}");
        assert_eq!(header_words(&shape, Lang::Zh), "1 台调度器 · 已连接：&lt;vs1&gt;");
    }
}
