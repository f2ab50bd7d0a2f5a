//! How somebody likes the live table: a form that sets a cookie, so that it works without script.

use leptos::prelude::*;

use crate::components::{Icon, icon};
use crate::i18n::{Lang, control as words, times};
use crate::live::{Column, EVERY, Look};

/// The menu above the table. `back` is where it leads back to.
pub(super) fn menu(look: &Look, back: String, lang: Lang) -> AnyView {
    let columns = Column::ALL.into_iter().filter(|column| *column != Column::Name).map(|column| {
        let group = match column {
            Column::Active | Column::Inactive => Some(words::GROUP_CONNECTIONS),
            Column::In | Column::Out => Some(words::GROUP_TRAFFIC),
            _ => None,
        };
        let label = match group {
            Some(group) => format!("{} · {}", group.get(lang), column.label(lang)),
            None => column.label(lang).to_owned(),
        };
        view! {
            <label class="tick">
                <input type="checkbox" name="column" value=column.word() checked=look.shows(column)/>
                <span>{label}</span>
            </label>
        }
    });
    let every = EVERY.iter().map(|&seconds| {
        let label = times::SECONDS.with(lang, &[("n", &seconds)]);
        view! { <option value=seconds.to_string() selected={seconds == look.every}>{label}</option> }
    });
    let (compact, auto) = (look.compact, look.updates());
    view! {
        <details class="menu look">
            <summary class="button">{icon(Icon::Sliders)}<span>{words::LOOK.get(lang)}</span></summary>
            <form class="menu-body" method="post" action="/preferences">
                <input type="hidden" name="back" value=back/>
                <input type="hidden" name="table" value="on"/>
                <fieldset>
                    <legend>{words::LOOK_COLUMNS.get(lang)}</legend>
                    <div class="ticks">{columns.collect_view()}</div>
                </fieldset>
                <label class="tick"><input type="checkbox" name="compact" checked=compact/><span>{words::LOOK_COMPACT.get(lang)}</span></label>
                <label class="tick"><input type="checkbox" name="auto" checked=auto/><span>{words::LOOK_AUTO.get(lang)}</span></label>
                <label class="tick">
                    <span>{words::LOOK_EVERY.get(lang)}</span>
                    <select class="input" name="every">{every.collect_view()}</select>
                </label>
                <p class="help">{words::LOOK_EVERY_HELP.get(lang)}</p>
                // For those who may only look too: it changes nothing but the page.
                <button class="button" type="submit">{words::LOOK_SET.get(lang)}</button>
            </form>
        </details>
    }
    .into_any()
}
