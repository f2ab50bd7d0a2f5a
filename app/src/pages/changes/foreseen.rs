//! What directors are known to refuse of a plan: beside the change that asks for it.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use model::{Cause, Change, Code, ServiceId};

use super::{ChangesPage, Foreseen};
use crate::components::{Icon, Notice, Tone, icon};
use crate::i18n::{causes, changes as words, listed, use_lang};

/// Above the plan: that there is something to look at in it.
pub(crate) fn notice(page: &ChangesPage) -> Option<AnyView> {
    let lang = use_lang();
    let touched = touched(page);
    let all_forwarding = page.changes.iter().any(changes_forwarding);
    let concerned: BTreeSet<ServiceId> = page
        .foreseen
        .iter()
        .filter(|one| touched.contains(&one.service) || (all_forwarding && is_inherited(one)))
        .map(|one| one.service)
        .collect();
    let count = u64::try_from(concerned.len()).unwrap_or(u64::MAX);
    (count > 0).then(|| {
        let text = words::WARN_FORESEEN.count(lang, count);
        view! { <Notice tone=Tone::Warning text=text/> }.into_any()
    })
}

/// The rows below the changes of a virtual server.
pub(super) fn of_service(page: &ChangesPage, id: ServiceId) -> Vec<AnyView> {
    let lang = use_lang();
    let own = page.foreseen.iter().filter(|one| one.service == id);
    own.map(|one| {
        let msg = if one.cause.code() == Code::Relayed {
            words::FORESEEN_OTHERWISE
        } else {
            words::FORESEEN_REFUSED
        };
        let values: [(&str, &dyn std::fmt::Display); 2] =
            [("names", &listed(&one.directors, lang)), ("why", &causes::of(&one.cause, lang))];
        row(msg.with(lang, &values))
    })
    .collect()
}

/// The rows below changed settings: what virtual servers inherit that do not change themselves.
pub(super) fn of_settings(page: &ChangesPage) -> Vec<AnyView> {
    if !page.changes.iter().any(changes_forwarding) {
        return Vec::new();
    }
    let lang = use_lang();
    let touched = touched(page);
    let mut found: BTreeMap<(&Cause, &[String]), u64> = BTreeMap::new();
    let inherited = page.foreseen.iter().filter(|one| is_inherited(one) && !touched.contains(&one.service));
    for one in inherited {
        *found.entry((&one.cause, &one.directors)).or_default() += 1;
    }
    let rows = found.into_iter().map(|((cause, directors), count)| {
        let values: [(&str, &dyn std::fmt::Display); 2] =
            [("names", &listed(directors, lang)), ("why", &causes::of(cause, lang))];
        row(words::FORESEEN_INHERITED.count_with(lang, count, &values))
    });
    rows.collect()
}

fn touched(page: &ChangesPage) -> BTreeSet<ServiceId> {
    page.changes.iter().filter_map(Change::service).collect()
}

fn changes_forwarding(change: &Change) -> bool {
    matches!(change, Change::EditSettings(_))
}

fn is_inherited(one: &Foreseen) -> bool {
    one.cause.code() == Code::Relayed
}

fn row(text: String) -> AnyView {
    view! {
        <tr class="foreseen">
            <td class="wrap" colspan="2"><div class="foreseen-line">{icon(Icon::Warning)}<span>{text}</span></div></td>
        </tr>
    }
    .into_any()
}
