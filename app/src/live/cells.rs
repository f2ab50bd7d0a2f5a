//! Rows and cells of the live table as HTML, by the same functions in the console and in the browser: what the console
//! wrote first and what the browser writes later cannot differ.

use std::fmt::Write as _;

use super::{Counts, LiveServer, LiveService, Method, Numbers, Shape, View};
use crate::i18n::{Lang, causes, control as words, grouped};
use crate::{State, html, time};

/// A column, in the table's order: who it is and how it fares, what it does now, and last what changes seldom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Name, and why it does not fare well. It stays in sight while the rest scrolls.
    Name,
    /// Shape and word.
    State,
    /// How long it has lasted.
    Since,
    /// Active connections.
    Active,
    /// Inactive connections.
    Inactive,
    /// New connections per second.
    Rate,
    /// Sixty seconds of the rate.
    Trend,
    /// Bytes from clients.
    In,
    /// Bytes to clients.
    Out,
    /// Protocol and address.
    Address,
    /// Forwarding method; of a service its scheduler.
    Forwarding,
    /// Weight.
    Weight,
}

/// One cell: its column and its content as HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Where it stands.
    pub column: Column,
    /// What it holds.
    pub html: String,
}

/// A row: a service, or a real server under it.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    cluster: u32,
    service: &'a LiveService,
    server: Option<&'a LiveServer>,
}

/// What stands for a number that nobody tells.
const UNKNOWN: &str = "–";

impl Column {
    /// All of them, in order.
    pub const ALL: [Self; 12] = [
        Self::Name,
        Self::State,
        Self::Since,
        Self::Active,
        Self::Inactive,
        Self::Rate,
        Self::Trend,
        Self::In,
        Self::Out,
        Self::Address,
        Self::Forwarding,
        Self::Weight,
    ];

    /// The header.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::State => words::COL_STATE,
            Self::Since => words::COL_SINCE,
            Self::Name => words::COL_NAME,
            Self::Address => words::COL_ADDRESS,
            Self::Forwarding => words::COL_FORWARDING,
            Self::Weight => words::COL_WEIGHT,
            Self::Active => words::COL_ACTIVE,
            Self::Inactive => words::COL_INACTIVE,
            Self::Rate => words::COL_RATE,
            Self::In => words::COL_IN,
            Self::Out => words::COL_OUT,
            Self::Trend => words::COL_TREND,
        }
        .get(lang)
    }

    /// The class of its cells.
    pub fn class(self) -> &'static str {
        match self {
            Self::State => "c-state",
            Self::Since => "num c-since",
            Self::Name => "c-name",
            Self::Address => "mono c-address",
            Self::Forwarding => "c-forwarding",
            Self::Weight => "num c-weight",
            Self::Active => "num c-active",
            Self::Inactive => "num c-inactive",
            Self::Rate => "num c-rate",
            Self::In => "num c-in",
            Self::Out => "num c-out",
            Self::Trend => "c-trend",
        }
    }
}

impl<'a> Row<'a> {
    /// The rows of a service: itself, then its real servers.
    pub fn of(cluster: u32, service: &'a LiveService) -> impl Iterator<Item = Self> {
        let own = Self { cluster, service, server: None };
        std::iter::once(own)
            .chain(service.servers.iter().map(move |server| Self { server: Some(server), ..own }))
    }

    /// Service and destination; 0 for the service itself.
    pub fn key(&self) -> (u32, u32) {
        (self.service.id, self.server.map_or(0, |server| server.id))
    }

    /// How it fares.
    pub fn state(&self) -> State {
        self.server.map_or(self.service.state, |server| server.state)
    }

    /// What is in the cells that depend on the shape and the time alone.
    pub fn shape_cells(&self, lang: Lang, now_ms: i64) -> [Cell; 6] {
        let state = self.state();
        let columns = [
            (Column::State, state_html(state, lang)),
            (Column::Since, self.since_html(lang, now_ms)),
            (Column::Name, self.name_html(lang)),
            (Column::Address, self.address_html()),
            (Column::Forwarding, self.forwarding_html(lang)),
            (Column::Weight, self.server.map_or_else(String::new, |server| server.weight.to_string())),
        ];
        columns.map(|(column, html)| Cell { column, html })
    }

