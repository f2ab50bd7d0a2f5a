//! Importing an lvs.cf or a saved table: hand it in, read what it gives, say what it leaves out, save it as a draft.

use std::collections::BTreeMap;

use formats::ipvsadm;
use formats::lvscf::Diagnostic;
use formats::report::{Loss, LossReport, Severity};
use leptos::prelude::*;
use model::{Cluster, Field};

use super::losses;
use crate::Lang;
use crate::components::{
    Column, DataTable, Fact, Facts, FieldErrors, FieldGroup, FileField, Form, FormActions, Icon, Kind,
    LinkButton, ModelField, Notice, PageHeader, Section, SubmitButton, TextArea, Tone, coded, icon,
};
use crate::i18n::{Msg, common, import as words, services, t, use_lang};
use crate::pages::inputs::{Inputs, Look};

/// The form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportForm {
    /// The cluster's name, as typed.
    pub name: String,
    /// The text, as pasted.
    pub text: String,
    /// Whether a file had been chosen, which the browser does not keep.
    pub had_file: bool,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
    /// Why the file was refused.
    pub fault: Option<Fault>,
}

/// Why a file is refused, with the line at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line and column, from 1; none for an empty file.
    place: Option<(usize, usize)>,
    /// The reader's own words.
    english: String,
    /// The same in short.
    chinese: String,
    /// What Piranha would have said of an `lvs.cf`.
    original: Option<&'static str>,
    /// The line at fault; none for an empty file.
    excerpt: Option<Excerpt>,
}

/// A line of the file in three parts: before the fault, the fault, after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    before: String,
    fault: String,
    after: String,
}

/// What an import would save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportReview {
    /// The cluster.
    pub cluster: Cluster,
    /// What it does not keep of the file.
    pub report: LossReport,
    /// The file itself, to be posted again, as base64.
    pub source: String,
    /// What such a file leaves out and the page asks for; none for files that leave out nothing.
    pub asked: Option<Asked>,
    /// What was wrong with what was entered.
    pub errors: FieldErrors,
}

/// What `ipvsadm-save` leaves out, as typed, by the names of [`Field`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked(pub BTreeMap<&'static str, String>);

impl Asked {
    /// What is asked for, in the order of the page.
    pub const FIELDS: [Field; 7] = [
        Field::TcpTimeout,
        Field::TcpFinTimeout,
        Field::UdpTimeout,
        Field::UpperThreshold,
        Field::LowerThreshold,
        Field::SyncInterface,
        Field::SyncId,
    ];

    /// What was typed into one of them, without blanks around it.
    pub fn get(&self, field: Field) -> &str {
        self.0.get(field.name()).map_or("", |typed| typed.trim())
    }
}

impl Fault {
    /// A refusal of an `lvs.cf` with its place in `source`.
    pub fn new(diagnostic: &Diagnostic, source: &[u8]) -> Self {
        let Diagnostic { line, column, span, refusal, keyword, found, message, expected, remedy } =
            diagnostic;
        Self {
            place: (*line > 0).then_some((*line, *column)),
            english: format!("{message}; expected {expected}; {remedy}."),
            chinese: losses::refusal(*refusal, *keyword, found, Lang::Zh),
            original: Some(refusal.original()),
            excerpt: (*line > 0).then(|| Excerpt::at(source, span.clone())),
        }
    }

    /// A refusal of commands of `ipvsadm` with its place in `source`.
    pub fn of_commands(diagnostic: &ipvsadm::Diagnostic, source: &[u8]) -> Self {
        let ipvsadm::Diagnostic { line, column, span, refusal, found, message, expected, remedy } =
            diagnostic;
        Self {
            place: (*line > 0).then_some((*line, *column)),
            english: format!("{message}; expected {expected}; {remedy}."),
            chinese: losses::command_refusal(*refusal, found, Lang::Zh),
            original: None,
            excerpt: (*line > 0).then(|| Excerpt::at(source, span.clone())),
        }
    }
}

impl Fault {
    /// A refusal of a revision: `place` is line and column in `source`, both from 1, and `why` the reader's own words.
    pub fn of_revision(place: (usize, usize), why: &str, source: &[u8]) -> Self {
        let (line, column) = place;
        let before: usize =
            source.split_inclusive(|byte| *byte == b'\n').take(line.max(1) - 1).map(<[u8]>::len).sum();
        let at = (before + column.saturating_sub(1)).min(source.len());
        Self {
            place: (line > 0).then_some(place),
            english: words::REVISION_REFUSED.with(Lang::En, &[("why", &why)]),
            chinese: words::REVISION_REFUSED.with(Lang::Zh, &[("why", &why)]),
            original: None,
            excerpt: (line > 0).then(|| Excerpt::at(source, at..at + 1)),
        }
    }
}

