//! How far the directors are with what was applied: shown by the page, and kept up to date by its stream.

use model::Why;

use crate::i18n::{causes, changes as words};
use crate::sheet::Sheet;
use crate::{Lang, State, html};

/// The id of the element that holds the table.
pub const PART: &str = "progress";

/// A generation on its way to the directors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The generation.
    pub generation: u64,
    /// The cluster's directors by name.
    pub directors: Vec<DirectorProgress>,
}

/// One director.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectorProgress {
    /// Its name.
    pub name: String,
    /// How far it is.
    pub step: Step,
    /// What failed, [`DirectorProgress::MOST_FAILURES`] at most.
    pub failures: Vec<Failure>,
    /// How many more failed.
    pub more: u64,
}

/// How far a director is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Its agent is not connected.
    Away,
    /// It has not said that it received this generation.
    Waiting,
    /// It has, and works on it.
    Applying,
    /// Read back and equal.
    Verified,
    /// Some objects failed.
    Partly,
    /// It did not take it.
    Refused,
}

/// Something that could not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The virtual server or real server, by name; empty: the director as a whole.
    pub object: String,
    /// Why.
    pub why: Why,
}

impl Step {
    fn state(self) -> State {
        match self {
            Self::Away => State::Unknown,
            Self::Waiting | Self::Applying => State::Pending,
            Self::Verified => State::Serving,
            Self::Partly | Self::Refused => State::Failing,
        }
    }

    fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Away => words::STEP_AWAY,
            Self::Waiting => words::STEP_WAITING,
            Self::Applying => words::STEP_APPLYING,
            Self::Verified => words::STEP_VERIFIED,
            Self::Partly => words::STEP_PARTLY,
            Self::Refused => words::STEP_REFUSED,
        }
        .get(lang)
    }
}

impl DirectorProgress {
    /// More failures than this are counted alone.
    pub const MOST_FAILURES: usize = 20;
}

impl Progress {
    /// Whether some director is on its way right now: a page without script asks again soon only then.
    pub fn is_moving(&self) -> bool {
        self.directors.iter().any(|director| matches!(director.step, Step::Waiting | Step::Applying))
    }

    /// The page's live part.
    pub fn sheet(&self, lang: Lang) -> Sheet {
        Sheet { parts: vec![(PART.to_owned(), self.table(lang))], ..Sheet::default() }
    }

    /// The whole table as HTML: an island stands around a table, never within one.
    pub fn table(&self, lang: Lang) -> String {
        let mut out = String::from("<table class=\"table progress\"><caption class=\"unseen\">");
        html::push(&mut out, &words::PROGRESS.with(lang, &[("n", &self.generation)]));
        out.push_str("</caption><thead><tr>");
        for head in [words::COL_DIRECTOR, words::COL_STEP] {
            out.push_str("<th scope=\"col\">");
            html::push(&mut out, head.get(lang));
            out.push_str("</th>");
        }
        out.push_str("</tr></thead><tbody>");
        self.rows(&mut out, lang);
        out.push_str("</tbody></table>");
        out
    }

    fn rows(&self, out: &mut String, lang: Lang) {
        for director in &self.directors {
            let state = director.step.state();
            out.push_str("<tr><td class=\"name\" title=\"");
            html::push(out, &director.name);
            out.push_str("\">");
            html::push(out, &director.name);
            out.push_str("</td><td class=\"wrap\"><span class=\"state ");
            out.push_str(state.name());
            out.push_str("\"><span class=\"mark-box\">");
            out.push_str(&state.mark());
            out.push_str("</span><span class=\"word\">");
            html::push(out, director.step.word(lang));
            out.push_str("</span></span>");
            failures(out, director, lang);
            out.push_str("</td></tr>");
        }
    }
}

fn failures(out: &mut String, director: &DirectorProgress, lang: Lang) {
    if director.failures.is_empty() {
        return;
    }
    out.push_str("<ul class=\"failures\">");
    for failure in &director.failures {
        let object = if failure.object.is_empty() { words::FAILED_WHOLE.get(lang) } else { &failure.object };
        out.push_str("<li><strong>");
        html::push(out, object);
        out.push_str("</strong>: ");
        out.push_str(&causes::detailed(&failure.why, lang));
        out.push_str("</li>");
    }
    if director.more > 0 {
        out.push_str("<li>");
        html::push(out, &words::FAILED_MORE.count(lang, director.more));
        out.push_str("</li>");
    }
    out.push_str("</ul>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn director(step: Step) -> DirectorProgress {
        DirectorProgress { name: "<vs1>".into(), step, failures: Vec::new(), more: 0 }
    }

    #[test]
    fn a_failure_names_its_object_and_reason() {
        let failures = vec![Failure { object: "web".into(), why: "address <in use>".into() }];
        let partly = DirectorProgress { failures, more: 2, ..director(Step::Partly) };
        let progress = Progress { generation: 3, directors: vec![partly] };
        let rows = progress.table(Lang::En);
        assert!(rows.contains("<strong>web</strong>: address &lt;in use&gt;"), "{rows}");
        assert!(rows.contains("2 more objects failed") && rows.contains("&lt;vs1&gt;"), "{rows}");
        assert!(progress.table(Lang::Zh).contains("部分失败"));
    }

    #[test]
    fn it_moves_while_a_connected_director_is_not_done() {
        let moving = |steps: &[Step]| {
            let directors = steps.iter().map(|step| director(*step)).collect();
            Progress { generation: 1, directors }.is_moving()
        };
        assert!(moving(&[Step::Verified, Step::Waiting]) && moving(&[Step::Applying]));
        assert!(!moving(&[Step::Verified, Step::Away, Step::Partly]) && !moving(&[]));
    }
}
