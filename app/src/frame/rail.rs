//! The rail at the left: the clusters with their states, then the other places. On a phone it is a popover that the
//! menu button opens, without script.

use leptos::prelude::*;

use super::{Frame, Place, keys};
use crate::components::icon;
use crate::i18n::frame as words;
use crate::live::rail_html;

pub(super) fn rail(frame: &Frame) -> AnyView {
    let lang = frame.lang;
    let open = frame.cluster.as_ref().map(|cluster| cluster.id);
    let clusters = frame.rail.iter().map(|cluster| {
        let fares = rail_html(cluster.state, lang);
        let current = (open == Some(cluster.id)).then_some("true");
        view! {
            <li>
                <a href=format!("/clusters/{}/control", cluster.id) aria-current=current title=cluster.name.clone()>
                    <span class="fares" id=format!("rail-{}", cluster.id) data-live inner_html=fares></span>
                    <span class="label">{cluster.name.clone()}</span>
                </a>
            </li>
        }
    });
    let clusters = clusters.collect_view();
    let clusters_place = place(frame, Place::Clusters);
    let before = place(frame, Place::Overview);
    let after = Place::after_clusters(frame.rights).map(|after| place(frame, after)).collect_view();
    view! {
        <nav class="rail" id="rail" popover aria-label=words::MAIN_NAVIGATION.get(lang)>
            <ul>
                {before}
                {clusters_place}
                <li class="nested"><ul>{clusters}</ul></li>
                {after}
            </ul>
        </nav>
    }
    .into_any()
}

fn place(frame: &Frame, place: Place) -> AnyView {
    let current = (Place::of(&frame.path) == Some(place) && frame.cluster.is_none()).then_some("page");
    let label = place.label(frame.lang);
    view! {
        <li><a href=place.href() aria-current=current title=label data-keys=keys::place(place)>
            {icon(place.icon())}<span class="label">{label}</span></a></li>
    }
    .into_any()
}
