//! What folded parts of the form are set to, in a few words. Made from what was typed, so that it is right after errors too.

use model::input::ServiceInput;

use crate::Lang;
use crate::i18n::{common, services as words};
use crate::pages::inputs::is_on;

/// A field that is typed in, or what stands for nothing.
fn or(text: &str, nothing: &str) -> String {
    let text = text.trim();
    if text.is_empty() { nothing.to_owned() } else { text.to_owned() }
}

pub(super) fn interface(input: &ServiceInput, lang: Lang) -> String {
    let device = or(&input.device, words::F_INTERFACE_UNSET.get(lang));
    let mask = or(&input.vip_nmask, words::HOST_MASK.get(lang));
    format!("{device} · {mask}")
}

pub(super) fn mark(input: &ServiceInput, lang: Lang) -> String {
    or(&input.fwmark, words::F_MARK_NONE.get(lang))
}

pub(super) fn flags(input: &ServiceInput, lang: Lang) -> String {
    let named = [(&input.sched_fallback, "fallback"), (&input.sched_port, "port")];
    let set: Vec<&str> = named.iter().filter(|(typed, _)| is_on(typed)).map(|(_, name)| *name).collect();
    if set.is_empty() { common::NONE.get(lang).to_owned() } else { set.join(", ") }
}

pub(super) fn persistence(input: &ServiceInput, lang: Lang) -> String {
    let time = input.persistent.trim();
    if time.is_empty() || time == "0" {
        return words::F_ADVANCED_OFF.get(lang).to_owned();
    }
    let mut summary = format!("{time} {}", common::UNITS_SECONDS.get(lang));
    for part in [&input.pmask, &input.pe] {
        if !part.trim().is_empty() {
            summary.push_str(" · ");
            summary.push_str(part.trim());
        }
    }
    summary
}

pub(super) fn on_off(typed: &str, lang: Lang) -> &'static str {
    if is_on(typed) { words::F_ADVANCED_ON.get(lang) } else { words::F_ADVANCED_OFF.get(lang) }
}

pub(super) fn load(input: &ServiceInput, lang: Lang) -> String {
    match input.load_monitor.as_str() {
        "" | "none" => common::NONE.get(lang).to_owned(),
        "program" => or(&input.load_program, "?"),
        known => known.to_owned(),
    }
}
