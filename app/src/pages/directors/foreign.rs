//! Entries of a director's table that somebody else made: adopt, ignore, remove.

use leptos::prelude::*;
use model::DirectorId;

use crate::components::{ActionForm, Column, ConfirmPage, DataTable, Notice, Section, Tone};
use crate::i18n::{Msg, foreign as words, t, use_lang};

/// The entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignEntries {
    /// The director.
    pub director: DirectorId,
    /// The entries that it told of.
    pub rows: Vec<ForeignRow>,
    /// How many there are in all.
    pub total: u64,
    /// Whether the director can be told something now.
    pub can: bool,
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignRow {
    /// Which: the canonical form.
    pub entry: String,
    /// The same for people.
    pub title: String,
    /// The entry in ipvsadm's words, one command a line.
    pub words: String,
    /// Whether the draft can say it, so that it may be adopted.
    pub adoptable: bool,
    /// Whether it is to become ours as soon as it is applied.
    pub adopting: bool,
    /// Whether somebody decided to leave it alone.
    pub ignored: bool,
}

/// What is asked before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It becomes the cluster's.
    Adopt,
    /// It goes.
    Remove,
}

/// Names and values of the forms.
pub mod names {
    /// Which entry.
    pub const ENTRY: &str = "entry";
    /// What to do with it.
    pub const ACTION: &str = "action";
    /// Values of [`ACTION`].
    pub const ADOPT: &str = "adopt";
    /// Leave it alone, and do not show it as news.
    pub const IGNORE: &str = "ignore";
    /// Show it again.
    pub const HEED: &str = "heed";
    /// Remove it.
    pub const REMOVE: &str = "remove";
}

/// The section; nothing where there is no such entry.
pub(super) fn section(entries: ForeignEntries) -> Option<AnyView> {
    let ForeignEntries { director, rows, total, can } = entries;
    if rows.is_empty() {
        return None;
    }
    let lang = use_lang();
    let more = total.saturating_sub(u64::try_from(rows.len()).unwrap_or(u64::MAX));
    let more = (more > 0).then(|| view! { <p class="muted">{words::MORE.count(lang, more)}</p> });
    let columns =
        vec![Column::text(t(words::COL_ENTRY)), Column::text(t(words::COL_STATE)), Column::actions()];
    let rows = rows.into_iter().map(|row| {
        let state = match (row.adopting, row.ignored) {
            (true, _) => words::ADOPTING,
            (false, true) => words::IGNORED,
            (false, false) => words::FOREIGN,
        };
        let action = format!("/directors/{director}/foreign");
        let ask = |verb: &'static str, label: Msg, class: &'static str| {
            let (action, entry, title) = (action.clone(), row.entry.clone(), row.title.clone());
            let label = t(label);
            view! {
                <form class="action" method="get" action=action>
                    <input type="hidden" name=names::ENTRY value=entry/>
                    <button class=class type="submit" name=names::ACTION value=verb aria-label=format!("{label} {title}")>
                        <span>{label}</span>
                    </button>
                </form>
            }
        };
        let adopt = (can && row.adoptable && !row.adopting).then(|| ask(names::ADOPT, words::ADOPT, "button"));
        let remove = can.then(|| ask(names::REMOVE, words::REMOVE, "button danger"));
        let (verb, label) =
            if row.ignored { (names::HEED, words::HEED) } else { (names::IGNORE, words::IGNORE) };
        let hidden = vec![(names::ENTRY, row.entry.clone()), (names::ACTION, verb.to_owned())];
        view! {
            <tr>
                <td class="wrap"><strong>{row.title.clone()}</strong><pre class="excerpt small">{row.words.clone()}</pre></td>
                <td data-head=t(words::COL_STATE)>{t(state)}</td>
                <td class="actions">
                    {adopt}
                    <ActionForm action=action.clone() label=t(label) about=row.title.clone() hidden=hidden/>
                    {remove}
                </td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    Some(
        view! {
            <div id="foreign">
                <Section title=t(words::TITLE)>
                    <p class="help">{t(words::INTRO)}</p>
                    {(!can).then(|| view! { <Notice tone=Tone::Info text=t(words::AWAY)/> })}
                    <div class="findings"><DataTable caption=t(words::TITLE) columns=columns>{rows}</DataTable></div>
                    {more}
                </Section>
            </div>
        }
        .into_any(),
    )
}

/// The page that asks before an entry is adopted or removed, with the entry spelled out.
pub fn confirm(director: DirectorId, name: &str, row: ForeignRow, asked: Asked) -> AnyView {
    let lang = use_lang();
    let values: [(&str, &dyn std::fmt::Display); 2] = [("entry", &row.title), ("name", &name)];
    let (title, verb, action, consequences) = match asked {
        Asked::Adopt => (
            words::ADOPT_TITLE,
            words::ADOPT_VERB,
            names::ADOPT,
            vec![words::ADOPT_DRAFT.get(lang).to_owned(), words::ADOPT_THEN.get(lang).to_owned()],
        ),
        Asked::Remove => (
            words::REMOVE_TITLE,
            words::REMOVE_VERB,
            names::REMOVE,
            vec![words::REMOVE_CUT.get(lang).to_owned(), words::REMOVE_BACK.get(lang).to_owned()],
        ),
    };
    let hidden = vec![(names::ENTRY, row.entry), (names::ACTION, action.to_owned())];
    view! {
        <ConfirmPage
            title=title.with(lang, &values)
            consequences=consequences
            verb=verb.with(lang, &values)
            action=format!("/directors/{director}/foreign")
            cancel=format!("/directors/{director}#foreign")
            hidden=hidden
        >
            <pre class="excerpt" tabindex="0"><code>{row.words}</code></pre>
        </ConfirmPage>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    fn row() -> ForeignRow {
        ForeignRow {
            entry: r#"{"key":1}"#.into(),
            title: "service tcp 192.0.2.9:25".into(),
            words: "-A -t 192.0.2.9:25 -s rr\n-a -t 192.0.2.9:25 -r 10.0.0.9:25 -m -w 1".into(),
            adoptable: true,
            adopting: false,
            ignored: false,
        }
    }

    fn page(row: ForeignRow, can: bool) -> String {
        let entries = ForeignEntries { director: DirectorId(5), rows: vec![row], total: 3, can };
        html(Lang::En, move || section(entries))
    }

    #[test]
    fn an_entry_can_be_adopted_ignored_and_removed() {
        let shown = page(row(), true);
        for verb in ["adopt", "ignore", "remove"] {
            assert!(shown.contains(&format!("value=\"{verb}\"")), "{verb}: {shown}");
        }
        assert!(shown.contains("-a -t 192.0.2.9:25") && shown.contains("2 more"), "{shown}");
        let away = page(ForeignRow { ignored: true, ..row() }, false);
        assert!(!away.contains("value=\"remove\"") && away.contains("value=\"heed\""), "{away}");
        let none = ForeignEntries { director: DirectorId(5), rows: Vec::new(), total: 0, can: true };
        assert!(section(none).is_none());
    }

    #[test]
    fn what_is_asked_spells_the_entry_out() {
        let shown = html(Lang::Zh, || confirm(DirectorId(5), "vs1", row(), Asked::Remove));
        assert!(shown.contains("-a -t 192.0.2.9:25 -r 10.0.0.9:25 -m -w 1"), "{shown}");
        assert!(shown.contains("连接会立即中断") && shown.contains("从 vs1 删除"), "{shown}");
    }
}
