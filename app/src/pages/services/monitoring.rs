//! Monitoring scripts: how the real servers of a virtual server are checked.

use leptos::prelude::*;
use model::input::CheckInput;
use model::{ClusterId, Field, ReentrySeconds, Seconds, ServiceId};

use super::{SubTab, sub_tabs};
use crate::components::{Choice, FieldErrors, Notice, Tone, coded};
use crate::i18n::{common, monitoring as words, t, use_lang};
use crate::pages::inputs::{Edit, Inputs, Look, between, group};

/// What stands in the empty field of what is sent: what Piranha's ADD put there.
const EXAMPLE_SEND: &str = r"GET / HTTP/1.0\r\n\r\n";
/// Likewise of what is expected.
const EXAMPLE_EXPECT: &str = "HTTP";

/// The form of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitoringForm {
    /// The cluster.
    pub cluster: ClusterId,
    /// The virtual service.
    pub service: ServiceId,
    /// Its name.
    pub name: String,
    /// How many real servers it has.
    pub servers: usize,
    /// How often each is asked, and how long it must pass to be back.
    pub pace: (Seconds, ReentrySeconds),
    /// What stands in the fields.
    pub input: CheckInput,
    /// What stood in them when the page was made, as JSON.
    pub base: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
    /// The programs that connected directors offer.
    pub programs: Vec<OfferedProgram>,
    /// Where programs belong, as the directors say; their default where none says it.
    pub directory: String,
}

/// A program that directors let checks run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedProgram {
    /// Its name.
    pub name: String,
    /// The directors that have it, where not all of those that are connected do.
    pub only_on: Option<String>,
}

/// The page.
pub fn monitoring(form: MonitoringForm) -> impl IntoView {
    let lang = use_lang();
    let MonitoringForm { cluster, service, name, servers, pace, input, base, errors, programs, directory } =
        form;
    let about = format!("/clusters/{cluster}/services/{service}");
    let here = format!("{about}/monitoring");
    let inputs = Inputs::new(|field| input.value(field), &errors);
    let ways = [
        ("connect", words::CONNECT, words::CONNECT_HELP),
        ("send_expect", words::SEND_EXPECT, words::SEND_EXPECT_HELP),
        ("program", words::PROGRAM, words::PROGRAM_HELP),
    ];
    let ways =
        ways.iter().map(|(value, label, help)| Choice::new(*value, label.get(lang)).help(help.get(lang)));
    let (timeout, reentry) = pace;
    let paced = words::PACE.with(lang, &[("timeout", &timeout), ("reentry", &reentry)]);
    let groups = vec![
        between(view! { <Notice tone=Tone::Info text=t(words::ACTS)/> }),
        group(
            words::Q_HOW,
            vec![
                view! { <p class="help">{paced}" "<a href=format!("{about}#f-timeout")>{t(words::PACE_EDIT)}</a></p> }
                    .into_any(),
                inputs.radio(Field::Check, ways.collect()),
            ],
        ),
        group(words::Q_PROGRAM, program(&input, &inputs, &programs, &directory)),
        group(
            words::Q_SAID,
            vec![
                inputs.or_default(Field::Send, Look::Mono, EXAMPLE_SEND),
                inputs.or_default(Field::Expect, Look::Mono, EXAMPLE_EXPECT),
                inputs.check(Field::UseRegex),
            ],
        ),
    ];
    drop(inputs);
    let tabs = Some(sub_tabs(cluster, service, SubTab::Monitoring, servers).into_any());
    let (title, submit, cancel) = (name, t(common::SAVE).to_owned(), here.clone());
    let (actions, delete) = (None, None);
    Edit { title, actions, tabs, gone: None, action: here, errors, base, submit, cancel, delete }.page(groups)
}

/// A menu of what directors offer; what is set and nobody offers stays chosen and is told.
fn program(
    input: &CheckInput,
    inputs: &Inputs<'_>,
    programs: &[OfferedProgram],
    directory: &str,
) -> Vec<AnyView> {
    let lang = use_lang();
    let set = input.send_program.trim();
    let nobody = !set.is_empty() && programs.iter().all(|program| program.name != set);
    let warning = nobody.then(|| {
        let text = words::NOBODY_HAS.with(lang, &[("program", &set)]);
        view! { <Notice tone=Tone::Warning text=text/> }.into_any()
    });
    let missing = programs.is_empty().then(|| {
        let text = words::NO_PROGRAMS.with(lang, &[("directory", &directory)]);
        view! { <p class="help">{coded(&text)}</p> }.into_any()
    });
    let choices = programs.iter().map(|program| match &program.only_on {
        None => Choice::new(program.name.clone(), program.name.clone()),
        Some(directors) => {
            let label = words::PROGRAM_ON.with(lang, &[("name", &program.name), ("directors", directors)]);
            Choice::new(program.name.clone(), label)
        }
    });
    let choices = std::iter::once(Choice::new("", t(words::PROGRAM_NONE))).chain(choices).collect();
    missing.into_iter().chain(warning).chain([inputs.select(Field::SendProgram, choices)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    fn page(input: CheckInput, programs: Vec<OfferedProgram>) -> String {
        let errors =
            input.parse().err().map_or_else(FieldErrors::default, |wrong| FieldErrors::of(&wrong, Lang::En));
        html(Lang::En, move || {
            monitoring(MonitoringForm {
                cluster: ClusterId(1),
                service: ServiceId(2),
                name: "web".into(),
                servers: 3,
                pace: (Seconds::new_const(6), ReentrySeconds::new_const(15)),
                input,
                base: "{}".into(),
                errors,
                programs,
                directory: "/etc/arapaima/checks".into(),
            })
        })
    }

    #[test]
    fn every_field_has_an_input_with_help() {
        let page = page(CheckInput::from(&model::Check::Connect), Vec::new());
        for field in CheckInput::FIELDS {
            assert!(page.contains(&format!(r#"name="{}""#, field.name())), "{field:?}");
            assert!(page.contains(&format!(r#"id="h-{}""#, field.name())), "{field:?}");
        }
        assert!(page.contains("checked every 6 s") && page.contains("/etc/arapaima/checks"), "{page}");
        assert!(page.contains("Real servers (3)") && page.contains(r#"aria-current="page""#), "{page}");
    }

    #[test]
    fn programs_are_chosen_from_what_directors_offer() {
        let input =
            CheckInput { check: "program".into(), send_program: "gone".into(), ..CheckInput::default() };
        let only_on = Some("vs1".to_owned());
        let offered = vec![
            OfferedProgram { name: "check-http".into(), only_on: None },
            OfferedProgram { name: "check-ldap".into(), only_on },
        ];
        let page = page(input, offered);
        assert!(page.contains("check-ldap (on vs1 alone)"), "{page}");
        assert!(page.contains("No connected director offers <code>gone</code>"), "{page}");
        assert!(page.contains(r#"<option value="gone" selected>"#), "{page}");
    }
}
