//! The audit log: who changed what.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::{ClusterId, Field, Shown};

use super::events::{clock, day, ranges};
use crate::components::{
    Choice, Column, DataTable, EmptyState, FilterField, FilterInput, Filters, Icon, LinkButton, Notice,
    PageHeader, Tone,
};
use crate::device::device;
use crate::i18n::{audit as words, changes, events, fields, grouped, people, t, use_lang};
use crate::{Lang, time};

/// The page.
#[derive(Clone, Debug, Default)]
pub struct AuditPage {
    /// What is asked for, as it was typed.
    pub asked: Asked,
    /// The entries, the newest first.
    pub entries: Vec<Entry>,
    /// The address of the page of older ones.
    pub older: Option<String>,
    /// The address of the newest ones, with the same filters.
    pub newest: String,
    /// Whether this page is another one than that.
    pub is_older: bool,
    /// The address of the same as CSV.
    pub csv: String,
    /// The most entries of that.
    pub csv_rows: u64,
    /// What is wrong with what is asked for.
    pub problem: Option<String>,
    /// How long entries are kept, in days.
    pub days: u32,
    /// How many are kept.
    pub rows: u32,
    /// What clusters are called that still are.
    pub clusters: BTreeMap<ClusterId, String>,
}

/// What is asked for, as it was typed: names as on the page of events, and [`ACTION`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// An action or a kind of them.
    pub action: String,
    /// A span back from now.
    pub range: String,
    /// From this moment on.
    pub from: String,
    /// Up to this one.
    pub to: String,
    /// Part of an object's name.
    pub object: String,
    /// Part of a person's name.
    pub person: String,
}

/// The name of the action in the address.
pub const ACTION: &str = "action";

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// From where.
    pub from: String,
    /// What kind of write, by its name.
    pub action: String,
    /// The cluster that it was about.
    pub cluster: Option<ClusterId>,
    /// The name of what was changed.
    pub subject: String,
    /// In the log's own words.
    pub detail: String,
    /// Before and after.
    pub changes: Vec<ChangedField>,
    /// How many more changes there were than the log has.
    pub more: u64,
}

/// A field before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedField {
    /// The object's name; empty for the one that the entry is about.
    pub about: String,
    /// Which field; none for an object that came or went as a whole.
    pub field: Option<Which>,
    /// Before.
    pub before: Shown,
    /// After.
    pub after: Shown,
}

/// Which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// One of the model's.
    Model(Field),
    /// One of the console's own, by its name.
    Own(String),
}

/// The page's view.
pub fn view(page: AuditPage) -> AnyView {
    let lang = use_lang();
    let is_asked = page.asked != Asked::default();
    let problem = page.problem.clone().map(|text| view! { <Notice tone=Tone::Failed text=text/> });
    let kept = words::KEPT.with(lang, &[("days", &page.days), ("rows", &grouped(page.rows.into()))]);
    let limit = words::EXPORT_LIMIT.with(lang, &[("n", &grouped(page.csv_rows))]);
    let fields = filters(&page.asked, lang);
    let body = if page.entries.is_empty() {
        let (title, text) = if is_asked || page.is_older {
            (words::NONE_TITLE, words::NONE_TEXT)
        } else {
            (words::EMPTY_TITLE, words::EMPTY_TEXT)
        };
        let all = (is_asked || page.is_older)
            .then(|| view! { <LinkButton href="/audit" label=t(words::SHOW_ALL)/> });
        view! { <EmptyState title=t(title) text=t(text)>{all}</EmptyState> }.into_any()
    } else {
        table(&page, lang)
    };
    let csv = page.csv;
    view! {
        <PageHeader title=t(words::TITLE) intro=t(words::INTRO)>
            <LinkButton href=csv label=words::EXPORT.get(lang).replace('`', "") with=Icon::Import/>
        </PageHeader>
        {problem}
        <Filters path="/audit" fields=fields/>
        {body}
        <p class="kept muted">{kept}" "{limit}</p>
    }
    .into_any()
}

fn filters(asked: &Asked, lang: Lang) -> Vec<FilterField> {
    use super::events::names::{FROM, OBJECT, PERSON, RANGE, TO};
    let mut actions = vec![(String::new(), vec![Choice::new("", t(events::KIND_ALL))])];
    for (kind, heading, within) in words::menu(lang) {
        let mut choices = Vec::new();
        if within.len() > 1 {
            choices.push(Choice::new(kind, words::KIND_OF.with(lang, &[("kind", &heading)])));
        }
        choices.extend(within.into_iter().map(|(name, label)| Choice::new(name, label)));
        actions.push((heading, choices));
    }
    let field = |name, label: &str, value: &String, input| FilterField {
        name,
        label: label.to_owned(),
        value: value.clone(),
        input,
    };
    vec![
        field(ACTION, t(words::ACTION), &asked.action, FilterInput::Menu(actions)),
        field(
            OBJECT,
            t(words::COL_OBJECT),
            &asked.object,
            FilterInput::Text(t(words::OBJECT_HINT).to_owned()),
        ),
        field(PERSON, t(events::PERSON), &asked.person, FilterInput::Text(String::new())),
        field(RANGE, t(events::RANGE), &asked.range, ranges()),
        field(FROM, t(events::FROM), &asked.from, FilterInput::Moment),
        field(TO, t(events::TO), &asked.to, FilterInput::Moment),
    ]
}

