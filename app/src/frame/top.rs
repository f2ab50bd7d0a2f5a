//! The bar at the top: where am I, go to, language, theme, account.

use leptos::prelude::*;

use super::{Frame, Place, Theme};
use crate::Lang;
use crate::components::{Icon, icon};
use crate::i18n::{frame as words, search};

pub(super) fn top(frame: &Frame, title: &str) -> AnyView {
    let lang = frame.lang;
    let user = frame.user.clone().unwrap_or_default();
    view! {
        <header class="top">
            <button class="button quiet menu-button" type="button" popovertarget="rail">{icon(Icon::Menu)}<span>{words::MENU.get(lang)}</span></button>
            <a class="brand" href="/">{fish()}<span>"Arapaima"</span></a>
            {breadcrumb(frame, title)}
            {go_to(lang)}
            {choices(frame)}
            <details class="menu account">
                <summary title=words::ACCOUNT.get(lang)>{icon(Icon::Person)}<span class="who">{user}</span></summary>
                <div class="menu-body">
                    <a href="/account">{words::OWN_ACCOUNT.get(lang)}</a>
                    <button type="button" popovertarget="keys">{search::KEYS_TITLE.get(lang)}</button>
                    <form method="post" action="/logout"><button type="submit">{words::LOG_OUT.get(lang)}</button></form>
                </div>
            </details>
        </header>
    }
    .into_any()
}

fn fish() -> AnyView {
    view! {
        <svg class="fish" viewBox="0 0 20 20" aria-hidden="true"
            inner_html=r#"<path d="M1.5 10c3-5.2 9.5-5.5 12.5-1.2L18.5 5.5v9L14 11.2C11 15.5 4.5 15.2 1.5 10z" fill="currentColor"/><circle cx="5.6" cy="9.2" r="1" fill="var(--ground)"/>"#></svg>
    }
    .into_any()
}

/// The way to anything by its name. A form without script; with it the list stands below the field, and Ctrl-K leads here.
fn go_to(lang: Lang) -> AnyView {
    view! {
        <form class="go-to" method="get" action="/search" role="search" aria-label=search::GO_TO_HINT.get(lang)>
            {icon(Icon::Search)}
            <input class="input" id="go-to" type="search" name="q" autocomplete="off" spellcheck="false" maxlength="200"
                placeholder=search::GO_TO.get(lang) aria-label=search::GO_TO_HINT.get(lang) aria-keyshortcuts="Control+K"/>
            <kbd aria-hidden="true">"Ctrl K"</kbd>
            <div class="go-to-found" hidden></div>
        </form>
        <a class="button quiet go-to-page" href="/search" title=search::TITLE.get(lang)>{icon(Icon::Search)}<span class="unseen">{search::TITLE.get(lang)}</span></a>
    }
    .into_any()
}

/// Language and theme: forms that post to the preferences and come back to the page.
pub(super) fn choices(frame: &Frame) -> AnyView {
    let lang = frame.lang;
    let other = if lang == Lang::En { Lang::Zh } else { Lang::En };
    let other_name = match other {
        Lang::En => "en",
        Lang::Zh => "zh",
    };
    let drawn = match frame.theme {
        Theme::System => Icon::Screen,
        Theme::Light => Icon::Sun,
        Theme::Dark => Icon::Moon,
    };
    let themes = [
        (Theme::System, words::THEME_SYSTEM, Icon::Screen),
        (Theme::Light, words::THEME_LIGHT, Icon::Sun),
        (Theme::Dark, words::THEME_DARK, Icon::Moon),
    ];
    let current = frame.theme;
    let themes = themes.map(|(theme, label, drawn)| {
        let pressed = if theme == current { "true" } else { "false" };
        view! { <button type="submit" name="theme" value=theme.name() aria-pressed=pressed>{icon(drawn)}<span>{label.get(lang)}</span></button> }
    });
    let (back, back_too) = (frame.path.clone(), frame.path.clone());
    view! {
        <form class="language" method="post" action="/preferences">
            <input type="hidden" name="back" value=back/>
            <button class="button quiet" type="submit" name="lang" value=other_name lang=other.tag() title=words::LANGUAGE.get(lang)>
                {icon(Icon::Globe)}<span>{other.own_name()}</span>
            </button>
        </form>
        <details class="menu theme">
            <summary title=words::THEME.get(lang)>{icon(drawn)}<span class="unseen">{words::THEME.get(lang)}</span></summary>
            <form class="menu-body" method="post" action="/preferences">
                <input type="hidden" name="back" value=back_too/>
                {themes.into_iter().collect_view()}
            </form>
        </details>
    }
    .into_any()
}

/// Section, cluster, what the page adds, and the page itself.
fn breadcrumb(frame: &Frame, title: &str) -> AnyView {
    let lang = frame.lang;
    let mut trail: Vec<(String, String)> = Vec::new();
    if let Some(place) = Place::of(&frame.path) {
        trail.push((place.label(lang).to_owned(), place.href().to_owned()));
    }
    if let Some(cluster) = &frame.cluster {
        trail.push((cluster.name.clone(), format!("/clusters/{}/control", cluster.id)));
        if let Some(tab) = cluster.tab {
            trail.push((tab.label(lang), tab.href(cluster.id)));
        }
    }
    trail.extend(frame.crumbs.iter().cloned());
    // The page itself ends the trail, once.
    if trail.last().is_some_and(|(label, _)| label == title) {
        trail.pop();
    }
    let links = trail.into_iter().map(|(label, href)| view! { <li><a href=href>{label}</a></li> });
    view! {
        <nav class="trail" aria-label=words::BREADCRUMB.get(lang)>
            <ol>
                {links.collect_view()}
                <li aria-current="page">{title.to_owned()}</li>
            </ol>
        </nav>
    }
    .into_any()
}
