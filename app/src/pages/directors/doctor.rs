//! What the doctor found on a director, with what to type and what to press.

use leptos::prelude::*;
use model::{DirectorId, Finding, Gravity};

use crate::State;
use crate::components::{
    ActionForm, Ago, Column, CopyText, DataTable, Icon, Notice, Section, StateMark, Tone, coded,
};
use crate::i18n::{doctor as words, t, use_lang};

/// A director's last examination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkup {
    /// The director.
    pub director: DirectorId,
    /// Whether it can be examined now: its agent is connected and has a doctor.
    pub can: bool,
    /// What was found, and when the answer came in milliseconds since 1970; none where nobody has asked since the console's
    /// start.
    pub last: Option<(Vec<Finding>, i64)>,
}

/// The section.
pub(super) fn section(checkup: Checkup) -> AnyView {
    let Checkup { director, can, last } = checkup;
    let action = format!("/directors/{director}/doctor");
    let asked = last.is_some();
    let found = last.map(|(findings, at)| {
        let when = view! { <p class="muted">{t(words::EXAMINED)}" "<Ago ms=at/></p> };
        let list = if findings.is_empty() {
            view! { <Notice text=t(words::WELL)/> }.into_any()
        } else {
            table(findings, &action, can)
        };
        view! { {when}{list} }
    });
    let label = if asked { words::AGAIN } else { words::ASK };
    let ask = if can {
        view! { <div class="form-actions bare"><ActionForm action=action.clone() label=t(label)/></div> }
            .into_any()
    } else {
        view! { <p class="muted">{t(words::CANNOT)}</p> }.into_any()
    };
    view! {
        <div id="doctor">
            <Section title=t(words::TITLE)>
                <p class="help">{t(words::INTRO)}</p>
                {found}
                {ask}
            </Section>
        </div>
    }
    .into_any()
}

fn table(findings: Vec<Finding>, action: &str, can: bool) -> AnyView {
    let lang = use_lang();
    let columns = vec![
        Column::text(t(words::COL_GRAVITY)),
        Column::text(t(words::COL_FOUND)),
        Column::text(t(words::COL_REMEDY)),
    ];
    let rows = findings.into_iter().map(|finding| {
        let (state, gravity) = match finding.gravity {
            Gravity::Failing => (State::Failing, words::FAILING),
            Gravity::Warning => (State::Degraded, words::WARNING),
            Gravity::Note => (State::Inactive, words::NOTE),
        };
        let said = words::text(&finding, lang);
        let fix = finding.fix.filter(|_| can).map(|fix| {
            view! {
                <ActionForm action=action.to_owned() label=t(words::FIX) about=said.clone() with=Icon::Check hidden=vec![("fix", fix)]/>
            }
        });
        let remedy = finding.remedy.map(|command| view! { <CopyText label=t(words::COMMAND) text=command/> });
        view! {
            <tr>
                <td><StateMark state=state word=Some(t(gravity).to_owned())/></td>
                <td class="wrap" data-head=t(words::COL_FOUND)>{coded(&said)}</td>
                <td class="wrap" data-head=t(words::COL_REMEDY)>{remedy}{fix}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! { <div class="findings"><DataTable caption=t(words::TITLE) columns=columns>{rows}</DataTable></div> }
        .into_any()
}

/// What came of a fix, or why there was no examination, for a message on the next page.
pub fn said(lang: crate::Lang, outcome: &Result<(), String>) -> (Tone, String) {
    match outcome {
        Ok(()) => (Tone::Done, words::FIXED.get(lang).to_owned()),
        Err(why) => (Tone::Failed, words::NOT_FIXED.with(lang, &[("why", why)])),
    }
}

#[cfg(test)]
mod tests {
    use model::Ailment;

    use super::*;
    use crate::Lang;

    fn page(lang: Lang, last: Option<(Vec<Finding>, i64)>, can: bool) -> String {
        let checkup = Checkup { director: DirectorId(5), can, last };
        crate::frame::within(lang, 61_000, || section(checkup))
    }

    #[test]
    fn findings_have_their_command_and_their_button() {
        let finding = Finding::new(Gravity::Failing, Ailment::ForwardingOff, [("family", &"IPv4")])
            .remedy("sysctl -w net.ipv4.ip_forward=1")
            .fix("sysctl net/ipv4/ip_forward=1");
        let last = Some((vec![finding], 1_000));
        let shown = page(Lang::Zh, last.clone(), true);
        assert!(
            shown.contains("不转发 IPv4 数据包") && shown.contains("sysctl -w net.ipv4.ip_forward=1"),
            "{shown}"
        );
        assert!(shown.contains(r#"name="fix" value="sysctl net/ipv4/ip_forward=1""#), "{shown}");
        assert!(shown.contains(r#"action="/directors/5/doctor""#) && shown.contains("再次检查"), "{shown}");
        let away = page(Lang::En, last, false);
        assert!(!away.contains("name=\"fix\"") && away.contains("cannot be examined now"), "{away}");
    }

    #[test]
    fn what_a_newer_agent_finds_is_shown_in_its_words() {
        let finding = Finding {
            gravity: Gravity::Note,
            ailment: None,
            values: Default::default(),
            text: "the <moon> is full".into(),
            remedy: None,
            fix: None,
        };
        let shown = page(Lang::Zh, Some((vec![finding], 1_000)), true);
        assert!(shown.contains("the &lt;moon&gt; is full"), "{shown}");
    }

    #[test]
    fn nobody_asked_and_nothing_found_are_different_things() {
        assert!(page(Lang::En, None, true).contains("Examine this machine"));
        assert!(page(Lang::En, Some((Vec::new(), 1_000)), true).contains("Nothing is the matter."));
    }
}
