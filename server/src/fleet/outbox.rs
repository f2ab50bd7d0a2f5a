//! What waits to be sent to one agent. Bounded by construction: of each kind only the newest, or a few. An agent that
//! reads slowly gets the newest desired state when it is ready, and costs no memory until then.

use std::collections::VecDeque;

use protocol::wire;
use protocol::wire::console_message::Kind;

use super::registry::MAX_QUERIES;

/// Messages that wait, in the order in which they matter.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    renewed: Option<wire::RenewResponse>,
    ping: Option<u64>,
    watch: Option<u32>,
    queries: VecDeque<wire::ConnectionsQuery>,
    /// Whether the newest desired state has not been sent yet; it is taken when it is its turn.
    desired: bool,
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        let Self { renewed, ping, watch, queries, desired } = self;
        renewed.is_none() && ping.is_none() && watch.is_none() && queries.is_empty() && !desired
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

    pub(super) fn desired(&mut self) {
        self.desired = true;
    }

    /// The next message; `newest` is asked for the newest desired state when it is its turn.
    pub(super) fn next(&mut self, newest: impl FnOnce() -> Option<wire::Desired>) -> Option<wire::ConsoleMessage> {
        let kind = if let Some(answer) = self.renewed.take() {
            Kind::Renewed(answer)
        } else if let Some(nonce) = self.ping.take() {
            Kind::Ping(wire::Ping { nonce })
        } else if let Some(interval_ms) = self.watch.take() {
            Kind::WatchStats(wire::WatchStats { interval_ms })
        } else if let Some(query) = self.queries.pop_front() {
            Kind::Connections(query)
        } else if std::mem::take(&mut self.desired) {
            Kind::Desired(newest()?)
        } else {
            return None;
        };
        Some(wire::ConsoleMessage { kind: Some(kind) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_agent_gets_the_newest_of_each_kind() {
        let mut outbox = Outbox::default();
        for round in 0..100 {
            outbox.ping(round);
            outbox.watch(u32::try_from(round).unwrap());
            outbox.query(wire::ConnectionsQuery { query_id: round, ..Default::default() });
            outbox.desired();
        }
        let newest = || Some(wire::Desired { generation: 7, ..Default::default() });
        let sent: Vec<_> = std::iter::from_fn(|| outbox.next(newest)?.kind).collect();
        assert_eq!(sent.len(), 3 + MAX_QUERIES);
        assert!(matches!(sent[0], Kind::Ping(wire::Ping { nonce: 99 })));
        assert!(matches!(sent[1], Kind::WatchStats(wire::WatchStats { interval_ms: 99 })));
        assert!(matches!(&sent[2], Kind::Connections(query) if query.query_id == 84));
        assert!(matches!(sent.last(), Some(Kind::Desired(desired)) if desired.generation == 7));
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
