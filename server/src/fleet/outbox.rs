//! What waits to be sent to one agent. Bounded by construction: of each kind only the newest, or a few. An agent that
//! reads slowly gets the newest desired state when it is ready, and costs no memory until then.

use std::collections::VecDeque;
use std::iter::Peekable;

use protocol::wire::console_message::Kind;
use protocol::{Parts, wire};

use super::registry::MAX_QUERIES;

/// Messages that wait, in the order in which they matter.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    renewed: Option<wire::RenewResponse>,
    ping: Option<u64>,
    watch: Option<u32>,
    queries: VecDeque<wire::ConnectionsQuery>,
    /// Questions to the doctor and the like.
    sayings: VecDeque<Kind>,
    /// Whether the newest desired state has not been begun yet; it is taken when it is its turn.
    desired: bool,
    /// What is still to be sent of the one that was begun. A newer one takes its place.
    parts: Option<Peekable<Parts>>,
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        let Self { renewed, ping, watch, queries, sayings, desired, parts } = self;
        renewed.is_none()
            && ping.is_none()
            && watch.is_none()
            && queries.is_empty()
            && sayings.is_empty()
            && !desired
            && parts.is_none()
    }

    pub(super) fn renewed(&mut self, answer: wire::RenewResponse) {
        self.renewed = Some(answer);
    }

    pub(super) fn ping(&mut self, nonce: u64) {
        self.ping = Some(nonce);
    }

    /// How often to send samples, in milliseconds; 0: not at all.
    pub(super) fn watch(&mut self, interval_ms: u32) {
        self.watch = Some(interval_ms);
    }

    pub(super) fn query(&mut self, query: wire::ConnectionsQuery) {
        // The registry lets no more wait than this; the oldest has run into its time limit then.
        if self.queries.len() >= MAX_QUERIES {
            self.queries.pop_front();
        }
        self.queries.push_back(query);
    }

    /// Anything else, in its order.
    pub(super) fn say(&mut self, saying: Kind) {
        // As with questions: the oldest has run into its time limit.
        if self.sayings.len() >= MAX_QUERIES {
            self.sayings.pop_front();
        }
        self.sayings.push_back(saying);
    }

    pub(super) fn desired(&mut self) {
        self.desired = true;
    }

    /// The next message; `newest` is asked for the newest desired state when it is its turn.
    pub(super) fn next(&mut self, newest: impl FnOnce() -> Option<Parts>) -> Option<wire::ConsoleMessage> {
        let kind = if let Some(answer) = self.renewed.take() {
            Kind::Renewed(answer)
        } else if let Some(nonce) = self.ping.take() {
            Kind::Ping(wire::Ping { nonce })
        } else if let Some(interval_ms) = self.watch.take() {
            Kind::WatchStats(wire::WatchStats { interval_ms, changes: true })
        } else if let Some(query) = self.queries.pop_front() {
            Kind::Connections(query)
        } else if let Some(saying) = self.sayings.pop_front() {
            saying
        } else {
            if std::mem::take(&mut self.desired) {
                self.parts = newest().map(Iterator::peekable);
            }
            Kind::Desired(self.next_part()?)
        };
        Some(wire::ConsoleMessage { kind: Some(kind) })
    }

    fn next_part(&mut self) -> Option<wire::Desired> {
        let parts = self.parts.as_mut()?;
        let part = parts.next();
        if parts.peek().is_none() {
            self.parts = None;
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use model::{Generation, SpecHash};
    use protocol::PART;

    use super::*;

    fn parts(generation: u64, size: usize) -> Option<Parts> {
        Some(Parts::new(Generation(generation), SpecHash([0; 32]), Bytes::from(vec![b' '; size])))
    }

    fn sent(outbox: &mut Outbox, newest: impl Fn() -> Option<Parts>) -> Vec<Kind> {
        std::iter::from_fn(|| outbox.next(&newest)?.kind).collect()
    }

    #[test]
    fn a_slow_agent_gets_the_newest_of_each_kind() {
        let mut outbox = Outbox::default();
        for round in 0..100 {
            outbox.ping(round);
            outbox.watch(u32::try_from(round).unwrap());
            outbox.query(wire::ConnectionsQuery { query_id: round, ..Default::default() });
            outbox.desired();
        }
        let sent = sent(&mut outbox, || parts(7, 5));
        assert_eq!(sent.len(), 3 + MAX_QUERIES);
        assert!(matches!(sent[0], Kind::Ping(wire::Ping { nonce: 99 })));
        assert!(matches!(sent[1], Kind::WatchStats(wire::WatchStats { interval_ms: 99, .. })));
        assert!(matches!(&sent[2], Kind::Connections(query) if query.query_id == 84));
        assert!(matches!(sent.last(), Some(Kind::Desired(desired)) if desired.generation == 7));
        assert!(outbox.is_empty());
    }

    #[test]
    fn pings_go_between_the_parts_and_a_newer_state_takes_the_place_of_the_one_under_way() {
        let mut outbox = Outbox::default();
        outbox.desired();
        let first = outbox.next(|| parts(1, 3 * PART)).unwrap().kind;
        assert!(matches!(first, Some(Kind::Desired(part)) if (part.generation, part.offset) == (1, 0)));
        outbox.ping(5);
        let second = outbox.next(|| None).unwrap().kind;
        assert!(matches!(second, Some(Kind::Ping(_))));
        let third = outbox.next(|| None).unwrap().kind;
        assert!(
            matches!(third, Some(Kind::Desired(part)) if (part.generation, part.offset) == (1, PART as u64))
        );
        outbox.desired();
        let rest = sent(&mut outbox, || parts(2, PART + 1));
        let rest: Vec<_> = rest
            .iter()
            .map(|kind| match kind {
                Kind::Desired(part) => (part.generation, part.offset),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(rest, [(2, 0), (2, PART as u64)]);
        assert!(outbox.is_empty());
    }

    #[test]
    fn nothing_desired_is_nothing_sent() {
        let mut outbox = Outbox::default();
        outbox.desired();
        assert_eq!(outbox.next(|| None), None);
        assert!(outbox.is_empty());
    }
}
