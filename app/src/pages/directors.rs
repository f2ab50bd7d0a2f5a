//! Directors: the list, adding one, one director with its enrolment, its doctor and what others made in its table, revoking.

pub mod around;
pub mod doctor;
pub mod foreign;

use leptos::prelude::*;
use model::{ClusterId, DirectorId, MachineRole, Why};

use crate::State;
use crate::components::{
    ActionForm, Ago, Choice, Column, ConfirmPage, CopyText, DangerZone, DataTable, EmptyState, Fact, Facts,
    FieldErrors, Form, FormActions, Icon, Kind, LinkButton, Notice, PageHeader, RadioField, RowLink, Section,
    SelectField, StateMark, TextField, Tone, page_time,
};
use crate::frame::use_rights;
use crate::i18n::{Lang, Msg, causes, control, directors as words, grouped, t, use_lang};
use crate::{live, time};

/// A director in the list.
#[derive(Clone, Debug)]
pub struct DirectorRow {
    /// Which.
    pub id: DirectorId,
    /// Its name.
    pub name: String,
    /// Its cluster.
    pub cluster: ClusterId,
    /// Its cluster's name.
    pub cluster_name: String,
    /// How its agent fares.
    pub link: Link,
    /// When it was last heard of, in milliseconds since 1970.
    pub seen_ms: Option<i64>,
    /// The generation that it has applied and verified.
    pub observed: Option<u64>,
    /// The generation that it has applied in part, where it is at that.
    pub partial: Option<u64>,
    /// Whether it will not apply what it is told.
    pub refuses: bool,
    /// The generation that its cluster wants.
    pub wanted: Option<u64>,
    /// Its data plane's kind: `user`, `kernel`, `simulated`.
    pub data_plane: Option<String>,
    /// What it is for.
    pub role: MachineRole,
}

/// How a director's agent fares; with since when, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It has never enrolled.
    Unenrolled,
    /// Connected.
    Connected(Option<i64>),
    /// Enrolled and away.
    Away(Option<i64>),
    /// Shut out.
    Revoked(i64),
}