impl Excerpt {
    /// At most so many characters are shown on either side of the fault.
    const MARGIN: usize = 60;
    /// A longer fault is shown by its beginning.
    const LONGEST: usize = 80;

    fn at(source: &[u8], span: std::ops::Range<usize>) -> Self {
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let start = span.start.min(source.len());
        let line_start = source[..start].iter().rposition(is_end).map_or(0, |last| last + 1);
        let line_end = source[start..].iter().position(is_end).map_or(source.len(), |length| start + length);
        let end = span.end.clamp(start, line_end);
        let text = |bytes: &[u8]| -> Vec<char> {
            let printable = |c: char| {
                if c == '\t' {
                    ' '
                } else if c.is_control() {
                    char::REPLACEMENT_CHARACTER
                } else {
                    c
                }
            };
            String::from_utf8_lossy(bytes).chars().map(printable).collect()
        };
        let before = text(&source[line_start..start]);
        let cut = before.len().saturating_sub(Self::MARGIN);
        Self {
            before: before[cut..].iter().collect(),
            fault: text(&source[start..end]).into_iter().take(Self::LONGEST).collect(),
            after: text(&source[end..line_end]).into_iter().take(Self::MARGIN).collect(),
        }
    }
}

/// The form.
pub fn form(form: ImportForm) -> impl IntoView {
    let ImportForm { name, text, had_file, errors, fault } = form;
    let again = had_file && (fault.is_some() || !errors.is_empty());
    let file_help = if again { words::FILE_AGAIN } else { words::FILE_HELP };
    let (file_errors, text_errors, name_errors) = (errors.clone(), errors.clone(), errors.clone());
    view! {
        <PageHeader title=t(words::TITLE) intro=t(words::INTRO)/>
        {fault.map(fault_notice)}
        <Form action="/clusters/import" errors=errors upload=true>
            <FieldGroup title=t(words::WHAT)>
                <FileField name="file" label=t(words::FILE) accept=".cf,.json,text/plain" errors=file_errors help=t(file_help).to_owned()/>
                <TextArea name="text" label=t(words::TEXT) value=text rows=12 mono=true optional=true errors=text_errors help=t(words::TEXT_HELP).to_owned()/>
            </FieldGroup>
            <FieldGroup title=t(words::CALLED)>
                <ModelField field=Field::ClusterName value=name errors=name_errors/>
            </FieldGroup>
            <FormActions submit=t(words::CHECK) cancel="/clusters"/>
        </Form>
    }
}

fn fault_notice(fault: Fault) -> impl IntoView {
    let lang = use_lang();
    let Fault { place, english, chinese, original, excerpt } = fault;
    let number = place.map(|(line, _)| line.to_string()).unwrap_or_default();
    let place =
        place.map(|(line, column)| words::REFUSED_AT.with(lang, &[("line", &line), ("column", &column)]));
    let original = original.map(|said| words::REFUSED_ORIGINAL.with(lang, &[("words", &said)]));
    let message = match lang {
        Lang::En => english,
        Lang::Zh => chinese,
    };
    let excerpt = excerpt.map(|excerpt| {
        // The carets stand under the fault where every character is as wide as the next; wide ones take two places.
        let width = |text: &str| text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum::<usize>();
        let indent = " ".repeat(number.len() + 3 + width(&excerpt.before));
        let carets = format!("{indent}{}", "^".repeat(width(&excerpt.fault).max(1)));
        let Excerpt { before, fault, after } = excerpt;
        let (before, after) = (format!("{number} | {before}"), format!("{after}\n"));
        view! {
            <pre class="excerpt" tabindex="0"><code>{before}<mark>{fault}</mark>{after}<span aria-hidden="true">{carets}</span></code></pre>
        }
    });
    view! {
        <section class="notice failing fault" role="alert" id="fault" tabindex="-1" autofocus>
            {icon(Icon::Warning)}
            <div>
                <h2>{t(words::REFUSED_TITLE)}</h2>
                <p>{place.map(|place| view! { <strong>{place}</strong>": " })}{coded(&message)}</p>
                {excerpt}
                {original.map(|original| view! { <p class="quiet">{coded(&original)}</p> })}
                <p class="quiet">{t(words::REFUSED_NOTHING)}</p>
            </div>
        </section>
    }
}

