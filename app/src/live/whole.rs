//! How a cluster fares as a whole: its state in the header, and who is there.

use super::{Phase, Presence, Shape, overall_since};
use crate::i18n::{Lang, frame as frame_words, grouped, listed, times};
use crate::{State, html, time};

/// The [overall] state of the whole for the header and since when, as `StateMark` and `Since` write them.
pub fn header_html(shape: &Shape, state: State, lang: Lang, now_ms: i64) -> String {
    let since = overall_since(shape, state).map(|since| since_html(since, lang, now_ms)).unwrap_or_default();
    format!("{}{since}", state_with(state, state.word(lang)))
}

/// Since when something is so, as `Since` writes it.
pub(crate) fn since_html(since: i64, lang: Lang, now_ms: i64) -> String {
    let text = times::SINCE.with(lang, &[("span", &time::span(now_ms - since, lang))]);
    let (iso, plain) = (time::iso(since), time::plain(since));
    format!(r#"<time class="since" datetime="{iso}" title="{plain}">{text}</time>"#)
}

/// Who is connected and who is not, and how many services fail, escaped: "2 directors · connected: vs1 · away: vs2".
pub fn header_words(shape: &Shape, lang: Lang) -> String {
    let directors: Vec<(&str, Presence)> =
        shape.directors.iter().map(|one| (one.name.as_str(), one.phase.presence())).collect();
    let mut said = directors_words(&directors, lang);
    if let Some(failing) = failing_words(overall(shape), lang) {
        said = format!("{failing} · {said}");
    }
    html::escape(&said)
}

/// Names of directors, and whether each is there, in words.
pub fn directors_words(directors: &[(&str, Presence)], lang: Lang) -> String {
    let names = |wanted: Presence| {
        let names: Vec<&str> = directors.iter().filter(|one| one.1 == wanted).map(|one| one.0).collect();
        listed(&names, lang)
    };
    // Who was shut out is none of the cluster's directors any more, and may serve nevertheless.
    let carried = directors.iter().filter(|one| one.1 != Presence::Revoked).count();
    let mut parts = vec![match u64::try_from(carried).unwrap_or(u64::MAX) {
        0 => frame_words::NO_DIRECTOR.get(lang).to_owned(),
        count => frame_words::DIRECTORS_N.count(lang, count),
    }];
    let said = [
        (frame_words::CONNECTED_WHO, Presence::Connected),
        (frame_words::AWAY_WHO, Presence::Away),
        (frame_words::UNENROLLED_WHO, Presence::Unenrolled),
        (frame_words::REVOKED_WHO, Presence::Revoked),
    ];
    for (msg, presence) in said {
        let names = names(presence);
        if !names.is_empty() {
            parts.push(msg.with(lang, &[("names", &names)]));
        }
    }
    parts.join(" · ")
}

/// How a cluster fares as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole {
    /// In one word.
    pub state: State,
    /// How many of its offered services fail.
    pub failing: u64,
    /// How many services it offers.
    pub offered: u64,
}

/// "1 of 2 virtual servers fails", where some do and others do not.
pub fn failing_words(Whole { failing, offered, .. }: Whole, lang: Lang) -> Option<String> {
    let some = failing > 0 && failing < offered;
    some.then(|| frame_words::FAILING_N.count_with(lang, failing, &[("all", &grouped(offered))]))
}

/// How the cluster fares as a whole.
pub fn overall(shape: &Shape) -> Whole {
    let directors = shape.directors.iter().map(|director| (director.phase, director.crowding.is_some()));
    let services = shape.services.iter().map(|service| service.state);
    Whole::of(shape.running, shape.generation, directors, services)
}

