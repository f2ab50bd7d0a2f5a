//! A value before and after. Long ones are cut to where they differ; the whole of them is one click away.

use leptos::prelude::*;

use crate::i18n::{changes as words, t};

/// The most characters of a value on a line.
const LINE: usize = 72;
/// How much of what is the same in both stands before the difference, where it is cut.
const LEAD: usize = 16;

/// Both values, one after the other.
pub(crate) fn pair(from: &str, to: &str) -> AnyView {
    let (short_from, short_to) = cut(from, to);
    let whole = (short_from != from || short_to != to).then(|| {
        view! {
            <details class="whole-values">
                <summary>{t(words::WHOLE)}</summary>
                <del>{from.to_owned()}</del>
                <ins>{to.to_owned()}</ins>
            </details>
        }
    });
    view! { <del>{short_from}</del>" → "<ins>{short_to}</ins>{whole} }.into_any()
}

/// Both as they fit a line. Without cutting both at the same place, the difference may be what is cut off.
fn cut(from: &str, to: &str) -> (String, String) {
    let same = from.chars().zip(to.chars()).take_while(|(a, b)| a == b).count();
    let fits = |text: &str| text.chars().count() <= LINE;
    let start = if fits(from) && fits(to) { 0 } else { same.saturating_sub(LEAD) };
    let part = |text: &str| {
        let mut rest = text.chars().skip(start);
        let shown: String = rest.by_ref().take(LINE).collect();
        let before = if start > 0 { "…" } else { "" };
        let after = if rest.next().is_some() { "…" } else { "" };
        format!("{before}{shown}{after}")
    };
    (part(from), part(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_values_stay_whole() {
        assert_eq!(cut("6", "20"), ("6".into(), "20".into()));
        let (a, b) = ("x".repeat(LINE), "y".repeat(LINE));
        assert_eq!(cut(&a, &b), (a, b));
    }

    #[test]
    fn long_ones_are_cut_to_where_they_differ() {
        let long = "网".repeat(200);
        let (from, to) = cut(&format!("{long}1{long}"), &format!("{long}2{long}"));
        assert!(from.starts_with("…网") && from.ends_with('…') && from.contains('1'), "{from}");
        assert!(to.contains('2') && to.chars().count() == LINE + 2, "{to}");
        let (from, to) = cut(&long, "");
        assert!(from.ends_with('…') && !from.starts_with('…') && to.is_empty(), "{from} {to}");
    }

    #[test]
    fn one_that_only_became_longer_shows_its_end() {
        let long = "a".repeat(100);
        let (from, to) = cut(&long, &format!("{long}b"));
        assert_eq!(
            (from.as_str(), to.as_str()),
            (format!("…{}", "a".repeat(LEAD)).as_str(), format!("…{}b", "a".repeat(LEAD)).as_str())
        );
    }
}
