//! What can be asked of the timeline.

use leptos::prelude::*;
use model::Topic;

use super::EventsPage;
use crate::components::{Choice, FilterField, FilterInput, Filters};
use crate::i18n::{events as words, t, use_lang};

/// Names in the address.
pub mod names {
    /// A kind or a topic.
    pub const KIND: &str = "kind";
    /// A span back from now: `1h`, `24h`, `7d`, `30d`.
    pub const RANGE: &str = "range";
    /// From this moment on.
    pub const FROM: &str = "from";
    /// Up to this one.
    pub const TO: &str = "to";
    /// Part of an object's name.
    pub const OBJECT: &str = "object";
    /// Part of a person's name.
    pub const PERSON: &str = "person";
    /// A cluster.
    pub const CLUSTER: &str = "cluster";
    /// A place in the timeline: what is before it is shown.
    pub const BEFORE: &str = "before";
}

/// The menu of spans.
pub(crate) fn ranges() -> FilterInput {
    let choice = |value: &str, msg| Choice::new(value, t(msg));
    FilterInput::Menu(vec![(
        String::new(),
        vec![
            choice("", words::RANGE_ALL),
            choice("1h", words::RANGE_1H),
            choice("24h", words::RANGE_24H),
            choice("7d", words::RANGE_7D),
            choice("30d", words::RANGE_30D),
        ],
    )])
}

pub(super) fn filters(page: &EventsPage, path: &str) -> AnyView {
    let lang = use_lang();
    let asked = &page.asked;
    let field = |name, label, value: &String, input| FilterField {
        name,
        label: t(label).to_owned(),
        value: value.clone(),
        input,
    };
    let mut kinds = vec![(String::new(), vec![Choice::new("", t(words::KIND_ALL))])];
    for &topic in Topic::ALL.iter().filter(|&&topic| page.people || topic != Topic::People) {
        let heading = words::topic(topic, lang).to_owned();
        let mut choices = Vec::new();
        if topic.kinds().nth(1).is_some() {
            choices.push(Choice::new(topic.name(), words::KIND_OF.with(lang, &[("topic", &heading)])));
        }
        choices.extend(topic.kinds().map(|kind| Choice::new(kind.name(), words::kind(kind).get(lang))));
        kinds.push((heading, choices));
    }
    let mut fields = vec![
        field(names::KIND, words::KIND, &asked.kind, FilterInput::Menu(kinds)),
        field(
            names::OBJECT,
            words::OBJECT,
            &asked.object,
            FilterInput::Text(t(words::OBJECT_HINT).to_owned()),
        ),
        field(names::PERSON, words::PERSON, &asked.person, FilterInput::Text(String::new())),
        field(names::RANGE, words::RANGE, &asked.range, ranges()),
        field(names::FROM, words::FROM, &asked.from, FilterInput::Moment),
        field(names::TO, words::TO, &asked.to, FilterInput::Moment),
    ];
    if page.cluster.is_none() && page.clusters.len() > 1 {
        let all = std::iter::once(Choice::new("", t(words::KIND_ALL)));
        let clusters = page.clusters.iter().map(|(id, name)| Choice::new(id.to_string(), name.clone()));
        let menu = FilterInput::Menu(vec![(String::new(), all.chain(clusters).collect())]);
        fields.insert(1, field(names::CLUSTER, words::COL_CLUSTER, &asked.cluster, menu));
    }
    let path = path.to_owned();
    view! { <Filters path=path fields=fields/> }.into_any()
}