/// Characters that monospace fonts draw twice as wide: CJK and its punctuation (Unicode's East Asian Width W and F, coarsely).
fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}')
}

/// What was read, before it is saved.
pub fn review(review: ImportReview) -> impl IntoView {
    let lang = use_lang();
    let ImportReview { cluster, report, source, asked, errors } = review;
    let asked = asked.map(|asked| asked_for(&asked, &errors));
    let name = cluster.name().to_string();
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let services = count(cluster.services().len());
    let servers = count(cluster.services().values().map(|service| service.destinations.len()).sum());
    let forwarding = services::forwarding(cluster.settings().forwarding, lang);
    let redundancy = t(if cluster.redundancy().active { common::ON } else { common::OFF });
    let losses = count(report.entries.len());
    let tables = [Severity::NotTakenOver, Severity::Changed, Severity::LooksWrong, Severity::NotSaid]
        .into_iter()
        .filter_map(|severity| {
            let entries: Vec<Loss> = report.of(severity).cloned().collect();
            (!entries.is_empty()).then(|| losses_of(severity, entries))
        });
    let tables = tables.collect_view();
    view! {
        <PageHeader title=words::REVIEW_TITLE.with(lang, &[("name", &name)]) intro=t(words::REVIEW_INTRO)/>
        <Facts>
            <Fact name=t(words::FOUND_SERVICES)>{crate::i18n::grouped(services)}</Fact>
            <Fact name=t(words::FOUND_SERVERS)>{crate::i18n::grouped(servers)}</Fact>
            <Fact name=t(words::FOUND_FORWARDING)>{forwarding}</Fact>
            <Fact name=t(words::FOUND_REDUNDANCY)>{redundancy}</Fact>
        </Facts>
        {if losses == 0 {
            view! { <Notice text=t(words::NO_LOSSES)/> }.into_any()
        } else {
            let text = format!("{}{}{}", words::LOSSES_N.count(lang, losses), if lang == Lang::Zh { "。" } else { ". " }, t(words::LOSSES_KEEP));
            view! { <Notice tone=Tone::Warning text=text/> }.into_any()
        }}
        {tables}
        <Form action="/clusters/import" errors=errors upload=true>
            <input type="hidden" name=Field::ClusterName.name() value=name/>
            <input type="hidden" name="source" value=source/>
            {asked}
            <div class="form-actions">
                <SubmitButton label=t(words::SAVE) kind=Kind::Primary name="save" value="1"/>
                <LinkButton href="/clusters/import" label=t(words::OTHER) kind=Kind::Plain/>
                <LinkButton href="/clusters" label=t(common::CANCEL) kind=Kind::Quiet/>
            </div>
        </Form>
    }
}

/// The fields for what the file leaves out.
fn asked_for(asked: &Asked, errors: &FieldErrors) -> Vec<AnyView> {
    let inputs = Inputs::new(|field| asked.get(field), errors);
    let seconds = |field| inputs.optional(field, Look::Seconds);
    let number = |field| inputs.optional(field, Look::Number);
    let times = vec![seconds(Field::TcpTimeout), seconds(Field::TcpFinTimeout), seconds(Field::UdpTimeout)];
    let limits = vec![number(Field::UpperThreshold), number(Field::LowerThreshold)];
    let sync = vec![inputs.optional(Field::SyncInterface, Look::Mono), number(Field::SyncId)];
    vec![
        helped(words::Q_TIMEOUTS, words::Q_TIMEOUTS_HELP, times),
        helped(words::Q_THRESHOLDS, words::Q_THRESHOLDS_HELP, limits),
        helped(words::Q_SYNC, words::Q_SYNC_HELP, sync),
    ]
}

fn helped(title: Msg, help: Msg, fields: Vec<AnyView>) -> AnyView {
    view! { <FieldGroup title=t(title)><p class="help">{coded(t(help))}</p>{fields}</FieldGroup> }.into_any()
}

