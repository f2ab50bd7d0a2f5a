//! Reads fields one after the other and remembers what was wrong.

use super::typed;
use crate::{Field, Note, Payload, Problem, Problems, Reason};

/// Collects problems. Each reading gives `None` exactly when it has noted one.
#[derive(Default)]
pub(super) struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    /// A field that needs a value. `text` is what the parser gets, `typed` what a problem shows.
    pub(super) fn required<T>(
        &mut self,
        field: Field,
        typed: &str,
        parse: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Option<T> {
        parse(typed).map_err(|reason| self.note(field, typed, reason)).ok()
    }

    /// A field that may be empty.
    pub(super) fn optional<T>(
        &mut self,
        field: Field,
        typed: &str,
        parse: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Option<Option<T>> {
        if typed::fold(typed).is_empty() { Some(None) } else { self.required(field, typed, parse).map(Some) }
    }

    /// What a check sends or expects: every blank counts, also where there is nothing else.
    pub(super) fn payload(&mut self, field: Field, typed: &str) -> Option<Option<Payload>> {
        if typed.is_empty() { Some(None) } else { self.required(field, typed, Payload::parse).map(Some) }
    }

    /// A note; empty is none.
    pub(super) fn note_of(&mut self, field: Field, typed: &str) -> Option<Option<Note>> {
        if typed.trim().is_empty() { Some(None) } else { self.required(field, typed, Note::parse).map(Some) }
    }

    /// A time that is off when empty or 0, as everywhere in Piranha.
    pub(super) fn unless_zero<T>(
        &mut self,
        field: Field,
        typed: &str,
        parse: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Option<Option<T>> {
        if typed::number(typed) == "0" { Some(None) } else { self.optional(field, typed, parse) }
    }

    /// A check box, or Piranha's 0 and 1.
    pub(super) fn flag(&mut self, field: Field, typed: &str) -> Option<bool> {
        match typed::fold(typed).to_ascii_lowercase().as_str() {
            "" | "0" | "off" | "no" | "false" => Some(false),
            "1" | "on" | "yes" | "true" => Some(true),
            _ => {
                self.note(field, typed, Reason::NotOneOf { choices: "0, 1" });
                None
            }
        }
    }

    /// Notes a problem.
    pub(super) fn note(&mut self, field: Field, typed: &str, reason: Reason) {
        self.problems.push(Problem::new(field, typed.trim(), reason));
    }

    /// Notes what the parts of an input do not agree on, unless it is known already.
    pub(super) fn extend(&mut self, problems: impl IntoIterator<Item = Problem>) {
        for problem in problems {
            if !self
                .problems
                .iter()
                .any(|known| known.field == problem.field && known.reason == problem.reason)
            {
                self.problems.push(problem);
            }
        }
    }

    /// Whether one of `fields` has a problem.
    pub(super) fn failed(&self, fields: &[Field]) -> bool {
        self.problems.iter().any(|problem| fields.contains(&problem.field))
    }

    /// `value` where nothing was wrong.
    pub(super) fn finish<T>(self, value: Option<T>, field: Field) -> Result<T, Problems> {
        Problems::none_or(self.problems)?;
        value.ok_or_else(|| Problem::new(field, "", Reason::Missing).into())
    }
}
