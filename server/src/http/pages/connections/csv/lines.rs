//! Lines of the file: RFC 4180, with comments at the end. For programs and spreadsheets, so in one language.

use std::fmt::Write as _;

use app::pages::connections::Names;
use app::time;
use model::connections::{Connection, Group};

use crate::fleet::Look;

/// The first line.
pub(super) fn heading(listed: bool) -> &'static str {
    if listed {
        "director,protocol,client,client_port,virtual_address,virtual_port,virtual_server,destination,destination_port,\
         real_server,state,expires_s\r\n"
    } else {
        "director,group,name,connections\r\n"
    }
}

/// A connection.
pub(super) fn row(director: &str, row: &Connection, names: &Names) -> String {
    let service = row.service.and_then(|id| names.services.get(&id));
    let server = names.servers.get(&row.destination.ip().to_canonical());
    line(&[
        director,
        row.protocol.name(),
        &row.client.ip().to_string(),
        &row.client.port().to_string(),
        &row.virtual_address.ip().to_string(),
        &row.virtual_address.port().to_string(),
        service.map_or("", String::as_str),
        &row.destination.ip().to_string(),
        &row.destination.port().to_string(),
        server.map_or("", String::as_str),
        &row.state,
        &row.expires_s.to_string(),
    ])
}

/// A group.
pub(super) fn group(director: &str, group: &Group, count: u64, names: &Names) -> String {
    let (text, name) = match group {
        Group::Client(network) => (network.to_string(), None),
        Group::Service(id) => (format!("service {id}"), names.services.get(id)),
        Group::Address(protocol, address) => (format!("{protocol} {address}"), None),
        Group::Server(server) => (server.to_string(), names.servers.get(&server.to_canonical())),
        Group::State(state) => (state.clone(), None),
    };
    line(&[director, &text, name.map_or("", String::as_str), &count.to_string()])
}

/// How much of a director the file holds.
pub(super) fn completeness(director: &str, look: &Look, listed: bool) -> String {
    let answer = &look.answer;
    let reading = answer.reading.unwrap_or_default();
    let told = answer.rows.len();
    let mut said = String::new();
    if reading.finished {
        said.push_str("the whole table was read");
    } else if let Some(percent) = super::super::percent(reading.read, reading.expected) {
        // Writing to memory cannot fail, here and below.
        let _ = write!(said, "reading stopped at about {percent} % of the table");
    } else {
        said.push_str("reading stopped before the end of the table");
    }
    let _ = write!(
        said,
        " at {} in {} ms; {} match",
        time::plain(look.at_ms),
        reading.took.as_millis(),
        answer.total
    );
    let all = if listed {
        let _ = write!(said, ", {told} are listed");
        told as u64 == answer.total
    } else {
        let counted = answer.groups.first();
        if let Some(missed) = counted.map(|counted| counted.missed).filter(|&missed| missed > 0) {
            let _ = write!(said, "; too many groups: counts lack up to {missed}, small groups are missing");
        }
        counted.is_some_and(|counted| counted.distinct == u64::try_from(counted.top.len()).ok())
    };
    let word = if reading.finished && all { "complete" } else { "incomplete" };
    format!("# {}: {word}: {said}\r\n", one_line(director))
}

/// Why a director is not in the file.
pub(super) fn not_read(director: &str, why: &str) -> String {
    format!("# {}: incomplete: not read: {}\r\n", one_line(director), one_line(why))
}

fn line(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell: in quotes where it must be. A spreadsheet takes what begins with one of these for a formula; after an apostrophe it is
/// text (OWASP, "CSV Injection").
fn cell(text: &str) -> String {
    let safe =
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if safe.contains([',', '"', '\r', '\n', '\'']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use model::connections::Counted;
    use model::{Protocol, ServiceId};
    use protocol::{ConnectionsAnswer, Reading};

    use super::*;

    fn connection() -> Connection {
        Connection {
            client: "[2001:db8::7]:40000".parse().unwrap(),
            virtual_address: "10.0.0.2:80".parse().unwrap(),
            protocol: Protocol::Tcp,
            destination: "192.168.10.100:8080".parse().unwrap(),
            state: "ESTABLISHED".into(),
            expires_s: 899,
            service: Some(ServiceId(1)),
        }
    }

    #[test]
    fn cells_are_quoted_and_no_formula() {
        assert_eq!(cell("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
        for text in ["+1", "-1", "@x", "\tx", "\rx"] {
            assert!(cell(text).starts_with("\"'"), "{text:?}");
        }
        assert_eq!(
            (cell("a,b").as_str(), cell("plain").as_str(), cell("").as_str()),
            ("\"a,b\"", "plain", "")
        );
    }

    #[test]
    fn a_row_names_what_has_a_name() {
        let names = Names {
            services: [(ServiceId(1), "=web".to_owned())].into(),
            servers: [("192.168.10.100".parse().unwrap(), "real1".to_owned())].into(),
        };
        assert_eq!(
            row("vs1", &connection(), &names),
            "vs1,tcp,2001:db8::7,40000,10.0.0.2,80,\"'=web\",192.168.10.100,8080,real1,ESTABLISHED,899\r\n"
        );
        assert_eq!(
            heading(true).matches(',').count(),
            row("vs1", &connection(), &names).matches(',').count()
        );
        let of = |of: &Group| group("vs1", of, 7, &names);
        assert_eq!(of(&Group::Service(ServiceId(1))), "vs1,service 1,\"'=web\",7\r\n");
        assert_eq!(of(&Group::Client("192.0.2.0/24".parse().unwrap())), "vs1,192.0.2.0/24,,7\r\n");
    }

    #[test]
    fn the_last_words_tell_how_complete_it_is() {
        let look = |answer| Look { answer, older: false, at_ms: 0 };
        let reading = Reading { read: 2, finished: true, ..Reading::default() };
        let answer = ConnectionsAnswer {
            rows: vec![connection()],
            total: 1,
            complete: true,
            reading: Some(reading),
            groups: vec![Counted { top: Vec::new(), distinct: None, missed: 3 }],
        };
        let whole = completeness("vs1", &look(answer.clone()), true);
        assert!(whole.starts_with("# vs1: complete: the whole table was read at 1970-01-01"), "{whole}");
        let more = completeness("vs1", &look(ConnectionsAnswer { total: 9, ..answer.clone() }), true);
        assert!(more.starts_with("# vs1: incomplete") && more.contains("9 match, 1 are listed"), "{more}");
        let reading = Some(Reading { read: 61, expected: Some(100), ..Reading::default() });
        let part = completeness("vs1", &look(ConnectionsAnswer { reading, ..answer.clone() }), true);
        assert!(part.starts_with("# vs1: incomplete: reading stopped at about 61 %"), "{part}");
        let about = completeness("vs1", &look(answer), false);
        assert!(about.starts_with("# vs1: incomplete") && about.contains("lack up to 3"), "{about}");
        assert_eq!(not_read("vs\n1", "gone"), "# vs 1: incomplete: not read: gone\r\n");
    }
}
