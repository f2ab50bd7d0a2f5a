//! The directors above the live table: role, data plane, how far each is with what was applied, when it was heard of.

use std::fmt::Write as _;

use super::{Crowding, DirectorRole, LiveDirector, Phase, Presence, Shape, Used, since_html, state_with};
use crate::i18n::{Lang, causes, control as words, directors as machines, grouped, times};
use crate::{html, time};

/// The rows of the table of directors: name, state, since when, role, data plane, how far with the applied generation, when
/// it was heard of, what is wrong.
pub fn directors_html(shape: &Shape, lang: Lang, now_ms: i64) -> String {
    let mut out = String::new();
    for director in &shape.directors {
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            r#"<tr><td><a class="row-link" href="/directors/{}">{}</a></td><td>{} {}</td><td>{}</td><td>{}</td><td class="wrap" title="{}">{}</td><td>{}</td></tr>"#,
            director.id,
            html::escape(&director.name),
            state_with(director.state, connection_word(director).get(lang)),
            since(director, lang, now_ms),
            role(director, lang),
            html::escape(&data_plane_and_version(&director.data_plane, lang)),
            html::escape(&director.error),
            html::escape(&said(director, shape.generation, lang)),
            heard(director, lang, now_ms),
        );
    }
    out
}

/// A data plane's kind in words.
pub fn data_plane(kind: &str, lang: Lang) -> String {
    match kind {
        "user" => machines::DATA_PLANE_USER.get(lang).to_owned(),
        "kernel" => machines::DATA_PLANE_KERNEL.get(lang).to_owned(),
        "simulated" => machines::DATA_PLANE_SIMULATED.get(lang).to_owned(),
        other => other.to_owned(),
    }
}

/// Its kind in words with its version, of `kind version`.
fn data_plane_and_version(said: &str, lang: Lang) -> String {
    let (kind, version) = said.split_once(' ').unwrap_or((said, ""));
    format!("{} {version}", data_plane(kind, lang)).trim_end().to_owned()
}

fn since(director: &LiveDirector, lang: Lang, now_ms: i64) -> String {
    if director.since <= 0 {
        return String::new();
    }
    since_html(director.since, lang, now_ms)
}

fn role(director: &LiveDirector, lang: Lang) -> &'static str {
    match director.role {
        Some(DirectorRole::Active) => words::ROLE_ACTIVE.get(lang),
        Some(DirectorRole::Standby) => words::ROLE_STANDBY.get(lang),
        None => "–",
    }
}

/// How far it is, how crowded, and what is wrong.
fn said(director: &LiveDirector, wanted: u64, lang: Lang) -> String {
    let mut said = vec![phase_words(director, wanted, lang)];
    said.extend(director.crowding.map(|crowding| crowding.words(lang)));
    said.push(causes::text(&director.error, lang));
    said.retain(|words| !words.is_empty());
    if said.is_empty() { "–".to_owned() } else { said.join(" · ") }
}

fn heard(director: &LiveDirector, lang: Lang, now_ms: i64) -> String {
    match director.phase.presence() {
        Presence::Connected => words::SEEN_NOW.get(lang).to_owned(),
        _ if director.seen <= 0 => times::NEVER.get(lang).to_owned(),
        _ => {
            let ago = times::AGO.with(lang, &[("span", &time::span(now_ms - director.seen, lang))]);
            format!(r#"<span title="{}">{ago}</span>"#, time::plain(director.seen))
        }
    }
}

impl Crowding {
    /// What it means.
    pub fn words(self, lang: Lang) -> String {
        let msg = match self.used {
            Used::Most => words::MOSTLY_FULL,
            Used::Nearly => words::NEARLY_FULL,
            Used::All => words::FULL,
        };
        msg.with(lang, &[("limit", &grouped(self.limit))])
    }
}

/// How far a director is, in words.
pub fn phase_words(director: &LiveDirector, wanted: u64, lang: Lang) -> String {
    let (msg, at) = match director.phase {
        Phase::Unenrolled | Phase::Away => return String::new(),
        Phase::Revoked => return words::MAY_STILL_RUN.get(lang).to_owned(),
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
        Phase::Revoked => words::REVOKED,
        _ => words::CONNECTED,
    }
}

#[cfg(test)]
mod tests {
    use super::super::whole::tests::director;
    use super::super::{header_words, overall, samples};
    use super::*;
    use crate::State;

    #[test]
    fn a_director_without_room_is_not_healthy() {
        let mut shape = samples::shape();
        shape.services.clear();
        let crowding = Crowding::of(4_096, 4_096);
        shape.directors = vec![LiveDirector { crowding, ..director("vs1", Phase::Verified(3)) }];
        assert_eq!(overall(&shape).state, State::Degraded);
        let html = directors_html(&shape, Lang::En, 61_000);
        assert!(html.contains("all 4,096 connections that it can hold are in use"), "{html}");
        let nearly = Crowding::of(4_090, 4_096).unwrap().words(Lang::En);
        assert!(nearly.starts_with("nearly all 4,096"), "{nearly}");
    }

    #[test]
    fn a_row_escapes_and_says_what_is_wanted() {
        let mut shape = samples::shape();
        shape.directors = vec![director("<vs1>", Phase::Verified(2))];
        let html = directors_html(&shape, Lang::En, 61_000);
        assert!(
            html.contains("&lt;vs1&gt;")
                && html.contains("generation 2 applied and verified · generation 3 wanted"),
            "{html}"
        );
        assert!(html.contains("since 1 min"), "{html}");
        assert!(html.contains("<td>Active</td><td>kernel (IPVS) 1.2.1</td>"), "{html}");
        assert!(html.ends_with("<td>now</td></tr>"), "{html}");
        assert_eq!(header_words(&shape, Lang::Zh), "1 台调度器 · 已连接：&lt;vs1&gt;");
    }

    #[test]
    fn one_that_is_away_says_when_it_was_heard_of_and_has_no_role() {
        let mut shape = samples::shape();
        shape.directors = vec![LiveDirector { role: None, ..director("vs1", Phase::Away) }];
        let html = directors_html(&shape, Lang::En, 61_000);
        assert!(html.contains("<td>–</td>") && html.contains(">1 min ago</span>"), "{html}");
    }
}
