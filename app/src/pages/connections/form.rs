//! The filter, and the ways to look at what it lets through. All of it is in the address.

use leptos::prelude::*;
use model::connections::ConnectionState;
use model::{ClusterId, Protocol};

use super::{Connections, EVERY, PREFIX, PREFIX6, View, Wanted};
use crate::components::{Choice, Kind, LinkButton, SelectField, SubmitButton, TextField};
use crate::i18n::{common, connections as words, t, use_lang};

/// The most names that a browser offers for a field; others can be typed.
const OFFERED: usize = 200;

/// The filter.
pub(super) fn form(id: ClusterId, page: &Connections) -> AnyView {
    let Wanted { client, service, server, protocol, state, director, view, prefix, prefix6, every } =
        page.wanted.clone();
    let errors = page.errors.clone();
    let all = Wanted { view: view.clone(), every: every.clone(), ..Wanted::default() };
    let services = page.names.services.values().take(OFFERED);
    let services = services.map(|name| (name.clone(), String::new())).collect();
    let servers = page.names.servers.iter().take(OFFERED);
    let servers = servers.map(|(address, name)| (address.to_string(), name.clone())).collect();
    let directors = page.directors.iter().map(|name| Choice::new(name.clone(), name.clone()));
    let directors: Vec<_> =
        std::iter::once(Choice::new("", t(words::ALL_DIRECTORS))).chain(directors).collect();
    // There is nothing to choose from, unless somebody has chosen nevertheless.
    let several = page.directors.len() > 1 || !director.is_empty();
    let networks = page.wanted.view() == View::Networks;
    let some = !page.wanted.is_everything();
    let (of_client, of_service, of_server, of_protocol) =
        (errors.clone(), errors.clone(), errors.clone(), errors.clone());
    let (of_state, of_director, of_prefix, of_prefix6) =
        (errors.clone(), errors.clone(), errors.clone(), errors);
    view! {
        <form class="query" method="get" action=format!("/clusters/{id}/connections") role="search" aria-label=t(words::FILTERS)>
            {(!view.is_empty()).then(|| view! { <input type="hidden" name="view" value=view/> })}
            <TextField name="client" label=t(words::CLIENT) value=client errors=of_client placeholder=t(words::CLIENT_HINT) mono=true optional=true/>
            <TextField name="service" label=t(words::SERVICE) value=service errors=of_service placeholder=t(words::SERVICE_HINT) optional=true offers=services/>
            <TextField name="server" label=t(words::SERVER) value=server errors=of_server placeholder=t(words::SERVER_HINT) optional=true offers=servers/>
            <SelectField name="protocol" label=t(words::PROTOCOL) choices=protocols() value=protocol errors=of_protocol/>
            <SelectField name="state" label=t(words::STATE) choices=states() value=state errors=of_state/>
            {several.then(|| view! { <SelectField name="director" label=t(words::DIRECTOR) choices=directors value=director errors=of_director/> })}
            {networks.then(|| view! {
                <TextField name="prefix" label=t(words::PREFIX_V4) value=prefix errors=of_prefix placeholder=PREFIX.to_string() number=true optional=true/>
                <TextField name="prefix6" label=t(words::PREFIX_V6) value=prefix6 errors=of_prefix6 placeholder=PREFIX6.to_string() number=true optional=true/>
            })}
            <div class="scripted" hidden>
                <SelectField name="every" label=t(words::EVERY) choices=intervals() value=every/>
            </div>
            <div class="query-actions">
                <SubmitButton label=t(words::SHOW) kind=Kind::Primary/>
                {some.then(|| view! { <LinkButton href=all.href(id) label=t(common::CLEAR) kind=Kind::Quiet/> })}
            </div>
        </form>
    }
    .into_any()
}

/// The ways to look at them.
pub(super) fn views(id: ClusterId, wanted: &Wanted) -> AnyView {
    let current = wanted.view();
    let links = View::ALL.iter().map(|&view| {
        let to = Wanted { view: view.word().to_owned(), ..wanted.clone() };
        let here = (view == current).then_some("page");
        view! { <a href=to.href(id) aria-current=here>{t(view.label())}</a> }
    });
    view! { <nav class="views" aria-label=t(words::VIEWS)>{links.collect_view()}</nav> }.into_any()
}

fn any() -> Choice {
    Choice::new("", t(words::ANY))
}

fn protocols() -> Vec<Choice> {
    let known = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
    let known = known.map(|protocol| Choice::new(protocol.name(), protocol.name().to_uppercase()));
    std::iter::once(any()).chain(known).collect()
}

fn states() -> Vec<Choice> {
    let known = ConnectionState::KNOWN.iter().map(|&word| Choice::new(word, word));
    std::iter::once(any()).chain(known).collect()
}

fn intervals() -> Vec<Choice> {
    let lang = use_lang();
    let some = EVERY.map(|n| Choice::new(n.to_string(), words::SECONDS_N.with(lang, &[("n", &n)])));
    std::iter::once(Choice::new("", t(words::NEVER))).chain(some).collect()
}
