//! Writing a cluster for other programs, with what they cannot be told.

use formats::report::{Loss, LossReport, Severity};
use leptos::prelude::*;
use model::{ClusterId, Generation};

use super::losses;
use crate::components::{
    Column, CopyText, DataTable, Kind, LinkButton, Notice, PageHeader, Section, Tone, coded,
};
use crate::i18n::{Msg, export as words, import, t, use_lang};

/// The page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportPage {
    /// The cluster.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// The revision that is written; none for the draft.
    pub revision: Option<ExportRevision>,
    /// What is applied; none where nothing is, so that there is nothing to choose.
    pub applied: Option<Generation>,
    /// As `ipvsadm-save` would have it.
    pub rules: ExportFile,
    /// As Piranha would have it.
    pub lvs_cf: ExportFile,
}

/// A revision as it stands in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRevision {
    /// Which.
    pub generation: Generation,
    /// SHA-256 of its canonical form, in hexadecimal digits.
    pub hash: String,
    /// That form.
    pub json: String,
}

/// A file to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// What is in it.
    pub text: String,
    /// What is not.
    pub report: LossReport,
}

/// The page.
pub fn export(page: ExportPage) -> impl IntoView {
    let lang = use_lang();
    let ExportPage { id, name, revision, applied, rules, lvs_cf } = page;
    let generation = revision.as_ref().map(|revision| revision.generation);
    let query = match generation {
        None => "?draft=1".to_owned(),
        n if n == applied => String::new(),
        Some(n) => format!("?generation={n}"),
    };
    let which = match generation {
        n if n.is_some() && n != applied => words::OF_OLDER.with(lang, &[("n", &n.unwrap_or_default())]),
        Some(n) => words::OF_GENERATION.with(lang, &[("n", &n)]),
        None => t(words::OF_DRAFT).to_owned(),
    };
    let applied = applied.filter(|_| generation != applied);
    let take_applied =
        applied.map(|_| view! { " "<a href=format!("/clusters/{id}/export")>{t(words::TAKE_APPLIED)}</a> });
    let take_draft = generation
        .map(|_| view! { " "<a href=format!("/clusters/{id}/export?draft=1")>{t(words::TAKE_DRAFT)}</a> });
    let href = |file: &str| format!("/clusters/{id}/export/{file}{query}");
    view! {
        <PageHeader title=words::TITLE.with(lang, &[("name", &name)]) intro=t(words::INTRO)/>
        <p>{which}{take_applied}{take_draft}</p>
        {file(words::RULES, words::RULES_HELP, words::RULES_DOWNLOAD, href("ipvsadm.rules"), rules)}
        {file(words::LVS_CF, words::LVS_CF_HELP, words::LVS_CF_DOWNLOAD, href("lvs.cf"), lvs_cf)}
        {revision.map(|revision| json(id, revision))}
    }
}

/// The revision itself, which loses nothing.
fn json(cluster: ClusterId, revision: ExportRevision) -> AnyView {
    let lang = use_lang();
    let ExportRevision { generation, hash, json } = revision;
    let href = format!("/clusters/{cluster}/history/{generation}/revision.json");
    let check = format!("echo '{hash}  generation-{generation}.json' | sha256sum --check");
    view! {
        <Section title=t(words::JSON)>
            <p class="help">{coded(t(words::JSON_HELP))}</p>
            <div class="form-actions bare">
                <LinkButton href=href label=words::JSON_DOWNLOAD.with(lang, &[("n", &generation)]) kind=Kind::Plain/>
            </div>
            {look(json)}
            <p class="help">{t(words::JSON_HASH)}</p>
            <CopyText label=t(words::JSON_HASH) text=check/>
            <Notice text=t(words::COMPLETE)/>
        </Section>
    }
    .into_any()
}

