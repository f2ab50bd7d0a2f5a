//! The table in the page: rows that the console made are taken over, and from then on only cells that differ are
//! written.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::document;
use web_sys::Element;

use crate::live::{
    Cell, Column, Counts, Numbers, Row, Shape, Trend, View, directors_html, header_html, header_words,
    ipvsadm, row_id,
};
use crate::{Lang, State};

/// How long a row whose state has changed keeps its mark, in milliseconds.
const MARK_MS: f64 = 8_000.0;
/// The parts of the page that live.
const LIVE_PARTS: [&str; 3] = ["live-rows", "live-directors", "cluster-state"];

pub(super) struct Table {
    lang: Lang,
    cluster: u32,
    view: View,
    shape: Shape,
    shaped: bool,
    numbers: Numbers,
    rows: BTreeMap<(u32, u32), LiveRow>,
    directors: String,
    marks: BTreeMap<(u32, u32), f64>,
    stale: bool,
}

struct LiveRow {
    element: Element,
    cells: Vec<Element>,
    written: Vec<String>,
    state: State,
    class: String,
    /// Whether its shape is another since the cells were written.
    reshaped: bool,
    counts: Option<Option<Counts>>,
    trend: Trend,
    path: String,
}

impl Table {
    pub(super) fn new(lang: Lang, cluster: u32, view: View) -> Self {
        Self {
            lang,
            cluster,
            view,
            shape: Shape::default(),
            shaped: false,
            numbers: Numbers::default(),
            rows: BTreeMap::new(),
            directors: String::new(),
            marks: BTreeMap::new(),
            stale: false,
        }
    }

    /// The table as text.
    pub(super) fn text(&self) -> String {
        ipvsadm(&self.view.shown(&self.shape), &self.numbers)
    }

    /// Another shape: rows come, go and move; their cells follow with the next numbers, which come at once.
    pub(super) fn reshape(&mut self, shape: Shape, now: f64) {
        let first = !std::mem::replace(&mut self.shaped, true);
        self.shape = shape;
        let Some(body) = document().get_element_by_id("live-rows") else { return };
        let services = self.view.shown(&self.shape);
        let rows: Vec<Row<'_>> = services.iter().flat_map(|service| Row::of(self.cluster, service)).collect();
        let wanted: BTreeSet<(u32, u32)> = rows.iter().map(Row::key).collect();
        self.rows.retain(|key, row| {
            let keep = wanted.contains(key);
            if !keep {
                row.element.remove();
            }
            keep
        });
        if first {
            let ids: BTreeSet<String> = wanted.iter().map(|&key| row_id(key)).collect();
            let mut next = body.first_element_child();
            while let Some(element) = next {
                next = element.next_element_sibling();
                if !ids.contains(&element.id()) {
                    element.remove();
                }
            }
        }
        let mut place = body.first_element_child();
        for row in &rows {
            let known = match self.rows.entry(row.key()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(vacant) => match LiveRow::take_or_make(row, self.lang) {
                    Some(made) => vacant.insert(made),
                    None => continue,
                },
            };
            if place.as_ref() == Some(&known.element) {
                place = known.element.next_element_sibling();
            } else {
                let _ = body.insert_before(&known.element, place.as_deref());
            }
            known.reshaped = true;
            let (state, class) = (row.state(), row.class());
            let changed = known.state != state && !first;
            if changed {
                self.marks.insert(row.key(), now + MARK_MS);
            }
            if known.state != state || known.class != class {
                let mark = if self.marks.contains_key(&row.key()) { " changed" } else { "" };
                known.element.set_class_name(&format!("{class}{mark}"));
                (known.state, known.class) = (state, class);
            }
        }
        self.write_header();
    }

