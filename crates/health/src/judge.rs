//! The judge: which outcomes take a server out, and when it is back. Pure; time is an argument.

use std::collections::BTreeMap;
use std::time::Duration;

use model::table::Health;
use model::{DestinationId, Generation, Why};

use crate::{Outcome, Subject, Subjects, Target};

/// Successive failures that take a server out. One, as in Piranha: "no retry" (nanny.c). A service may get a number of its
/// own later; this is where it would be read.
pub const FAILURES_NEEDED: u32 = 1;

/// Who is up. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default)]
pub struct Judge {
    generation: Generation,
    entries: BTreeMap<DestinationId, Entry>,
}

/// What is known of one destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub health: Health,
    /// When it began.
    pub since_ms: i64,
    /// Why it is down; empty for one that is up.
    pub reason: Why,
    /// The generation under which the last counted check started.
    pub judged: Generation,
    /// How long the last answer took.
    pub latency: Option<Duration>,
    /// Successive passes up to now.
    pub passes: u32,
    /// How many of them bring a failed server back.
    pub passes_needed: u32,
}

#[derive(Clone, Debug)]
struct Entry {
    target: Target,
    /// The generation that brought this target: what was asked under an older one was another server.
    target_since: Generation,
    judgement: Judgement,
    failures: u32,
}

impl Judge {
    /// Takes over the list of those who are to be judged. Who is asked the same as before keeps the verdict.
    pub fn assign(&mut self, subjects: &Subjects, now_ms: i64) {
        self.generation = subjects.generation;
        self.entries.retain(|id, _| subjects.destinations.contains_key(id));
        for (&id, subject) in &subjects.destinations {
            match self.entries.get_mut(&id) {
                Some(entry) if entry.target == subject.target => {
                    entry.judgement.passes_needed = subject.rule.passes_needed();
                }
                _ => {
                    self.entries.insert(id, Entry::new(subject, subjects.generation, now_ms));
                }
            }
        }
    }

    /// Takes the outcome of a check of `id` that started under `generation`. Whether a verdict changed.
    pub fn take(&mut self, id: DestinationId, generation: Generation, outcome: Outcome, now_ms: i64) -> bool {
        let Some(entry) = self.entries.get_mut(&id) else { return false };
        // Neither older than the target, nor from a future that has not been assigned here.
        if generation < entry.target_since || generation > self.generation {
            return false;
        }
        entry.take(generation, outcome, now_ms)
    }

    /// What is known of `id`, if `target` is what is asked of it. Anything known of another target is nothing.
    pub fn judgement(&self, id: DestinationId, target: &Target) -> Option<&Judgement> {
        let entry = self.entries.get(&id)?;
        (entry.target == *target).then_some(&entry.judgement)
    }

    /// Every verdict that has been given.
    pub fn verdicts(&self) -> impl Iterator<Item = (DestinationId, &Target, &Judgement)> {
        self.entries.iter().map(|(&id, entry)| (id, &entry.target, &entry.judgement))
    }
}

impl Entry {
    fn new(subject: &Subject, generation: Generation, now_ms: i64) -> Self {
        let judgement = Judgement {
            health: Health::Unknown,
            since_ms: now_ms,
            reason: Why::default(),
            judged: Generation::default(),
            latency: None,
            passes: 0,
            passes_needed: subject.rule.passes_needed(),
        };
        Self { target: subject.target.clone(), target_since: generation, judgement, failures: 0 }
    }

    fn take(&mut self, generation: Generation, outcome: Outcome, now_ms: i64) -> bool {
        match outcome {
            Outcome::Unasked { reason } => {
                if self.judgement.health == Health::Unknown {
                    self.judgement.reason = reason;
                }
                return false;
            }
            Outcome::Passed { latency } => {
                self.judgement.passes = self.judgement.passes.saturating_add(1);
                self.failures = 0;
                self.judgement.latency = Some(latency);
            }
            Outcome::Failed { reason } => {
                self.failures = self.failures.saturating_add(1);
                self.judgement.passes = 0;
                self.judgement.latency = None;
                self.judgement.reason = reason;
            }
        }
        self.judgement.judged = generation;
        let before = self.judgement.health;
        let after = match before {
            Health::Unknown if self.failures > 0 => Health::Down,
            Health::Unknown => Health::Up,
            Health::Up if self.failures >= FAILURES_NEEDED => Health::Down,
            Health::Down if self.judgement.passes >= self.judgement.passes_needed => Health::Up,
            Health::Up | Health::Down => before,
        };
        if after == Health::Up {
            self.judgement.reason.clear();
        }
        if after == before {
            return false;
        }
        self.judgement.health = after;
        self.judgement.since_ms = now_ms;
        true
    }
}

#[cfg(test)]
mod tests;