fn look(text: String) -> impl IntoView {
    view! {
        <details class="folded">
            <summary><span class="folded-title">{t(words::LOOK)}</span></summary>
            <div class="folded-body"><pre class="excerpt" tabindex="0"><code>{text}</code></pre></div>
        </details>
    }
}

fn file(title: Msg, help: Msg, label: Msg, href: String, file: ExportFile) -> AnyView {
    let lang = use_lang();
    let ExportFile { text, report } = file;
    let losses = u64::try_from(report.entries.len()).unwrap_or(u64::MAX);
    let notice = match losses {
        0 => view! { <Notice text=t(words::COMPLETE)/> },
        n => view! { <Notice tone=Tone::Warning text=import::LOSSES_N.count(lang, n)/> },
    };
    let tables = [Severity::NotTakenOver, Severity::Changed].into_iter().filter_map(|severity| {
        let entries: Vec<Loss> = report.of(severity).cloned().collect();
        (!entries.is_empty()).then(|| losses_of(severity, entries))
    });
    let tables = tables.collect_view();
    view! {
        <Section title=t(title)>
            <p class="help">{coded(t(help))}</p>
            <div class="form-actions bare"><LinkButton href=href label=t(label) kind=Kind::Plain/></div>
            {look(text)}
            {notice}
            {tables}
        </Section>
    }
    .into_any()
}

fn losses_of(severity: Severity, entries: Vec<Loss>) -> impl IntoView {
    let lang = use_lang();
    let (title, help) = match severity {
        Severity::Changed => (words::OTHERWISE, words::OTHERWISE_HELP),
        _ => (words::NOT_WRITTEN, words::NOT_WRITTEN_HELP),
    };
    let title = format!("{} ({})", t(title), entries.len());
    let columns = vec![
        Column::text(t(import::COL_ABOUT)),
        Column::text(t(words::COL_SETTING)),
        Column::text(t(words::COL_WHY)),
    ];
    let rows = entries.into_iter().map(|loss| {
        view! {
            <tr>
                <td>{losses::subject(&loss.subject, lang)}</td>
                <td class="mono wrap">{losses::setting(&loss)}</td>
                <td class="wrap">{coded(&losses::reason(&loss.reason, lang))}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <h3>{title.clone()}</h3>
        <p class="help">{t(help)}</p>
        <div class="findings"><DataTable caption=title columns=columns>{rows}</DataTable></div>
    }
}

#[cfg(test)]
mod tests {
    use model::{Cluster, Name};

    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    #[test]
    fn both_files_can_be_had_of_the_draft_and_of_what_is_applied() {
        let page = |generation: Option<u64>| {
            let cluster = Cluster::new(Name::parse("shop").unwrap());
            let rules = formats::ipvsadm::export(&cluster);
            let shown = ExportPage {
                id: ClusterId(3),
                name: "shop".into(),
                revision: generation.map(|n| ExportRevision {
                    generation: Generation(n),
                    hash: "ab12".into(),
                    json: "{}".into(),
                }),
                applied: Some(Generation(4)),
                rules: ExportFile { text: "-A -t <x>".into(), report: rules.report },
                lvs_cf: ExportFile { text: String::new(), report: formats::lvscf::export(&cluster).report },
            };
            html(Lang::Zh, move || export(shown))
        };
        let applied = page(Some(4));
        assert!(
            applied.contains("/clusters/3/export/ipvsadm.rules\"") && applied.contains("第 4 代"),
            "{applied}"
        );
        assert!(applied.contains("-A -t &lt;x&gt;") && applied.contains("无法表达此项"), "{applied}");
        assert!(
            applied.contains("/clusters/3/history/4/revision.json") && applied.contains("ab12"),
            "{applied}"
        );
        let draft = page(None);
        assert!(
            draft.contains("/clusters/3/export/lvs.cf?draft=1") && !draft.contains("revision.json"),
            "{draft}"
        );
        assert!(page(Some(2)).contains("/clusters/3/export/lvs.cf?generation=2"));
    }
}
