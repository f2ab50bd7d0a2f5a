//! What surrounds a machine's table: addresses, sysctls, packet filter rules, tunnels, as its agent reports them.

use leptos::prelude::*;

use crate::State;
use crate::components::{Column, DataTable, Section, StateMark, coded};
use crate::i18n::{Lang, around as words, t, use_lang};

/// The most that are listed; what is not as it should be comes first.
const MOST: usize = 200;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// What it is: `address`, `sysctl`, …; a newer agent may know others.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Whether it is as it should be.
    pub fares: Fares,
    /// What is wrong, in the agent's words.
    pub error: Option<String>,
}

/// Whether something is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fares {
    /// It is not.
    Failed,
    /// It is, and was there before the agent.
    Foreign,
    /// It is, and the agent made it.
    Applied,
}

/// The section; nothing where nothing is reported.
pub(super) fn section(mut around: Vec<Around>) -> Option<AnyView> {
    if around.is_empty() {
        return None;
    }
    let lang = use_lang();
    around.sort_by(|a, b| (a.fares, &a.kind, &a.name).cmp(&(b.fares, &b.kind, &b.name)));
    let more = around.len().saturating_sub(MOST);
    let more = (more > 0).then(|| {
        view! { <p class="muted">{words::MORE.count(lang, u64::try_from(more).unwrap_or(u64::MAX))}</p> }
    });
    let columns = vec![
        Column::text(t(words::COL_WHAT)),
        Column::text(t(words::COL_NAME)),
        Column::text(t(words::COL_STATE)),
    ];
    let rows = around.into_iter().take(MOST).map(|thing| {
        let (state, word) = match thing.fares {
            Fares::Failed => (State::Failing, words::FAILED),
            Fares::Foreign => (State::Serving, words::FOREIGN),
            Fares::Applied => (State::Serving, words::APPLIED),
        };
        let error = thing.error.map(|error| view! { <div class="muted" lang="en">{coded(&error)}</div> });
        view! {
            <tr>
                <td>{kind(&thing.kind, lang)}</td>
                <td class="mono wrap">{thing.name}</td>
                <td class="wrap"><StateMark state=state word=Some(t(word).to_owned())/>{error}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    Some(
        view! {
            <Section title=t(words::TITLE)>
                <p class="help">{t(words::INTRO)}</p>
                <div class="findings"><DataTable caption=t(words::TITLE) columns=columns>{rows}</DataTable></div>
                {more}
            </Section>
        }
        .into_any(),
    )
}

fn kind(kind: &str, lang: Lang) -> String {
    let known = match kind {
        "address" => words::ADDRESS,
        "sysctl" => words::SYSCTL,
        "rules" => words::RULES,
        "tunnel" => words::TUNNEL,
        "encap-port" => words::ENCAP_PORT,
        "gateway" => words::GATEWAY,
        other => return other.to_owned(),
    };
    known.get(lang).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::testing::html;

    #[test]
    fn what_is_wrong_comes_first_with_the_agents_words() {
        let thing = |kind: &str, name: &str, fares, error: Option<&str>| Around {
            kind: kind.into(),
            name: name.into(),
            fares,
            error: error.map(str::to_owned),
        };
        let around = vec![
            thing("address", "10.0.0.2/32 on eth0", Fares::Applied, None),
            thing("sysctl", "net.ipv4.ip_forward", Fares::Failed, Some("read-<only>")),
            thing("moon", "full", Fares::Foreign, None),
        ];
        let page = html(Lang::Zh, move || section(around));
        let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"));
        assert!(at("net.ipv4.ip_forward") < at("moon") && at("moon") < at("10.0.0.2/32 on eth0"));
        assert!(page.contains("read-&lt;only&gt;") && page.contains("内核参数"), "{page}");
        assert!(section(Vec::new()).is_none());
    }
}
