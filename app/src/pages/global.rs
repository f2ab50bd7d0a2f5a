//! Global settings: what holds for the whole cluster, with Piranha's fields.

use leptos::prelude::*;
use model::input::SettingsInput;
use model::{ClusterId, Field};

use crate::components::{Choice, FieldErrors};
use crate::i18n::{common, global as words, services, t, use_lang};
use crate::pages::inputs::{Edit, Group, Inputs, Look, group};

/// The form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsForm {
    /// The cluster.
    pub cluster: ClusterId,
    /// What stands in the fields.
    pub input: SettingsInput,
    /// What stood in them when the page was made, as JSON.
    pub base: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

/// The page.
pub fn view(form: SettingsForm) -> impl IntoView {
    let SettingsForm { cluster, input, base, errors } = form;
    let here = format!("/clusters/{cluster}/settings");
    let inputs = Inputs::new(|field| input.value(field), &errors);
    let groups = vec![
        reached(&input, &inputs),
        answers(&inputs),
        idle(&inputs),
        group(
            words::Q_PRIMARY,
            vec![
                inputs.optional(Field::PrimaryPublic, Look::Mono),
                inputs.optional(Field::PrimaryPrivate, Look::Mono),
            ],
        ),
    ];
    drop(inputs);
    let (title, submit) = (t(words::TITLE).to_owned(), t(common::SAVE).to_owned());
    let (actions, tabs, delete, cancel) = (None, None, None, here.clone());
    Edit { title, actions, tabs, gone: None, action: here, errors, base, submit, cancel, delete }.page(groups)
}

fn reached(input: &SettingsInput, inputs: &Inputs<'_>) -> Group {
    let lang = use_lang();
    let methods = [
        ("masquerading", services::MASQUERADING),
        ("direct", services::DIRECT_ROUTING),
        ("ipip", services::TUNNEL_IPIP),
        ("gue", services::TUNNEL_GUE),
        ("gre", services::TUNNEL_GRE),
        ("local", services::LOCAL),
    ];
    let methods = methods.iter().map(|(value, label)| Choice::new(*value, label.get(lang))).collect();
    let is_tunnel = matches!(input.network.as_str(), "gue" | "gre");
    let summary =
        if is_tunnel { input.network.to_ascii_uppercase() } else { t(services::F_TUNNEL_HELP).to_owned() };
    let checksums =
        [("nocsum", services::CSUM_NONE), ("csum", services::CSUM_FULL), ("remcsum", services::CSUM_REMOTE)];
    let checksums = checksums.iter().map(|(value, label)| Choice::new(*value, label.get(lang))).collect();
    let tunnel = vec![
        inputs.optional(Field::TunnelPort, Look::Number),
        inputs.select_or(Field::TunnelChecksum, checksums, "nocsum"),
    ];
    let fields = [Field::TunnelPort, Field::TunnelChecksum];
    group(
        services::Q_REACHED,
        vec![
            inputs.select(Field::NetworkType, methods),
            inputs.folded(services::F_TUNNEL, summary, &fields, is_tunnel, tunnel),
        ],
    )
}

fn answers(inputs: &Inputs<'_>) -> Group {
    group(
        words::Q_ANSWERS,
        vec![
            inputs.optional(Field::NatRouter, Look::Mono),
            inputs.or_default(Field::NatRouterNetmask, Look::Mono, "255.255.255.255"),
            inputs.optional(Field::NatRouterDevice, Look::Mono),
            inputs.check(Field::OwnClients),
        ],
    )
}

/// The kernel's own idle times stand in the empty fields (`tcp_timeouts` and `udp_timeouts`, net/netfilter/ipvs/ip_vs_proto_tcp.c and
/// _udp.c).
fn idle(inputs: &Inputs<'_>) -> Group {
    group(
        words::Q_IDLE,
        vec![
            inputs.or_default(Field::TcpTimeout, Look::Seconds, "900"),
            inputs.or_default(Field::TcpFinTimeout, Look::Seconds, "120"),
            inputs.or_default(Field::UdpTimeout, Look::Seconds, "300"),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;
    use crate::i18n::fields;

    fn page(input: SettingsInput, lang: Lang) -> String {
        let errors =
            input.parse().err().map_or_else(FieldErrors::default, |wrong| FieldErrors::of(&wrong, lang));
        html(lang, move || view(SettingsForm { cluster: ClusterId(1), input, base: "{}".into(), errors }))
    }

    #[test]
    fn every_field_has_an_input_with_help_and_piranhas_name() {
        let page = page(SettingsInput::from(&model::Settings::default()), Lang::En);
        for &field in SettingsInput::FIELDS {
            assert!(page.contains(&format!(r#"name="{}""#, field.name())), "{field:?}");
            assert!(page.contains(&format!(r#"id="h-{}""#, field.name())), "{field:?}");
            let piranha = fields::piranha(field, Lang::En).map(|name| format!("Piranha: {name}"));
            assert!(piranha.is_none_or(|name| page.contains(&name)), "{field:?}");
        }
        assert!(page.contains(r#"placeholder="900""#), "{page}");
    }

    #[test]
    fn a_wrong_value_stays_beside_its_error() {
        let input =
            SettingsInput { network: "gue".into(), nat_router: "10.0.0.300".into(), ..Default::default() };
        let page = page(input, Lang::Zh);
        assert!(page.contains(r#"value="10.0.0.300""#) && page.contains(r#"id="e-nat_router""#), "{page}");
        assert!(page.contains(r#"id="e-tunnel_port""#), "{page}");
    }
}
