//! What waits to be sent to the console. Bounded by construction: of each kind only the newest, or a few.

use std::collections::VecDeque;

use protocol::wire::agent_message::Kind;
use protocol::{ConnectionsAnswer, DoctorAnswer, ForeignDone, Stats, wire};

/// How many answers about connections may wait. The console has no more questions open than this.
pub(super) const MAX_ANSWERS: usize = 16;

/// Messages that wait, in the order in which they matter.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    pong: Option<u64>,
    renew: Option<Vec<u8>>,
    /// Whether a report is due; the newest is taken when it is sent.
    observed: bool,
    answers: VecDeque<(u64, Result<ConnectionsAnswer, String>)>,
    done: VecDeque<ForeignDone>,
    examined: VecDeque<(u64, Result<DoctorAnswer, String>)>,
    stats: Option<Stats>,
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        let Self { pong, renew, observed, answers, done, examined, stats } = self;
        let nothing_due = pong.is_none() && renew.is_none() && !observed && stats.is_none();
        nothing_due && answers.is_empty() && done.is_empty() && examined.is_empty()
    }

    pub(super) fn pong(&mut self, nonce: u64) {
        self.pong = Some(nonce);
    }

    pub(super) fn renew(&mut self, csr: Vec<u8>) {
        self.renew = Some(csr);
    }

    pub(super) fn observed(&mut self) {
        self.observed = true;
    }

    /// A sample.
    pub(super) fn stats(&mut self, stats: Stats) {
        self.stats = Some(stats);
    }

    /// Whether a sample waits.
    pub(super) fn has_stats(&self) -> bool {
        self.stats.is_some()
    }

    /// The sample that waits is not wanted any more.
    pub(super) fn drop_stats(&mut self) {
        self.stats = None;
    }

    /// An answer; the oldest is dropped where there are too many, and its asker runs into the time limit.
    pub(super) fn answer(&mut self, query_id: u64, answer: Result<ConnectionsAnswer, String>) {
        if self.answers.len() == MAX_ANSWERS {
            self.answers.pop_front();
        }
        self.answers.push_back((query_id, answer));
    }

    /// What came of a command; as with answers, only so many wait.
    pub(super) fn done(&mut self, done: ForeignDone) {
        if self.done.len() == MAX_ANSWERS {
            self.done.pop_front();
        }
        self.done.push_back(done);
    }

    /// What the doctor found; as with answers, only so many wait.
    pub(super) fn examined(&mut self, query_id: u64, answer: Result<DoctorAnswer, String>) {
        if self.examined.len() == MAX_ANSWERS {
            self.examined.pop_front();
        }
        self.examined.push_back((query_id, answer));
    }

    /// The next message; `report` is asked for the newest report when it is its turn.
    pub(super) fn next(&mut self, report: impl FnOnce() -> wire::Observed) -> Option<wire::AgentMessage> {
        let kind = if let Some(nonce) = self.pong.take() {
            Kind::Pong(wire::Pong { nonce })
        } else if let Some(csr) = self.renew.take() {
            Kind::Renew(wire::RenewRequest { csr })
        } else if std::mem::take(&mut self.observed) {
            Kind::Observed(report())
        } else if let Some(done) = self.done.pop_front() {
            Kind::ForeignDone(wire::ForeignDone::from(&done))
        } else if let Some((query_id, answer)) = self.examined.pop_front() {
            Kind::Doctor(DoctorAnswer::to_wire(answer.as_ref().map_err(String::as_str), query_id))
        } else if let Some((query_id, answer)) = self.answers.pop_front() {
            Kind::Connections(ConnectionsAnswer::to_wire(query_id, &answer))
        } else {
            Kind::Stats(wire::Stats::from(&self.stats.take()?))
        };
        Some(wire::AgentMessage { kind: Some(kind) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(outbox: &mut Outbox) -> Vec<Kind> {
        std::iter::from_fn(|| outbox.next(wire::Observed::default)?.kind).collect()
    }

    #[test]
    fn only_the_newest_of_a_kind_is_sent() {
        let mut outbox = Outbox::default();
        for round in 0..100 {
            outbox.stats(Stats { at_ms: round, ..Stats::default() });
            outbox.observed();
            outbox.pong(round.unsigned_abs());
            outbox.answer(round.unsigned_abs(), Err("gone".into()));
        }
        let kinds = kinds(&mut outbox);
        assert_eq!(kinds.len(), 3 + MAX_ANSWERS);
        assert!(matches!(kinds[0], Kind::Pong(wire::Pong { nonce: 99 })));
        assert!(matches!(kinds[1], Kind::Observed(_)));
        assert!(matches!(&kinds[2], Kind::Connections(answer) if answer.query_id == 84));
        assert!(matches!(kinds.last(), Some(Kind::Stats(stats)) if stats.at_ms == 99));
        assert!(outbox.is_empty());
    }

    #[test]
    fn what_is_put_in_comes_out() {
        let mut outbox = Outbox::default();
        assert!(outbox.is_empty());
        outbox.renew(vec![1]);
        assert!(!outbox.is_empty());
        assert!(matches!(&kinds(&mut outbox)[..], [Kind::Renew(_)]));
        outbox.stats(Stats::default());
        outbox.drop_stats();
        assert!(outbox.is_empty());
    }
}
