//! What of the frame around the live table changes while somebody looks: the cluster's header, and its mark in the rail. Somebody
//! else may start and stop it, and edit its draft.

use leptos::prelude::*;
use model::{ClusterId, Generation};

use super::cluster::{CHANGES, NAME, SWITCH, TAB_CHANGES, changes_label, switch, to_changes};
use super::{Rights, Standing, within};
use crate::live::{Shape, header_html, header_words, overall, rail_html};
use crate::{Lang, html};

/// What the header says of the draft beside what is applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderDraft {
    /// The cluster's name.
    pub name: String,
    /// By how many changes it differs from what is applied.
    pub changes: usize,
}

/// The parts of the frame by their elements' ids, as the page itself writes them.
pub fn header_parts(
    cluster: ClusterId,
    (shape, draft): (&Shape, &HeaderDraft),
    look_only: bool,
    lang: Lang,
    now_ms: i64,
) -> Vec<(String, String)> {
    let state = overall(shape).state;
    let generation = Generation(shape.generation);
    let standing = if shape.running { Standing::Running(generation) } else { Standing::Stopped(generation) };
    let rendered = |view: &dyn Fn() -> AnyView| {
        within(lang, now_ms, || {
            provide_context(Rights { look_only, ..Rights::default() });
            view()
        })
    };
    vec![
        (NAME.to_owned(), html::escape(&draft.name)),
        ("cluster-state".to_owned(), header_html(shape, state, lang, now_ms)),
        ("cluster-words".to_owned(), header_words(shape, lang)),
        (CHANGES.to_owned(), rendered(&|| to_changes(cluster, draft.changes, lang))),
        (SWITCH.to_owned(), rendered(&|| switch(cluster, &draft.name, standing, lang))),
        (TAB_CHANGES.to_owned(), changes_label(draft.changes, lang)),
        (format!("rail-{cluster}"), rail_html(state, lang)),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::{ClusterHeader, Frame, RailCluster, render};
    use super::*;
    use crate::live::samples;

    fn part<'a>(parts: &'a [(String, String)], id: &str) -> &'a str {
        &parts.iter().find(|(of, _)| of == id).unwrap().1
    }

    /// What of some HTML is text.
    fn words(html: &str) -> String {
        let pieces = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
        pieces.collect()
    }

    #[test]
    fn every_part_is_what_the_page_says_in_that_place() {
        for (running, look_only) in [(true, false), (false, false), (true, true)] {
            let shape = Shape { running, ..samples::shape() };
            let draft = HeaderDraft { name: "shop".into(), changes: 2 };
            let standing = if running { Standing::Running } else { Standing::Stopped };
            let state = overall(&shape).state;
            let header = ClusterHeader {
                standing: standing(Generation(3)),
                state,
                since: crate::live::overall_since(&shape, state),
                failing: (overall(&shape).failing, overall(&shape).offered),
                directors: Vec::new(),
                ..ClusterHeader::sample()
            };
            let frame = Frame {
                now_ms: 61_000,
                user: Some("li".into()),
                rights: Rights { look_only, ..Rights::default() },
                rail: vec![RailCluster { id: ClusterId(1), name: "shop".into(), state }],
                cluster: Some(header),
                ..Frame::default()
            };
            let page = render(frame, "Control", || ().into_any());
            let parts = header_parts(ClusterId(1), (&shape, &draft), look_only, Lang::En, 61_000);
            for (id, html) in &parts {
                let place =
                    page.split_once(&format!(r#"id="{id}""#)).and_then(|(_, rest)| rest.split_once('>'));
                let there = place.unwrap_or_else(|| panic!("{id} is not on the page")).1;
                assert!(words(there).starts_with(&words(html)), "{id}: {html} is not\n{there:.400}");
                // What somebody may be pressing stays as it is.
                assert!(
                    ![CHANGES, SWITCH].contains(&id.as_str()) || there.starts_with(html.as_str()),
                    "{html} is not\n{there:.400}"
                );
            }
            assert_eq!(part(&parts, TAB_CHANGES), "Changes (2)");
        }
    }

    #[test]
    fn a_draft_without_changes_has_no_button_for_them() {
        let parts =
            header_parts(ClusterId(1), (&samples::shape(), &HeaderDraft::default()), false, Lang::Zh, 0);
        assert!(!part(&parts, CHANGES).contains("button"), "{parts:?}");
        assert_eq!(part(&parts, TAB_CHANGES), "变更");
    }
}