fn table(page: &AuditPage, lang: Lang) -> AnyView {
    let columns = vec![
        Column::text(t(events::COL_TIME)),
        Column::text(t(words::COL_WHO)),
        Column::text(t(words::COL_FROM)).secondary(),
        Column::text(t(words::COL_WHAT)),
        Column::text(t(words::COL_OBJECT)),
        Column::text(t(words::COL_CHANGES)),
    ];
    let width = columns.len().to_string();
    let days = page.entries.chunk_by(|a, b| day(a.at_ms) == day(b.at_ms)).map(|entries| {
        let heading = entries.first().map(|entry| day(entry.at_ms)).unwrap_or_default();
        let rows = entries.iter().map(|entry| row(entry, &page.clusters, lang)).collect_view();
        view! { <tr class="group"><th colspan=width.clone() scope="rowgroup">{heading}</th></tr>{rows} }
    });
    let days = days.collect_view();
    let newest =
        page.is_older.then(|| view! { <LinkButton href=page.newest.clone() label=t(events::NEWEST)/> });
    let older = page.older.clone().map(|href| view! { <LinkButton href=href label=t(events::OLDER)/> });
    view! {
        <div class="timeline findings">
            <DataTable caption=t(words::TABLE) columns=columns>{days}</DataTable>
        </div>
        <nav class="pager" aria-label=t(words::TABLE)>{newest}{older}</nav>
    }
    .into_any()
}

fn row(entry: &Entry, clusters: &BTreeMap<ClusterId, String>, lang: Lang) -> AnyView {
    let from = match entry.from.as_str() {
        "command line" => words::COMMAND_LINE.get(lang).to_owned(),
        "console" => words::CONSOLE.get(lang).to_owned(),
        address => address.to_owned(),
    };
    let subject = entry.subject.clone();
    let object = match entry.cluster {
        Some(id) if entry.action.starts_with("cluster.") || entry.action.starts_with("draft.") => {
            view! { <a class="cut" href=format!("/clusters/{id}/control") title=subject>{subject.clone()}</a> }.into_any()
        }
        _ => view! { <span class="cut" title=subject>{subject.clone()}</span> }.into_any(),
    };
    let title = entry.action.clone();
    // An agent acts under its machine's name.
    let actor = match entry.actor.strip_prefix("director ") {
        Some(name) => words::AGENT_OF.with(lang, &[("name", &name)]),
        None => entry.actor.clone(),
    };
    view! {
        <tr class="event">
            <td class="when"><time datetime=time::iso(entry.at_ms) title=time::plain(entry.at_ms)>{clock(entry.at_ms)}</time></td>
            <td><span class="cut" title=actor>{actor.clone()}</span></td>
            <td class="secondary mono">{from}</td>
            <td title=title>{words::action(&entry.action, lang)}</td>
            <td>{object}</td>
            <td class="wrap">{said(entry, clusters, lang)}</td>
        </tr>
    }
    .into_any()
}

/// Before and after, below what was done as a whole; without them the log's own words.
fn said(entry: &Entry, clusters: &BTreeMap<ClusterId, String>, lang: Lang) -> AnyView {
    const OPEN: usize = 6;
    if entry.action == "session.login" {
        return view! { <span class="line" title=entry.detail.clone()>{device(&entry.detail, lang)}</span> }
            .into_any();
    }
    let lines: Vec<AnyView> = entry.changes.iter().map(|change| line(change, clusters, lang)).collect();
    let more = (entry.more > 0).then(|| {
        view! { <span class="line muted">{words::MORE_CHANGES.count(lang, entry.more)}</span> }.into_any()
    });
    let count = lines.len();
    let mut lines = lines.into_iter().chain(more);
    if count == 0 {
        return original(&entry.action, &entry.detail).into_any();
    }
    let first: Vec<AnyView> = lines.by_ref().take(OPEN).collect();
    let rest: Vec<AnyView> = lines.collect();
    let hidden = u64::try_from(rest.len()).unwrap_or(u64::MAX);
    let rest = (hidden > 0).then(|| {
        let summary = words::MORE_CHANGES.count(lang, hidden);
        view! { <details class="more"><summary>{summary}</summary>{rest}</details> }
    });
    let whole = entry.detail.split_once("\n\n").map(|(whole, _)| original(&entry.action, whole));
    view! { {whole}{first}{rest} }.into_any()
}

