//! How somebody likes the live table: which columns, how tall its rows are, how often it is told. Remembered in a cookie,
//! so that it holds without script and for every cluster alike.

use super::Column;

/// The times between two updates that one can choose, in seconds. Piranha raised everything below 10 to 10, as each update
/// loaded the page anew; here it is a message, so one second is no burden.
pub const EVERY: &[u32] = &[1, 2, 5, 10, 30, 60];

/// Somebody's wishes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Look {
    /// Which columns, in the table's order; the name is always among them.
    pub columns: Vec<Column>,
    /// Rows of 28 px, each on one line.
    pub compact: bool,
    /// Whether the page updates itself; none where nobody has chosen: with script it does, without it does not.
    pub auto: Option<bool>,
    /// Every how many seconds; one of [`EVERY`].
    pub every: u32,
}

impl Default for Look {
    fn default() -> Self {
        Self { columns: Column::ALL.to_vec(), compact: false, auto: None, every: 1 }
    }
}

impl Look {
    /// The fewest seconds after which a page without script loads itself anew: less and nobody could read it.
    const RELOAD: u32 = 10;

    /// From columns' words in any order, and the nearest time that can be chosen.
    pub fn new<'a>(columns: impl Iterator<Item = &'a str>, compact: bool, auto: bool, every: u32) -> Self {
        let chosen: Vec<&str> = columns.collect();
        let columns = Column::ALL.into_iter();
        let columns = columns.filter(|column| *column == Column::Name || chosen.contains(&column.word()));
        let every = EVERY.iter().copied().min_by_key(|choice| choice.abs_diff(every)).unwrap_or(1);
        Self { columns: columns.collect(), compact, auto: Some(auto), every }
    }

    /// Takes the cookie's value; whatever it does not say is as by default.
    pub fn parse(value: &str) -> Self {
        let mut parts = value.split('~');
        let (Some(columns), Some(compact), Some(auto), Some(every)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Self::default();
        };
        Self::new(columns.split('.'), compact == "compact", auto == "auto", every.parse().unwrap_or(1))
    }

    /// The cookie's value.
    pub fn value(&self) -> String {
        let columns: Vec<&str> = self.columns.iter().map(|column| column.word()).collect();
        let (compact, auto) =
            (if self.compact { "compact" } else { "" }, if self.updates() { "auto" } else { "" });
        format!("{}~{compact}~{auto}~{}", columns.join("."), self.every)
    }

    /// Whether the page updates itself where there is script.
    pub fn updates(&self) -> bool {
        self.auto != Some(false)
    }

    /// After how many seconds a page without script loads itself anew; only by somebody's wish, since it takes away what is
    /// being typed.
    pub fn reload(&self) -> Option<u32> {
        (self.auto == Some(true)).then_some(self.every.max(Self::RELOAD))
    }

    /// Whether a column is shown.
    pub fn shows(&self, column: Column) -> bool {
        self.columns.contains(&column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_reads_back_and_nonsense_is_the_default() {
        let look = Look::new(["rate", "state", "bogus"].into_iter(), true, false, 5);
        assert_eq!(look.columns, [Column::Name, Column::State, Column::Rate], "in the table's order");
        assert_eq!(Look::parse(&look.value()), look);
        assert_eq!(Look::parse("x"), Look::default());
        assert!(look.value().bytes().all(|byte| byte.is_ascii_alphanumeric() || b".~".contains(&byte)));
    }

    #[test]
    fn times_are_sensible() {
        let every = |seconds| Look::new([].into_iter(), false, true, seconds).every;
        assert_eq!([every(0), every(4), every(7), every(4_000_000_000)], [1, 5, 5, 60]);
        assert_eq!(Look::default().reload(), None, "nobody has chosen");
        assert_eq!(Look::new([].into_iter(), false, true, 1).reload(), Some(10));
        assert_eq!(Look::new([].into_iter(), false, true, 60).reload(), Some(60));
    }
}
