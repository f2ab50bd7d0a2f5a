//! The page itself: rows that the console made are taken over, and from then on only what differs is written.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::document;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, FocusOptions, HtmlElement, HtmlTemplateElement, Node};

use crate::patch::{Patch, RowPatch};
use crate::trend::Trend;

/// How long a row whose state has changed keeps its mark, in milliseconds.
const MARK_MS: f64 = 8_000.0;

/// How long a button that has taken another one's place does nothing, in milliseconds: who was about to press the other has not
/// seen it yet.
const INERT_MS: f64 = 1_000.0;

#[derive(Default)]
pub(super) struct Page {
    rows: BTreeMap<String, Row>,
    marks: BTreeMap<String, f64>,
    /// Parts with a button that has just come, and until when it does nothing.
    inert: Vec<(Element, f64)>,
    stale: bool,
}

struct Row {
    element: Element,
    cells: Vec<Element>,
    class: String,
    trends: BTreeMap<usize, Line>,
}

/// A cell with a line in it.
struct Line {
    path: Element,
    trend: Trend,
    flat: bool,
}

impl Page {
    /// Carries a patch out.
    pub(super) fn apply(&mut self, patch: &Patch, now: f64) {
        for (id, html) in &patch.parts {
            let Some(part) = document().get_element_by_id(id) else { continue };
            // What is only written in another way stays: somebody may be about to press it.
            if as_read(html).is_some_and(|html| part.inner_html() == html) {
                continue;
            }
            put(&part, html);
            if html.contains("<form") {
                let _ = part.set_attribute("inert", "");
                self.inert.push((part, now + INERT_MS));
            }
        }
        if let Some(order) = &patch.order {
            let active = document().active_element();
            self.arrange(order);
            focus_again(active);
        }
        let mut told: BTreeMap<&str, &RowPatch> = BTreeMap::new();
        for row in &patch.rows {
            told.insert(&row.id, row);
        }
        for (id, row) in &mut self.rows {
            let news = told.get(id.as_str());
            if let Some(news) = news {
                if row.write(news) {
                    self.marks.insert(id.clone(), now + MARK_MS);
                }
                if self.marks.contains_key(id) {
                    let _ = row.element.class_list().add_1("changed");
                }
            }
            row.draw(news.map_or(&[], |news| &news.trends), patch.ticks);
        }
    }

    /// Rows come, go and move.
    fn arrange(&mut self, order: &[String]) {
        let Some(body) = document().get_element_by_id("live-rows") else { return };
        let wanted: BTreeSet<&str> = order.iter().map(String::as_str).collect();
        self.rows.retain(|id, _| wanted.contains(id.as_str()));
        let mut next = body.first_element_child();
        while let Some(element) = next {
            next = element.next_element_sibling();
            if !wanted.contains(element.id().as_str()) {
                element.remove();
            }
        }
        let mut place = body.first_element_child();
        for id in order {
            if !self.rows.contains_key(id) {
                let Some(row) = Row::take_or_make(id) else { continue };
                self.rows.insert(id.clone(), row);
            }
            let Some(row) = self.rows.get(id) else { continue };
            if place.as_ref() == Some(&row.element) {
                place = row.element.next_element_sibling();
            } else {
                let _ = body.insert_before(&row.element, place.as_deref());
            }
        }
    }

    /// What is old is not shown as what is: numbers are greyed, marks become unknown.
    pub(super) fn set_stale(&mut self, stale: bool) {
        if std::mem::replace(&mut self.stale, stale) != stale
            && let Ok(parts) = document().query_selector_all("[data-live]")
        {
            for index in 0..parts.length() {
                if let Some(part) = parts.item(index) {
                    let _ = part.unchecked_ref::<Element>().toggle_attribute_with_force("data-stale", stale);
                }
            }
        }
    }

    /// Whether what is shown is old.
    pub(super) fn is_stale(&self) -> bool {
        self.stale
    }

