//! What the console asks about the data plane, answered by tasks of their own: the conversation goes on meanwhile.

use std::sync::Arc;
use std::time::Duration;

use model::{Cause, Code, Why};
use protocol::{ConnectionsAnswer, ConnectionsQuery, DoctorAnswer, ForeignCommand, ForeignDone, Stats, wire};

use super::Session;
use crate::link::ended::chain;
use crate::link::outbox::MAX_ANSWERS;

/// For the data plane's answer. Whoever asked has given up long before.
const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(30);

/// What a task for the data plane brings back.
pub(super) enum Done {
    Stats(Result<Stats, String>),
    Connections(u64, Result<ConnectionsAnswer, String>),
    Foreign(ForeignDone),
    Doctor(u64, Result<DoctorAnswer, String>),
}

impl Session<'_> {
    pub(super) fn sample(&mut self) {
        let reports = Arc::clone(&self.ports.reports);
        self.sample_in_hand = true;
        let changes = self.changes && std::mem::replace(&mut self.sampled, true);
        self.tasks.spawn(async move { Done::Stats(reports.stats(changes).await) });
    }

    pub(super) fn look_up(&mut self, query: wire::ConnectionsQuery) {
        let id = query.query_id;
        if self.tasks.len() > MAX_ANSWERS {
            return self.outbox.answer(id, Err("too many questions at a time; try again".into()));
        }
        match ConnectionsQuery::try_from(query) {
            Ok(query) => {
                let reports = Arc::clone(&self.ports.reports);
                self.tasks.spawn(async move {
                    let answer = tokio::time::timeout(LOOK_UP_TIMEOUT, reports.connections(query)).await;
                    let silent = |_| {
                        Err(format!("no answer from the data plane within {} s", LOOK_UP_TIMEOUT.as_secs()))
                    };
                    Done::Connections(id, answer.unwrap_or_else(silent))
                });
            }
            Err(malformed) => self.outbox.answer(id, Err(chain(&malformed))),
        }
    }

    /// The doctor, who may mend something first.
    pub(super) fn examine(&mut self, id: u64, console_ms: i64, fix: Option<String>) {
        if self.tasks.len() > MAX_ANSWERS {
            return self.outbox.examined(id, Err("too many questions at a time; try again".into()));
        }
        let reports = Arc::clone(&self.ports.reports);
        self.tasks.spawn(async move {
            if let Some(fix) = &fix {
                tracing::info!(fix, "the console asks the doctor to mend");
            }
            let answer = tokio::time::timeout(LOOK_UP_TIMEOUT, reports.examine(console_ms, fix)).await;
            let silent = |_| Err(format!("the doctor did not finish within {} s", LOOK_UP_TIMEOUT.as_secs()));
            Done::Doctor(id, answer.unwrap_or_else(silent))
        });
    }

    pub(super) fn foreign(&mut self, command: &wire::ForeignCommand) {
        let id = command.command_id;
        let refuse = |why: String| ForeignDone { id, result: Err(why.into()) };
        if self.tasks.len() > MAX_ANSWERS {
            return self.outbox.done(refuse("too many questions at a time; try again".into()));
        }
        match ForeignCommand::from_wire(command) {
            Ok((id, command)) => {
                let reports = Arc::clone(&self.ports.reports);
                self.tasks.spawn(async move {
                    tracing::info!(entry = %command.entry, action = ?command.action, "the console commands");
                    let done = tokio::time::timeout(LOOK_UP_TIMEOUT, reports.foreign(command)).await;
                    let silent = |_| {
                        let seconds = LOOK_UP_TIMEOUT.as_secs();
                        let text = format!("no answer from the data plane within {seconds} s");
                        Err(Why::new(text, Cause::new(Code::NoAnswer, [("seconds", &seconds)])))
                    };
                    Done::Foreign(ForeignDone { id, result: done.unwrap_or_else(silent) })
                });
            }
            Err(malformed) => self.outbox.done(refuse(chain(&malformed))),
        }
    }

    pub(super) fn done(&mut self, done: Result<Done, tokio::task::JoinError>) {
        match done {
            Ok(Done::Stats(stats)) => {
                self.sample_in_hand = false;
                match stats {
                    Ok(stats) if self.sampling.is_some() => self.outbox.stats(stats),
                    Ok(_) => self.sampled = false,
                    Err(reason) => tracing::warn!("cannot read the counters: {reason}"),
                }
            }
            Ok(Done::Connections(id, answer)) => self.outbox.answer(id, answer),
            Ok(Done::Foreign(done)) => self.outbox.done(done),
            Ok(Done::Doctor(id, answer)) => self.outbox.examined(id, answer),
            // A task that panicked has been reported by its panic; whoever asked runs into the time limit.
            Err(_) => self.sample_in_hand = false,
        }
    }
}
