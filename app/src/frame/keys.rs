//! The keyboard: which keys lead where, and the sheet that lists them.

use leptos::prelude::*;

use super::{Place, Tab, use_rights};
use crate::Lang;
use crate::components::{Icon, icon};
use crate::i18n::search as words;

/// The two keys of a place.
pub(super) fn place(place: Place) -> &'static str {
    match place {
        Place::Overview => "g o",
        Place::Clusters => "g c",
        Place::Directors => "g d",
        Place::Events => "g e",
        Place::Audit => "g a",
        Place::Users => "g u",
        Place::Settings => "g s",
        Place::Help => "g h",
    }
}

/// The two keys of a tab of the cluster at hand: `t` and its number.
pub(super) fn tab(tab: Tab) -> String {
    let number = Tab::ALL.iter().position(|&other| other == tab).map_or(0, |index| index + 1);
    format!("t {number}")
}

/// The sheet with all of them: closed until `?` or the account's menu opens it.
pub(super) fn sheet(lang: Lang) -> AnyView {
    let anywhere = [
        ("Ctrl K", words::KEY_SEARCH),
        ("/", words::KEY_FILTER),
        ("?", words::KEY_THESE),
        ("Esc", words::KEY_CLOSE),
    ];
    let anywhere = anywhere.map(|(keys, msg)| (keys.to_owned(), msg.get(lang).to_owned()));
    let places = [Place::Overview, Place::Clusters].into_iter().chain(Place::after_clusters(use_rights()));
    let places = places.map(|at| (place(at).to_owned(), at.label(lang).to_owned()));
    let tabs = Tab::ALL.iter().map(|&at| (tab(at), at.label(lang)));
    let columns = [
        list(words::KEYS_ANYWHERE.get(lang), anywhere.into_iter().collect()),
        list(words::KEYS_PLACES.get(lang), places.collect()),
        list(words::KEYS_CLUSTER.get(lang), tabs.collect()),
    ];
    view! {
        <div class="keys" id="keys" popover role="dialog" aria-labelledby="keys-title">
            <div class="keys-head">
                <h2 id="keys-title">{words::KEYS_TITLE.get(lang)}</h2>
                <button class="button quiet" type="button" popovertarget="keys" popovertargetaction="hide" title=words::KEYS_CLOSE.get(lang)>
                    {icon(Icon::Cross)}<span class="unseen">{words::KEYS_CLOSE.get(lang)}</span>
                </button>
            </div>
            <div class="keys-columns">{columns.into_iter().collect_view()}</div>
            <p class="help">{words::KEYS_HOW.get(lang)}</p>
        </div>
    }
    .into_any()
}

fn list(title: &'static str, rows: Vec<(String, String)>) -> AnyView {
    let rows = rows.into_iter().map(|(keys, what)| {
        let keys = keys.split(' ').map(|key| view! { <kbd>{key.to_owned()}</kbd> }).collect_view();
        view! { <div><dt>{keys}</dt><dd>{what}</dd></div> }
    });
    view! { <section><h3>{title}</h3><dl>{rows.collect_view()}</dl></section> }.into_any()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_places_have_the_same_keys() {
        let places = [Place::Overview, Place::Clusters].iter().chain(Place::AFTER_CLUSTERS);
        let mut keys: Vec<String> = places.map(|&at| place(at).to_owned()).collect();
        keys.extend(Tab::ALL.iter().map(|&at| tab(at)));
        assert!(Tab::ALL.len() <= 9, "one digit each");
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{keys:?}");
    }
}