    /// Another second's numbers.
    pub(super) fn count(&mut self, numbers: Numbers) {
        if !self.shaped {
            return;
        }
        let counts = numbers.by_row();
        for service in self.view.shown(&self.shape) {
            for row in Row::of(self.cluster, service) {
                let Some(known) = self.rows.get_mut(&row.key()) else { continue };
                let counts = numbers.known.then(|| counts.get(&row.key()).copied().unwrap_or_default());
                known.write(&row, self.lang, numbers.at, counts);
            }
        }
        let directors = directors_html(&self.shape, self.lang, numbers.at);
        if directors != self.directors {
            if let Some(strip) = document().get_element_by_id("live-directors") {
                strip.set_inner_html(&directors);
            }
            self.directors = directors;
        }
        self.numbers = numbers;
    }

    /// What is old is not shown as what is: numbers are greyed, marks become unknown, in the table and around it.
    pub(super) fn set_stale(&mut self, stale: bool) {
        if std::mem::replace(&mut self.stale, stale) != stale {
            for id in LIVE_PARTS {
                if let Some(part) = document().get_element_by_id(id) {
                    let _ = part.toggle_attribute_with_force("data-stale", stale);
                }
            }
        }
    }

    /// Whether what is shown is old.
    pub(super) fn is_stale(&self) -> bool {
        self.stale
    }

    /// Takes marks away whose time is over.
    pub(super) fn forget_marks(&mut self, now: f64) {
        let rows = &self.rows;
        self.marks.retain(|key, until| {
            let keep = *until > now;
            if !keep && let Some(row) = rows.get(key) {
                let _ = row.element.class_list().remove_1("changed");
            }
            keep
        });
    }

    fn write_header(&self) {
        let document = document();
        for (id, html) in [
            ("cluster-state", header_html(&self.shape, self.lang)),
            ("cluster-words", header_words(&self.shape, self.lang)),
        ] {
            if let Some(element) = document.get_element_by_id(id)
                && element.inner_html() != html
            {
                element.set_inner_html(&html);
            }
        }
    }
}

impl LiveRow {
    /// The row that the console made, or a new one.
    fn take_or_make(row: &Row<'_>, lang: Lang) -> Option<Self> {
        let made = || {
            let body = document().create_element("tbody").ok()?;
            body.set_inner_html(&row.html(lang, 0, None));
            body.first_element_child()
        };
        let element = document().get_element_by_id(&row_id(row.key())).or_else(made)?;
        let mut cells = Vec::with_capacity(Column::ALL.len());
        let mut next = element.first_element_child();
        while let Some(cell) = next {
            next = cell.next_element_sibling();
            cells.push(cell);
        }
        let class = element.class_name();
        let state = State::ALL.iter().copied().find(|state| class.contains(&format!("is-{}", state.name())));
        Some(Self {
            written: cells.iter().map(Element::inner_html).collect(),
            reshaped: true,
            element,
            cells,
            state: state.unwrap_or(row.state()),
            class,
            counts: None,
            trend: Trend::default(),
            path: String::new(),
        })
    }

    fn write(&mut self, row: &Row<'_>, lang: Lang, now_ms: i64, counts: Option<Counts>) {
        if std::mem::take(&mut self.reshaped) {
            for cell in row.shape_cells(lang, now_ms) {
                self.put(cell);
            }
        } else {
            self.put(Cell { column: Column::Since, html: row.since_html(lang, now_ms) });
        }
        if self.counts != Some(counts) {
            self.counts = Some(counts);
            for cell in row.number_cells(counts) {
                self.put(cell);
            }
        }
        self.trend.push(counts.unwrap_or_default().connections);
        let path = self.trend.path();
        if path != self.path {
            if let Some(line) = self
                .cells
                .get(Column::Trend as usize)
                .and_then(|cell| cell.query_selector("path").ok().flatten())
            {
                let _ = line.set_attribute("d", &path);
            }
            self.path = path;
        }
    }

    fn put(&mut self, Cell { column, html }: Cell) {
        let index = column as usize;
        if let (Some(cell), Some(written)) = (self.cells.get(index), self.written.get_mut(index))
            && *written != html
        {
            cell.set_inner_html(&html);
            *written = html;
        }
    }
}