/// The form for a new director.
#[derive(Clone, Debug, Default)]
pub struct NewDirector {
    /// The clusters to choose from: id and name.
    pub clusters: Vec<(ClusterId, String)>,
    /// The chosen one, as posted.
    pub cluster: String,
    /// The name, as typed.
    pub name: String,
    /// What the machine is to be, as posted: the name of a [`MachineRole`].
    pub role: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

/// Names of the form's fields.
pub mod names {
    /// The director's name.
    pub const NAME: &str = "name";
    /// The cluster's id.
    pub const CLUSTER: &str = "cluster";
    /// What the machine is to be.
    pub const ROLE: &str = "role";
}

/// One director.
#[derive(Clone, Debug)]
pub struct Director {
    /// What the list says of it too.
    pub row: DirectorRow,
    /// A fresh token's command, shown this once, with the end of its validity in milliseconds since 1970.
    pub enrol: Option<(String, i64)>,
    /// When its certificate ends, in milliseconds since 1970.
    pub certificate_until_ms: Option<i64>,
    /// The certificate's SHA-256, in hexadecimal digits.
    pub fingerprint: Option<String>,
    /// Its agent's version.
    pub agent_version: Option<String>,
    /// What its machine calls itself.
    pub host_name: Option<String>,
    /// Why it has this data plane.
    pub data_plane_why: Option<String>,
    /// The most connections that its data plane holds; 0: no limit of its own.
    pub connection_limit: Option<u64>,
    /// The schedulers that its data plane knows.
    pub schedulers: Vec<String>,
    /// How far it is with the applied generation; none while it is away.
    pub phase: Option<live::LiveDirector>,
    /// Its last examination; none where there is nothing to examine: it never enrolled, or was revoked.
    pub checkup: Option<doctor::Checkup>,
    /// What surrounds its table.
    pub around: Vec<around::Around>,
    /// What others made in its table.
    pub foreign: Option<foreign::ForeignEntries>,
}

/// The list.
pub fn list_view(directors: Vec<DirectorRow>, has_clusters: bool) -> AnyView {
    let lang = use_lang();
    if directors.is_empty() {
        let (title, text) = if has_clusters {
            (words::EMPTY_TITLE, words::EMPTY_TEXT)
        } else {
            (words::NO_CLUSTER_TITLE, words::NO_CLUSTER_TEXT)
        };
        let action = if has_clusters {
            Some(
                view! { <LinkButton href="/directors/new" label=t(words::ADD) kind=Kind::Primary with=Icon::Plus/> },
            )
        } else {
            let create = || view! { <LinkButton href="/clusters/new" label=t(words::CREATE_CLUSTER) kind=Kind::Primary with=Icon::Plus/> };
            use_rights().create.then(create)
        };
        return view! {
            <PageHeader title=t(words::TITLE) intro=plain(words::INTRO.get(lang))/>
            <EmptyState title=t(title) text=t(text)>{action}</EmptyState>
        }
        .into_any();
    }
    let columns = vec![
        Column::text(t(words::COL_NAME)),
        Column::text(t(words::COL_STATE)),
        Column::text(t(words::COL_ROLE)).secondary(),
        Column::text(t(words::COL_CLUSTER)).secondary(),
        Column::text(t(words::COL_SEEN)).secondary(),
        Column::number(t(words::COL_GENERATION)),
        Column::text(t(words::COL_DATA_PLANE)).secondary(),
    ];
    let rows = directors.into_iter().map(|row| {
        let generation = match (row.partial, row.observed, row.wanted) {
            (Some(partial), _, _) => words::IN_PART.with(lang, &[("n", &partial)]),
            (None, Some(observed), Some(wanted)) if observed != wanted => format!("{observed} → {wanted}"),
            (None, Some(observed), _) => observed.to_string(),
            (None, None, Some(wanted)) => format!("– → {wanted}"),
            (None, None, None) => "–".to_owned(),
        };
        let cluster = row.cluster_name.clone();
        let mark = link_mark(&row);
        view! {
            <tr>
                <td><RowLink href=format!("/directors/{}", row.id) label=row.name/></td>
                <td>{mark}</td>
                <td class="secondary">{role(row.role, lang)}</td>
                <td class="secondary name" title=cluster>
                    <a href=format!("/clusters/{}/control", row.cluster)>{row.cluster_name}</a>
                </td>
                <td class="secondary">{seen(row.seen_ms)}</td>
                <td class="num">{generation}</td>
                <td class="secondary">{row.data_plane.as_deref().map(|kind| live::data_plane(kind, lang))}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <PageHeader title=t(words::TITLE) intro=plain(words::INTRO.get(lang))>
            <LinkButton href="/directors/new" label=t(words::ADD) kind=Kind::Primary with=Icon::Plus/>
        </PageHeader>
        <DataTable caption=t(words::TITLE) columns=columns>{rows}</DataTable>
    }
    .into_any()
}

/// The form for a new one.
pub fn new_view(new: NewDirector) -> AnyView {
    let NewDirector { clusters, cluster, name, role, errors } = new;
    let roles = vec![
        Choice::new(MachineRole::Director.name(), t(words::ROLE_DIRECTOR)).help(t(words::ROLE_DIRECTOR_HELP)),
        Choice::new(MachineRole::RealServer.name(), t(words::ROLE_REAL_SERVER))
            .help(t(words::ROLE_REAL_SERVER_HELP)),
    ];
    let choices: Vec<Choice> =
        clusters.into_iter().map(|(id, name)| Choice::new(id.to_string(), name)).collect();
    view! {
        <PageHeader title=t(words::NEW_TITLE)/>
        <Form action="/directors/new" errors=errors.clone()>
            <TextField name=names::NAME label=t(words::NAME) value=name help=t(words::NAME_HELP).to_owned() errors=errors.clone() focus=true/>
            <RadioField name=names::ROLE label=t(words::ROLE) choices=roles value=role errors=errors.clone()/>
            <SelectField name=names::CLUSTER label=t(words::CLUSTER) choices=choices value=cluster help=t(words::CLUSTER_HELP).to_owned() errors=errors/>
            <FormActions submit=t(words::CREATE) cancel="/directors"/>
        </Form>
    }
    .into_any()
}

/// One director.
pub fn view(director: Director) -> AnyView {
    let lang = use_lang();
    let Director {
        row,
        enrol,
        certificate_until_ms,
        fingerprint,
        agent_version,
        host_name,
        data_plane_why,
        connection_limit,
        schedulers,
        phase,
        checkup,
        around,
        foreign,
    } = director;
    let id = row.id;
    let revoked = match row.link {
        Link::Revoked(ms) => {
            let text = words::REVOKED_NOTE.with(lang, &[("when", &time::plain(ms))]);
            // Where nothing was ever applied, nothing can be left.
            let runs = row.observed.is_some().then(|| words::REVOKED_RUNS.get(lang));
            let text = runs.map_or_else(|| text.clone(), |runs| format!("{text} {runs}"));
            Some(view! { <Notice tone=Tone::Warning text=text/> })
        }
        _ => None,
    };
    let generation = match (row.observed, row.wanted) {
        (_, None) => words::GENERATION_NONE.get(lang).to_owned(),
        (_, Some(wanted)) if row.partial == Some(wanted) => {
            words::GENERATION_PARTIAL.with(lang, &[("n", &wanted)])
        }
        (Some(observed), Some(wanted)) if observed == wanted => {
            words::GENERATION_EQUAL.with(lang, &[("n", &observed)])
        }
        (None, Some(wanted)) => words::GENERATION_WANTED.with(lang, &[("wanted", &wanted)]),
        (Some(observed), Some(wanted)) => {
            words::GENERATION_BOTH.with(lang, &[("observed", &observed), ("wanted", &wanted)])
        }
    };
    let crowded = phase.as_ref().and_then(|phase| phase.crowding).map(|crowding| {
        let values: [(&str, &dyn std::fmt::Display); 2] =
            [("name", &row.name), ("words", &crowding.words(lang))];
        view! { <Notice tone=Tone::Warning text=control::CROWDED_NOTE.with(lang, &values)/> }
    });
    let failed = phase.filter(|phase| phase.error != Why::default()).map(|phase| {
        let said = live::phase_words(&phase, row.wanted.unwrap_or_default(), lang);
        let why = causes::detailed(&phase.error, lang);
        view! { <Fact name=t(words::ERROR_REPORTED)>{said}<div inner_html=why></div></Fact> }
    });
    let certificate = certificate_until_ms.map(|until| {
        let msg = if until < page_time() { words::CERTIFICATE_EXPIRED } else { words::CERTIFICATE_UNTIL };
        view! { <Fact name=t(words::CERTIFICATE)>{msg.with(lang, &[("when", &time::plain(until))])}</Fact> }
    });
    let fingerprint =
        fingerprint.map(|hex| view! { <Fact name=t(words::FINGERPRINT)><code>{hex}</code></Fact> });
    let text_fact = move |name: Msg, value: Option<String>| {
        value.map(move |value| view! { <Fact name=name.get(lang)>{value}</Fact> })
    };
    let plane = row.data_plane.as_deref().map(|kind| {
        let kind = live::data_plane(kind, lang);
        let why = data_plane_why.filter(|why| !why.is_empty());
        let why = why.map(|why| words::data_plane_why(&why, lang));
        let why = why.map(|why| view! { <br/><span class="muted">{words::DATA_PLANE_WHY.with(lang, &[("why", &why)])}</span> });
        view! { <Fact name=t(words::DATA_PLANE)>{kind}{why}</Fact> }
    });
    let limit = connection_limit.filter(|&limit| limit > 0).map(grouped);
    let schedulers = (!schedulers.is_empty()).then(|| schedulers.join(", "));
    let name = row.name.clone();
    let shown = enrol.is_some();
    let enrolment = enrolment(id, &row, enrol, lang);
    let (first, last) =
        if shown || row.link == Link::Unenrolled { (Some(enrolment), None) } else { (None, Some(enrolment)) };
    let danger = (!matches!(row.link, Link::Revoked(_) | Link::Unenrolled)).then(|| {
        view! {
            <DangerZone>
                <p>{t(words::REVOKE_HINT)}</p>
                <LinkButton href=format!("/directors/{id}/revoke") label=t(words::REVOKE) kind=Kind::Danger/>
            </DangerZone>
        }
    });
    let mark = link_mark(&row);
    let (cluster, cluster_name, seen_ms) =
        (format!("/clusters/{}/control", row.cluster), row.cluster_name, row.seen_ms);
    view! {
        <PageHeader title=name/>
        {revoked}
        {crowded}
        {first}
        <Section title=t(words::STATE)>
            <Facts>
                <Fact name=t(words::STATE)>{mark}</Fact>
                <Fact name=t(words::ROLE)>{role(row.role, lang)}</Fact>
                <Fact name=t(words::COL_CLUSTER)><a href=cluster>{cluster_name}</a></Fact>
                <Fact name=t(words::LAST_SEEN)>{seen(seen_ms)}</Fact>
                <Fact name=t(words::GENERATION)>{generation}</Fact>
                {failed}
                {plane}
                {text_fact(words::CONNECTION_LIMIT, limit)}
                {text_fact(words::SCHEDULERS, schedulers)}
                {text_fact(words::HOST_NAME, host_name)}
                {text_fact(words::AGENT_VERSION, agent_version)}
                {certificate}
                {fingerprint}
            </Facts>
        </Section>
        {checkup.map(doctor::section)}
        {around::section(around)}
        {foreign.and_then(foreign::section)}
        {last}
        {danger}
    }
    .into_any()
}

/// The page that asks before a director is revoked.
pub fn revoke_view(id: DirectorId, name: &str) -> AnyView {
    let lang = use_lang();
    view! {
        <ConfirmPage
            title=words::REVOKE_TITLE.with(lang, &[("name", &name)])
            consequences=vec![words::REVOKE_TEXT.get(lang).to_owned()]
            verb=words::REVOKE_VERB.with(lang, &[("name", &name)])
            action=format!("/directors/{id}/revoke")
            cancel=format!("/directors/{id}")
        />
    }
    .into_any()
}

fn enrolment(id: DirectorId, row: &DirectorRow, enrol: Option<(String, i64)>, lang: Lang) -> AnyView {
    let action = format!("/directors/{id}/token");
    match enrol {
        Some((command, until)) => {
            let text = words::ENROL_TEXT.with(lang, &[("name", &row.name)]);
            let expires = words::ENROL_EXPIRES.with(lang, &[("when", &time::plain(until))]);
            view! {
                <Section title=t(words::ENROL)>
                    <p>{text}</p>
                    <CopyText label=t(words::ENROL_COMMAND) text=command/>
                    <p class="muted">{t(words::ENROL_ONCE)}" "{expires}</p>
                </Section>
            }
            .into_any()
        }
        None => {
            let pending = row.link == Link::Unenrolled;
            let text = if pending { words::ENROL_PENDING } else { words::ENROL_AGAIN };
            let kind = if pending { Kind::Primary } else { Kind::Plain };
            view! {
                <Section title=t(words::ENROL)>
                    <p class="intro">{t(text)}</p>
                    <div class="form-actions bare">
                        <ActionForm action=action label=t(words::NEW_TOKEN) kind=kind/>
                    </div>
                </Section>
            }
            .into_any()
        }
    }
}

/// A director that has applied its generation in part, or refuses it, is there, and not as it should be.
fn link_mark(row: &DirectorRow) -> AnyView {
    let (state, word, since) = match row.link {
        Link::Unenrolled => (State::Inactive, words::NOT_ENROLLED, None),
        Link::Connected(since) if row.refuses => (State::Failing, words::CONNECTED, since),
        Link::Connected(since) if row.partial.is_some() => (State::Degraded, words::CONNECTED, since),
        Link::Connected(since) => (State::Serving, words::CONNECTED, since),
        Link::Away(since) => (State::Unknown, words::AWAY, since),
        Link::Revoked(since) => (State::Unknown, words::REVOKED, Some(since)),
    };
    view! { <StateMark state=state word=Some(t(word).to_owned()) since=since/> }.into_any()
}

fn seen(ms: Option<i64>) -> AnyView {
    match ms {
        Some(ms) => view! { <Ago ms=ms/> }.into_any(),
        None => t(words::NEVER_SEEN).into_any(),
    }
}

/// What a machine is for, in words.
fn role(role: MachineRole, lang: Lang) -> &'static str {
    match role {
        MachineRole::Director => words::ROLE_DIRECTOR.get(lang),
        MachineRole::RealServer => words::ROLE_REAL_SERVER.get(lang),
    }
}

/// A message without the quotes around what is to be typed.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(link: Link) -> DirectorRow {
        DirectorRow {
            id: DirectorId(5),
            name: "<vs1>".into(),
            cluster: ClusterId(7),
            cluster_name: "shop".into(),
            link,
            seen_ms: Some(1_000),
            observed: Some(2),
            partial: None,
            refuses: false,
            wanted: Some(3),
            data_plane: Some("user".into()),
            role: MachineRole::Director,
        }
    }

