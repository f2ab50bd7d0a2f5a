//! The form of a real server.

use leptos::prelude::*;
use model::input::DestinationInput;
use model::{ClusterId, DestinationId, Field, Forwarding, ServiceId};

use crate::components::{Choice, FieldErrors};
use crate::i18n::{common, servers as words, services, t, use_lang};
use crate::pages::inputs::{Edit, Inputs, Look, between, group};

/// The form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerForm {
    /// The cluster.
    pub cluster: ClusterId,
    /// The virtual service and its name.
    pub service: (ServiceId, String),
    /// Which real server, with its name; none for a new one.
    pub server: Option<(DestinationId, String)>,
    /// What stands in the fields.
    pub input: DestinationInput,
    /// What stood in them when the page was made, as JSON.
    pub base: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
    /// That the object was deleted while it was edited, in words; the form then makes it anew.
    pub gone: Option<String>,
    /// The cluster's forwarding method.
    pub inherited: Forwarding,
    /// The part of the list that one came from.
    pub back: String,
}

/// The form.
pub fn form(form: ServerForm) -> impl IntoView {
    let lang = use_lang();
    let ServerForm {
        cluster,
        service: (service, service_name),
        server,
        input,
        base,
        errors,
        gone,
        inherited,
        back,
    } = form;
    let list = format!("/clusters/{cluster}/services/{service}/servers");
    let (title, action, submit) = match &server {
        None => {
            (words::NEW_TITLE.with(lang, &[("name", &service_name)]), format!("{list}/new"), t(words::ADD))
        }
        Some((id, name)) => (name.clone(), format!("{list}/{id}"), t(common::SAVE)),
    };
    let delete = server.as_ref().map(|(id, _)| (words::DELETE_ROW, format!("{list}/{id}/delete")));
    let inputs = Inputs::new(|field| input.value(field), &errors);
    let cancel = back.clone();
    let groups = vec![
        between(view! { <input type="hidden" name="back" value=back/> }),
        group(
            words::Q_WHO,
            vec![
                inputs.first(Field::ServerName, server.is_none()),
                inputs.text(Field::ServerAddress, Look::Mono),
                inputs.optional(Field::ServerPort, Look::Number),
            ],
        ),
        group(words::Q_SHARE, vec![inputs.text(Field::Weight, Look::Number), thresholds(&input, &inputs)]),
        group(
            words::Q_REACHED,
            vec![inputs.select(Field::Forwarding, methods(inherited)), tunnel(&input, &inputs)],
        ),
        group(words::Q_TAKES_PART, vec![inputs.check(Field::ServerActive), inputs.lines(Field::ServerNote)]),
    ];
    drop(inputs);
    let (submit, tabs, actions) = (submit.to_owned(), None, None);
    Edit { title, actions, tabs, gone, action, errors, base, submit, cancel, delete }.page(groups)
}

fn thresholds(input: &DestinationInput, inputs: &Inputs<'_>) -> AnyView {
    let fields = [Field::UpperThreshold, Field::LowerThreshold];
    let summary = match input.upper_threshold.trim() {
        "" => t(services::F_THRESHOLDS_NONE).to_owned(),
        upper => words::LIMIT_UPPER.with(use_lang(), &[("upper", &upper)]),
    };
    let parts = fields.iter().map(|&field| inputs.optional(field, Look::Number)).collect();
    inputs.folded(services::F_THRESHOLDS, summary, &fields, false, parts)
}

fn tunnel(input: &DestinationInput, inputs: &Inputs<'_>) -> AnyView {
    let lang = use_lang();
    let is_tunnel = matches!(input.forwarding.as_str(), "gue" | "gre");
    let summary =
        if is_tunnel { input.forwarding.to_ascii_uppercase() } else { t(services::F_TUNNEL_HELP).to_owned() };
    let checksums =
        [("nocsum", services::CSUM_NONE), ("csum", services::CSUM_FULL), ("remcsum", services::CSUM_REMOTE)];
    let checksums = checksums.iter().map(|(value, label)| Choice::new(*value, label.get(lang))).collect();
    let parts = vec![
        inputs.optional(Field::TunnelPort, Look::Number),
        inputs.select_or(Field::TunnelChecksum, checksums, "nocsum"),
    ];
    inputs.folded(services::F_TUNNEL, summary, &[Field::TunnelPort, Field::TunnelChecksum], is_tunnel, parts)
}

/// The forwarding methods as a form posts them.
fn methods(inherited: Forwarding) -> Vec<Choice> {
    let lang = use_lang();
    let as_cluster = services::AS_CLUSTER.with(lang, &[("method", &services::forwarding(inherited, lang))]);
    let methods = [
        ("masquerading", services::MASQUERADING),
        ("direct", services::DIRECT_ROUTING),
        ("ipip", services::TUNNEL_IPIP),
        ("gue", services::TUNNEL_GUE),
        ("gre", services::TUNNEL_GRE),
        ("local", services::LOCAL),
    ];
    let methods = methods.iter().map(|(value, label)| Choice::new(*value, label.get(lang)));
    std::iter::once(Choice::new("", as_cluster)).chain(methods).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    #[test]
    fn every_field_has_an_input() {
        let page = html(Lang::Zh, || {
            form(ServerForm {
                cluster: ClusterId(1),
                service: (ServiceId(2), "web".into()),
                server: None,
                input: DestinationInput::new(),
                base: String::new(),
                errors: FieldErrors::default(),
                gone: None,
                inherited: Forwarding::DirectRouting,
                back: "/clusters/1/services/2/servers?q=web".into(),
            })
        });
        for field in DestinationInput::FIELDS {
            assert!(page.contains(&format!(r#"name="{}""#, field.name())), "{field:?}");
        }
        assert!(page.contains("与集群相同：直接路由"), "{page}");
        assert_eq!(page.matches("/servers?q=web").count(), 2, "cancelling and saving lead back: {page}");
    }
}
