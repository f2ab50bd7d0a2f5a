//! What a plan means for the table of each director, as it is there now.

use leptos::prelude::*;
use model::table::Tally;

use crate::components::{Column, DataTable, Section};
use crate::i18n::{Lang, changes as words, grouped, t, use_lang};

/// The most directors that are listed.
const MOST: usize = 50;

/// One director's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TablePlan {
    /// Its name.
    pub director: String,
    /// Its data plane's kind: `user`, `kernel`, `simulated`.
    pub plane: Option<String>,
    /// What is to be done; none where nothing is known of its table.
    pub tally: Option<Tally>,
    /// Live connections that go through what is changed or removed; none where they were not counted.
    pub connections: Option<u64>,
    /// Whether it is away, so that this is as of its last report.
    pub away: bool,
}

/// The section; nothing where no director is known.
pub(crate) fn section(tables: &[TablePlan]) -> Option<AnyView> {
    if tables.is_empty() {
        return None;
    }
    let lang = use_lang();
    let columns = vec![
        Column::text(t(words::TABLES_DIRECTOR)),
        Column::text(t(words::TABLES_STEPS)),
        Column::text(t(words::TABLES_LIVE)),
    ];
    let rows = tables.iter().take(MOST).map(|plan| {
        let plane = plan.plane.as_deref().map(|plane| crate::live::data_plane(plane, lang));
        let plane = plane.map(|plane| view! { " "<span class="muted">{plane}</span> });
        let away = plan.away.then(|| view! { " "<span class="muted">{t(words::TABLES_AWAY)}</span> });
        view! {
            <tr>
                <td class="wrap">{plan.director.clone()}{plane}</td>
                <td class="wrap">{steps(plan.tally, lang)}{away}</td>
                <td class="wrap">{live(plan, lang)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let more = tables.len().saturating_sub(MOST);
    let more = (more > 0).then(|| {
        view! { <p class="muted">{words::TABLES_MORE.count(lang, u64::try_from(more).unwrap_or(u64::MAX))}</p> }
    });
    Some(
        view! {
            <Section title=t(words::TABLES)>
                <p class="help">{t(words::TABLES_HELP)}</p>
                <DataTable caption=t(words::TABLES) columns=columns>{rows}</DataTable>
                {more}
            </Section>
        }
        .into_any(),
    )
}

/// "Add 1 service, change the weight of 2 destinations".
fn steps(tally: Option<Tally>, lang: Lang) -> String {
    let Some(tally) = tally else { return words::TABLES_UNKNOWN.get(lang).to_owned() };
    if tally.is_empty() {
        return words::TABLES_NOTHING.get(lang).to_owned();
    }
    let counted = [
        (words::STEP_ADD_SERVICES, tally.services_added),
        (words::STEP_EDIT_SERVICES, tally.services_edited),
        (words::STEP_REMOVE_SERVICES, tally.services_removed),
        (words::STEP_ADD_DESTINATIONS, tally.destinations_added),
        (words::STEP_WEIGHTS, tally.weights),
        (words::STEP_EDIT_DESTINATIONS, tally.destinations_edited),
        (words::STEP_REMOVE_DESTINATIONS, tally.destinations_removed),
    ];
    let mut said: Vec<String> =
        counted.into_iter().filter(|(_, n)| *n > 0).map(|(msg, n)| msg.count(lang, n)).collect();
    said.extend(tally.timeouts.then(|| words::STEP_TIMEOUTS.get(lang).to_owned()));
    said.join(if lang == Lang::Zh { "；" } else { ", " })
}

fn live(plan: &TablePlan, lang: Lang) -> String {
    match plan.connections {
        _ if plan.tally.is_none_or(|tally| tally.is_empty()) => "–".to_owned(),
        None if plan.tally.is_some_and(|tally| tally.only_adds()) => {
            words::TABLES_NONE_LIVE.get(lang).to_owned()
        }
        None => words::TABLES_NOT_COUNTED.get(lang).to_owned(),
        Some(0) => words::TABLES_NONE_LIVE.get(lang).to_owned(),
        Some(n) => words::TABLES_LIVE_N.count_with(lang, n, &[("number", &grouped(n))]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::testing::html;

    fn shown(lang: Lang, tally: Option<Tally>, connections: Option<u64>) -> String {
        let plan = TablePlan {
            director: "vs1".into(),
            plane: Some("kernel".into()),
            tally,
            connections,
            away: false,
        };
        html(lang, move || section(&[plan]))
    }

    #[test]
    fn steps_and_connections_are_said_in_words() {
        let tally = Tally { services_added: 1, weights: 2, timeouts: true, ..Tally::default() };
        let page = shown(Lang::En, Some(tally), Some(12));
        assert!(
            page.contains("add 1 service, change the weight of 2 destinations, set idle times"),
            "{page}"
        );
        assert!(page.contains("12 live connections go through what changes"), "{page}");
        let page = shown(Lang::Zh, Some(tally), None);
        assert!(page.contains("添加 1 个服务；更改 2 个目标的权重") && page.contains("未统计"), "{page}");
    }

    #[test]
    fn unknown_is_not_nothing() {
        assert!(shown(Lang::En, None, None).contains("Nothing is known of its table yet"));
        assert!(shown(Lang::En, Some(Tally::default()), None).contains("Nothing to do"));
    }
}
