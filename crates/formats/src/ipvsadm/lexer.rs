//! Text to lines of words. `ipvsadm` knows no quotes: blanks part words, and nothing else does.

use std::ops::Range;

/// A word and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    /// The byte of the file at which it begins.
    pub(super) at: usize,
}

/// A line that holds a command.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: usize,
    /// Without the program's own name, if it leads.
    pub(super) words: Vec<Word<'a>>,
}

impl<'a> Word<'a> {
    pub(super) fn span(self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }

    /// What is left of it behind `length` bytes.
    pub(super) fn from(self, length: usize) -> Self {
        Self { text: &self.text[length..], at: self.at + length }
    }
}

impl Line<'_> {
    /// Behind the last word.
    pub(super) fn end(&self) -> Range<usize> {
        let end = self.words.last().map_or(0, |word| word.span().end);
        end..end
    }
}

/// The lines of `source` that hold something, comments left out. Line ends of every kind are taken.
pub(super) fn lines(source: &str) -> impl Iterator<Item = Line<'_>> {
    let mut at = 0;
    let pieces = source.split_inclusive('\n').enumerate().map(move |(index, piece)| {
        let start = at;
        at += piece.len();
        (index + 1, start, piece)
    });
    pieces.filter_map(|(number, start, piece)| {
        let line = Line { number, words: words(piece, start) };
        (!line.words.is_empty()).then_some(line)
    })
}

fn words(line: &str, start: usize) -> Vec<Word<'_>> {
    let line = line.find('#').map_or(line, |comment| &line[..comment]);
    let mut words = Vec::new();
    for text in line.split(|c: char| c.is_ascii_whitespace()).filter(|text| !text.is_empty()) {
        // The words are slices of the line.
        let at = start + (text.as_ptr().addr() - line.as_ptr().addr());
        words.push(Word { text, at });
    }
    if words.first().is_some_and(|word| word.text.rsplit('/').next() == Some("ipvsadm")) {
        words.remove(0);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_know_their_places() {
        let source = "# saved\n\n /sbin/ipvsadm -A\t-f 1 # one\r\n-a\n";
        let lines: Vec<_> = lines(source).collect();
        let texts: Vec<Vec<_>> =
            lines.iter().map(|line| line.words.iter().map(|word| &source[word.span()]).collect()).collect();
        assert_eq!(texts, [vec!["-A", "-f", "1"], vec!["-a"]]);
        assert_eq!((lines[0].number, lines[1].number), (3, 4));
    }
}
