//! The frame around every page, and the document itself. Plain HTML; the script at its end is small and optional.

mod cluster;
mod document;
mod keys;
mod live;
mod place;
mod rail;
mod rights;
mod top;

use std::sync::Arc;

use leptos::prelude::*;
use leptos::reactive::owner::Owner;
use model::ClusterId;

pub use cluster::{ClusterHeader, HeaderDirector, Standing, Tab};
pub use live::{HeaderDraft, header_parts};
pub use place::Place;
pub use rights::Rights;
pub(crate) use rights::use_rights;

use crate::components::Flash;
use crate::{Lang, State};

/// Everything around a page that is not the page.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The language of all words.
    pub lang: Lang,
    /// Light, dark, or as the system.
    pub theme: Theme,
    /// This response's nonce for scripts, as in its `Content-Security-Policy`.
    pub nonce: String,
    /// Where the browser finds the console's files.
    pub assets: AssetUrls,
    /// The page's own path with its parameters: where choosing a language or theme leads back to.
    pub path: String,
    /// The time, in milliseconds since 1970.
    pub now_ms: i64,
    /// Who is logged in; without it there is neither rail nor account.
    pub user: Option<String>,
    /// What that person may do here.
    pub rights: Rights,
    /// The clusters of the rail.
    pub rail: Vec<RailCluster>,
    /// What has just happened.
    pub flash: Option<Flash>,
    /// The cluster that the page belongs to.
    pub cluster: Option<ClusterHeader>,
    /// What stands between the section (and the cluster) and the page's title in the breadcrumb: label and address.
    pub crumbs: Vec<(String, String)>,
    /// After how many seconds the page loads itself anew, where there is no script.
    pub reload: Option<u32>,
}

/// Where the browser finds the console's files: addresses with the hash of the content, from the manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetUrls {
    /// The style sheet.
    pub css: String,
    /// The islands' glue.
    pub js: String,
    /// The islands.
    pub wasm: String,
}

/// A cluster in the rail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RailCluster {
    /// Which.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// How it fares.
    pub state: State,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All of them.
    pub const ALL: &[Self] = &[Self::System, Self::Light, Self::Dark];

    /// The name in forms, cookies and the document.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Takes the name; anything else is the system's.
    pub fn parse(name: &str) -> Self {
        Self::ALL.iter().copied().find(|theme| theme.name() == name).unwrap_or_default()
    }
}

/// A whole document: the frame with the page in it. `body` runs with the frame's language and time in context, so a
/// page calls `t(MSG)` and components without passing them on.
#[expect(clippy::needless_pass_by_value, reason = "a frame belongs to one page")]
pub fn render(frame: Frame, title: &str, body: impl FnOnce() -> AnyView) -> String {
    let (lang, now_ms) = (frame.lang, frame.now_ms);
    within(lang, now_ms, || {
        provide_context(frame.rights);
        document::document(&frame, title, body)
    })
}

/// Renders what `view` makes, with a language and a time in context; without the frame.
pub fn within(lang: Lang, now_ms: i64, view: impl FnOnce() -> AnyView) -> String {
    // Islands mode: everything is plain HTML but what `#[island]` marks. The owner ends with the page.
    let owner = Owner::new_root(Some(Arc::new(hydration_context::SsrSharedContext::new_islands())));
    let html = owner.with(|| {
        provide_context(lang);
        provide_context(crate::components::Now(now_ms));
        view().to_html()
    });
    owner.unset_with_forced_cleanup();
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(frame: Frame) -> String {
        render(frame, "A <title>", || view! { <p>"body"</p> }.into_any())
    }

    #[test]
    fn a_document_is_whole_and_says_its_language() {
        let html = page(Frame { lang: Lang::Zh, theme: Theme::Dark, nonce: "n1".into(), ..Frame::default() });
        assert!(html.starts_with("<!DOCTYPE html>"), "{html}");
        assert!(html.contains(r#"lang="zh-CN""#) && html.contains(r#"data-theme="dark""#), "{html}");
        assert!(html.contains("<title>A &lt;title&gt; · Arapaima</title>"), "{html}");
        assert!(html.contains(r#"<script nonce="n1">"#), "{html}");
        assert!(html.contains("<p>body</p>") && html.trim_end().ends_with("</html>"), "{html}");
    }

    #[test]
    fn nothing_in_the_frame_needs_an_inline_style() {
        let cluster = ClusterHeader::sample();
        let rail = vec![RailCluster { id: ClusterId(1), name: "shop".into(), state: State::Serving }];
        let html =
            page(Frame { user: Some("admin".into()), cluster: Some(cluster), rail, ..Frame::default() });
        assert!(!html.contains(" style=") && !html.contains(" onclick="), "{html}");
        assert!(html.contains(r#"href="/clusters/1/services""#), "{html}");
        assert!(html.contains("<title>shop · A &lt;title&gt; · Arapaima</title>"), "{html}");
    }

    #[test]
    fn a_page_to_look_at_offers_nothing_else() {
        use crate::components::{ActionForm, Form, FormActions, Kind, LinkButton};
        let body = || {
            view! {
                <LinkButton href="/new" label="New" kind=Kind::Primary/>
                <LinkButton href="/plain" label="Plain"/>
                <Form action="/x"><FormActions submit="Save" cancel="/back"/></Form>
                <ActionForm action="/y" label="Do"/>
            }
            .into_any()
        };
        let page = |look_only, administer| {
            let rights = Rights { look_only, create: false, audit: administer, administer };
            let cluster = Some(ClusterHeader::sample());
            let frame = Frame { user: Some("li".into()), rights, cluster, ..Frame::default() };
            render(frame, "Page", body)
        };
        let (look, change) = (page(true, false), page(false, true));
        for offered in [r#"href="/new""#, ">Save<", r#"action="/y""#, "/clusters/1/stop", r#"href="/users""#]
        {
            assert!(change.contains(offered) && !look.contains(offered), "{offered}: {look}");
        }
        assert!(look.contains(r#"href="/plain""#) && look.contains(r#"href="/back""#), "{look}");
        assert_eq!(look.matches("You may look, not change").count(), 2, "header and form: {look}");
        assert!(!change.contains("You may look"), "{change}");
    }

    #[test]
    fn only_a_page_that_is_told_to_loads_itself_anew_and_only_without_script() {
        assert!(!page(Frame::default()).contains("http-equiv"));
        let html = page(Frame { reload: Some(30), ..Frame::default() });
        assert!(html.contains(r#"<noscript><meta http-equiv="refresh" content="30"></noscript>"#), "{html}");
    }

    #[test]
    fn who_is_not_logged_in_sees_no_rail() {
        let html = page(Frame::default());
        assert!(!html.contains(r#"id="rail""#) && !html.contains("/logout"), "{html}");
    }
}
