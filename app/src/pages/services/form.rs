//! The form of a virtual server, grouped by the questions that an operator asks.

use leptos::prelude::*;
use model::input::ServiceInput;
use model::{ClusterId, Field, Protocol, SchedulerKind, ServiceId};

use super::{SubTab, sub_tabs, summary};
use crate::components::{Choice, FieldErrors, Icon, LinkButton};
use crate::frame::use_rights;
use crate::i18n::{common, services as words, t, use_lang};
use crate::pages::inputs::{Edit, Group, Inputs, Look, group};

/// The form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceForm {
    /// The cluster.
    pub cluster: ClusterId,
    /// Which virtual service, with its name and the number of its real servers; none for a new one.
    pub service: Option<(ServiceId, String, usize)>,
    /// What stands in the fields.
    pub input: ServiceInput,
    /// What stood in them when the page was made, as JSON: what others change meanwhile is told from it.
    pub base: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
    /// That the object was deleted while it was edited, in words; the form then makes it anew.
    pub gone: Option<String>,
}

/// The form.
pub fn form(form: ServiceForm) -> impl IntoView {
    let ServiceForm { cluster, service, input, base, errors, gone } = form;
    let list = format!("/clusters/{cluster}/services");
    let (title, action, submit) = match &service {
        None => (t(words::NEW_TITLE).to_owned(), format!("{list}/new"), t(words::ADD)),
        Some((id, name, _)) => (name.clone(), format!("{list}/{id}"), t(common::SAVE)),
    };
    let tabs = service.as_ref().map(|&(id, _, servers)| sub_tabs(cluster, id, SubTab::Service, servers));
    let copied = service.as_ref().filter(|_| !use_rights().look_only);
    let actions = copied.map(|(id, ..)| {
        let href = format!("{list}/{id}/copy");
        view! { <LinkButton href=href label=t(words::COPY) with=Icon::Copy/> }.into_any()
    });
    let delete = service.as_ref().map(|(id, ..)| (words::DELETE_ROW, format!("{list}/{id}/delete")));
    let inputs = Inputs::new(|field| input.value(field), &errors);
    let groups = vec![
        where_clients_connect(&input, &inputs, service.is_none()),
        how_chosen(&input, &inputs),
        when_out(&input, &inputs),
        who_answers(&inputs),
        what_servers_see(&input, &inputs),
        group(words::Q_OFFERED, vec![inputs.check(Field::ServiceActive), inputs.lines(Field::ServiceNote)]),
    ];
    drop(inputs);
    let (submit, cancel, tabs) = (submit.to_owned(), list, tabs.map(IntoAny::into_any));
    Edit { title, actions, tabs, gone, action, errors, base, submit, cancel, delete }.page(groups)
}

fn where_clients_connect(input: &ServiceInput, inputs: &Inputs<'_>, new: bool) -> Group {
    let lang = use_lang();
    let protocols = Protocol::ALL.iter().map(|&p| Choice::new(p.name(), words::protocol(p))).collect();
    let marking =
        [("director", words::MARKING_DIRECTOR), ("ipv4", words::MARKING_V4), ("ipv6", words::MARKING_V6)];
    let marking = marking.iter().map(|(value, label)| Choice::new(*value, label.get(lang))).collect();
    let interface =
        vec![inputs.optional(Field::Device, Look::Mono), inputs.optional(Field::VipNetmask, Look::Mono)];
    let mark =
        vec![inputs.optional(Field::FirewallMark, Look::Number), inputs.select(Field::Marking, marking)];
    let has_mark = !input.fwmark.trim().is_empty();
    group(
        words::Q_WHERE,
        vec![
            inputs.first(Field::ServiceName, new),
            inputs.select(Field::Protocol, protocols),
            inputs.text(Field::Vip, Look::Mono),
            inputs.text(Field::Ports, Look::Mono),
            inputs.folded(
                words::F_INTERFACE,
                summary::interface(input, lang),
                &[Field::Device, Field::VipNetmask],
                false,
                interface,
            ),
            inputs.folded(
                words::F_MARK,
                summary::mark(input, lang),
                &[Field::FirewallMark, Field::Marking],
                has_mark,
                mark,
            ),
        ],
    )
}

