//! What part of the live table somebody looks at: filter, order, page. It stands in the page's address; the console
//! and the browser read it alike.

use serde::{Deserialize, Serialize};

use super::{LiveService, Shape};
use crate::State;

/// The most virtual services on one page: what a browser updates every second without effort.
pub const PAGE: usize = 300;

/// Filter, order, page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Part of a name or an address; of a service or of one of its real servers.
    pub q: String,
    /// The order.
    pub sort: Sort,
    /// Whether it is turned round.
    pub down: bool,
    /// The page, from 0.
    pub page: usize,
}

/// The order of virtual services; real servers stay under theirs in the order of their creation. Numbers that change
/// every second do not sort: rows that run about cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// As created.
    #[default]
    Created,
    /// By name.
    Name,
    /// By protocol and address.
    Address,
    /// What needs attention first.
    State,
}

impl View {
    /// Takes the address's parameters; `sort` is a word with `-` before it for descending, `page` counts from 1.
    pub fn parse(q: &str, sort: &str, page: &str) -> Self {
        let (word, down) = sort.strip_prefix('-').map_or((sort, false), |word| (word, true));
        let sort = match word {
            "name" => Sort::Name,
            "address" => Sort::Address,
            "state" => Sort::State,
            _ => Sort::Created,
        };
        let page = page.parse::<usize>().unwrap_or(1).saturating_sub(1);
        Self { q: q.trim().to_owned(), sort, down: down && sort != Sort::Created, page }
    }

    /// The word for the address's `sort`; `None` for the natural order.
    pub fn sort_word(&self) -> Option<String> {
        let word = match self.sort {
            Sort::Created => return None,
            Sort::Name => "name",
            Sort::Address => "address",
            Sort::State => "state",
        };
        Some(if self.down { format!("-{word}") } else { word.to_owned() })
    }

    /// The services of all pages that pass the filter, in order.
    pub fn matching<'a>(&self, shape: &'a Shape) -> Vec<&'a LiveService> {
        let q = self.q.to_lowercase();
        let mut services: Vec<&LiveService> =
            shape.services.iter().filter(|service| matches(service, &q)).collect();
        match self.sort {
            Sort::Created => {}
            Sort::Name => services.sort_by(|a, b| a.name.cmp(&b.name)),
            Sort::Address => services.sort_by_key(|service| (&service.protocol, &service.address)),
            Sort::State => services.sort_by_key(|service| urgency(service.state)),
        }
        if self.down {
            services.reverse();
        }
        services
    }

    /// The services of this page.
    pub fn shown<'a>(&self, shape: &'a Shape) -> Vec<&'a LiveService> {
        self.matching(shape).into_iter().skip(self.page.saturating_mul(PAGE)).take(PAGE).collect()
    }
}

fn matches(service: &LiveService, q: &str) -> bool {
    let holds = |text: &str| text.to_lowercase().contains(q);
    q.is_empty()
        || holds(&service.name)
        || holds(&service.address)
        || service.servers.iter().any(|server| holds(&server.name) || holds(&server.address))
}

fn urgency(state: State) -> u8 {
    match state {
        State::Failing => 0,
        State::Degraded => 1,
        State::Unknown => 2,
        State::Pending => 3,
        State::Draining => 4,
        State::Serving => 5,
        State::Inactive | State::Stopped => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn names(view: &View) -> Vec<String> {
        view.shown(&samples::shape()).iter().map(|service| service.name.clone()).collect()
    }

    #[test]
    fn the_filter_finds_services_by_their_real_servers_too() {
        assert_eq!(names(&View::parse("REAL2", "", "")), ["web <1>"]);
        assert_eq!(names(&View::parse("192.0.2.4", "", "")), ["mail"]);
        assert!(names(&View::parse("nothing", "", "")).is_empty());
    }

    #[test]
    fn trouble_comes_first_when_sorted_by_state() {
        assert_eq!(names(&View::parse("", "state", "")), ["web <1>", "mail"]);
        assert_eq!(names(&View::parse("", "-state", "")), ["mail", "web <1>"]);
        assert_eq!(names(&View::parse("", "name", "")), ["mail", "web <1>"]);
        assert_eq!(View::parse("", "-name", "").sort_word().as_deref(), Some("-name"));
        assert_eq!(View::parse("", "-bogus", "").sort_word(), None);
    }

    #[test]
    fn a_page_beyond_the_last_is_empty_and_nonsense_is_the_first() {
        assert!(names(&View::parse("", "", "99999999999")).len() <= 2);
        assert!(names(&View::parse("", "", "2")).is_empty());
        assert_eq!(names(&View::parse("", "", "x")).len(), 2);
    }
}