fn losses_of(severity: Severity, entries: Vec<Loss>) -> impl IntoView {
    let lang = use_lang();
    let title = format!("{} ({})", losses::severity(severity, lang), entries.len());
    let columns = vec![
        Column::number(t(words::COL_LINE)),
        Column::text(t(words::COL_ABOUT)),
        Column::text(t(words::COL_SETTING)),
        Column::text(t(words::COL_WHY)),
    ];
    let rows = entries.into_iter().map(|loss| {
        let line = if loss.line > 0 { loss.line.to_string() } else { "–".to_owned() };
        view! {
            <tr>
                <td class="num" data-head=t(words::COL_LINE)>{line}</td>
                <td>{losses::subject(&loss.subject, lang)}</td>
                <td class="mono wrap">{losses::setting(&loss)}</td>
                <td class="wrap">{coded(&losses::reason(&loss.reason, lang))}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <Section title=title.clone()>
            <p class="help">{losses::severity_help(severity, lang)}</p>
            <div class="findings"><DataTable caption=title columns=columns>{rows}</DataTable></div>
        </Section>
    }
}

#[cfg(test)]
mod tests {
    use model::Name;

    use super::*;
    use crate::components::testing::html;

    fn fault(source: &'static str, lang: Lang) -> String {
        let diagnostic = formats::lvscf::parse(source.as_bytes()).unwrap_err();
        let fault = Fault::new(&diagnostic, source.as_bytes());
        html(lang, move || {
            form(ImportForm { fault: Some(fault), text: source.to_owned(), ..ImportForm::default() })
        })
    }

    #[test]
    fn a_fault_is_shown_with_its_line_and_a_caret() {
        let page = fault("primary = 192.0.2.1\nkeepalive = <six>\n", Lang::En);
        assert!(page.contains("Line 2, column 13") && page.contains("integer expected"), "{page}");
        let page = page.replace("<!>", "");
        assert!(page.contains("2 | keepalive = <mark>&lt;six&gt;</mark>"), "{page}");
        assert!(page.contains(">                ^^^^^<"), "{page}");
        assert!(page.contains("keepalive = &lt;six&gt;\n</textarea>"), "the pasted text is kept: {page}");
        let page = fault("primary = 192.0.2.1\nkeepalive = <six>\n", Lang::Zh);
        assert!(page.contains("第 2 行，第 13 列") && page.contains("需要整数"), "{page}");
    }

    #[test]
    fn losses_are_grouped_by_how_grave_they_are() {
        let source = "serial_no = 5\nprimary = 192.0.2.1\nservice = lvs\nactive_cmd = \"/bin/x\"\n";
        let imported = formats::lvscf::import(source.as_bytes(), Name::parse("old").unwrap()).unwrap();
        let review_of = ImportReview {
            cluster: imported.cluster,
            report: imported.report,
            source: "c2k=".into(),
            asked: None,
            errors: FieldErrors::default(),
        };
        let page = html(Lang::Zh, move || review(review_of));
        assert!(page.contains("未沿用 (2)") && page.contains("从不沿用文件中的命令"), "{page}");
        assert!(page.contains(r#"name="source" value="c2k=""#), "{page}");
    }

    #[test]
    fn a_fault_of_a_saved_table_has_no_words_of_piranhas() {
        let source = "-A -t web:80 -s wlc\n";
        for (lang, words) in [(Lang::En, "is a name"), (Lang::Zh, "这里不解析名称")] {
            let fault =
                Fault::of_commands(&ipvsadm::parse(source.as_bytes()).unwrap_err(), source.as_bytes());
            let page = html(lang, move || form(ImportForm { fault: Some(fault), ..ImportForm::default() }));
            assert!(page.contains(words) && page.contains("<mark>web:80</mark>"), "{page}");
            assert!(!page.contains("Piranha would say") && !page.contains("Piranha 会说"), "{page}");
        }
    }

    #[test]
    fn what_a_saved_table_leaves_out_is_asked_for() {
        let source = "-A -t 192.0.2.1:80 -s wlc\n";
        let name = Name::parse("old").unwrap();
        let imported = ipvsadm::import(source.as_bytes(), name, &ipvsadm::Supplement::default()).unwrap();
        let asked = Asked([("tcp_timeout", "9x".to_owned())].into());
        let mut errors = FieldErrors::default();
        errors.push("tcp_timeout", "TCP", "digits only");
        let review_of = ImportReview {
            cluster: imported.cluster,
            report: imported.report,
            source: "c2k=".into(),
            asked: Some(asked),
            errors,
        };
        let page = html(Lang::En, move || review(review_of));
        for field in Asked::FIELDS {
            assert!(page.contains(&format!(r#"name="{}""#, field.name())), "{field:?}");
        }
        assert!(page.contains(r#"value="9x""#) && page.contains("digits only"), "{page}");
        assert!(page.contains("Not said in the file (6)"), "{page}");
    }
}
