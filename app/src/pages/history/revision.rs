//! One revision: who, when, why, what it changed, and what can be done with it.

use leptos::prelude::*;
use model::{Change, ClusterId, Desired, Generation};

use super::{How, Marks, differences, generation};
use crate::components::{Ago, CopyText, Fact, Facts, Kind, LinkButton, PageHeader, Section};
use crate::i18n::{common, history as words, t, use_lang};
use crate::time;

/// The page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionPage {
    /// The cluster.
    pub cluster: ClusterId,
    /// Which revision.
    pub generation: Generation,
    /// Its desired state.
    pub desired: Desired,
    /// SHA-256 of the bytes that agents get, in hexadecimal digits.
    pub hash: String,
    /// Who applied it.
    pub author: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Why, in the author's words.
    pub message: String,
    /// How it came to be.
    pub how: How,
    /// What stands at it.
    pub marks: Marks,
    /// The state before it; none for the first one.
    pub before: Option<Desired>,
    /// What it changed.
    pub changes: Vec<Change>,
    /// The newest generation.
    pub newest: Generation,
    /// Whether what is applied now is configured otherwise.
    pub differs: bool,
}

/// The page.
pub fn revision(page: RevisionPage) -> impl IntoView {
    let lang = use_lang();
    let base = format!("/clusters/{}/history", page.cluster);
    let n = page.generation;
    let services = page.desired.cluster.services();
    let servers: usize = services.values().map(|service| service.destinations.len()).sum();
    let (services, name) = (services.len(), page.desired.cluster.name().to_string());
    let difference = differences(&page.changes, page.before.as_ref(), &page.desired);
    let reason = page.how.reason(&page.message);
    let reason = match reason {
        Some(reason) => view! { <span class="message">{reason}</span> }.into_any(),
        None => view! { <span class="muted">{t(words::NO_REASON)}</span> }.into_any(),
    };
    let older = (n.0 > 1).then(|| {
        let (to, label) = (n.0 - 1, words::OLDER);
        view! { <a rel="prev" href=format!("{base}/{to}")>{label.with(lang, &[("n", &to)])}</a> }
    });
    let newer = (n < page.newest).then(|| {
        let (to, label) = (n.0 + 1, words::NEWER);
        view! { <a rel="next" href=format!("{base}/{to}")>{label.with(lang, &[("n", &to)])}</a> }
    });
    let compare = page.differs.then(|| {
        let href = format!("{base}/compare?from={n}&to={}", page.newest);
        view! { <LinkButton href=href label=t(words::COMPARE_CURRENT)/> }
    });
    let changed = match n.0 {
        1 => words::CHANGED_FIRST.get(lang).to_owned(),
        n => words::CHANGED_FROM.with(lang, &[("n", &(n - 1))]),
    };
    let roll_back = page.differs.then(|| {
        view! {
            <Section title=t(words::BACK_Q)>
                <p class="intro">{t(words::ROLL_BACK_ROW)}</p>
                <div class="form-actions bare">
                    <LinkButton href=format!("{base}/{n}/rollback") label=t(words::ROLL_BACK) kind=Kind::Primary/>
                </div>
            </Section>
        }
    });
    let runs = if page.desired.running { words::RUNS } else { words::RUNS_NOT };
    view! {
        <PageHeader title=generation(n)>
            {compare}
            <LinkButton href=format!("/clusters/{}/export?generation={n}", page.cluster) label=t(words::EXPORT)/>
        </PageHeader>
        <p class="neighbours">{older}{newer}{page.marks.view()}</p>
        <Facts>
            <Fact name=t(words::FACT_BY)>{page.author}" "<Ago ms=page.at_ms/>" "<span class="muted">{time::plain(page.at_ms)}</span></Fact>
            <Fact name=t(words::FACT_HOW)>{page.how.words(lang)}</Fact>
            <Fact name=t(words::FACT_WHY)>{reason}</Fact>
            <Fact name=t(words::FACT_STATE)>{t(runs)}</Fact>
            <Fact name=t(common::NAME)>{name}</Fact>
            <Fact name=t(words::COL_SERVICES)>{services}</Fact>
            <Fact name=t(words::COL_SERVERS)>{servers}</Fact>
            <Fact name=t(words::FACT_HASH)><CopyText label=t(words::FACT_HASH) text=page.hash/></Fact>
        </Facts>
        <Section title=t(words::CHANGED)>
            <p class="help">{changed}</p>
            {difference}
        </Section>
        {roll_back}
    }
}