fn how_chosen(input: &ServiceInput, inputs: &Inputs<'_>) -> Group {
    let lang = use_lang();
    let schedulers = SchedulerKind::ALL
        .iter()
        .map(|&kind| Choice::new(kind.name(), words::scheduler(kind, lang)))
        .collect();
    let engines = vec![Choice::new("", t(words::PE_NONE)), Choice::new("sip", t(words::PE_SIP))];
    let flags = [Field::SchedulerFallback, Field::SchedulerPort];
    let persistence = [Field::Persistence, Field::PersistenceMask, Field::PersistenceEngine];
    group(
        words::Q_CHOSEN,
        vec![
            inputs.select(Field::Scheduler, schedulers),
            inputs.folded(
                words::F_FLAGS,
                summary::flags(input, lang),
                &flags,
                false,
                flags.iter().map(|&flag| inputs.check(flag)).collect(),
            ),
            inputs.folded(
                words::F_PERSISTENCE,
                summary::persistence(input, lang),
                &persistence,
                false,
                vec![
                    inputs.optional(Field::Persistence, Look::Seconds),
                    inputs.optional(Field::PersistenceMask, Look::Mono),
                    inputs.select(Field::PersistenceEngine, engines),
                ],
            ),
            inputs.folded(
                words::F_ONE_PACKET,
                summary::on_off(&input.ops, lang).to_owned(),
                &[Field::OnePacket],
                false,
                vec![inputs.check(Field::OnePacket)],
            ),
        ],
    )
}

fn when_out(input: &ServiceInput, inputs: &Inputs<'_>) -> Group {
    let lang = use_lang();
    let load = [
        ("none", words::LOAD_NONE),
        ("rup", words::LOAD_RUP),
        ("ruptime", words::LOAD_RUPTIME),
        ("uptime", words::LOAD_UPTIME),
        ("program", words::LOAD_PROGRAM),
    ];
    let load =
        load.iter().map(|(value, label)| Choice::new(*value, label.get(lang).replace('`', ""))).collect();
    group(
        words::Q_OUT,
        vec![
            inputs.text(Field::ServiceTimeout, Look::Seconds),
            inputs.text(Field::Reentry, Look::Seconds),
            inputs.check(Field::Quiesce),
            inputs.folded(
                words::F_LOAD,
                summary::load(input, lang),
                &[Field::LoadMonitor, Field::LoadProgram],
                false,
                vec![
                    inputs.select(Field::LoadMonitor, load),
                    inputs.optional(Field::LoadProgram, Look::Mono),
                ],
            ),
        ],
    )
}

fn who_answers(inputs: &Inputs<'_>) -> Group {
    let parts = vec![
        inputs.optional(Field::SorryServer, Look::Mono),
        inputs.optional(Field::SorryPort, Look::Number),
    ];
    group(words::Q_NONE, parts)
}

fn what_servers_see(input: &ServiceInput, inputs: &Inputs<'_>) -> Group {
    let summary = summary::on_off(&input.proxy_protocol, use_lang()).to_owned();
    let field = Field::ProxyProtocol;
    group(
        words::Q_SEE,
        vec![inputs.folded(words::F_PROXY, summary, &[field], false, vec![inputs.check(field)])],
    )
}

#[cfg(test)]
mod tests {
    use model::Check;

    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    fn page(input: ServiceInput, lang: Lang) -> String {
        let errors = match input.parse(Check::Connect) {
            Ok(_) => FieldErrors::default(),
            Err(problems) => FieldErrors::of(&problems, lang),
        };
        let service = None;
        html(lang, move || {
            form(ServiceForm {
                cluster: ClusterId(1),
                service,
                input,
                base: String::new(),
                errors,
                gone: None,
            })
        })
    }

    #[test]
    fn every_field_has_an_input() {
        let page = page(ServiceInput::new(), Lang::En);
        for field in ServiceInput::FIELDS {
            assert!(page.contains(&format!(r#"name="{}""#, field.name())), "{field:?}");
        }
    }

    #[test]
    fn a_part_with_an_error_is_open_and_says_what_was_typed() {
        let input = ServiceInput { persistent: "5m".into(), pmask: "24".into(), ..ServiceInput::new() };
        let page = page(input, Lang::En);
        let folded = page.split("<details").find(|part| part.contains(">Persistence</span>")).unwrap();
        assert!(folded.split('>').next().unwrap().contains("open"), "{folded}");
        assert!(folded.contains(r#"value="5m""#) && folded.contains("5m s · 24"), "{folded}");
    }
}
