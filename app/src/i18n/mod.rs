//! The catalogue: every word that a page says, in English and in Chinese side by side.
//!
//! One file per page. A message is a constant with both texts, so one that is missing does not compile; the tests
//! below check that placeholders agree and that the Chinese is Chinese.
//!
//! ```text
//! messages! {
//!     SAVED = "Saved {name}.", "已保存 {name}。";
//!     SERVERS = "{n} real server|{n} real servers", "{n} 台真实服务器";
//! }
//! SAVED.with(lang, &[("name", &name)]);   // placeholders
//! SERVERS.count(lang, n);                 // the English side has one form for 1 and one for the rest
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

/// The languages of the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

/// One message in every language. Texts never hold HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Msg {
    /// The English text; with `|` between the form for 1 and the form for the rest where it counts something.
    pub en: &'static str,
    /// The Chinese text.
    pub zh: &'static str,
}

/// Defines messages: `NAME = "English", "中文";`.
macro_rules! messages {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(#[doc = $en] pub const $name: $crate::i18n::Msg = $crate::i18n::Msg { en: $en, zh: $zh };)*
        #[cfg(test)]
        pub(in crate::i18n) const ALL: &[(&str, $crate::i18n::Msg)] = &[$((stringify!($name), $name),)*];
    };
}

/// Declares the catalogue's files, so that none can be left out of the tests.
macro_rules! catalogue {
    ($($(#[$doc:meta])* $file:ident;)*) => {
        $($(#[$doc])* pub mod $file;)*
        #[cfg(test)]
        const CATALOGUE: &[(&str, &[(&str, Msg)])] = &[$((stringify!($file), $file::ALL),)*];
    };
}

catalogue! {
    /// The account page and logging in.
    account;
    /// What surrounds a machine's table.
    around;
    /// The audit log.
    audit;
    /// Many virtual servers at once, and copies of one.
    bulk;
    /// Why something on a director is not as it should be.
    causes;
    /// Changes and how far the directors are.
    changes;
    /// Clusters.
    clusters;
    /// Words that many pages use.
    common;
    /// The live connection table.
    connections;
    /// Control / Monitoring.
    control;
    /// Directors.
    directors;
    /// What the doctor finds.
    doctor;
    /// Error pages.
    errors;
    /// The timeline of events.
    events;
    /// Writing a cluster for other programs.
    export;
    /// Labels and help of everything that can be configured.
    fields;
    /// Entries that somebody else made.
    foreign;
    /// The frame around every page.
    frame;
    /// The manual's frame.
    help;
    /// Global settings.
    global;
    /// A cluster's revisions.
    history;
    /// Importing an lvs.cf or a saved table.
    import;
    /// Real servers by address.
    machines;
    /// Two people edited one object.
    merging;
    /// Monitoring scripts.
    monitoring;
    /// All clusters at a glance.
    overview;
    /// People, their roles and their sessions.
    people;
    /// What is wrong with an input.
    problems;
    /// Redundancy.
    redundancy;
    /// Finding things, and shortcuts.
    search;
    /// Real servers of a virtual server.
    servers;
    /// Virtual servers.
    services;
    /// The console's own settings.
    settings;
    /// States.
    states;
    /// Spans of time.
    times;
    /// Why a director gave no answer.
    unanswered;
}

// === impl Lang ===

impl Lang {
    /// All of them.
    pub const ALL: &[Self] = &[Self::En, Self::Zh];

    /// The language's tag in HTML and HTTP (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// The language's name in itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Zh => "中文",
        }
    }

    /// Takes `en`, `zh` and tags that begin with them.
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        match primary.to_ascii_lowercase().as_str() {
            "en" => Some(Self::En),
            "zh" => Some(Self::Zh),
            _ => None,
        }
    }

    /// The first language of an `Accept-Language` header that the console speaks, by weight; English where there is none.
    pub fn accept(header: &str) -> Self {
        let mut best: Option<(f32, Self)> = None;
        for part in header.split(',') {
            let (tag, weight) = part.split_once(';').unwrap_or((part, ""));
            let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).unwrap_or(1.0_f32);
            let Some(lang) = Self::parse(tag) else { continue };
            if weight > 0.0 && best.is_none_or(|(before, _)| weight > before) {
                best = Some((weight, lang));
            }
        }
        best.map_or(Self::En, |(_, lang)| lang)
    }
}

// === impl Msg ===

impl Msg {
    /// The text; for messages without placeholders.
    pub const fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }

    /// The text with its placeholders filled: `{name}` becomes the value given for `name`.
    pub fn with(self, lang: Lang, values: &[(&str, &dyn fmt::Display)]) -> String {
        fill(self.get(lang), values)
    }

    /// The text for a number, which also fills `{n}`.
    pub fn count(self, lang: Lang, n: u64) -> String {
        self.count_with(lang, n, &[])
    }

    /// As [`Msg::count`], with further placeholders.
    pub fn count_with(self, lang: Lang, n: u64, values: &[(&str, &dyn fmt::Display)]) -> String {
        let text = self.get(lang);
        let form = match text.split_once('|') {
            Some((one, _)) if n == 1 => one,
            Some((_, many)) => many,
            None => text,
        };
        let number = grouped(n);
        let mut all: Vec<(&str, &dyn fmt::Display)> = vec![("n", &number)];
        all.extend_from_slice(values);
        fill(form, &all)
    }
}

