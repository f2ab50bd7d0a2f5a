//! What part of the live table somebody looks at: filter, order, page. It stands in the page's address, and the stream's.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Counts, LiveServer, LiveService, Shape, Trends};
use crate::{State, html};

/// The most rows on one page: what a browser updates every second without effort. `docs/adr/0023` has the measurement.
pub const PAGE: usize = 500;

/// Filter, order, page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct View {
    /// Part of a name or an address; of a service or of one of its real servers.
    pub q: String,
    /// How a service, or one of its real servers, is to fare.
    pub state: Option<State>,
    /// The order.
    pub sort: Sort,
    /// Whether it is turned round.
    pub down: bool,
    /// The page, from 0.
    pub page: usize,
}

/// The order of virtual services; real servers stay under theirs in the order of their creation. Numbers sort as they were
/// [some seconds ago](Trends::ordering): rows that run about every second cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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
    /// By connections in use.
    Active,
    /// By connections that are closing or idle.
    Inactive,
    /// By new connections.
    Rate,
    /// By bytes from clients.
    In,
    /// By bytes to clients.
    Out,
}

/// What a service is ordered by; those of one order are of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank<'a> {
    Equal,
    Name(&'a str),
    Address(&'a str, &'a str),
    Urgency(u8),
    Number(u64),
}

/// A service on a page, with those of its real servers that the page has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The service.
    pub service: &'a LiveService,
    /// The servers: all of them, unless they alone would fill more than a page.
    pub servers: &'a [LiveServer],
}

impl Sort {
    /// All that one can ask for, by their words in the address: those of the table's columns.
    const WORDS: [(&str, Self); 8] = [
        ("name", Self::Name),
        ("address", Self::Address),
        ("state", Self::State),
        ("active", Self::Active),
        ("inactive", Self::Inactive),
        ("rate", Self::Rate),
        ("in", Self::In),
        ("out", Self::Out),
    ];

    /// What a word asks for.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, sort)| *sort)
    }

    /// The number that sorts; none where it is something else.
    pub fn number(self) -> Option<fn(Counts) -> u64> {
        match self {
            Self::Created | Self::Name | Self::Address | Self::State => None,
            Self::Active => Some(|counts| counts.active),
            Self::Inactive => Some(|counts| counts.inactive),
            Self::Rate => Some(|counts| counts.connections),
            Self::In => Some(|counts| counts.bytes_in),
            Self::Out => Some(|counts| counts.bytes_out),
        }
    }

    fn word(self) -> Option<&'static str> {
        Self::WORDS.iter().find(|(_, sort)| *sort == self).map(|(word, _)| *word)
    }
}

impl View {
    /// Takes the address's parameters; `sort` is a word with `-` before it for descending, `page` counts from 1.
    pub fn parse(q: &str, sort: &str, page: &str) -> Self {
        let (word, down) = sort.strip_prefix('-').map_or((sort, false), |word| (word, true));
        let sort = Sort::parse(word).unwrap_or_default();
        let page = page.parse::<usize>().unwrap_or(1).saturating_sub(1);
        Self { q: q.trim().to_owned(), state: None, sort, down: down && sort != Sort::Created, page }
    }

    /// The same for services in this state alone; any other word is every state.
    #[must_use]
    pub fn in_state(self, word: &str) -> Self {
        Self { state: State::ALL.iter().copied().find(|state| state.name() == word), ..self }
    }

    /// The word for the address's `sort`; `None` for the natural order.
    pub fn sort_word(&self) -> Option<String> {
        let word = self.sort.word()?;
        Some(if self.down { format!("-{word}") } else { word.to_owned() })
    }

