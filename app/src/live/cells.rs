//! Rows and cells of the live table.

use std::fmt::Write as _;

use super::found::nothing_html;
use super::{
    Counts, Drafted, LiveServer, LiveService, Look, Method, Numbers, Part, Shape, Trends, View,
    directors_html, found_words, notices_html,
};
use crate::i18n::{Lang, causes, control as words, grouped};
use crate::sheet::{Sheet, SheetCell, SheetRow};
use crate::{State, html, time};

/// A column, in the table's order: who it is and how it fares, what it does now, and last what changes seldom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// A row: a service, or a real server under it.
#[derive(Clone, Copy, Debug)]
struct Row<'a> {
    cluster: u32,
    service: &'a LiveService,
    server: Option<&'a LiveServer>,
}

/// What stands for a number that nobody tells.
const UNKNOWN: &str = "–";

/// The page that somebody looks at: the rows of the live table, the directors above it.
pub fn sheet(
    cluster: u32,
    (shape, numbers, trends): (&Shape, &Numbers, &Trends),
    view: &View,
    look: &Look,
    lang: Lang,
) -> Sheet {
    let counts = numbers.by_row();
    let now_ms = numbers.at;
    let rows = view.shown(shape, trends).into_iter().flat_map(|part| Row::of(cluster, part)).map(|row| {
        let counts = numbers.known.then(|| counts.get(&row.key()).copied().unwrap_or_default());
        let cells = look.columns.iter().map(|&column| match column {
            Column::Trend => SheetCell::Trend(trends.of(row.key()).cloned()),
            column => SheetCell::Html(row.cell(column, counts, lang, now_ms)),
        });
        SheetRow { id: row_id(row.key()), class: row.class(), cells: cells.collect() }
    });
    let rows: Vec<SheetRow> = rows.collect();
    let nothing = || nothing_html(&view.asked(lang), &format!("/clusters/{cluster}/control"), lang);
    let nothing = if rows.is_empty() { nothing() } else { String::new() };
    let parts = vec![
        ("live-directors".to_owned(), directors_html(shape, lang, now_ms)),
        ("live-notices".to_owned(), notices_html(shape, lang)),
        ("live-found".to_owned(), html::escape(&found_words(shape, view, lang))),
        ("live-nothing".to_owned(), nothing),
    ];
    Sheet { rows, parts, ticks: trends.ticks() }
}

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

    /// The word in forms and cookies.
    pub fn word(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Since => "since",
            Self::Name => "name",
            Self::Address => "address",
            Self::Forwarding => "forwarding",
            Self::Weight => "weight",
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Rate => "rate",
            Self::In => "in",
            Self::Out => "out",
            Self::Trend => "trend",
        }
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
    /// The rows of a part of a page: the service, then its real servers.
    fn of(cluster: u32, Part { service, servers }: Part<'a>) -> impl Iterator<Item = Self> {
        let own = Self { cluster, service, server: None };
        std::iter::once(own).chain(servers.iter().map(move |server| Self { server: Some(server), ..own }))
    }

    /// Service and destination; 0 for the service itself.
    fn key(&self) -> (u32, u32) {
        (self.service.id, self.server.map_or(0, |server| server.id))
    }

    /// How it fares.
    fn state(&self) -> State {
        self.server.map_or(self.service.state, |server| server.state)
    }

    /// What a cell holds; without `counts` nobody tells its numbers.
    fn cell(&self, column: Column, counts: Option<Counts>, lang: Lang, now_ms: i64) -> String {
        // What is switched off has no numbers to tell, whoever reports.
        let off = matches!(self.state(), State::Unknown | State::Inactive | State::Stopped);
        let counts = counts.filter(|counts| !off || *counts != Counts::default());
        let number = |of: fn(Counts) -> String| counts.map_or_else(|| UNKNOWN.to_owned(), of);
        match column {
            Column::Name => self.name_html(lang),
            Column::State => self.state_html(lang),
            Column::Since => self.since_html(lang, now_ms),
            Column::Active => number(|counts| grouped(counts.active)),
            Column::Inactive => number(|counts| grouped(counts.inactive)),
            Column::Rate => number(|counts| grouped(counts.connections)),
            Column::In => number(|counts| kilobytes(counts.bytes_in)),
            Column::Out => number(|counts| kilobytes(counts.bytes_out)),
            Column::Trend => String::new(),
            Column::Address => self.address_html(),
            Column::Forwarding => self.forwarding_html(lang),
            Column::Weight => self.server.map_or_else(String::new, |server| server.weight.to_string()),
        }
    }

    fn state_html(&self, lang: Lang) -> String {
        let state = self.state();
        let why = self.reason(lang);
        let title =
            if why.is_empty() { String::new() } else { format!(r#" title="{}""#, html::escape(&why)) };
        format!(
            r#"<span class="state {}"{title}><span class="mark-box">{}</span><span class="word">{}</span></span>"#,
            state.name(),
            state.mark(),
            state.word(lang)
        )
    }

    /// Why its state is what it is: what is reported, or what the state itself means.
    fn reason(&self, lang: Lang) -> String {
        let notes = self.notes(lang);
        if !notes.is_empty() {
            return notes;
        }
        let why = match (self.state(), self.server) {
            (State::Serving, _) => return String::new(),
            (State::Degraded, _) => words::WHY_DEGRADED,
            (State::Failing, _) => words::WHY_FAILING,
            (State::Draining, _) => words::WHY_DRAINING,
            (State::Pending, _) => words::WHY_PENDING,
            (State::Inactive, None) => words::WHY_SERVICE_INACTIVE,
            (State::Inactive, Some(_)) => words::WHY_INACTIVE,
            (State::Stopped, _) => words::WHY_STOPPED,
            (State::Unknown, _) => words::WHY_UNKNOWN,
        };
        why.get(lang).to_owned()
    }

    /// How long it has been so.
    fn since_html(&self, lang: Lang, now_ms: i64) -> String {
        let since = self.server.map_or(self.service.since, |server| server.since);
        if since > 0 {
            format!(r#"<span title="{}">{}</span>"#, time::plain(since), time::span(now_ms - since, lang))
        } else {
            String::new()
        }
    }

    /// The classes of the row's element.
    fn class(&self) -> String {
        let kind = if self.server.is_some() { "child" } else { "service" };
        let noted = if self.notes(Lang::En).is_empty() { "" } else { " noted" };
        let drafted = if self.drafted().is_some() { " drafted" } else { "" };
        format!("{kind} is-{}{noted}{drafted}", self.state().name())
    }

    /// What the draft does to it.
    fn drafted(&self) -> Option<Drafted> {
        self.server.map_or(self.service.drafted, |server| server.drafted)
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
        let (mark, href) = match self.drafted() {
            None => (None, href),
            // The plan's own signs.
            Some(Drafted::Edited) => (Some(("edit", "~", words::DRAFT_EDITED)), href),
            // The draft no longer has a page of it.
            Some(Drafted::Removed) => {
                let changes = format!("/clusters/{}/changes", self.cluster);
                (Some(("remove", "−", words::DRAFT_REMOVED)), changes)
            }
        };
        let name = html::escape(name);
        let mut out = format!(r#"<a class="row-link" href="{href}" title="{name}">{name}</a>"#);
        if let Some((class, sign, why)) = mark {
            let why = why.get(lang);
            let _ = write!(
                out,
                r#" <span class="sign {class}" title="{why}"><span aria-hidden="true">{sign}</span><span class="unseen">{why}</span></span>"#
            );
        }
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

/// The id of a row's element.
fn row_id((service, destination): (u32, u32)) -> String {
    format!("r-{service}-{destination}")
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
pub(crate) fn kilobytes(bytes: u64) -> String {
    let tenths = bytes.saturating_add(50) / 100;
    format!("{}.{}", grouped(tenths / 10), tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn rows_in(numbers: &Numbers, lang: Lang) -> String {
        let classes = Column::ALL.map(Column::class);
        let numbers = Numbers { at: 61_000, ..numbers.clone() };
        sheet(7, (&samples::shape(), &numbers, &Trends::default()), &View::default(), &Look::default(), lang)
            .html(&classes)
    }

    fn rows(numbers: &Numbers) -> String {
        rows_in(numbers, Lang::En)
    }

    #[test]
    fn a_row_escapes_names_and_leads_to_its_object() {
        let html = rows(&samples::numbers());
        assert!(html.contains("web &lt;1&gt;") && !html.contains("web <1>"), "{html}");
        assert!(html.contains(r#"href="/clusters/7/services/1/servers/3""#), "{html}");
        assert!(html.contains(r#"title="connect to 10.0.0.3:80: connection refused""#), "{html}");
        assert!(html.contains(">Connection refused: nothing listens there.<"), "{html}");
        let zh = rows_in(&Numbers::default(), Lang::Zh);
        assert!(zh.contains(">连接被拒绝：该端口没有程序监听。<"), "{zh}");
        assert!(html.contains(r#"<tr id="r-1-2" class="child is-serving">"#), "{html}");
    }

    #[test]
    fn what_the_draft_changes_is_marked_and_what_it_removes_leads_to_the_changes() {
        let mut shape = samples::shape();
        shape.services[0].drafted = Some(Drafted::Edited);
        shape.services[0].servers[0].drafted = Some(Drafted::Removed);
        let rows = sheet(
            7,
            (&shape, &samples::numbers(), &Trends::default()),
            &View::default(),
            &Look::default(),
            Lang::Zh,
        );
        let html = rows.html(&Column::ALL.map(Column::class));
        assert!(
            html.contains(r#"class="service is-degraded drafted""#) && html.contains("sign edit"),
            "{html}"
        );
        assert!(html.contains(r#"href="/clusters/7/services/1""#), "{html}");
        assert!(html.contains(r#"href="/clusters/7/changes""#) && html.contains("草稿中已没有它"), "{html}");
        assert!(!html.contains(r#"href="/clusters/7/services/1/servers/2""#), "{html}");
    }

    #[test]
    fn numbers_have_units_of_their_header_and_unknown_is_never_zero() {
        let html = rows(&samples::numbers());
        assert!(
            html.contains("<td class=\"num c-in\">1.5</td><td class=\"num c-out\">1,234.6</td>"),
            "{html}"
        );
        assert!(html.contains(">1 min</span>"), "{html}");
        let unknown = rows(&Numbers::default());
        assert!(!unknown.contains(">0</td>") && unknown.contains(UNKNOWN), "{unknown}");
    }

    #[test]
    fn a_row_whose_director_is_away_shows_no_zeros_and_says_why() {
        let numbers = Numbers { known: true, ..Numbers::default() };
        let html = rows(&numbers);
        let away = html.split(r#"<tr id="r-4-0""#).nth(1).unwrap_or_default();
        assert!(away.contains(UNKNOWN) && !away.contains(">0<"), "{away}");
    }

    #[test]
    fn every_state_but_serving_has_a_reason() {
        let mut shape = samples::shape();
        for &state in State::ALL {
            shape.services[0].servers[0].state = state;
            let row =
                Row { cluster: 7, service: &shape.services[0], server: Some(&shape.services[0].servers[0]) };
            assert_eq!(row.reason(Lang::En).is_empty(), state == State::Serving, "{state:?}");
        }
    }

    #[test]
    fn only_the_columns_that_somebody_wants_are_told() {
        let look = Look::new(["rate"].into_iter(), false, true, 1);
        let (shape, numbers) = (samples::shape(), samples::numbers());
        let sheet = sheet(7, (&shape, &numbers, &Trends::default()), &View::default(), &look, Lang::En);
        assert_eq!((sheet.rows[0].cells.len(), &sheet.rows[0].cells[1]), (2, &SheetCell::Html("4".into())));
    }

    #[test]
    fn kilobytes_round() {
        assert_eq!(kilobytes(0), "0.0");
        assert_eq!(kilobytes(49), "0.0");
        assert_eq!(kilobytes(50), "0.1");
        assert_eq!(kilobytes(1_234_567_890), "1,234,567.9");
    }
}