/// Fills placeholders in one pass, so that a value that looks like a placeholder stays what it is.
fn fill(text: &str, values: &[(&str, &dyn fmt::Display)]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match values.iter().find(|(given, _)| *given == name) {
            Some((_, value)) => out.push_str(&value.to_string()),
            None => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Names one after the other, as the language separates them: `vs1, vs2`.
pub fn listed<S: std::borrow::Borrow<str>>(names: &[S], lang: Lang) -> String {
    names.join(if lang == Lang::Zh { "、" } else { ", " })
}

/// A number with its thousands apart, by a comma in both languages: `12,345`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The language of the page that is being made, which the frame (or an island, from its own input) has set.
pub fn use_lang() -> Lang {
    leptos::prelude::use_context().unwrap_or_default()
}

/// A message in the page's language.
pub fn t(msg: Msg) -> &'static str {
    msg.get(use_lang())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Words that stay as they are in Chinese: names, LVS's own words, units, literals to type.
    const KEPT: &[&str] = &[
        "Arapaima",
        "Piranha",
        "LVS",
        "IPVS",
        "VIP",
        "DIP",
        "RIP",
        "CIP",
        "IP",
        "IPv4",
        "IPv6",
        "TCP",
        "UDP",
        "SCTP",
        "NAT",
        "DR",
        "TUN",
        "FIN",
        "SIP",
        "PROXY",
        "TLS",
        "CA",
        "ID",
        "UTC",
        "ipvsadm",
        "ipvsadm-Ln",
        "Ln",
        "arapaima",
        "arapaima-agent",
        "agent",
        "cf",
        "lvs",
        "IPIP",
        "GUE",
        "GRE",
        "TTL",
        "kB",
        "s",
        "min",
        "h",
        "d",
        "n",
        "Ctrl",
        "K",
        "SHA",
        "rup",
        "ruptime",
        "uptime",
        "rstatd",
        "rwhod",
        "eth",
        "SQLite",
        "MB",
        "MiB",
        "GB",
        "MAC",
        "v2",
        "HTTP",
        "HTTPS",
        "JSON",
        "fwmark",
        "wlc",
        "rr",
        "Unicode",
        "English",
        "Call",
        "URL",
        "JavaScript",
        "Linux",
        "Agent",
        "Maglev",
        "SCSI",
        "CR",
        "LF",
        "NUL",
        "CSV",
        "shell",
    ];

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name)).collect()
    }

    fn is_chinese(c: char) -> bool {
        // Characters, and the full-width signs that stand between them.
        matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
    }

    fn each(mut check: impl FnMut(&str, Msg)) {
        for (file, messages) in CATALOGUE {
            assert!(!messages.is_empty(), "{file} is empty");
            for (name, msg) in *messages {
                check(&format!("{file}::{name}"), *msg);
            }
        }
    }

    #[test]
    fn both_languages_have_the_same_placeholders() {
        each(|name, msg| {
            for form in msg.en.split('|') {
                assert_eq!(placeholders(form), placeholders(msg.zh), "{name}");
            }
            assert!(!msg.zh.contains('|'), "{name}: Chinese has one form");
            assert!(!msg.en.is_empty() && !msg.zh.is_empty(), "{name}");
        });
    }

    #[test]
    fn english_holds_no_chinese() {
        each(|name, msg| assert!(!msg.en.chars().any(is_chinese), "{name}: {}", msg.en));
    }

    #[test]
    fn chinese_is_chinese_and_no_english_is_left_in_it() {
        each(|name, msg| {
            let mut text = msg.zh.to_owned();
            for placeholder in placeholders(msg.zh) {
                text = text.replace(&format!("{{{placeholder}}}"), " ");
            }
            // What stands in backquotes is to be typed or read as it is.
            let text: String = text.split('`').step_by(2).collect();
            let words: Vec<&str> = text
                .split(|c: char| !c.is_ascii_alphanumeric())
                .filter(|word| word.chars().any(|c| c.is_ascii_alphabetic()))
                .collect();
            for word in &words {
                assert!(KEPT.contains(word), "{name}: “{word}” in {}", msg.zh);
            }
            assert!(
                text.chars().any(is_chinese) || msg.en == msg.zh || !words.is_empty(),
                "{name}: {}",
                msg.zh
            );
        });
    }

    #[test]
    fn placeholders_are_filled_once() {
        let msg = Msg { en: "{a} and {b}, {c}", zh: "{a}{b}{c}" };
        assert_eq!(msg.with(Lang::En, &[("a", &"{b}"), ("b", &2)]), "{b} and 2, {c}");
        let msg = Msg { en: "{n} server|{n} servers", zh: "{n} 台" };
        assert_eq!(msg.count(Lang::En, 1), "1 server");
        assert_eq!(msg.count(Lang::En, 12_345), "12,345 servers");
        assert_eq!(msg.count(Lang::Zh, 0), "0 台");
    }

    #[test]
    fn the_browsers_language_is_taken() {
        assert_eq!(Lang::accept("zh-TW,zh;q=0.9,en;q=0.8"), Lang::Zh);
        assert_eq!(Lang::accept("de, en;q=0.7, zh;q=0.8"), Lang::Zh);
        assert_eq!(Lang::accept("fr"), Lang::En);
        assert_eq!(Lang::accept("zh;q=0"), Lang::En);
        assert_eq!(Lang::accept(""), Lang::En);
    }
}
