//! The page about the console: versions and licences.

use app::i18n::settings as words;
use app::pages::settings::about::{self as pages, About, Package};
use axum::extract::State;
use axum::response::Response;

use crate::http::{AppState, Need, Page, PageError, Routes};

/// Everything that is linked into it: name, version, licence, address. `cargo xtask licences` writes it.
const LICENCES: &str = include_str!("licences.tsv");

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new().get_as(Need::Administrator, "/settings/about", show)
}

async fn show(State(state): State<AppState>, page: Page) -> Result<Response, PageError> {
    let about = About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        target: env!("BUILT_FOR").to_owned(),
        compiler: env!("BUILT_WITH").to_owned(),
        profile: env!("BUILT_AS").to_owned(),
        protocol: protocol::PROTOCOL,
        schema: state.store.schema().await?,
        packages: LICENCES.lines().filter_map(package).collect(),
    };
    Ok(page.html(words::ABOUT_TITLE.get(page.lang()), move || pages::view(about)))
}

fn package(line: &'static str) -> Option<Package> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    Some(Package { name: next()?, version: next()?, licence: next()?, source: next().unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_package_with_a_licence() {
        let packages: Vec<Package> = LICENCES.lines().filter_map(package).collect();
        assert_eq!(packages.len(), LICENCES.lines().count());
        assert!(packages.iter().all(|package| !package.licence.is_empty()));
        assert!(packages.iter().any(|package| package.name == "axum"));
    }
}
