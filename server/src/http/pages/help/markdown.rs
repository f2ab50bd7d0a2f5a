//! The manual's Markdown as HTML. The texts are ours, and still nothing in them becomes a tag: HTML in them is shown as text.

use app::html::escape;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// A chapter, rendered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rendered {
    /// What stands below the title.
    pub(super) html: String,
    /// The headings of the second level: anchor and text.
    pub(super) headings: Vec<(String, String)>,
}

/// Renders a chapter without its title. Links to other chapters (`virtual-servers.md#ports`) lead to their pages, pictures
/// (`../images/control-en.png`) to the console's own.
pub(super) fn render(text: &str) -> Rendered {
    let mut rendered = Rendered::default();
    let mut events = Vec::new();
    let mut in_title = false;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => in_title = true,
            Event::End(TagEnd::Heading(HeadingLevel::H1)) => in_title = false,
            _ if in_title => {}
            Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => {
                rendered.headings.push((String::new(), String::new()));
                events.push(Event::Start(Tag::Paragraph));
            }
            Event::End(TagEnd::Heading(HeadingLevel::H2)) => heading(&mut rendered, &mut events),
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let dest_url = CowStr::from(chapter_link(&dest_url));
                events.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
            }
            Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                let dest_url = CowStr::from(dest_url.replace("../images/", "/help/images/"));
                events.push(Event::Start(Tag::Image { link_type, dest_url, title, id }));
            }
            Event::Html(html) | Event::InlineHtml(html) => events.push(Event::Text(html)),
            other => events.push(other),
        }
    }
    html::push_html(&mut rendered.html, events.into_iter());
    rendered
}

/// Replaces what was collected since the heading's beginning by the heading with its anchor.
fn heading(rendered: &mut Rendered, events: &mut Vec<Event<'_>>) {
    let start =
        events.iter().rposition(|event| matches!(event, Event::Start(Tag::Paragraph))).unwrap_or_default();
    let words: String = events
        .drain(start..)
        .filter_map(|event| match event {
            Event::Text(text) | Event::Code(text) => Some(text.into_string()),
            _ => None,
        })
        .collect();
    let anchor = anchor(&words);
    let html = format!("<h2 id=\"{}\">{}</h2>\n", escape(&anchor), escape(&words));
    events.push(Event::Html(html.into()));
    if let Some(last) = rendered.headings.last_mut() {
        *last = (anchor, words);
    }
}

/// As GitHub makes them: lower case, words joined by hyphens, other signs left out.
fn anchor(words: &str) -> String {
    let kept = words.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn chapter_link(href: &str) -> String {
    let (file, fragment) =
        href.split_once('#').map_or((href, None), |(file, fragment)| (file, Some(fragment)));
    let page = match file.strip_suffix(".md") {
        Some(slug) if !slug.contains('/') => format!("/help/{slug}"),
        _ => file.to_owned(),
    };
    fragment.map_or(page.clone(), |fragment| format!("{page}#{fragment}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_get_anchors_and_links_lead_to_pages() {
        let Rendered { html, headings } = render(
            "# Title\n\nSee [ports](virtual-servers.md#several-ports).\n\n## Several `ports`, one mark\n\nText\n",
        );
        assert!(!html.contains("Title"), "{html}");
        assert!(html.contains(r#"href="/help/virtual-servers#several-ports""#), "{html}");
        assert!(html.contains(r#"<h2 id="several-ports-one-mark">Several ports, one mark</h2>"#), "{html}");
        assert_eq!(headings, [("several-ports-one-mark".into(), "Several ports, one mark".into())]);
    }

    #[test]
    fn pictures_come_from_the_console_and_html_stays_text() {
        let html = render("![The table](../images/control-en.png) <script>x</script>\n\n<b>bold</b>\n").html;
        assert!(
            html.contains(r#"src="/help/images/control-en.png""#) && html.contains(r#"alt="The table""#),
            "{html}"
        );
        assert!(!html.contains("<script>") && !html.contains("<b>"), "{html}");
    }
}
