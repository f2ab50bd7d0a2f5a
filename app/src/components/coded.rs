//! Messages name what is to be typed, or was read, between backticks; a page shows it as code.

use leptos::prelude::*;

/// A message's text with what stands between backticks as code. A single backtick is one.
pub(crate) fn coded(text: &str) -> AnyView {
    if !text.matches('`').count().is_multiple_of(2) {
        return text.to_owned().into_any();
    }
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty()).map(|(index, part)| {
        let part = part.to_owned();
        if index % 2 == 0 { part.into_any() } else { view! { <code>{part}</code> }.into_any() }
    });
    parts.collect_view().into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    #[test]
    fn what_stands_between_backticks_is_code_and_nothing_is_markup() {
        let page = html(Lang::En, || coded("Run `a <b>` first."));
        assert!(page.contains("Run ") && page.contains("<code>a &lt;b&gt;</code>"), "{page}");
        assert!(page.contains(" first.") && !page.contains('`'), "{page}");
    }

    #[test]
    fn a_backtick_alone_stays() {
        assert!(html(Lang::En, || coded("a ` b")).contains("a ` b"));
    }
}