    /// Takes marks away whose time is over, and lets buttons be pressed.
    pub(super) fn forget_marks(&mut self, now: f64) {
        self.inert.retain(|(part, until)| {
            let keep = *until > now;
            if !keep {
                let _ = part.remove_attribute("inert");
            }
            keep
        });
        let rows = &self.rows;
        self.marks.retain(|id, until| {
            let keep = *until > now;
            if !keep && let Some(row) = rows.get(id) {
                let _ = row.element.class_list().remove_1("changed");
            }
            keep
        });
    }
}

impl Row {
    /// The row that the console made, or a new one like the blank one.
    fn take_or_make(id: &str) -> Option<Self> {
        let made = || {
            let blank = document().get_element_by_id("live-row")?;
            let blank = blank.unchecked_into::<HtmlTemplateElement>().content().first_element_child()?;
            let element = blank.clone_node_with_deep(true).ok()?.unchecked_into::<Element>();
            element.set_id(id);
            Some(element)
        };
        let element = document().get_element_by_id(id).or_else(made)?;
        let (mut cells, mut trends) = (Vec::new(), BTreeMap::new());
        let mut next = element.first_element_child();
        while let Some(cell) = next {
            next = cell.next_element_sibling();
            if let Ok(Some(path)) = cell.query_selector("svg.trend path") {
                trends.insert(cells.len(), Line { path, trend: Trend::default(), flat: false });
            }
            cells.push(cell);
        }
        Some(Self { class: element.class_name(), element, cells, trends })
    }

    /// Writes cells; whether the row's state is another one now.
    fn write(&mut self, news: &RowPatch) -> bool {
        for (place, html) in &news.cells {
            if let Some(cell) = self.cells.get(*place) {
                put(cell, html);
            }
        }
        let Some(class) = news.class.as_ref().filter(|class| **class != self.class) else { return false };
        self.element.set_class_name(class);
        let before = std::mem::replace(&mut self.class, class.clone());
        // A row that has just been made has had no state.
        state(&before).is_some_and(|before| Some(before) != state(class))
    }

    fn draw(&mut self, news: &[(usize, Vec<u64>)], ticks: usize) {
        for (place, line) in &mut self.trends {
            let values = news.iter().find(|(at, _)| at == place).map(|(_, values)| values.as_slice());
            match values {
                Some(values) => values.iter().for_each(|&value| line.trend.push(value)),
                None => (0..ticks).for_each(|_| line.trend.push(0)),
            }
            let flat = line.trend.is_flat();
            if !(flat && line.flat) {
                let _ = line.path.set_attribute("d", &line.trend.path());
            }
            line.flat = flat;
        }
    }
}

/// Gives the focus back to what lost it by being moved; nothing scrolls.
fn focus_again(before: Option<Element>) {
    let Some(before) = before.filter(|before| document().active_element().as_ref() != Some(before)) else {
        return;
    };
    if before.is_connected() {
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = before.unchecked_into::<HtmlElement>().focus_with_options(&options);
    }
}

/// The same HTML as the browser writes it.
fn as_read(html: &str) -> Option<String> {
    let template = document().create_element("template").ok()?;
    template.set_inner_html(html);
    Some(template.inner_html())
}

/// The class that names a row's state.
fn state(class: &str) -> Option<&str> {
    class.split(' ').find(|name| name.starts_with("is-"))
}

/// The text that is all there is in an element.
fn only_text(element: &Element) -> Option<Node> {
    element.first_child().filter(|node| node.node_type() == Node::TEXT_NODE && node.next_sibling().is_none())
}

/// Writes where something differs. A link in it that has the focus keeps it.
fn put(element: &Element, html: &str) {
    // Most cells are a number, and stay one: then no HTML is read.
    if !html.contains(['<', '&'])
        && let Some(text) = only_text(element)
    {
        text.set_node_value(Some(html));
        return;
    }
    if element.inner_html() == html {
        return;
    }
    let active = document().active_element().filter(|active| element.contains(Some(active)));
    let href = active.and_then(|active| active.get_attribute("href"));
    element.set_inner_html(html);
    if let Some(href) = href
        && let Ok(Some(link)) = element.query_selector(&format!("a[href=\"{href}\"]"))
    {
        let _ = link.unchecked_into::<HtmlElement>().focus();
    }
}
