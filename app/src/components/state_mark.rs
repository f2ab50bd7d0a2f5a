//! A state: shape, word, since when.

use leptos::prelude::*;

use super::Since;
use crate::State;
use crate::i18n::use_lang;

/// Shows a state with its word, and since when.
#[component]
pub fn StateMark(
    /// The state.
    state: State,
    /// Another word than the state's own: "Connected".
    #[prop(optional_no_strip, into)]
    word: Option<String>,
    /// When it began, in milliseconds since 1970; where it is not known, nothing is said.
    #[prop(optional_no_strip)]
    since: Option<i64>,
) -> AnyView {
    let word = word.unwrap_or_else(|| state.word(use_lang()).to_owned());
    view! {
        <span class=format!("state {}", state.name())>
            <span class="mark-box" inner_html=state.mark()></span>
            <span class="word">{word}</span>
            {since.filter(|&ms| ms > 0).map(|ms| view! { " "<Since ms=ms/> })}
        </span>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    #[test]
    fn every_state_has_a_shape_and_a_word() {
        let set = html(Lang::En, crate::components::mark_set);
        for &state in State::ALL {
            let page = html(Lang::Zh, || view! { <StateMark state=state since=Some(1)/> });
            assert!(page.contains(state.word(Lang::Zh)) && page.contains("<time"), "{page}");
            assert!(set.contains(&format!(r#"id="m-{}""#, state.name())), "{state:?} has no shape");
        }
    }
}
