//! A copy of a virtual server, in its own cluster or in another one.

use leptos::prelude::*;
use model::input::ServiceInput;
use model::{ClusterId, Field, Forwarding, ServiceId};

use crate::components::{Choice, FieldErrors, Form, FormActions, PageHeader, SelectField, SubmitButton};
use crate::i18n::{bulk as words, services, t, use_lang};
use crate::pages::inputs::{Inputs, Look, group};

/// The form of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyForm {
    /// The cluster that it is in, the virtual service, its name.
    pub source: (ClusterId, ServiceId, String),
    /// How many real servers it has.
    pub servers: u64,
    /// Where the copy goes, and that cluster's name.
    pub target: (ClusterId, String),
    /// The clusters that it may go to.
    pub clusters: Vec<(ClusterId, String)>,
    /// The forwarding methods of both clusters, where they differ and a real server follows its cluster's.
    pub methods: Option<(Forwarding, Forwarding)>,
    /// What stands in the fields; of them the form has those by which a copy must differ.
    pub input: ServiceInput,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

/// The fields of the form.
pub const COPY_FIELDS: [Field; 5] =
    [Field::ServiceName, Field::Vip, Field::Ports, Field::FirewallMark, Field::ServiceActive];

/// The page: the cluster is chosen first, since what clashes depends on it.
pub fn copy(form: CopyForm) -> impl IntoView {
    let lang = use_lang();
    let CopyForm { source: (cluster, service, name), servers, target, clusters, methods, input, errors } =
        form;
    let (target, target_name) = target;
    let about = format!("/clusters/{cluster}/services/{service}");
    let choices = clusters.into_iter().map(|(id, name)| {
        let label = if id == cluster { words::COPY_HERE.with(lang, &[("name", &name)]) } else { name };
        Choice::new(id.to_string(), label)
    });
    let choices: Vec<Choice> = choices.collect();
    let elsewhere = (choices.len() > 1).then(|| {
        view! {
            <form class="form choose" method="get" action=format!("{about}/copy")>
                <fieldset class="group">
                    <legend>{t(words::COPY_WHERE)}</legend>
                    <SelectField name="to" label=t(words::COPY_CLUSTER) choices=choices value=target.to_string()/>
                    <div class="form-actions bare"><SubmitButton label=t(words::COPY_CHOOSE)/></div>
                </fieldset>
            </form>
        }
    });
    let inputs = Inputs::new(|field| input.value(field), &errors);
    let marked = !input.fwmark.trim().is_empty();
    let mut fields = vec![inputs.first(Field::ServiceName, true)];
    if matches!(input.marking.as_str(), "" | "director") {
        fields.push(inputs.text(Field::Vip, Look::Mono));
        fields.push(inputs.text(Field::Ports, Look::Mono));
    }
    if marked {
        fields.push(inputs.text(Field::FirewallMark, Look::Number));
    }
    fields.push(inputs.check(Field::ServiceActive));
    if let Some((from, to)) = methods {
        let (from, to) = (services::forwarding(from, lang), services::forwarding(to, lang));
        let text = words::COPY_METHODS.with(lang, &[("from", &from), ("to", &to)]);
        fields.insert(0, view! { <p class="help">{text}</p> }.into_any());
    }
    let fields = group(words::COPY_AS, fields).content;
    drop(inputs);
    let verb = words::COPY_VERB.with(lang, &[("name", &target_name)]);
    view! {
        <PageHeader title=words::COPY_TITLE.with(lang, &[("name", &name)]) intro=words::COPY_INTRO.count(lang, servers)/>
        {elsewhere}
        <Form action=format!("/clusters/{target}/services/copy") errors=errors>
            <input type="hidden" name="from" value=cluster.to_string()/>
            <input type="hidden" name="service" value=service.to_string()/>
            {fields}
            <FormActions submit=verb cancel=about/>
        </Form>
    }
}
