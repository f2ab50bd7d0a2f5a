//! What the filter of the live table finds, in words: it changes while somebody looks.

use super::{Shape, View};
use crate::html;
use crate::i18n::{Lang, control as words};

/// "3 virtual servers", or "2 of 3 virtual servers" where there is a filter.
pub fn found_words(shape: &Shape, view: &View, lang: Lang) -> String {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let all = count(shape.services.len());
    if view.asked(lang).is_empty() {
        return words::SERVICES_N.count(lang, all);
    }
    let shown = count(view.matching(shape).len());
    words::SHOWN_OF.count_with(lang, all, &[("shown", &shown)])
}

/// That nothing is found, with the way to all there is at `all`, as `EmptyState` writes it.
pub(crate) fn nothing_html(asked: &str, all: &str, lang: Lang) -> String {
    let said = words::FILTER_NOTHING.with(lang, &[("q", &asked)]);
    format!(
        r#"<div class="empty"><h2>{}</h2><div class="empty-actions"><a class="button" href="{all}">{}</a></div></div>"#,
        html::escape(&said),
        words::SHOW_ALL.get(lang)
    )
}

impl View {
    /// What is filtered by, in words; empty without a filter.
    pub fn asked(&self, lang: Lang) -> String {
        let state = self.state.map(|state| state.word(lang));
        let asked = [self.q.as_str()].into_iter().filter(|q| !q.is_empty()).chain(state);
        asked.collect::<Vec<_>>().join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Look, Trends, samples, sheet};
    use super::*;

    #[test]
    fn what_is_found_is_counted_and_nothing_is_said() {
        let shape = samples::shape();
        let all = View::default();
        assert_eq!(found_words(&shape, &all, Lang::En), "2 virtual servers");
        let told = |view: &View| {
            let (numbers, trends) = (samples::numbers(), Trends::default());
            let sheet = sheet(7, (&shape, &numbers, &trends), view, &Look::default(), Lang::En);
            sheet.part("live-nothing")
        };
        assert_eq!(told(&all), "");
        let failing = View::parse("<web>", "", "").in_state("failing");
        assert_eq!(found_words(&shape, &failing, Lang::En), "0 of 2 virtual servers");
        assert!(told(&failing).contains("“&lt;web&gt; · Failing”"));
    }
}
