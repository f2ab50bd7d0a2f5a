//! `ipvsadm`: the kernel's table as its own tool writes it.

use crate::net::Place;
use anyhow::{Result, ensure};
use std::collections::BTreeSet;

/// The table, as the lines that `ipvsadm -Sn` writes: services and destinations with all their options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    lines: BTreeSet<String>,
}

impl Table {
    /// A director's table now.
    pub(crate) fn of(director: &Place) -> Result<Self> {
        let text = director.read(&["ipvsadm", "-Sn"])?;
        Ok(Self {
            lines: text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect(),
        })
    }

    /// Whether there is a line with all of these words in a row, such as `-a -t 10.0.0.2:80 -r 192.168.10.100:80`.
    pub(crate) fn has(&self, words: &str) -> bool {
        let words = format!(" {words} ");
        self.lines.iter().any(|line| format!(" {line} ").contains(&words))
    }

    /// An error unless there is exactly this line.
    pub(crate) fn expect_line(&self, line: &str) -> Result<()> {
        ensure!(self.lines.contains(line), "ipvsadm has no line `{line}`, it has\n{}", self.text());
        Ok(())
    }

    /// An error unless there is such a line.
    pub(crate) fn expect(&self, words: &str) -> Result<()> {
        ensure!(self.has(words), "ipvsadm has no `{words}`, it has\n{}", self.text());
        Ok(())
    }

    /// An error where there is such a line.
    pub(crate) fn refuse(&self, words: &str) -> Result<()> {
        ensure!(!self.has(words), "ipvsadm still has `{words}`:\n{}", self.text());
        Ok(())
    }

    /// An error unless these are all lines.
    pub(crate) fn is(&self, lines: &[&str]) -> Result<()> {
        let wanted: BTreeSet<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        ensure!(
            self.lines == wanted,
            "ipvsadm has\n{}\nand not\n{}",
            self.text(),
            wanted.into_iter().collect::<Vec<_>>().join("\n")
        );
        Ok(())
    }

    /// Its lines.
    pub(crate) fn text(&self) -> String {
        self.lines.iter().cloned().collect::<Vec<_>>().join("\n")
    }
}

/// The lines of `ipvsadm -Lnc` that contain all of these.
pub(crate) fn connections(director: &Place, having: &[&str]) -> Result<Vec<String>> {
    let text = director.read(&["ipvsadm", "-Lnc"])?;
    Ok(text.lines().filter(|line| having.iter().all(|part| line.contains(part))).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_words_in_a_row() {
        let line = "-a -t 10.0.0.2:80 -r 192.168.10.100:80 -m -w 1".to_owned();
        let table = Table { lines: BTreeSet::from([line]) };
        assert!(table.has("-r 192.168.10.100:80 -m -w 1"));
        assert!(!table.has("-a -t 10.0.0.2:8"), "whole words");
        assert!(table.has("-a -t 10.0.0.2:80"));
        assert!(!table.has("-w 1 -m"));
    }
}
