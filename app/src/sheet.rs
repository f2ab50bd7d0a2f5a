//! A live page at one moment, in one language: rows of cells, and parts around them. Two sheets give the [`Patch`] that
//! leads from the one to the other; a sheet alone gives the page as it is made first, so both cannot differ.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::patch::{Patch, RowPatch};
use crate::trend::{SECONDS, Trend};

/// A live page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The rows in their order.
    pub rows: Vec<SheetRow>,
    /// What lives around the rows: an element's id, and what it holds as HTML.
    pub parts: Vec<(String, String)>,
    /// How many seconds its trends have seen.
    pub ticks: u64,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetRow {
    /// Its element's id; unique in the page, without anything to be escaped.
    pub id: String,
    /// Its element's classes.
    pub class: String,
    /// Its cells, as many as the page's columns.
    pub cells: Vec<SheetCell>,
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetCell {
    /// HTML.
    Html(String),
    /// A line; none where nothing happened for a minute.
    Trend(Option<Trend>),
}

impl Sheet {
    /// What leads from `before` to this one; everything, for who has seen nothing.
    pub fn patch(&self, before: Option<&Self>) -> Patch {
        let nothing = Self::default();
        let from = before.unwrap_or(&nothing);
        let ids = |sheet: &Self| sheet.rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>();
        let moved = before.is_none()
            || from.rows.len() != self.rows.len()
            || from.rows.iter().zip(&self.rows).any(|(from, to)| from.id != to.id);
        let old_parts: BTreeMap<&str, &str> =
            from.parts.iter().map(|(id, html)| (id.as_str(), html.as_str())).collect();
        let parts = self.parts.iter().filter(|(id, html)| old_parts.get(id.as_str()) != Some(&html.as_str()));
        // Of seconds that nobody has looked at nothing is known: they are no zeros.
        let ticks = self.ticks.saturating_sub(before.map_or(0, |before| before.ticks));
        let ticks = usize::try_from(ticks).unwrap_or(SECONDS);
        let old: BTreeMap<&str, &SheetRow> = from.rows.iter().map(|row| (row.id.as_str(), row)).collect();
        let rows = self.rows.iter().map(|row| row.patch(old.get(row.id.as_str()).copied(), ticks));
        Patch {
            parts: parts.cloned().collect(),
            order: moved.then(|| ids(self)),
            rows: rows.filter(|row| !row.is_empty()).collect(),
            ticks: ticks.min(SECONDS),
        }
    }

    /// The rows as a table's; `classes` are those of the columns.
    pub fn html(&self, classes: &[&str]) -> String {
        self.html_as("tr", "td", classes)
    }

    /// The rows as elements of one name, their cells as elements of another.
    pub fn html_as(&self, row_name: &str, cell_name: &str, classes: &[&str]) -> String {
        let mut out = String::new();
        for row in &self.rows {
            // Writing to a string cannot fail.
            let _ = write!(out, r#"<{row_name} id="{}" class="{}">"#, row.id, row.class);
            for (cell, class) in row.cells.iter().zip(classes) {
                let _ = write!(out, r#"<{cell_name} class="{class}">{}</{cell_name}>"#, cell.html());
            }
            let _ = write!(out, "</{row_name}>");
        }
        out
    }

    /// What an element holds.
    pub fn part(&self, id: &str) -> String {
        self.parts.iter().find(|(name, _)| name == id).map(|(_, html)| html.clone()).unwrap_or_default()
    }
}

impl SheetRow {
    fn patch(&self, from: Option<&Self>, ticks: usize) -> RowPatch {
        let mut patch = RowPatch { id: self.id.clone(), ..RowPatch::default() };
        if from.is_none_or(|from| from.class != self.class) {
            patch.class = Some(self.class.clone());
        }
        for (place, cell) in self.cells.iter().enumerate() {
            match cell {
                SheetCell::Html(html) => {
                    if from.is_none_or(|from| from.cells.get(place) != Some(cell)) {
                        patch.cells.push((place, html.clone()));
                    }
                }
                SheetCell::Trend(trend) => {
                    let seconds = if from.is_none() { SECONDS } else { ticks };
                    let values = trend.as_ref().map(|trend| trend.newest(seconds)).unwrap_or_default();
                    if values.iter().any(|&value| value > 0) {
                        patch.trends.push((place, values));
                    }
                }
            }
        }
        patch
    }
}

impl SheetCell {
    /// The cell as HTML.
    pub fn html(&self) -> String {
        match self {
            Self::Html(html) => html.clone(),
            Self::Trend(trend) => {
                let path = trend.as_ref().map(Trend::path).unwrap_or_default();
                format!(
                    r#"<svg class="trend" viewBox="0 0 60 16" preserveAspectRatio="none" aria-hidden="true"><path d="{path}"/></svg>"#
                )
            }
        }
    }
}

impl RowPatch {
    fn is_empty(&self) -> bool {
        self.class.is_none() && self.cells.is_empty() && self.trends.is_empty()
    }
}

/// A table's row with nothing in it, from which the browser makes those that come later; `lines` says which cells hold trends.
pub fn blank(classes: &[&str], lines: &[bool]) -> String {
    blank_as("tr", "td", classes, lines)
}

/// The same for other elements.
pub fn blank_as(row_name: &str, cell_name: &str, classes: &[&str], lines: &[bool]) -> String {
    let cells = classes.iter().zip(lines).map(|(class, line)| {
        let inner = if *line { SheetCell::Trend(None).html() } else { String::new() };
        format!(r#"<{cell_name} class="{class}">{inner}</{cell_name}>"#)
    });
    format!("<{row_name}>{}</{row_name}>", cells.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, class: &str, cell: &str, trend: &[u64]) -> SheetRow {
        let mut line = Trend::default();
        trend.iter().for_each(|&value| line.push(value));
        let cells = vec![SheetCell::Html(cell.into()), SheetCell::Trend(Some(line))];
        SheetRow { id: id.into(), class: class.into(), cells }
    }

    fn sheet(ticks: u64, rows: Vec<SheetRow>) -> Sheet {
        Sheet { rows, parts: vec![("a".into(), "same".into()), ("t".into(), ticks.to_string())], ticks }
    }

    #[test]
    fn who_has_seen_nothing_is_told_everything() {
        let now = sheet(9, vec![row("r1", "is-serving", "x", &[0, 4])]);
        let patch = now.patch(None);
        assert_eq!(patch.order.as_deref(), Some(&["r1".to_owned()][..]));
        assert_eq!((patch.parts.len(), patch.rows[0].class.as_deref()), (2, Some("is-serving")));
        assert_eq!(patch.rows[0].trends, [(1, vec![0, 4])]);
        assert_eq!(patch.ticks, 9, "rows without a line were zero for as long as somebody has looked");
        let empty = Sheet::default().patch(None);
        assert_eq!(empty.order, Some(Vec::new()), "rows that the page has by mistake go");
    }

    #[test]
    fn later_only_what_differs_is_told() {
        let before = sheet(9, vec![row("r1", "a", "x", &[1, 2]), row("r2", "a", "y", &[])]);
        let after = sheet(11, vec![row("r1", "a", "x", &[1, 2, 0, 5]), row("r2", "b", "z", &[])]);
        let patch = after.patch(Some(&before));
        assert_eq!((patch.order.as_ref(), patch.ticks), (None, 2));
        assert_eq!(patch.parts, [("t".to_owned(), "11".to_owned())]);
        assert_eq!(
            patch.rows[0],
            RowPatch { id: "r1".into(), trends: vec![(1, vec![0, 5])], ..RowPatch::default() }
        );
        assert_eq!((patch.rows[1].class.as_deref(), &patch.rows[1].cells[0].1[..]), (Some("b"), "z"));
        assert_eq!(after.patch(Some(&after)), Patch { ticks: 0, ..Patch::default() });
    }

    #[test]
    fn a_row_that_comes_is_told_whole_and_in_its_place() {
        let before = sheet(1, vec![row("r1", "a", "x", &[])]);
        let after = sheet(1, vec![row("r2", "a", "y", &[7]), row("r1", "a", "x", &[])]);
        let patch = after.patch(Some(&before));
        assert_eq!(patch.order, Some(vec!["r2".into(), "r1".into()]));
        assert_eq!((patch.rows.len(), &patch.rows[0].trends[..]), (1, &[(1, vec![7])][..]));
    }

    #[test]
    fn the_page_and_its_blank_row_have_the_same_cells() {
        let page = sheet(1, vec![row("r1", "a", "x", &[1, 2])]).html(&["c-name", "c-trend"]);
        assert!(
            page.starts_with(r#"<tr id="r1" class="a"><td class="c-name">x</td><td class="c-trend"><svg"#),
            "{page}"
        );
        assert!(page.contains("<path d=\"M"), "a line needs no script: {page}");
        assert!(
            blank(&["c-name", "c-trend"], &[false, true])
                .starts_with(r#"<tr><td class="c-name"></td><td class="c-trend"><svg"#)
        );
    }
}