impl Whole {
    /// From directors (how far each is, and whether it is crowded) and services. As the worst of them, but: as long as one
    /// service serves, others that fail make the cluster degraded and not failing; and a director that is away or has no
    /// room makes it degraded as long as another one is there, and unknown where none is.
    pub fn of(
        running: bool,
        wanted: u64,
        directors: impl Iterator<Item = (Phase, bool)>,
        services: impl Iterator<Item = State>,
    ) -> Self {
        // What drains does so on purpose.
        let services: Vec<State> = services.filter(|state| *state != State::Inactive).collect();
        let count = |wanted: State| {
            let found = services.iter().filter(|state| **state == wanted).count();
            u64::try_from(found).unwrap_or(u64::MAX)
        };
        let whole = |state| {
            let offered = u64::try_from(services.len()).unwrap_or(u64::MAX);
            Self { state, failing: count(State::Failing), offered }
        };
        if !running {
            return Self { failing: 0, ..whole(State::Stopped) };
        }
        let (mut said, mut limping) = (None, false);
        for (phase, crowded) in directors {
            limping |= crowded || matches!(phase, Phase::Away | Phase::Unenrolled);
            let state = match phase {
                Phase::Away | Phase::Unenrolled | Phase::Revoked => continue,
                Phase::Nothing | Phase::Applying(_) => State::Pending,
                Phase::Verified(at) if at < wanted => State::Pending,
                Phase::Verified(_) => State::Serving,
                Phase::Partial(_) => State::Degraded,
                Phase::Refused(_) => State::Failing,
            };
            said = Some(said.map_or(state, |before: State| before.worse(state)));
        }
        let Some(said) = said else { return whole(State::Unknown) };
        let serves = count(State::Serving) + count(State::Degraded) + count(State::Draining) > 0;
        let states = services.iter().map(|&state| match state {
            State::Failing if serves => State::Degraded,
            // On purpose.
            State::Draining => State::Serving,
            state => state,
        });
        match states.fold(said, State::worse) {
            State::Serving if limping => whole(State::Degraded),
            state => whole(state),
        }
    }
}

/// A state as the rail has it: the mark alone, and the word for those who hear the page.
pub(crate) fn rail_html(state: State, lang: Lang) -> String {
    state_as(state, "word unseen", state.word(lang))
}

/// A state with a word, as `StateMark` writes it.
pub(crate) fn state_with(state: State, word: &str) -> String {
    state_as(state, "word", word)
}

fn state_as(state: State, class: &str, word: &str) -> String {
    format!(
        r#"<span class="state {}"><span class="mark-box">{}</span><span class="{class}">{}</span></span>"#,
        state.name(),
        state.mark(),
        html::escape(word)
    )
}

#[cfg(test)]
pub(in crate::live) mod tests {
    use super::super::{DirectorRole, LiveDirector, samples};
    use super::*;

    pub(in crate::live) fn director(name: &str, phase: Phase) -> LiveDirector {
        let state = if phase == Phase::Away { State::Unknown } else { State::Serving };
        LiveDirector {
            id: 1,
            name: name.into(),
            state,
            since: 1_000,
            phase,
            role: Some(DirectorRole::Active),
            data_plane: "kernel 1.2.1".into(),
            seen: 1_000,
            crowding: None,
            error: Default::default(),
        }
    }

    #[test]
    fn a_cluster_without_directors_is_unknown_and_never_good() {
        let mut shape = samples::shape();
        assert_eq!(overall(&shape).state, State::Unknown);
        shape.directors = vec![director("vs1", Phase::Away)];
        assert_eq!(overall(&shape).state, State::Unknown);
        shape.directors.push(director("vs2", Phase::Verified(3)));
        shape.services.retain(|service| service.state == State::Degraded);
        assert_eq!(overall(&shape).state, State::Degraded);
        shape.services.clear();
        assert_eq!(overall(&shape).state, State::Degraded, "nobody would take over");
        shape.running = false;
        assert_eq!(overall(&shape).state, State::Stopped);
    }

    #[test]
    fn one_failing_service_of_two_degrades_and_all_of_them_fail() {
        let mut shape = samples::shape();
        shape.directors = vec![director("vs1", Phase::Verified(3))];
        let whole = |shape: &mut Shape, first, second| {
            shape.services[0].state = first;
            shape.services[1].state = second;
            overall(shape)
        };
        let some = whole(&mut shape, State::Failing, State::Serving);
        assert_eq!((some.state, some.failing, some.offered), (State::Degraded, 1, 2));
        assert_eq!(failing_words(some, Lang::En).as_deref(), Some("1 of 2 virtual servers fails"));
        let one = whole(&mut shape, State::Failing, State::Inactive);
        assert_eq!((one.state, failing_words(one, Lang::En)), (State::Failing, None));
        assert_eq!(whole(&mut shape, State::Failing, State::Unknown).state, State::Failing);
        assert_eq!(whole(&mut shape, State::Draining, State::Serving).state, State::Serving);
    }

    #[test]
    fn whoever_is_not_there_is_called_what_it_is() {
        let said = |presence| directors_words(&[("vs1", presence)], Lang::En);
        assert_eq!(said(Presence::Unenrolled), "1 director · not enrolled yet: vs1");
        assert_eq!(said(Presence::Revoked), "no director enrolled · revoked, may still serve: vs1");
        let mut shape = samples::shape();
        shape.directors = vec![director("vs1", Phase::Revoked)];
        assert_eq!(overall(&shape).state, State::Unknown, "nobody says what it does");
    }
}