fn line(change: &ChangedField, clusters: &BTreeMap<ClusterId, String>, lang: Lang) -> AnyView {
    let about = (!change.about.is_empty())
        .then(|| view! { <span class="muted">{format!("{} · ", change.about)}</span> });
    let Some(which) = &change.field else {
        let (word, value, class) = match (&change.before, &change.after) {
            (Shown::Unset, after) => (words::CAME, after, "after"),
            (before, _) => (words::WENT, before, "before"),
        };
        let value = value.to_string();
        return view! { <span class="line">{about}{word.get(lang)}" "<span class=class>{value}</span></span> }.into_any();
    };
    let (label, before, after) = match which {
        Which::Model(field) => (
            fields::label(*field, lang).to_owned(),
            changes::value(*field, &change.before, lang),
            changes::value(*field, &change.after, lang),
        ),
        Which::Own(name) => {
            let label = words::own_field(name).map_or_else(|| name.clone(), |msg| msg.get(lang).to_owned());
            let value = |shown: &Shown| match shown {
                Shown::Text(text) if name == "roles" => people::roles_in_words(text, clusters, lang),
                shown => own(shown, lang),
            };
            (label, value(&change.before), value(&change.after))
        }
    };
    view! { <span class="line">{about}{label}": "<span class="before">{before}</span>" → "<span class="after">{after}</span></span> }
        .into_any()
}

fn own(shown: &Shown, lang: Lang) -> String {
    use crate::i18n::common;
    match shown {
        Shown::Text(text) => text.clone(),
        Shown::On => common::ON.get(lang).to_owned(),
        Shown::Off => common::OFF.get(lang).to_owned(),
        Shown::Unset => common::NOT_SET.get(lang).to_owned(),
        Shown::Parts(_) => shown.to_string(),
    }
}

/// Some lines, more of them folded: an apply may have thousands.
fn original(action: &str, detail: &str) -> AnyView {
    const OPEN: usize = 4;
    let lang = use_lang();
    let mut lines = detail.lines().map(|line| match words::line(action, line, lang) {
        Some(said) => view! { <span class="line">{said}</span> }.into_any(),
        None => view! { <span class="line" lang="en">{line.to_owned()}</span> }.into_any(),
    });
    let first: Vec<_> = lines.by_ref().take(OPEN).collect();
    let rest: Vec<_> = lines.collect();
    let rest = (!rest.is_empty())
        .then(|| view! { <details class="more"><summary>{t(words::MORE)}</summary>{rest}</details> });
    view! { {first}{rest} }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::testing::html;

    fn entry() -> Entry {
        Entry {
            at_ms: 1_795_347_605_000,
            actor: "ada".into(),
            from: "192.0.2.9".into(),
            action: "draft.edit".into(),
            cluster: Some(ClusterId(1)),
            subject: "shop".into(),
            detail: "weight 1 → 3".into(),
            changes: vec![
                ChangedField {
                    about: "web / real<1>".into(),
                    field: Some(Which::Model(Field::Weight)),
                    before: Shown::Text("1".into()),
                    after: Shown::Text("3".into()),
                },
                ChangedField {
                    about: "mail".into(),
                    field: None,
                    before: Shown::Unset,
                    after: Shown::Text("tcp 192.0.2.1:25, wlc".into()),
                },
            ],
            more: 0,
        }
    }

    fn page(lang: Lang, entries: Vec<Entry>) -> String {
        html(lang, move || view(AuditPage { entries, days: 730, rows: 1_000_000, ..AuditPage::default() }))
    }

    #[test]
    fn a_row_says_who_when_from_where_what_before_and_after() {
        let said = page(Lang::Zh, vec![entry()]);
        for part in
            ["ada", "192.0.2.9", "11:40:05", "2026-11-22", "更改草稿", "权重", "real&lt;1&gt;", "新增"]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(
            said.contains(r#"<span class="before">1</span>"#)
                && said.contains(r#"<span class="after">3</span>"#)
        );
    }

    #[test]
    fn without_fields_the_logs_own_words_are_shown_and_many_are_folded() {
        let detail = (0..9).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\n");
        let said = page(Lang::En, vec![Entry { changes: Vec::new(), detail, ..entry() }]);
        assert!(said.contains("line 8") && said.contains("<details"), "{said}");
    }

    #[test]
    fn a_log_in_says_from_which_device() {
        let detail = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned();
        let login = Entry { action: "session.login".into(), changes: Vec::new(), detail, ..entry() };
        assert!(page(Lang::En, vec![login]).contains(">Firefox on Linux<"));
    }

    #[test]
    fn retention_is_said() {
        let said = page(Lang::En, Vec::new());
        assert!(said.contains("730 days") && said.contains("1,000,000"), "{said}");
    }
}
