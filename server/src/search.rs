//! Finding things by what is typed: every word must occur in what a thing is called or reached by. Pure; the caller brings
//! the things in the order in which a page would list them.

use std::collections::BinaryHeap;

/// The most characters that are looked for. Ours: longer than any name.
const LONGEST: usize = 200;

/// What somebody typed, as words in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query(Vec<String>);

/// How well a thing fits: smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fit(u8);

/// The best things so far, `limit` at most, and how many fitted in all.
#[derive(Debug)]
pub(crate) struct Best<T> {
    limit: usize,
    kept: BinaryHeap<Entry<T>>,
    seen: usize,
}

/// A thing with its rank: the worst one is the heap's top.
#[derive(Debug)]
struct Entry<T> {
    rank: (Fit, usize),
    thing: T,
}

impl Query {
    /// The words of `text`.
    pub(crate) fn parse(text: &str) -> Self {
        let text: String = text.chars().take(LONGEST).collect();
        Self(text.split_whitespace().map(str::to_lowercase).collect())
    }

    /// Whether nothing is looked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How well a thing fits that is called `name` and can be told by `others` as well (addresses, ports, notes, the cluster's name);
    /// `None` where a word occurs in neither.
    pub(crate) fn fit<'a>(&self, name: &str, others: impl IntoIterator<Item = &'a str>) -> Option<Fit> {
        let name = name.to_lowercase();
        let others: Vec<String> = others.into_iter().map(str::to_lowercase).collect();
        let mut worst = 0;
        for word in &self.0 {
            let rank = if name == *word {
                0
            } else if name.starts_with(word.as_str()) {
                1
            } else if begins_a_word(&name, word) {
                2
            } else if others.iter().any(|other| other == word) {
                3
            } else if name.contains(word.as_str()) {
                4
            } else if others.iter().any(|other| other.starts_with(word.as_str())) {
                5
            } else if others.iter().any(|other| other.contains(word.as_str())) {
                6
            } else {
                return None;
            };
            worst = worst.max(rank);
        }
        Some(Fit(worst))
    }
}

/// Whether `word` stands in `name` behind something that is neither letter nor digit.
fn begins_a_word(name: &str, word: &str) -> bool {
    let starts = name.match_indices(word).map(|(at, _)| &name[..at]);
    starts.into_iter().any(|before| before.chars().next_back().is_some_and(|c| !c.is_alphanumeric()))
}

impl<T> Best<T> {
    /// Keeps `limit` things.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, kept: BinaryHeap::new(), seen: 0 }
    }

    /// Takes a thing that fits so; `make` is called only for one that is kept for now. Of equal ones the first stay.
    pub(crate) fn offer(&mut self, fit: Fit, make: impl FnOnce() -> T) {
        let rank = (fit, self.seen);
        self.seen += 1;
        if self.kept.len() == self.limit {
            if self.kept.peek().is_none_or(|worst| worst.rank <= rank) {
                return;
            }
            self.kept.pop();
        }
        self.kept.push(Entry { rank, thing: make() });
    }

    /// The things, best first, and how many fitted in all.
    pub(crate) fn into_sorted(self) -> (Vec<T>, usize) {
        let seen = self.seen;
        (self.kept.into_sorted_vec().into_iter().map(|entry| entry.thing).collect(), seen)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank.cmp(&other.rank)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fit(query: &str, name: &str, others: &[&str]) -> Option<Fit> {
        Query::parse(query).fit(name, others.iter().copied())
    }

    #[test]
    fn every_word_must_occur_somewhere() {
        assert!(fit("shop 443", "https", &["shop", "10.0.0.2", "443"]).is_some());
        assert_eq!(fit("shop 80", "https", &["shop", "10.0.0.2", "443"]), None);
        assert_eq!(fit("", "anything", &[]), Some(Fit(0)));
        assert!(fit("网站", "主网站", &[]).is_some(), "no spaces are needed");
    }

    #[test]
    fn a_name_counts_more_than_an_address_and_its_beginning_more_than_its_end() {
        let ranks = [
            fit("web", "WEB", &[]),
            fit("web", "web-1", &[]),
            fit("web", "old-web", &[]),
            fit("web", "cobweb", &[]),
            fit("web", "http", &["web.example"]),
        ];
        assert!(ranks.iter().all(Option::is_some) && ranks.is_sorted(), "{ranks:?}");
        assert!(fit("10.0.0.2", "http", &["10.0.0.2"]) < fit("10.0.0.2", "http", &["10.0.0.25"]));
    }

    proptest! {
        #[test]
        fn the_best_are_those_that_sorting_all_would_give(ranks in prop::collection::vec(0_u8..7, 0..60), limit in 1_usize..12) {
            let mut best = Best::new(limit);
            for (index, rank) in ranks.iter().enumerate() {
                best.offer(Fit(*rank), || index);
            }
            let mut all: Vec<usize> = (0..ranks.len()).collect();
            all.sort_by_key(|&index| ranks[index]);
            all.truncate(limit);
            prop_assert_eq!(best.into_sorted(), (all, ranks.len()));
        }

        #[test]
        fn no_text_is_a_panic(text in ".{0,300}", name in ".{0,40}", other in ".{0,40}") {
            let _ = Query::parse(&text).fit(&name, [other.as_str()]);
        }
    }
}
