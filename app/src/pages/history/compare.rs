//! Two revisions compared.

use leptos::prelude::*;
use model::{Change, ClusterId, Desired, Generation};

use super::differences;
use crate::components::{ErrorSummary, FieldErrors, LinkButton, PageHeader, Section, TextField};
use crate::i18n::{history as words, t, use_lang};

/// The page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compare {
    /// The cluster.
    pub cluster: ClusterId,
    /// What is left.
    pub from: (Generation, Desired),
    /// What is arrived at.
    pub to: (Generation, Desired),
    /// The changes between them.
    pub changes: Vec<Change>,
    /// What was asked for and does not exist.
    pub errors: FieldErrors,
}

/// The page.
pub fn compare(page: Compare) -> impl IntoView {
    let lang = use_lang();
    let Compare { cluster, from: (from, before), to: (to, after), changes, errors } = page;
    let base = format!("/clusters/{cluster}/history");
    let count = u64::try_from(changes.len()).unwrap_or(u64::MAX);
    let (compare, swapped) = (format!("{base}/compare"), format!("{base}/compare?from={to}&to={from}"));
    view! {
        <PageHeader title=words::COMPARE_TITLE.with(lang, &[("from", &from), ("to", &to)])>
            <LinkButton href=swapped label=t(words::SWAP)/>
        </PageHeader>
        <ErrorSummary errors=errors.clone()/>
        <form class="bar two" method="get" action=compare aria-label=t(words::COMPARE_QUESTION)>
            <TextField name="from" label=t(words::COL_FROM) value=from.to_string() errors=errors.clone() number=true/>
            <TextField name="to" label=t(words::COL_TO) value=to.to_string() errors=errors number=true/>
            <button class="button" type="submit">{t(words::COMPARE)}</button>
        </form>
        <Section title=words::DIFFERENCE.count(lang, count)>
            {differences(&changes, Some(&before), &after)}
        </Section>
    }
}
