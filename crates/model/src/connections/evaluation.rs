//! A question about connections, answered while they pass by.

use std::collections::BinaryHeap;

use super::filter::goes_to;
use super::{Connection, Counted, Filter, Group, Grouping, Seen, Tally};
use crate::ServiceId;
use crate::table::TableDestinationKey;

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// Of this virtual service only.
    pub service: Option<ServiceId>,
    /// To this destination only.
    pub destination: Option<TableDestinationKey>,
    /// What else a connection must be.
    pub filter: Filter,
    /// By what those that match are counted.
    pub groupings: Vec<Grouping>,
    /// How many of them are listed at most.
    pub rows: usize,
    /// How many groups of each grouping are told at most.
    pub groups: usize,
}

/// A question under way.
#[derive(Debug)]
pub struct Evaluation {
    question: Question,
    matched: u64,
    /// The first ones in their order; the last of these on top.
    rows: BinaryHeap<Connection>,
    tallies: Vec<Tally<Group>>,
}

/// What was found among the connections that passed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// How many match.
    pub matched: u64,
    /// The first of them, in their order.
    pub rows: Vec<Connection>,
    /// Their groups, in the order of the question's groupings.
    pub groups: Vec<Counted<Group>>,
}

impl Evaluation {
    /// Nothing has passed by.
    pub fn new(question: Question) -> Self {
        let tallies = question.groupings.iter().map(|_| Tally::new()).collect();
        Self { question, matched: 0, rows: BinaryHeap::new(), tallies }
    }

    /// A connection that may belong to these virtual services: one, or none where it is somebody else's, or several where the data
    /// plane cannot tell.
    pub fn take(&mut self, seen: &Seen<'_>, services: &[ServiceId]) {
        let Question { service, destination, filter, groupings, rows, .. } = &self.question;
        let wanted = filter.admits(seen)
            && service.is_none_or(|service| services.contains(&service))
            && destination.is_none_or(|destination| goes_to(seen, destination));
        if !wanted {
            return;
        }
        self.matched += 1;
        for (grouping, tally) in groupings.iter().zip(&mut self.tallies) {
            tally.add(Group::of(*grouping, seen, services));
        }
        let place = (seen.client, seen.virtual_address);
        let full = self.rows.len() >= *rows;
        if full && self.rows.peek().is_none_or(|last| (last.client, last.virtual_address) <= place) {
            return;
        }
        if full {
            self.rows.pop();
        }
        let service = match services {
            [only] => Some(*only),
            _ => None,
        };
        self.rows.push(Connection {
            client: seen.client,
            virtual_address: seen.virtual_address,
            protocol: seen.protocol,
            destination: seen.destination,
            state: seen.state.to_owned(),
            expires_s: seen.expires_s,
            service,
        });
    }

    /// What was found.
    pub fn found(self) -> Found {
        let groups = self.question.groups;
        Found {
            matched: self.matched,
            rows: self.rows.into_sorted_vec(),
            groups: self.tallies.into_iter().map(|tally| tally.top(groups)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::Protocol;
    use crate::connections::{ConnectionState, Prefixes};

    fn socket(a: u8, b: u8, port: u16) -> SocketAddr {
        SocketAddr::from(([10, 1, a, b], port))
    }

    /// Hundred clients in two networks; every other one at the second real server, every fourth of service 2.
    fn pass(question: Question) -> Found {
        let mut evaluation = Evaluation::new(question);
        for n in (0..100_u8).rev() {
            let seen = Seen {
                protocol: Protocol::Tcp,
                client: socket(n / 50, n, 40_000),
                virtual_address: "10.0.0.2:80".parse().unwrap(),
                destination: socket(9, n % 2, 80),
                state: if n < 10 { "TIME_WAIT" } else { "ESTABLISHED" },
                expires_s: n.into(),
            };
            evaluation.take(&seen, &[ServiceId(if n % 4 == 0 { 2 } else { 1 })]);
        }
        evaluation.found()
    }

    #[test]
    fn the_first_rows_are_told_and_all_are_counted() {
        let found = pass(Question { rows: 3, ..Question::default() });
        let clients: Vec<_> = found.rows.iter().map(|row| row.client).collect();
        assert_eq!(clients, [socket(0, 0, 40_000), socket(0, 1, 40_000), socket(0, 2, 40_000)]);
        assert_eq!((found.matched, found.rows[0].service), (100, Some(ServiceId(2))));
        assert!(pass(Question::default()).rows.is_empty());
    }

    #[test]
    fn filters_come_before_groups() {
        let question = Question {
            service: Some(ServiceId(1)),
            filter: Filter { state: ConnectionState::parse("ESTABLISHED").ok(), ..Filter::default() },
            groupings: vec![
                Grouping::Client(Prefixes::try_new(24, 64).unwrap()),
                Grouping::Server,
                Grouping::State,
                Grouping::Service,
            ],
            groups: 10,
            ..Question::default()
        };
        let found = pass(question);
        assert_eq!(found.matched, 68);
        let of = |index: usize| found.groups[index].top.iter().map(|(_, count)| *count).collect::<Vec<_>>();
        assert_eq!((of(0), of(1), of(2), of(3)), (vec![38, 30], vec![45, 23], vec![68], vec![68]));
        assert_eq!(found.groups[3].top[0].0, Group::Service(ServiceId(1)));
    }

    #[test]
    fn a_destination_is_one_of_its_service_only() {
        let question = |destination: &str| Question {
            service: Some(ServiceId(2)),
            destination: TableDestinationKey::parse(destination).ok(),
            ..Question::default()
        };
        assert_eq!(pass(question("10.1.9.0:80")).matched, 25);
        assert_eq!(pass(question("10.1.9.1:80")).matched, 0);
    }
}
