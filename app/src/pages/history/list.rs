//! Every revision of a cluster.

use leptos::prelude::*;
use model::{ClusterId, Generation};

use super::{How, Marks};
use crate::components::{Ago, Column, DataTable, EmptyState, LinkButton, PageHeader, Pager, RowLink};
use crate::i18n::{history as words, t, use_lang};

/// The page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// The cluster.
    pub cluster: ClusterId,
    /// The revisions of this page, the newest first.
    pub rows: Vec<HistoryRow>,
    /// The number of the first row, from 1.
    pub from: u64,
    /// How many there are.
    pub all: u64,
    /// The addresses of the pages before and after.
    pub previous: Option<String>,
    /// See `previous`.
    pub next: Option<String>,
}

/// A revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    /// Which.
    pub generation: Generation,
    /// Who applied it.
    pub author: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Why, in the author's words.
    pub message: String,
    /// How it came to be.
    pub how: How,
    /// How many changes it made to the generation before; none where nobody counted.
    pub changes: Option<u64>,
    /// How many virtual services it has.
    pub services: u64,
    /// How many real servers they have together.
    pub servers: u64,
    /// What stands at it.
    pub marks: Marks,
}

/// The page.
pub fn list(page: HistoryPage) -> impl IntoView {
    let HistoryPage { cluster, rows, from, all, previous, next } = page;
    if rows.is_empty() {
        return view! {
            <PageHeader title=t(words::TITLE)/>
            <EmptyState title=t(words::EMPTY_TITLE) text=t(words::EMPTY_TEXT)>
                <LinkButton href=format!("/clusters/{cluster}/changes") label=t(words::EMPTY_NEXT)/>
            </EmptyState>
        }
        .into_any();
    }
    let several = rows.len() > 1;
    let picks = [words::COL_FROM, words::COL_TO].map(|head| Column::text(t(head)));
    let mut columns = if several { picks.to_vec() } else { Vec::new() };
    columns.extend([
        Column::text(t(words::COL_GENERATION)),
        Column::text(t(words::COL_WHEN)),
        Column::text(t(words::COL_WHO)),
        Column::text(t(words::COL_WHAT)),
        Column::number(t(words::COL_CHANGES)),
        Column::number(t(words::COL_SERVICES)).secondary(),
        Column::number(t(words::COL_SERVERS)).secondary(),
    ]);
    let to = from + u64::try_from(rows.len()).unwrap_or(u64::MAX) - 1;
    let rows = rows.into_iter().enumerate();
    let rows = rows.map(|(index, one)| row(cluster, several.then_some(index), one)).collect_view();
    view! {
        <PageHeader title=t(words::TITLE) intro=t(words::INTRO)/>
        <form class="history" method="get" action=format!("/clusters/{cluster}/history/compare")>
            {several.then(|| view! {
                <div class="bar">
                    <button class="button" type="submit">{t(words::COMPARE)}</button>
                    <span class="muted">{t(words::COMPARE_HELP)}</span>
                </div>
            })}
            <DataTable caption=t(words::TABLE) columns=columns>{rows}</DataTable>
        </form>
        <Pager from=from to=to all=all previous=previous next=next/>
    }
    .into_any()
}

/// The first two rows are chosen, the newest against the one before; with no `index` there is nothing to choose.
fn row(cluster: ClusterId, index: Option<usize>, row: HistoryRow) -> impl IntoView {
    let lang = use_lang();
    let HistoryRow { generation, author, at_ms, message, how, changes, services, servers, marks } = row;
    let said = how.words(lang);
    let reason = how.reason(&message).map(|reason| {
        let title = reason.clone();
        view! { " "<span class="reason" title=title>{format!("“{reason}”")}</span> }
    });
    let choice = |name: &'static str, spoken: crate::i18n::Msg, checked: bool| {
        let spoken = spoken.with(lang, &[("n", &generation)]);
        view! {
            <td class="pick">
                <input type="radio" name=name value=generation.to_string() checked=checked aria-label=spoken/>
            </td>
        }
    };
    let changes = changes.map_or_else(|| "–".to_owned(), |n| n.to_string());
    let who = author.clone();
    view! {
        <tr>
            {index.map(|index| choice("from", words::FROM_N, index == 1))}
            {index.map(|index| choice("to", words::TO_N, index == 0))}
            <td><RowLink href=format!("/clusters/{cluster}/history/{generation}") label=generation.to_string()/>{marks.view()}</td>
            <td><Ago ms=at_ms/></td>
            <td class="name" title=who>{author}</td>
            <td class="what">{said}{reason}</td>
            <td class="num">{changes}</td>
            <td class="num secondary">{services}</td>
            <td class="num secondary">{servers}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    fn row(generation: u64, how: How, message: &str) -> HistoryRow {
        HistoryRow {
            generation: Generation(generation),
            author: "ada".into(),
            at_ms: 0,
            message: message.into(),
            how,
            changes: None,
            services: 3,
            servers: 7,
            marks: Marks { current: generation == 4, last_good: generation == 3 },
        }
    }

    fn page(rows: Vec<HistoryRow>, lang: Lang) -> String {
        let (previous, next) = (None, Some("/clusters/1/history?page=2".to_owned()));
        let page = HistoryPage { cluster: ClusterId(1), rows, from: 1, all: 60, previous, next };
        html(lang, || list(page))
    }

    #[test]
    fn each_revision_says_how_it_came_to_be_and_why() {
        let rows = vec![
            row(4, How::RolledBack(Generation(1)), "<b>wrong</b>"),
            row(3, How::Stopped, "Stop"),
            row(2, How::Applied, ""),
        ];
        let page = page(rows, Lang::Zh);
        assert!(page.contains("回滚到第 1 代") && page.contains("“&lt;b&gt;wrong&lt;/b&gt;”"), "{page}");
        assert!(!page.contains("“Stop”") && page.contains("当前") && page.contains("最近可用"), "{page}");
        assert!(page.contains("/clusters/1/history?page=2"), "{page}");
    }

    #[test]
    fn one_revision_offers_nothing_to_compare() {
        let one = page(vec![row(1, How::Applied, "")], Lang::En);
        assert!(!one.contains(r#"type="radio""#) && one.contains("/clusters/1/history/1"), "{one}");
        let two = page(vec![row(2, How::Applied, ""), row(1, How::Applied, "")], Lang::En);
        assert_eq!(two.matches(r#"type="radio""#).count(), 4, "{two}");
    }

    #[test]
    fn without_revisions_it_says_what_is_next() {
        let empty = page(Vec::new(), Lang::En);
        assert!(empty.contains("/clusters/1/changes") && !empty.contains("<table"), "{empty}");
    }
}
