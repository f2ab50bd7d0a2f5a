//! The document: head, frame, page.

use leptos::prelude::*;

use super::{Frame, Theme, cluster, keys, rail, top};
use crate::components::{Notice, mark_set};
use crate::i18n::{common, frame as words};

/// What a fish looks like on 16 × 16.
const FAVICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='3' fill='%230b6e7f'/%3E%3Cpath d='M2.5 8c2-3.5 6.5-3.8 8.5-1l2.5-2v6l-2.5-2c-2 2.8-6.5 2.5-8.5-1z' fill='%23fff'/%3E%3C/svg%3E";

pub(super) fn document(frame: &Frame, title: &str, body: impl FnOnce() -> AnyView) -> AnyView {
    let lang = frame.lang;
    let theme = (frame.theme != Theme::System).then(|| frame.theme.name());
    let script = script(frame);
    let (nonce, css) = (frame.nonce.clone(), frame.assets.css.clone());
    let flash = frame.flash.clone();
    let reload = frame.reload.map(|seconds| {
        view! { <noscript><meta http-equiv="refresh" content=seconds.to_string()/></noscript> }
    });
    let content = body();
    let framed = if frame.user.is_some() {
        let top = top::top(frame, title);
        let rail = rail::rail(frame);
        let header = frame.cluster.as_ref().map(cluster::header);
        view! {
            {top}
            <div class="below">
                {rail}
                <div class="page-column">
                    {header}
                    <main id="main" tabindex="-1">
                        {flash.map(|flash| view! { <Notice tone=flash.tone text=flash.text next=flash.next/> })}
                        {content}
                    </main>
                </div>
            </div>
            {keys::sheet(lang)}
        }
        .into_any()
    } else {
        let choices = top::choices(frame);
        view! {
            <header class="top bare">{choices}</header>
            <main id="main" class="alone" tabindex="-1">
                {flash.map(|flash| view! { <Notice tone=flash.tone text=flash.text next=flash.next/> })}
                {content}
            </main>
        }
        .into_any()
    };
    view! {
        <!DOCTYPE html>
        <html lang=lang.tag() data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="referrer" content="same-origin"/>
                {reload}
                <title>{window_title(frame, title)}</title>
                <link rel="icon" href=FAVICON/>
                <link rel="stylesheet" href=css/>
            </head>
            <body data-unsaved=common::UNSAVED.get(lang)>
                <a class="skip" href="#main">{words::SKIP.get(lang)}</a>
                {mark_set()}
                {framed}
                <script nonce=nonce inner_html=script></script>
            </body>
        </html>
    }
    .into_any()
}

/// What a tab of the browser is called: the cluster first, so that two of them are told apart.
fn window_title(frame: &Frame, title: &str) -> String {
    match &frame.cluster {
        Some(cluster) => format!("{} · {title} · Arapaima", cluster.name),
        None => format!("{title} · Arapaima"),
    }
}

/// The page's own script with the addresses of the islands. They come from the console's manifest, never from a user.
fn script(frame: &Frame) -> String {
    let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default().replace('<', "\\u003c");
    let (js, wasm) = (quoted(&frame.assets.js), quoted(&frame.assets.wasm));
    format!("{}({js},{wasm})", include_str!("script.js").trim_end())
}
