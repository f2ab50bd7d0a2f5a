//! What needs attention: each a sentence that leads to the place where something can be done.

use model::{ClusterId, MachineRole, Why};

use super::Overview;
use crate::State;
use crate::frame::Standing;
use crate::i18n::{Lang, Msg, causes, overview as words};
use crate::live::{Crowding, since_html, state_with};
use crate::{html, time};

/// The most that the page lists. Ours: more at once is one matter, and it is not on this list.
const MOST: usize = 50;

/// Something that needs attention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attention {
    /// How grave it is.
    pub state: State,
    /// In which cluster, with its name.
    pub cluster: Option<(ClusterId, String)>,
    /// What.
    pub what: What,
    /// Since when, in milliseconds since 1970, where that is known.
    pub since: Option<i64>,
    /// Where something can be done about it.
    pub href: String,
}

/// What needs attention; all by their names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub enum What {
    /// A virtual service that should serve and does not.
    ServiceFails { service: String, why: Why, sorry: bool },
    /// A virtual service of which its directors cannot tell whether it serves.
    ServiceUnknown { service: String, why: Why },
    /// A real server that should serve and does not, while others of its service do.
    ServerOut { server: String, service: String, why: Why },
    /// A machine whose agent is not connected.
    Away { machine: Machine },
    /// A machine that has never enrolled, though the cluster runs.
    Unenrolled { machine: Machine },
    /// A director that was shut out with what it had.
    DirectorRevoked { director: String },
    /// A director that holds about as many connections as it can.
    DirectorFull { director: String, crowding: Crowding },
    /// A machine that could not do all that it was told.
    Partial { machine: Machine, why: Why },
    /// A machine that will not do what it was told.
    Refuses { machine: Machine, why: Why },
    /// A running cluster without any director.
    NoDirector,
    /// Changes that have waited for hours.
    DraftOld,
    /// A certificate that nobody has renewed; when it ends, in milliseconds since 1970.
    CertificateEnds { director: String, at_ms: i64 },
    /// Ailments of a machine.
    DoctorFound { director: String, ailments: u64 },
}

/// A machine with an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// What it is there for.
    pub role: MachineRole,
    /// Its name.
    pub name: String,
}

impl Machine {
    /// "Director vs1".
    fn words(&self, lang: Lang) -> String {
        let msg = match self.role {
            MachineRole::Director => words::DIRECTOR,
            MachineRole::RealServer => words::REAL_SERVER,
        };
        msg.with(lang, &[("name", &self.name)])
    }
}

impl What {
    fn words(&self, lang: Lang, now_ms: i64) -> String {
        match self {
            Self::ServiceFails { service, sorry: true, .. } => {
                words::SERVICE_SORRY.with(lang, &[("service", service)])
            }
            Self::ServiceFails { service, why, .. } => match causes::text(why, lang) {
                why if why.is_empty() => words::SERVICE_FAILS.with(lang, &[("service", service)]),
                why => words::SERVICE_FAILS_WHY.with(lang, &[("service", service), ("why", &why)]),
            },
            Self::ServiceUnknown { service, why } => {
                let why = causes::text(why, lang);
                words::SERVICE_UNKNOWN.with(lang, &[("service", service), ("why", &why)])
            }
            Self::ServerOut { server, service, why } => match causes::text(why, lang) {
                why if why.is_empty() => {
                    words::SERVER_OUT.with(lang, &[("server", server), ("service", service)])
                }
                why => words::SERVER_OUT_WHY
                    .with(lang, &[("server", server), ("service", service), ("why", &why)]),
            },
            Self::Away { machine } => words::AWAY.with(lang, &[("machine", &machine.words(lang))]),
            Self::Unenrolled { machine } => {
                words::UNENROLLED.with(lang, &[("machine", &machine.words(lang))])
            }
            Self::DirectorRevoked { director } => {
                words::DIRECTOR_REVOKED.with(lang, &[("director", director)])
            }
            Self::DirectorFull { director, crowding } => {
                words::DIRECTOR_FULL.with(lang, &[("director", director), ("words", &crowding.words(lang))])
            }
            Self::Partial { machine, why } => {
                said_of(machine, why, (words::PARTIAL, words::PARTIAL_WHY), lang)
            }
            Self::Refuses { machine, why } => {
                said_of(machine, why, (words::REFUSES, words::REFUSES_WHY), lang)
            }
            Self::NoDirector => words::NO_DIRECTOR.get(lang).to_owned(),
            Self::DraftOld => words::DRAFT_OLD.get(lang).to_owned(),
            Self::CertificateEnds { director, at_ms } if *at_ms > now_ms => {
                let span = time::span(at_ms - now_ms, lang);
                words::CERTIFICATE_ENDS.with(lang, &[("director", director), ("span", &span)])
            }
            Self::CertificateEnds { director, .. } => {
                words::CERTIFICATE_ENDED.with(lang, &[("director", director)])
            }
            Self::DoctorFound { director, ailments } => {
                words::DOCTOR_FOUND.count_with(lang, *ailments, &[("director", director)])
            }
        }
    }
}

