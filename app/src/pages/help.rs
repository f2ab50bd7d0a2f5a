//! The manual: contents, and one page a chapter.

use leptos::prelude::*;

use crate::components::PageHeader;
use crate::i18n::{help as words, t, use_lang};

/// The manual's contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Every chapter.
    pub chapters: Vec<Listed>,
}

/// A chapter in the contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its title.
    pub title: String,
    /// Its page.
    pub href: String,
    /// Its sections: anchor and text.
    pub sections: Vec<(String, String)>,
}

/// A chapter's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChapterPage {
    /// Its title.
    pub title: String,
    /// What stands below it: HTML that the console has made of its own texts.
    pub html: String,
    /// Its sections: anchor and text.
    pub headings: Vec<(String, String)>,
    /// Every chapter.
    pub chapters: Vec<Listed>,
    /// Which of them this is.
    pub index: usize,
}

/// The page with the contents.
pub fn contents(contents: Contents) -> AnyView {
    let chapters = contents.chapters.into_iter().map(|chapter| {
        let href = chapter.href.clone();
        let sections = chapter.sections.into_iter().map(move |(anchor, text)| {
            view! { <li><a href=format!("{href}#{anchor}")>{text}</a></li> }
        });
        view! {
            <li>
                <h2><a href=chapter.href>{chapter.title}</a></h2>
                <ul>{sections.collect_view()}</ul>
            </li>
        }
    });
    view! {
        <PageHeader title=t(words::TITLE) intro=t(words::INTRO)/>
        <ol class="manual-contents">{chapters.collect_view()}</ol>
    }
    .into_any()
}

/// The page of a chapter.
pub fn chapter(chapter: ChapterPage) -> AnyView {
    let lang = use_lang();
    let ChapterPage { title, html, headings, chapters, index } = chapter;
    let beside = |at: Option<usize>, msg: crate::i18n::Msg| {
        let listed = chapters.get(at?)?;
        let label = msg.with(lang, &[("title", &listed.title)]);
        Some(view! { <a href=listed.href.clone()>{label}</a> })
    };
    let before = beside(index.checked_sub(1), words::BEFORE);
    let next = beside(Some(index + 1), words::NEXT);
    let list = chapters.iter().enumerate().map(|(at, listed)| {
        let current = (at == index).then_some("page");
        view! { <li><a href=listed.href.clone() aria-current=current>{listed.title.clone()}</a></li> }
    });
    let list = list.collect_view();
    let sections = headings
        .into_iter()
        .map(|(anchor, text)| view! { <li><a href=format!("#{anchor}")>{text}</a></li> })
        .collect_view();
    view! {
        <div class="manual">
            <article class="manual-text">
                <h1>{title}</h1>
                <div inner_html=html></div>
                <nav class="manual-ends">{before}{next}</nav>
            </article>
            <div class="manual-side">
                <nav aria-label=t(words::ON_THIS_PAGE)><h2>{t(words::ON_THIS_PAGE)}</h2><ul>{sections}</ul></nav>
                <nav aria-label=t(words::CHAPTERS)><h2>{t(words::CHAPTERS)}</h2><ol>{list}</ol></nav>
            </div>
        </div>
    }
    .into_any()
}