    fn director(link: Link, enrol: Option<(String, i64)>) -> String {
        let director = Director {
            row: row(link),
            enrol,
            certificate_until_ms: Some(100_000),
            fingerprint: Some("ab".repeat(32)),
            agent_version: Some("0.1.0".into()),
            host_name: None,
            data_plane_why: Some("no IPVS in this kernel".into()),
            connection_limit: Some(65_536),
            schedulers: vec!["rr".into(), "wlc".into()],
            phase: None,
            checkup: None,
            around: Vec::new(),
            foreign: None,
        };
        crate::frame::within(Lang::En, 61_000, || view(director))
    }

    #[test]
    fn the_command_is_shown_once_and_can_be_copied() {
        let html = director(Link::Unenrolled, Some(("arapaima-agent run --token <x>".into(), 3_600_000)));
        assert!(html.contains("--token &lt;x&gt;") && html.contains("data-copy"), "{html}");
        assert!(html.contains("1970-01-01 01:00:00 UTC"), "{html}");
        let later = director(Link::Unenrolled, None);
        assert!(!later.contains("--token") && later.contains(r#"action="/directors/5/token""#), "{later}");
    }

    #[test]
    fn a_director_says_what_it_has_and_what_is_wanted() {
        let html = director(Link::Connected(Some(1_000)), None);
        assert!(html.contains("2 applied, 3 wanted") && html.contains("since 1 min"), "{html}");
        assert!(html.contains("65,536") && html.contains("no IPVS in this kernel"), "{html}");
        assert!(html.contains("/directors/5/revoke"), "{html}");
        assert!(director(Link::Revoked(1_000), None).contains("was revoked on"));
    }

    #[test]
    fn what_is_applied_in_part_is_not_called_nothing() {
        let half = DirectorRow { observed: None, partial: Some(3), ..row(Link::Connected(Some(1_000))) };
        let html = crate::frame::within(Lang::En, 61_000, || list_view(vec![half], true));
        assert!(html.contains("3 in part") && !html.contains("–"), "{html}");
        let unwilling = DirectorRow { refuses: true, ..row(Link::Connected(Some(1_000))) };
        let html = crate::frame::within(Lang::En, 61_000, || list_view(vec![unwilling], true));
        assert!(html.contains("state failing") && !html.contains("state serving"), "{html}");
    }

    #[test]
    fn who_was_shut_out_may_still_serve() {
        let html = director(Link::Revoked(1_000), None);
        assert!(html.contains("may still run there"), "{html}");
    }

    #[test]
    fn the_list_escapes_names() {
        let html = crate::frame::within(Lang::Zh, 61_000, || list_view(vec![row(Link::Away(None))], true));
        assert!(html.contains("&lt;vs1&gt;") && html.contains("2 → 3") && html.contains("失联"), "{html}");
    }
}
