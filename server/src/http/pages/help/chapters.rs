//! The manual's chapters, in the order of reading. Their texts stand in `docs/manual`, where they are read without a console too.

use app::Lang;

/// A chapter in both languages.
#[derive(Debug)]
pub(in crate::http::pages) struct Chapter {
    /// Its name in addresses and of its files.
    pub(in crate::http::pages) slug: &'static str,
    en: &'static str,
    zh: &'static str,
}

macro_rules! chapters {
    ($($slug:literal,)*) => {
        /// All of them.
        pub(in crate::http::pages) const CHAPTERS: &[Chapter] = &[$(Chapter {
            slug: $slug,
            en: include_str!(concat!("../../../../../docs/manual/en/", $slug, ".md")),
            zh: include_str!(concat!("../../../../../docs/manual/zh/", $slug, ".md")),
        },)*];
    };
}

chapters! {
    "first-steps",
    "changes",
    "virtual-servers",
    "real-servers",
    "monitoring",
    "redundancy",
    "directors",
    "from-piranha",
    "people",
    "console",
    "trouble",
    "keyboard",
}

impl Chapter {
    /// The one of this name.
    pub(super) fn find(slug: &str) -> Option<(usize, &'static Self)> {
        CHAPTERS.iter().enumerate().find(|(_, chapter)| chapter.slug == slug)
    }

    /// Its text, in Markdown.
    pub(super) fn text(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }

    /// Its title: the text's first line, a heading.
    pub(in crate::http::pages) fn title(&self, lang: Lang) -> &'static str {
        self.text(lang).lines().next().unwrap_or_default().trim_start_matches("# ")
    }

    /// Its page.
    pub(in crate::http::pages) fn href(&self) -> String {
        format!("/help/{}", self.slug)
    }
}
