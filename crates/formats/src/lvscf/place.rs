//! Where in the file each value stood, and what the daemon passed over in silence.

use std::collections::BTreeMap;
use std::ops::Range;

use super::text::Text;

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1, as the daemon counts.
    pub line: usize,
    /// Bytes of the file, from the keyword to the last word.
    pub span: Range<usize>,
}

/// Each keyword of a scope with every line that sets it, in file order: the last one counts.
pub type Keys = BTreeMap<&'static str, Vec<Place>>;

/// The places of a file; the lists run parallel to those of [`super::LvsCf`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Keywords outside of every block.
    pub global: Keys,
    /// Of `virtual` blocks.
    pub virtuals: Vec<BlockPlaces>,
    /// Of `failover` blocks.
    pub failovers: Vec<BlockPlaces>,
}

/// The places of one `virtual` or `failover` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockPlaces {
    /// `virtual NAME {`.
    pub head: Place,
    /// Its keywords.
    pub keys: Keys,
    /// Its real servers.
    pub servers: Vec<ServerPlaces>,
}

/// The places of one `server` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerPlaces {
    /// `server NAME {`.
    pub head: Place,
    /// Its keywords.
    pub keys: Keys,
}

/// Something the daemon accepted without a word although it does not mean what it seems to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// Where.
    pub place: Place,
    /// What.
    pub kind: OddityKind,
}

/// The kinds of [`Oddity`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OddityKind {
    /// A line the daemon never read, for the file's line ends: see the lexer. Holds its text.
    UnreadLine(Text),
    /// The file ends before this block's `}`.
    MissingBrace,
    /// Words after a `}`.
    WordsAfterBrace,
    /// Words after a list's `]`, or beyond the 99th of the line.
    WordsDropped,
    /// An unclosed quote at the end of a complete line: what it holds is lost.
    UnclosedQuoteDropped,
    /// A line that begins with an unclosed quote: the daemon took it for the end of the block.
    UnclosedQuoteEndsBlock,
    /// A `pmask` that is not a mask: the line has no effect.
    BadPersistenceMask,
}
