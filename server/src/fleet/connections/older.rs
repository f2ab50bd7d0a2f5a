//! Answers of agents that know neither groups nor all filters: what they left out is done here, with the rows that they gave.

use model::ServiceId;
use model::connections::{Evaluation, Question, Seen};
use protocol::{ConnectionsAnswer, ConnectionsQuery, Reading};

/// What `query` would have got. `answer` heeded its service, destination and client's network alone; how many match among what it
/// does not tell nobody knows. How long reading took it does not say.
pub(super) fn evaluated(answer: &ConnectionsAnswer, query: &ConnectionsQuery) -> ConnectionsAnswer {
    let limit = query.limit as usize;
    let question = Question {
        filter: query.filter.clone(),
        groupings: query.groupings.clone(),
        rows: limit,
        groups: query.groups as usize,
        ..Question::default()
    };
    let services: Vec<ServiceId> = query.service.into_iter().collect();
    let mut evaluation = Evaluation::new(question);
    for row in &answer.rows {
        let seen = Seen {
            protocol: row.protocol,
            client: row.client,
            virtual_address: row.virtual_address,
            destination: row.destination,
            state: &row.state,
            expires_s: row.expires_s,
        };
        evaluation.take(&seen, &services);
    }
    let found = evaluation.found();
    let all = count(found.rows.len()) == found.matched;
    ConnectionsAnswer {
        total: found.matched,
        rows: found.rows,
        groups: found.groups,
        complete: answer.complete && all,
        reading: Some(Reading {
            read: count(answer.rows.len()),
            expected: (!answer.complete).then_some(answer.total),
            finished: answer.complete,
            ..Reading::default()
        }),
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use model::Protocol;
    use model::connections::{Connection, ConnectionState, Filter, Group, Grouping};

    use super::*;

    #[test]
    fn what_an_older_agent_leaves_out_is_done_with_its_rows() {
        let row = |n: u8| Connection {
            client: ([10, 0, 0, n], 40_000).into(),
            virtual_address: ([10, 0, 0, 2], 80).into(),
            protocol: Protocol::Tcp,
            destination: ([192, 168, 10, n % 2], 80).into(),
            state: if n < 4 { "TIME_WAIT" } else { "ESTABLISHED" }.into(),
            expires_s: 9,
            service: None,
        };
        let answer = ConnectionsAnswer {
            rows: (0..10).rev().map(row).collect(),
            total: 10,
            complete: true,
            ..ConnectionsAnswer::default()
        };
        let query = ConnectionsQuery {
            service: Some(ServiceId(3)),
            filter: Filter { state: ConnectionState::parse("ESTABLISHED").ok(), ..Filter::default() },
            groupings: vec![Grouping::Server, Grouping::Service],
            limit: 2,
            groups: 10,
            ..ConnectionsQuery::default()
        };
        let found = evaluated(&answer, &query);
        assert_eq!((found.total, found.rows.len(), found.complete), (6, 2, false));
        assert!(found.reading.is_some_and(|reading| reading.finished && reading.read == 10));
        assert_eq!(found.groups[0].top.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [3, 3]);
        assert_eq!(found.groups[1].top, [(Group::Service(ServiceId(3)), 6)]);
        let partly = ConnectionsAnswer { complete: false, total: 99, ..answer };
        let found = evaluated(&partly, &ConnectionsQuery { limit: 100, ..query });
        assert!(!found.complete && found.reading.is_some_and(|reading| reading.expected == Some(99)));
    }
}
