//! The rail at the left: the clusters with their states, then the other places. On a phone it is a popover that the
//! menu button opens, without script.

use leptos::prelude::*;

use super::Frame;
use crate::components::{Icon, icon};
use crate::i18n::frame as words;

pub(super) fn rail(frame: &Frame) -> AnyView {
    let lang = frame.lang;
    let here = |path: &str| (frame.path.split('?').next() == Some(path)).then_some("page");
    let open = frame.cluster.as_ref().map(|cluster| cluster.id);
    let clusters = frame.rail.iter().map(|cluster| {
        let word = cluster.state.word(lang);
        let current = (open == Some(cluster.id)).then_some("true");
        view! {
            <li>
                <a href=format!("/clusters/{}/control", cluster.id) aria-current=current title=format!("{} · {word}", cluster.name)>
                    <span class="mark-box" inner_html=cluster.state.mark()></span>
                    <span class="label">{cluster.name.clone()}</span>
                    <span class="unseen">{word}</span>
                </a>
            </li>
        }
    });
    let clusters = clusters.collect_view();
    let directors = frame.path.starts_with("/directors").then_some("page");
    view! {
        <nav class="rail" id="rail" popover aria-label=words::MAIN_NAVIGATION.get(lang)>
            <ul>
                <li><a href="/clusters" aria-current=here("/clusters") title=words::CLUSTERS.get(lang)>
                    {icon(Icon::Cluster)}<span class="label">{words::CLUSTERS.get(lang)}</span></a></li>
                <li class="nested"><ul>{clusters}</ul></li>
                <li><a href="/directors" aria-current=directors title=words::DIRECTORS.get(lang)>
                    {icon(Icon::Director)}<span class="label">{words::DIRECTORS.get(lang)}</span></a></li>
            </ul>
        </nav>
    }
    .into_any()
}