    /// How long it has been so: the one cell of the shape that changes by itself.
    pub fn since_html(&self, lang: Lang, now_ms: i64) -> String {
        let since = self.server.map_or(self.service.since, |server| server.since);
        if since > 0 { time::span(now_ms - since, lang) } else { String::new() }
    }

    /// What is in the cells of numbers; `None`: nobody tells them.
    pub fn number_cells(&self, counts: Option<Counts>) -> [Cell; 5] {
        // What is switched off has no numbers to tell, whoever reports.
        let off = matches!(self.state(), State::Unknown | State::Inactive | State::Stopped);
        let show = |value: Option<String>| value.unwrap_or_else(|| UNKNOWN.to_owned());
        let counts = counts.filter(|counts| !off || *counts != Counts::default());
        [
            (Column::Active, show(counts.map(|counts| grouped(counts.active)))),
            (Column::Inactive, show(counts.map(|counts| grouped(counts.inactive)))),
            (Column::Rate, show(counts.map(|counts| grouped(counts.connections)))),
            (Column::In, show(counts.map(|counts| kilobytes(counts.bytes_in)))),
            (Column::Out, show(counts.map(|counts| kilobytes(counts.bytes_out)))),
        ]
        .map(|(column, html)| Cell { column, html })
    }

    /// The whole row.
    pub fn html(&self, lang: Lang, now_ms: i64, counts: Option<Counts>) -> String {
        let mut out = format!(r#"<tr id="{}" class="{}">"#, row_id(self.key()), self.class());
        let mut cells: Vec<Cell> =
            self.shape_cells(lang, now_ms).into_iter().chain(self.number_cells(counts)).collect();
        cells.push(Cell { column: Column::Trend, html: TREND.to_owned() });
        cells.sort_by_key(|cell| cell.column);
        for cell in cells {
            // Writing to a string cannot fail.
            let _ = write!(out, r#"<td class="{}">{}</td>"#, cell.column.class(), cell.html);
        }
        out.push_str("</tr>");
        out
    }

    /// The classes of the row's element.
    pub fn class(&self) -> String {
        let kind = if self.server.is_some() { "child" } else { "service" };
        let noted = if self.notes(Lang::En).is_empty() { "" } else { " noted" };
        format!("{kind} is-{}{noted}", self.state().name())
    }

    /// What there is to say of it besides its state.
    fn notes(&self, lang: Lang) -> String {
        let mut notes: Vec<String> = Vec::new();
        let note = match self.server {
            Some(server) => &server.note,
            None => {
                if self.service.sorry {
                    notes.push(words::SORRY_STANDS_IN.get(lang).to_owned());
                }
                if self.service.servers.is_empty() {
                    notes.push(words::NO_SERVERS.get(lang).to_owned());
                }
                &self.service.note
            }
        };
        let note = causes::text(note, lang);
        if !note.is_empty() {
            notes.push(note);
        }
        notes.join(" · ")
    }

    fn name_html(&self, lang: Lang) -> String {
        let base = format!("/clusters/{}/services/{}", self.cluster, self.service.id);
        let (name, href) = match self.server {
            None => (&self.service.name, base),
            Some(server) => (&server.name, format!("{base}/servers/{}", server.id)),
        };
        let name = html::escape(name);
        let mut out = format!(r#"<a class="row-link" href="{href}" title="{name}">{name}</a>"#);
        let notes = self.notes(lang);
        if !notes.is_empty() {
            let notes = html::escape(&notes);
            // The agent's own words say more.
            let own = self.server.map_or(&self.service.note, |server| &server.note);
            let title = if own.is_empty() { notes.clone() } else { html::escape(own) };
            let _ = write!(out, r#"<span class="note" title="{title}">{notes}</span>"#);
        }
        out
    }

    fn address_html(&self) -> String {
        let (protocol, address) = match self.server {
            None => (self.service.protocol.as_str(), &self.service.address),
            Some(server) => ("", &server.address),
        };
        let (protocol, address) = (html::escape(protocol), html::escape(address));
        if protocol.is_empty() {
            format!(r#"<span title="{address}">{address}</span>"#)
        } else {
            format!(
                r#"<span title="{protocol} {address}">{address} <span class="protocol">{protocol}</span></span>"#
            )
        }
    }

    fn forwarding_html(&self, lang: Lang) -> String {
        match self.server {
            Some(server) => method(server.forwarding).get(lang).to_owned(),
            None => {
                let scheduler = html::escape(&self.service.scheduler);
                format!(r#"<span title="{scheduler}">{scheduler}</span>"#)
            }
        }
    }
}

/// An empty line; the browser draws it.
const TREND: &str =
    r#"<svg class="trend" viewBox="0 0 60 16" preserveAspectRatio="none" aria-hidden="true"><path/></svg>"#;

/// The id of a row's element.
pub fn row_id((service, destination): (u32, u32)) -> String {
    format!("r-{service}-{destination}")
}

/// All rows of the page that somebody looks at.
pub fn rows_html(
    cluster: u32,
    shape: &Shape,
    numbers: &Numbers,
    view: &View,
    lang: Lang,
    now_ms: i64,
) -> String {
    let counts = numbers.by_row();
    let mut out = String::new();
    for service in view.shown(shape) {
        for row in Row::of(cluster, service) {
            let counts = numbers.known.then(|| counts.get(&row.key()).copied().unwrap_or_default());
            out.push_str(&row.html(lang, now_ms, counts));
        }
    }
    out
}

fn state_html(state: State, lang: Lang) -> String {
    format!(
        r#"<span class="state {}"><span class="mark-box">{}</span><span class="word">{}</span></span>"#,
        state.name(),
        state.mark(),
        state.word(lang)
    )
}

fn method(method: Method) -> crate::i18n::Msg {
    match method {
        Method::Nat => words::MASQUERADING,
        Method::Direct => words::DIRECT,
        Method::Ipip => words::IPIP,
        Method::Gue => words::GUE,
        Method::Gre => words::GRE,
        Method::Local => words::LOCAL,
    }
}

/// Thousands of bytes with one decimal, always: the decimal points stand below each other.
fn kilobytes(bytes: u64) -> String {
    let tenths = bytes.saturating_add(50) / 100;
    format!("{}.{}", grouped(tenths / 10), tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn rows(numbers: &Numbers) -> String {
        rows_html(7, &samples::shape(), numbers, &View::default(), Lang::En, 61_000)
    }

    #[test]
    fn a_row_escapes_names_and_leads_to_its_object() {
        let html = rows(&samples::numbers());
        assert!(html.contains("web &lt;1&gt;") && !html.contains("web <1>"), "{html}");
        assert!(html.contains(r#"href="/clusters/7/services/1/servers/3""#), "{html}");
        assert!(html.contains(r#"title="connect to 10.0.0.3:80: connection refused""#), "{html}");
        assert!(html.contains(">Connection refused: nothing listens there.<"), "{html}");
        let zh = rows_html(7, &samples::shape(), &Numbers::default(), &View::default(), Lang::Zh, 61_000);
        assert!(zh.contains(">连接被拒绝：该端口没有程序监听。<"), "{zh}");
        assert!(html.contains(r#"<tr id="r-1-2" class="child is-serving">"#), "{html}");
    }

    #[test]
    fn numbers_have_units_of_their_header_and_unknown_is_never_zero() {
        let html = rows(&samples::numbers());
        assert!(
            html.contains("<td class=\"num c-in\">1.5</td><td class=\"num c-out\">1,234.6</td>"),
            "{html}"
        );
        assert!(html.contains(">1 min</td>"), "{html}");
        let unknown = rows(&Numbers::default());
        assert!(!unknown.contains(">0</td>") && unknown.contains(UNKNOWN), "{unknown}");
    }

    #[test]
    fn a_row_whose_director_is_away_shows_no_zeros() {
        let numbers = Numbers { known: true, ..Numbers::default() };
        let html = rows(&numbers);
        let away = html.split(r#"<tr id="r-4-0""#).nth(1).unwrap_or_default();
        assert!(away.contains(UNKNOWN) && !away.contains(">0<"), "{away}");
    }

    #[test]
    fn kilobytes_round() {
        assert_eq!(kilobytes(0), "0.0");
        assert_eq!(kilobytes(49), "0.0");
        assert_eq!(kilobytes(50), "0.1");
        assert_eq!(kilobytes(1_234_567_890), "1,234,567.9");
    }
}
