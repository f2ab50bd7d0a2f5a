//! What the console says of itself: versions, and the licences of everything in it.

use leptos::prelude::*;

use crate::components::{Column, DataTable, Fact, Facts, PageHeader, Section, coded};
use crate::i18n::{settings as words, t, use_lang};

/// The page.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The program's version.
    pub version: String,
    /// The target that it was built for.
    pub target: String,
    /// The compiler.
    pub compiler: String,
    /// The profile.
    pub profile: String,
    /// The protocol's version that agents speak.
    pub protocol: u32,
    /// The database's schema.
    pub schema: i64,
    /// What is in it.
    pub packages: Vec<Package>,
}

/// A package that is linked into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Its licence, as an SPDX expression.
    pub licence: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

/// The page's view.
pub fn view(about: About) -> AnyView {
    let lang = use_lang();
    let count = u64::try_from(about.packages.len()).unwrap_or(u64::MAX);
    let columns = vec![
        Column::text(t(words::COL_PACKAGE)),
        Column::text(t(words::COL_VERSION)),
        Column::text(t(words::COL_LICENCE)),
        Column::text(t(words::COL_SOURCE)).secondary(),
    ];
    let rows = about.packages.into_iter().map(|package| {
        view! {
            <tr lang="en">
                <td>{package.name}</td>
                <td class="mono">{package.version}</td>
                <td>{package.licence}</td>
                <td class="secondary muted">{package.source}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <PageHeader title=t(words::ABOUT_TITLE)/>
        <p class="intro">{coded(t(words::ABOUT_INTRO))}</p>
        <Facts>
            <Fact name=t(words::VERSION)>{about.version}</Fact>
            <Fact name=t(words::TARGET)><span class="mono">{about.target}</span></Fact>
            <Fact name=t(words::COMPILER)><span class="mono">{about.compiler}</span></Fact>
            <Fact name=t(words::PROFILE)><span class="mono">{about.profile}</span></Fact>
            <Fact name=t(words::PROTOCOL)>{about.protocol}</Fact>
            <Fact name=t(words::SCHEMA)>{about.schema}</Fact>
        </Facts>
        <Section title=words::LICENCES.count(lang, count)>
            <DataTable caption=words::LICENCES.count(lang, count) columns=columns>{rows}</DataTable>
        </Section>
    }
    .into_any()
}
