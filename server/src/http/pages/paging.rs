//! Which part of a long list an address asks for.

use app::components::Listing;
use serde::{Deserialize, Deserializer};

use super::forms::{address, count};

/// Rows of one page.
const PER_PAGE: usize = 100;

/// What the address of a list asks for.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Wanted {
    /// Words to search for.
    #[serde(default)]
    pub(super) q: String,
    /// The order: a column's word, `-` before it for descending.
    #[serde(default)]
    pub(super) sort: String,
    #[serde(default)]
    pub(super) page: PageNumber,
}

impl Wanted {
    /// The words to search for, in small letters.
    pub(super) fn words(&self) -> Vec<String> {
        words(&self.q)
    }

    /// The column to sort by, and whether descending.
    pub(super) fn order(&self) -> (&str, bool) {
        self.sort.strip_prefix('-').map_or((&self.sort, false), |word| (word, true))
    }

    /// The part of what was found that is asked for, the nearest one where there is no such part, and its place in a list of `all` at
    /// `base`. An order that the list does not know is left out of addresses.
    pub(super) fn part<T>(
        self,
        base: String,
        found: Vec<T>,
        all: usize,
        is_sorted: bool,
    ) -> (Vec<T>, Listing) {
        let Self { q, sort, page } = self;
        let sort = if is_sorted { sort } else { String::new() };
        let matching = found.len();
        let pages = matching.div_ceil(PER_PAGE);
        let number = page.of(pages);
        let first = (number - 1) * PER_PAGE;
        let other =
            |number: usize| address(&base, &[("q", &q), ("sort", &sort), ("page", &number.to_string())]);
        let listing = Listing {
            matching: count(matching),
            all: count(all),
            from: count(first) + 1,
            previous: (number > 1).then(|| other(number - 1)),
            next: (number < pages).then(|| other(number + 1)),
            path: address(&base, &[("q", &q)]),
            here: if number > 1 { other(number) } else { address(&base, &[("q", &q), ("sort", &sort)]) },
            base,
            q,
            sort,
        };
        (found.into_iter().skip(first).take(PER_PAGE).collect(), listing)
    }
}

/// What is searched for, word by word, in small letters.
pub(super) fn words(q: &str) -> Vec<String> {
    q.split_whitespace().map(str::to_lowercase).collect()
}

/// A page's number from 1; the first where the address has none, or something that is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageNumber(usize);

impl PageNumber {
    /// The nearest one of so many pages. There is a first page always.
    pub(super) fn of(self, pages: usize) -> usize {
        self.0.clamp(1, pages.max(1))
    }
}

#[cfg(test)]
impl From<usize> for PageNumber {
    fn from(number: usize) -> Self {
        Self(number)
    }
}

impl Default for PageNumber {
    fn default() -> Self {
        Self(1)
    }
}

impl<'de> Deserialize<'de> for PageNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let typed = String::deserialize(deserializer)?;
        Ok(typed.trim().parse().map_or_else(|_| Self::default(), Self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_in_the_address_there_is_a_page() {
        let read = |typed: &str| serde_json::from_value::<PageNumber>(typed.into()).unwrap();
        let of = |typed: &str| read(typed).of(7);
        assert_eq!(["3", "0", "-1", "", "x", "99"].map(of), [3, 1, 1, 1, 1, 7]);
        assert_eq!(read("3").of(0), 1);
    }

    #[test]
    fn parts_follow_each_other_and_keep_search_and_order() {
        let part = |page: usize, is_sorted| {
            let wanted = Wanted { q: "s 0".into(), sort: "-name".into(), page: page.into() };
            wanted.part("/x".into(), (0..250).collect(), 300, is_sorted)
        };
        let (rows, second) = part(2, true);
        assert_eq!(
            (rows.len(), rows[0], second.from, second.matching, second.all),
            (100, 100, 101, 250, 300)
        );
        assert_eq!(second.previous.as_deref(), Some("/x?q=s%200&sort=-name&page=1"));
        assert_eq!(second.next.as_deref(), Some("/x?q=s%200&sort=-name&page=3"));
        assert_eq!(
            (second.path.as_str(), second.here.as_str()),
            ("/x?q=s%200", "/x?q=s%200&sort=-name&page=2")
        );
        let (rows, last) = part(99, false);
        assert_eq!((rows.len(), last.from, last.next, last.sort.as_str()), (50, 201, None, ""));
    }
}
