//! Redundancy: a second director, how the two watch each other, and what they tell each other.

use leptos::prelude::*;
use model::input::RedundancyInput;
use model::{ClusterId, Field};

use crate::components::{FieldErrors, Notice, Tone};
use crate::i18n::{common, redundancy as words, services, t, use_lang};
use crate::pages::inputs::{Edit, Group, Inputs, Look, between, group, is_on};

/// The form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedundancyForm {
    /// The cluster.
    pub cluster: ClusterId,
    /// What stands in the fields.
    pub input: RedundancyInput,
    /// What stood in them when the page was made, as JSON.
    pub base: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

/// The page.
pub fn view(form: RedundancyForm) -> impl IntoView {
    let RedundancyForm { cluster, input, base, errors } = form;
    let here = format!("/clusters/{cluster}/redundancy");
    let inputs = Inputs::new(|field| input.value(field), &errors);
    let groups = vec![
        between(view! { <Notice tone=Tone::Info text=t(words::ACTS)/> }),
        group(
            words::Q_SECOND,
            vec![
                inputs.check(Field::BackupActive),
                inputs.optional(Field::BackupPublic, Look::Mono),
                inputs.optional(Field::BackupPrivate, Look::Mono),
            ],
        ),
        group(
            words::Q_WATCH,
            vec![
                view! { <p class="help">{t(words::LATER)}</p> }.into_any(),
                inputs.text(Field::HeartbeatInterval, Look::Seconds),
                inputs.text(Field::DeadAfter, Look::Seconds),
                inputs.text(Field::HeartbeatPort, Look::Number),
                inputs.check(Field::MonitorLinks),
            ],
        ),
        synchronised(&input, &inputs),
    ];
    drop(inputs);
    let (title, submit) = (t(words::TITLE).to_owned(), t(common::SAVE).to_owned());
    let (actions, tabs, delete, cancel) = (None, None, None, here.clone());
    Edit { title, actions, tabs, gone: None, action: here, errors, base, submit, cancel, delete }.page(groups)
}

fn synchronised(input: &RedundancyInput, inputs: &Inputs<'_>) -> Group {
    let lang = use_lang();
    let fields = [Field::SyncGroup, Field::SyncPort, Field::SyncTtl, Field::SyncLength];
    let set: Vec<&str> =
        fields.iter().map(|&field| input.value(field).trim()).filter(|set| !set.is_empty()).collect();
    let summary = if set.is_empty() { services::F_DEFAULT.get(lang).to_owned() } else { set.join(" · ") };
    // What the kernel takes where nothing is asked for (net/netfilter/ipvs/ip_vs_sync.c).
    let more = vec![
        inputs.or_default(Field::SyncGroup, Look::Mono, "224.0.0.81"),
        inputs.or_default(Field::SyncPort, Look::Number, "8848"),
        inputs.or_default(Field::SyncTtl, Look::Number, "1"),
        inputs.optional(Field::SyncLength, Look::Number),
    ];
    let open = is_on(&input.syncdaemon) && !set.is_empty();
    let daemon = vec![
        inputs.text(Field::SyncInterface, Look::Mono),
        inputs.text(Field::SyncId, Look::Number),
        inputs.folded(words::F_SYNC, summary, &fields, open, more),
    ];
    group(
        words::Q_SYNC,
        vec![
            inputs.check(Field::SyncDaemon),
            // Without the daemon they are nobody's: whoever unticks it sees them go.
            view! { <div class="while-ticked">{daemon}</div> }.into_any(),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;
    use crate::i18n::fields;

    fn page(input: RedundancyInput, lang: Lang) -> String {
        let errors =
            input.parse().err().map_or_else(FieldErrors::default, |wrong| FieldErrors::of(&wrong, lang));
        html(lang, move || view(RedundancyForm { cluster: ClusterId(1), input, base: "{}".into(), errors }))
    }

    #[test]
    fn every_field_has_an_input_with_help_and_piranhas_name() {
        let page = page(RedundancyInput::from(&model::Redundancy::default()), Lang::En);
        for &field in RedundancyInput::FIELDS {
            assert!(page.contains(&format!(r#"name="{}""#, field.name())), "{field:?}");
            assert!(page.contains(&format!(r#"id="h-{}""#, field.name())), "{field:?}");
            let piranha = fields::piranha(field, Lang::En).map(|name| format!("Piranha: {name}"));
            assert!(piranha.is_none_or(|name| page.contains(&name)), "{field:?}");
        }
        assert!(page.contains(r#"placeholder="8848""#) && page.contains(r#"value="539""#), "{page}");
    }

    #[test]
    fn what_acts_already_and_what_waits_is_said() {
        let page = page(RedundancyInput::from(&model::Redundancy::default()), Lang::En);
        assert!(page.contains("the sync daemon runs") && page.contains("in a later version"), "{page}");
    }

    #[test]
    fn a_wrong_part_of_the_sync_daemon_is_open() {
        let input = RedundancyInput {
            syncdaemon: "on".into(),
            syncd_ttl: "0".into(),
            ..RedundancyInput::from(&model::Redundancy::default())
        };
        let page = page(input, Lang::Zh);
        let folded = page.split("<details").nth(1).unwrap();
        assert!(folded.split('>').next().unwrap().contains("open"), "{folded}");
        assert!(folded.contains(r#"id="e-syncd_ttl""#), "{folded}");
    }
}