    /// The services of all pages that pass the filter, in the order of their creation.
    pub fn matching<'a>(&self, shape: &'a Shape) -> Vec<&'a LiveService> {
        let q = self.q.to_lowercase();
        shape.services.iter().filter(|service| matches(service, &q) && self.fares(service)).collect()
    }

    /// The same in the order that was asked for.
    fn ordered<'a>(&self, shape: &'a Shape, trends: &Trends) -> Vec<&'a LiveService> {
        let mut services = self.matching(shape);
        let rank = |service: &&'a LiveService| match (self.sort, self.sort.number()) {
            (_, Some(number)) => Rank::Number(number(trends.ordering(service.id))),
            (Sort::Name, _) => Rank::Name(&service.name),
            (Sort::Address, _) => Rank::Address(&service.protocol, &service.address),
            (Sort::State, _) => Rank::Urgency(urgency(service.state)),
            _ => Rank::Equal,
        };
        // Those that are equal, such as idle ones, stay as they were created either way.
        if self.down {
            services.sort_by_cached_key(|service| Reverse(rank(service)));
        } else {
            services.sort_by_cached_key(rank);
        }
        services
    }

    fn fares(&self, service: &LiveService) -> bool {
        self.state.is_none_or(|state| {
            service.state == state || service.servers.iter().any(|server| server.state == state)
        })
    }

    /// The pages of those services, [`PAGE`] rows each at most; a service stands on one page where it can.
    pub fn pages<'a>(&self, shape: &'a Shape, trends: &Trends) -> Vec<Vec<Part<'a>>> {
        let mut pages: Vec<Vec<Part<'a>>> = Vec::new();
        let mut left = 0;
        for service in self.ordered(shape, trends) {
            let mut parts: Vec<&[LiveServer]> = service.servers.chunks(PAGE - 1).collect();
            if parts.is_empty() {
                parts.push(&[]);
            }
            for servers in parts {
                let rows = 1 + servers.len();
                if rows > left || pages.is_empty() {
                    pages.push(Vec::new());
                    left = PAGE;
                }
                left -= rows;
                if let Some(page) = pages.last_mut() {
                    page.push(Part { service, servers });
                }
            }
        }
        pages
    }

    /// What stands on this page; on the last one, where there are fewer.
    pub fn shown<'a>(&self, shape: &'a Shape, trends: &Trends) -> Vec<Part<'a>> {
        let mut pages = self.pages(shape, trends);
        let page = self.page.min(pages.len().saturating_sub(1));
        if page < pages.len() { pages.swap_remove(page) } else { Vec::new() }
    }

    /// The parameters of an address that leads to another page of the same: `?q=web&sort=name&page=2`; empty for the
    /// first page of everything.
    pub fn query(&self, page: usize) -> String {
        let mut parts = Vec::new();
        if !self.q.is_empty() {
            parts.push(format!("q={}", html::encode(&self.q)));
        }
        if let Some(state) = self.state {
            parts.push(format!("state={}", state.name()));
        }
        if let Some(word) = self.sort_word() {
            parts.push(format!("sort={word}"));
        }
        if page > 0 {
            parts.push(format!("page={}", page + 1));
        }
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

/// How many services stand before each page, and how many there are in all.
pub(crate) fn places(pages: &[Vec<Part<'_>>]) -> BTreeMap<usize, (usize, usize)> {
    let mut before = 0;
    let mut last = None;
    let mut places = BTreeMap::new();
    for (index, page) in pages.iter().enumerate() {
        // A service that goes on from the page before is the same one.
        let first = before + usize::from(page.first().map(|part| part.service.id) != last);
        for part in page {
            if last != Some(part.service.id) {
                before += 1;
                last = Some(part.service.id);
            }
        }
        places.insert(index, (first, before));
    }
    places
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
    use super::super::{Numbers, samples};
    use super::*;

    fn names(view: &View) -> Vec<String> {
        view.shown(&samples::shape(), &Trends::beginning(&samples::numbers()))
            .iter()
            .map(|part| part.service.name.clone())
            .collect()
    }

    #[test]
    fn the_filter_finds_services_by_their_real_servers_too() {
        assert_eq!(names(&View::parse("REAL2", "", "")), ["web <1>"]);
        assert_eq!(names(&View::parse("192.0.2.4", "", "")), ["mail"]);
        assert!(names(&View::parse("nothing", "", "")).is_empty());
    }

    #[test]
    fn the_filter_by_state_finds_a_service_by_its_own_or_by_a_servers() {
        let of = |word: &str| View::parse("", "", "").in_state(word);
        assert_eq!(names(&of("failing")), ["web <1>"]);
        assert_eq!(names(&of("serving")), ["web <1>"], "real1 does");
        assert_eq!(names(&of("unknown")), ["mail"]);
        assert!(names(&View::parse("mail", "", "").in_state("failing")).is_empty());
        assert_eq!(of("failing").query(1), "?state=failing&page=2");
        assert_eq!(of("<bogus>"), View::default());
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
    fn each_number_has_its_order_and_equal_rows_stay_as_created() {
        let sample = samples::shape().services.remove(1);
        let services = (1..=7).map(|id| LiveService { id, ..sample.clone() });
        let shape = Shape { services: services.collect(), ..Shape::default() };
        // The services 2 to 6 lead in one number each; 1 and 7 are idle.
        let row = |number: usize| {
            let mut row = [number as u64 + 2, 0, 1, 1, 1, 1, 1];
            row[number + 2] = 9;
            row
        };
        let numbers = Numbers { at: 1, known: true, rows: (0..5).map(row).collect() };
        let trends = Trends::beginning(&numbers);
        let ids = |sort: &str| {
            let shown = View::parse("", sort, "").shown(&shape, &trends);
            shown.iter().map(|part| part.service.id).collect::<Vec<_>>()
        };
        for (number, first) in ["active", "inactive", "rate", "in", "out"].into_iter().zip(2..) {
            let most_first = format!("-{number}");
            let others = (2..=6).filter(|id| *id != first).collect::<Vec<_>>();
            assert_eq!(ids(&most_first), [vec![first], others.clone(), vec![1, 7]].concat(), "{number}");
            assert_eq!(ids(number), [vec![1, 7], others, vec![first]].concat(), "{number}");
            assert_eq!(View::parse("", &most_first, "").sort_word(), Some(most_first));
        }
    }

    #[test]
    fn a_page_beyond_the_last_is_the_last_and_nonsense_is_the_first() {
        assert!(names(&View::parse("", "", "99999999999")).len() <= 2);
        assert_eq!(names(&View::parse("", "", "2")).len(), 2);
        assert_eq!(names(&View::parse("", "", "x")).len(), 2);
    }

    #[test]
    fn a_page_has_a_bounded_number_of_rows_and_splits_a_service_only_where_it_must() {
        let sample = samples::shape().services.remove(0);
        let service = |id: u32, servers: usize| LiveService {
            id,
            servers: std::iter::repeat_n(sample.servers[0].clone(), servers).collect(),
            ..sample.clone()
        };
        let shape = |services: Vec<LiveService>| Shape { services, ..Shape::default() };
        let thousand = shape((1..=1_000).map(|id| service(id, 5)).collect());
        let pages = View::default().pages(&thousand, &Trends::default());
        let rows = |page: &Vec<Part<'_>>| page.iter().map(|part| 1 + part.servers.len()).sum::<usize>();
        assert!(
            pages.iter().all(|page| rows(page) <= PAGE),
            "{:?}",
            pages.iter().map(rows).collect::<Vec<_>>()
        );
        assert_eq!(pages.iter().map(rows).sum::<usize>(), 6_000);
        assert!(pages.iter().flatten().all(|part| part.servers.len() == 5), "none is split");
        assert_eq!(places(&pages)[&1], (84, 166));
        let huge = shape(vec![service(1, 3), service(2, 1_200), service(3, 1)]);
        let pages = View::default().pages(&huge, &Trends::default());
        assert!(pages.iter().all(|page| rows(page) <= PAGE));
        assert_eq!(pages.iter().flatten().map(|part| part.servers.len()).sum::<usize>(), 1_204);
        assert_eq!(places(&pages)[&2], (2, 2), "the same service goes on");
    }

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(View::parse("a&b 网", "-name", "3").query(2), "?q=a%26b%20%E7%BD%91&sort=-name&page=3");
        assert_eq!(View::default().query(0), "");
    }
}