/// Something about a machine, by itself or with the reason where there is one.
fn said_of(machine: &Machine, why: &Why, (plain, reasoned): (Msg, Msg), lang: Lang) -> String {
    let machine = machine.words(lang);
    match causes::text(why, lang) {
        why if why.is_empty() => plain.with(lang, &[("machine", &machine)]),
        why => reasoned.with(lang, &[("machine", &machine), ("why", &why)]),
    }
}

/// The list; or that there is nothing to do.
pub(super) fn html(overview: &Overview, lang: Lang) -> String {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let all = &overview.attention;
    if all.is_empty() {
        return nothing(overview, lang);
    }
    let items = all.iter().take(MOST).map(|item| item.html(lang, overview.now_ms));
    let mut out = format!(
        r#"<p class="help">{}</p><ul>{}</ul>"#,
        words::ATTENTION_N.count(lang, count(all.len())),
        items.collect::<String>()
    );
    if all.len() > MOST {
        out.push_str(&format!(r#"<p class="help">{}</p>"#, words::MORE.count(lang, count(all.len() - MOST))));
    }
    out
}

/// That there is nothing to do. What does not run is not praised.
fn nothing(overview: &Overview, lang: Lang) -> String {
    let of = |fits: fn(Standing) -> bool| {
        let n = overview.clusters.iter().filter(|cluster| fits(cluster.standing)).count();
        u64::try_from(n).unwrap_or(u64::MAX)
    };
    let stopped = of(|standing| matches!(standing, Standing::Stopped(_)));
    let never = of(|standing| standing == Standing::NeverApplied);
    // What is on its way, or nobody tells of, is no matter yet, and not good either.
    let states = overview.clusters.iter().filter(|cluster| matches!(cluster.standing, Standing::Running(_)));
    let worst = states.map(|cluster| cluster.state).reduce(State::worse);
    let title = match worst {
        None => state_with(State::Stopped, words::NOTHING_RUNS.get(lang)),
        Some(worst) => state_with(worst, words::NOTHING_TITLE.get(lang)),
    };
    let mut said = Vec::new();
    match worst {
        None => said.push(words::NOTHING_RUNS_TEXT.get(lang).to_owned()),
        Some(State::Serving) => said.push(words::NOTHING_TEXT.get(lang).to_owned()),
        Some(_) => {}
    }
    if stopped > 0 {
        said.push(words::NOTHING_STOPPED.count(lang, stopped));
    }
    if never > 0 {
        said.push(words::NOTHING_NEVER.count(lang, never));
    }
    let said: String = said.iter().map(|said| format!(r#"<p class="help">{said}</p>"#)).collect();
    format!(r#"<p class="nothing">{title}</p>{said}"#)
}

impl Attention {
    fn html(&self, lang: Lang, now_ms: i64) -> String {
        let cluster =
            self.cluster.as_ref().map(|(_, name)| format!("<strong>{}</strong> · ", html::escape(name)));
        let since = self.since.filter(|&ms| ms > 0);
        let since = since.map(|since| format!(" {}", since_html(since, lang, now_ms)));
        format!(
            r#"<li class="is-{}">{}<span class="matter">{}<a href="{}">{}</a>{}</span></li>"#,
            self.state.name(),
            state_with(self.state, self.state.word(lang)),
            cluster.unwrap_or_default(),
            html::escape(&self.href),
            html::escape(&self.what.words(lang, now_ms)),
            since.unwrap_or_default(),
        )
    }
}
