//! Many virtual servers at once: what stands above their list, and the page that asks before they are deleted.

use leptos::prelude::*;
use model::{ClusterId, ServiceId};

use crate::components::{ConfirmPage, Kind, Listing, SubmitButton};
use crate::i18n::{bulk as words, common, listed, t, use_lang};

/// The form that the boxes in the rows belong to.
pub(super) const FORM: &str = "bulk";

/// The buttons above a list, and how many boxes are ticked where there is a script. The boxes name the form, since forms cannot be
/// nested and each row has one of its own.
pub(super) fn bar(cluster: ClusterId, listing: &Listing, shown: u64) -> impl IntoView + use<> {
    let matching = listing.matching;
    let keep = [("q", listing.q.clone()), ("sort", listing.sort.clone()), ("back", listing.here.clone())];
    let keep =
        keep.map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view();
    let everything = (matching > shown).then(|| {
        let label = words::ALL_MATCHING.count(use_lang(), matching);
        view! { <label class="tick"><input type="checkbox" name="all" value="on"/>{label}</label> }
    });
    view! {
        <form id=FORM class="bulk" method="post" action=format!("/clusters/{cluster}/services/bulk") aria-label=t(words::BAR)>
            {keep}
            {everything}
            <output class="muted" data-words=t(words::TICKED_N)></output>
            <SubmitButton label=t(common::ACTIVATE) name="do" value="activate"/>
            <SubmitButton label=t(common::DEACTIVATE) name="do" value="deactivate"/>
            <SubmitButton label=t(words::DELETE) kind=Kind::Danger name="do" value="delete"/>
        </form>
    }
}

/// A row's box.
pub(super) fn tick(id: ServiceId, name: &str) -> impl IntoView + use<> {
    let spoken = words::TICK.with(use_lang(), &[("name", &name)]);
    view! { <input type="checkbox" name="id" value=id.to_string() form=FORM aria-label=spoken/> }
}

/// What deleting several virtual servers would take away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteServices {
    /// The cluster.
    pub cluster: ClusterId,
    /// Which.
    pub ids: Vec<ServiceId>,
    /// The names of the first ones.
    pub names: Vec<String>,
    /// How many real servers they have.
    pub servers: u64,
    /// How many of them are applied and active in a running cluster.
    pub live: u64,
    /// What tells this state of them from another.
    pub seen: String,
    /// The list as it was looked at: search, order, part.
    pub keep: [(&'static str, String); 3],
    /// Its address.
    pub back: String,
}

/// The page.
pub fn delete_many(asked: DeleteServices) -> impl IntoView {
    let lang = use_lang();
    let DeleteServices { cluster, ids, names, servers, live, seen, keep, back } = asked;
    let count = u64::try_from(ids.len()).unwrap_or(u64::MAX);
    let more = ids.len().saturating_sub(names.len());
    let named = listed(&names, lang);
    let named = match more {
        0 => named,
        more => words::DELETE_NAMES_MORE.with(lang, &[("names", &named), ("n", &more)]),
    };
    let live = match live {
        0 => words::DELETE_NOT_LIVE.get(lang).to_owned(),
        live => words::DELETE_LIVE.count(lang, live),
    };
    let ids = ids.into_iter().map(|id| ("id", id.to_string()));
    let hidden = ids
        .chain(keep)
        .chain([("do", "delete".to_owned()), ("confirmed", "on".to_owned()), ("seen", seen)])
        .collect();
    view! {
        <ConfirmPage
            title=words::DELETE_TITLE.count(lang, count)
            consequences=vec![named, words::DELETE_SERVERS.count(lang, servers), live]
            verb=words::DELETE_VERB.count(lang, count)
            action=format!("/clusters/{cluster}/services/bulk")
            cancel=back
            hidden=hidden
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    #[test]
    fn what_is_lost_is_named_before_it_is_deleted() {
        let asked = DeleteServices {
            cluster: ClusterId(1),
            ids: (1..=12).map(ServiceId).collect(),
            names: vec!["a".into(), "<b>".into()],
            servers: 24,
            live: 3,
            seen: "1f".into(),
            keep: [("q", "web".into()), ("sort", String::new()), ("back", String::new())],
            back: "/clusters/1/services?q=web".into(),
        };
        let page = html(Lang::En, || delete_many(asked));
        assert!(
            page.contains("Delete 12 virtual servers?") && page.contains("a, &lt;b&gt; and 10 more"),
            "{page}"
        );
        assert!(page.contains("24 real servers go") && page.contains("3 of them are applied"), "{page}");
        assert_eq!(page.matches(r#"name="id""#).count(), 12, "{page}");
    }
}
