//! A cluster as a tile of two lines, and the sums above them.

use super::{Glance, Overview};
use crate::frame::Standing;
use crate::i18n::{Lang, grouped, overview as words};
use crate::live::{Counts, kilobytes, since_html, state_with};
use crate::sheet::{SheetCell, SheetRow};
use crate::{State, html};

/// The classes of a tile's cells.
pub(super) const CELLS: &[&str] = &["g-name", "g-state", "g-rate", "g-line", "g-bytes", "g-line", "g-facts"];
/// Which of them hold lines.
pub(super) const LINES: &[bool] = &[false, false, false, true, false, true, false];

/// A cluster's tile.
pub(super) fn tile(cluster: &Glance, lang: Lang, now_ms: i64) -> SheetRow {
    let name = html::escape(&cluster.name);
    let numbers = |of: fn(Counts) -> String| cluster.counts.map_or_else(|| "–".to_owned(), of);
    let cells = vec![
        SheetCell::Html(format!(
            r#"<a class="row-link" href="/clusters/{}/control" title="{name}">{name}</a>{}"#,
            cluster.id,
            changes(cluster, lang)
        )),
        SheetCell::Html(state(cluster, lang, now_ms)),
        SheetCell::Html(format!(
            "<b>{}</b> {}",
            numbers(|counts| grouped(counts.connections)),
            words::RATE_UNIT.get(lang)
        )),
        SheetCell::Trend(Some(cluster.connections.clone())),
        SheetCell::Html(format!("<b>{}</b> {}", numbers(bytes), words::BYTES_UNIT.get(lang))),
        SheetCell::Trend(Some(cluster.bytes.clone())),
        SheetCell::Html(facts(cluster, lang)),
    ];
    SheetRow { id: format!("c-{}", cluster.id), class: format!("glance is-{}", cluster.state.name()), cells }
}

fn bytes(counts: Counts) -> String {
    kilobytes(counts.bytes_in.saturating_add(counts.bytes_out))
}

fn state(cluster: &Glance, lang: Lang, now_ms: i64) -> String {
    let word = match cluster.standing {
        Standing::NeverApplied => words::NEVER_APPLIED.get(lang),
        _ => cluster.state.word(lang),
    };
    let mut out = state_with(cluster.state, word);
    if let Some(since) = cluster.since.filter(|&ms| ms > 0) {
        out.push_str(&format!(" {}", since_html(since, lang, now_ms)));
    }
    out
}

/// Services, and directors where not all of them are there.
fn facts(cluster: &Glance, lang: Lang) -> String {
    let (failing, offered) = cluster.failing;
    let services = if failing > 0 {
        words::SERVICES_FAIL.count_with(lang, failing, &[("all", &grouped(offered))])
    } else {
        words::SERVICES.count(lang, offered)
    };
    let (here, all) = cluster.directors;
    let directors = match (here, all) {
        (_, 0) => Some(words::DIRECTORS_NONE.get(lang).to_owned()),
        (here, all) if here == all => None,
        (here, all) => Some(words::DIRECTORS_SOME.with(lang, &[("n", &here), ("all", &all)])),
    };
    let class = if failing > 0 { r#" class="odd""# } else { "" };
    // Nobody has any of them before the first apply, or without a director.
    let had = cluster.standing != Standing::NeverApplied && all > 0;
    let services = had.then(|| format!("<span{class}>{services}</span>"));
    let directors = directors.map(|words| format!(r#"<span class="odd">{words}</span>"#));
    services.into_iter().chain(directors).collect::<Vec<_>>().join(" · ")
}

/// Beside the name, where nothing is cut: that what is drawn is not what runs.
fn changes(cluster: &Glance, lang: Lang) -> String {
    if !cluster.changes {
        return String::new();
    }
    let (id, short, whole) = (cluster.id, words::CHANGES_SHORT.get(lang), words::CHANGES.get(lang));
    format!(r#" <a class="tag" href="/clusters/{id}/changes" title="{whole}">{short}</a>"#)
}

/// How many clusters fare how, and what all of them do together.
pub(super) fn tally(overview: &Overview, lang: Lang) -> String {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let clusters = &overview.clusters;
    let mut parts =
        vec![format!("<strong>{}</strong>", words::TALLY_CLUSTERS.count(lang, count(clusters.len())))];
    for &state in State::ALL {
        let n = clusters.iter().filter(|cluster| cluster.state == state).count();
        if n > 0 {
            parts.push(state_with(state, &format!("{} {}", grouped(count(n)), state.word(lang))));
        }
    }
    let sum = |of: fn(&Glance) -> u64| clusters.iter().map(of).fold(0, u64::saturating_add);
    let (here, all) = (sum(|cluster| cluster.directors.0), sum(|cluster| cluster.directors.1));
    parts.push(words::TALLY_DIRECTORS.count_with(lang, all, &[("here", &here)]));
    if clusters.iter().any(|cluster| cluster.counts.is_some()) {
        let counts = |of: fn(Counts) -> u64| {
            clusters.iter().filter_map(|cluster| cluster.counts).map(of).fold(0, u64::saturating_add)
        };
        parts.push(words::TALLY_RATE.count(lang, counts(|counts| counts.connections)));
        let traffic = counts(|counts| counts.bytes_in.saturating_add(counts.bytes_out));
        parts.push(words::TALLY_BYTES.with(lang, &[("n", &kilobytes(traffic))]));
    }
    parts.iter().map(|part| format!("<span>{part}</span>")).collect()
}
