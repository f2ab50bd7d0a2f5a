//! The manual inside the console.

mod chapters;
mod markdown;
mod pictures;

use std::sync::LazyLock;

use app::Lang;
use app::i18n::help as words;
use app::pages::help::{self as pages, ChapterPage, Contents};
use axum::http::header;
use axum::response::{IntoResponse, Response};

pub(super) use chapters::CHAPTERS;
use chapters::Chapter;
use markdown::Rendered;

use crate::http::{Need, Page, PageError, Path, Routes};

/// Every chapter in English and Chinese, rendered once.
static RENDERED: LazyLock<Vec<[Rendered; 2]>> = LazyLock::new(|| {
    CHAPTERS
        .iter()
        .map(|chapter| [Lang::En, Lang::Zh].map(|lang| markdown::render(chapter.text(lang))))
        .collect()
});

/// These pages' routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get_as(Need::Session, "/help", contents)
        .get_as(Need::Session, "/help/{chapter}", chapter)
        .get_as(Need::Session, "/help/images/{file}", picture)
}

async fn contents(page: Page) -> Response {
    let contents = Contents { chapters: listed(page.lang()) };
    page.html(words::TITLE.get(page.lang()), move || pages::contents(contents))
}

async fn chapter(page: Page, Path(slug): Path<String>) -> Result<Response, PageError> {
    let lang = page.lang();
    let (index, chapter) = Chapter::find(&slug).ok_or(PageError::NotFound)?;
    let Rendered { html, headings } = rendered(index, lang).clone();
    let content =
        ChapterPage { title: chapter.title(lang).into(), html, headings, chapters: listed(lang), index };
    Ok(page.html(chapter.title(lang), move || pages::chapter(content)))
}

/// Pictures are part of the program, so their names say which: none is ever built from a request.
async fn picture(Path(file): Path<String>) -> Result<Response, PageError> {
    let bytes = pictures::find(&file).ok_or(PageError::NotFound)?;
    let headers = [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "private, max-age=3600")];
    Ok((headers, bytes).into_response())
}

fn rendered(index: usize, lang: Lang) -> &'static Rendered {
    &RENDERED[index][usize::from(lang == Lang::Zh)]
}

/// Every chapter's title, page, and sections.
fn listed(lang: Lang) -> Vec<pages::Listed> {
    let listed = CHAPTERS.iter().enumerate().map(|(index, chapter)| pages::Listed {
        title: chapter.title(lang).into(),
        href: chapter.href(),
        sections: rendered(index, lang).headings.clone(),
    });
    listed.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn both_languages_have_the_same_chapters_with_as_many_sections() {
        for (index, chapter) in CHAPTERS.iter().enumerate() {
            let [en, zh] = &RENDERED[index];
            assert!(
                chapter.text(Lang::En).starts_with("# ") && chapter.text(Lang::Zh).starts_with("# "),
                "{chapter:?}"
            );
            assert_eq!(en.headings.len(), zh.headings.len(), "{}", chapter.slug);
            assert!(en.html.len() > 400 && zh.html.len() > 400, "{} says too little", chapter.slug);
        }
    }

    #[test]
    fn no_link_or_picture_leads_nowhere() {
        let mut shown = BTreeSet::new();
        for (chapter, rendered) in CHAPTERS.iter().zip(RENDERED.iter()) {
            for (lang, Rendered { html, .. }) in [Lang::En, Lang::Zh].into_iter().zip(rendered) {
                for link in html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                    let Some(target) = link.strip_prefix("/help/") else { continue };
                    let (slug, anchor) = target.split_once('#').unwrap_or((target, ""));
                    let (index, _) =
                        Chapter::find(slug).unwrap_or_else(|| panic!("{}: {link}", chapter.slug));
                    let headings = &RENDERED[index][usize::from(lang == Lang::Zh)].headings;
                    assert!(
                        anchor.is_empty() || headings.iter().any(|(at, _)| at == anchor),
                        "{}: {link}",
                        chapter.slug
                    );
                }
                for src in html.split("src=\"/help/images/").skip(1).filter_map(|rest| rest.split('"').next())
                {
                    assert!(pictures::find(src).is_some(), "{}: no picture {src}", chapter.slug);
                    shown.insert(src.to_owned());
                }
            }
        }
        let there: BTreeSet<String> = pictures::PICTURES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(shown, there, "every picture is shown somewhere");
    }
}
