//! Commands to a table, one line after the other: the first fault ends it.

use std::collections::BTreeMap;

use model::{HostAddress, Port};

use super::diagnostic::{Diagnostic, Refusal};
use super::lexer::{Line, lines};
use super::line::{Faults, Words};
use super::options::{Id, Options};
use super::service::Reading;
use super::values::{Key, Rules, Socket};

/// Commands that `ipvsadm` would take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// What they make.
    pub rules: Rules,
    /// Where each thing stood.
    pub places: Places,
}

/// The lines of a file, from 1; the lists run parallel to those of [`Rules`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Of services.
    pub services: Vec<ServicePlaces>,
    /// Of the last `--set`.
    pub timeouts: Option<usize>,
    /// Of sync daemons.
    pub daemons: Vec<usize>,
}

/// The lines of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePlaces {
    /// Its `-A`.
    pub line: usize,
    /// Its servers' `-a`.
    pub destinations: Vec<usize>,
}

/// Reads what `ipvsadm-save -n` wrote, or a script of commands that add to an empty table.
///
/// # Errors
/// At the first line that `ipvsadm -R` would not take, that takes something away, or that has names in place of numbers.
pub fn parse(source: &[u8]) -> Result<Parsed, Diagnostic> {
    let faults = Faults { source };
    let text = str::from_utf8(source).map_err(|error| faults.not_text(error.valid_up_to()))?;
    if let Some(nul) = source.iter().position(|byte| *byte == 0) {
        return Err(faults.not_text(nul));
    }
    let mut parser = Parser {
        faults,
        parsed: Parsed { rules: Rules::default(), places: Places::default() },
        known: BTreeMap::new(),
    };
    let mut any = false;
    for line in lines(text) {
        any = true;
        parser.line(&line)?;
    }
    if any { Ok(parser.parsed) } else { Err(faults.empty()) }
}

/// The line of each server of a service.
type Servers = BTreeMap<(HostAddress, Option<Port>), usize>;

struct Parser<'a> {
    faults: Faults<'a>,
    parsed: Parsed,
    /// Each service's place in the list, with its servers' lines.
    known: BTreeMap<Key, (usize, Servers)>,
}

impl<'a> Parser<'a> {
    fn line(&mut self, line: &Line<'a>) -> Result<(), Diagnostic> {
        let options = Options::read(line, &self.faults)?;
        let commands = [Id::AddService, Id::AddServer, Id::Set, Id::StartDaemon, Id::Other];
        let mut given = commands.iter().filter_map(|id| Some((*id, options.given.get(id)?)));
        let Some((command, first)) = given.next() else {
            return Err(self.faults.missing(line, "the command", "`-A` for a service or `-a` for a server"));
        };
        if let Some((_, second)) = given.next() {
            return Err(self.faults.twice(line, first.option, second.option));
        }
        if command == Id::Other {
            return Err(self.faults.not_an_addition(line, first.option));
        }
        let reading = Reading { faults: self.faults, line, options };
        match command {
            Id::AddService => self.service(&reading),
            Id::AddServer => self.destination(&reading),
            Id::Set => {
                let Rules { timeouts, .. } = &mut self.parsed.rules;
                let set = reading.timeouts()?;
                timeouts.tcp = set.tcp.or(timeouts.tcp);
                timeouts.tcp_fin = set.tcp_fin.or(timeouts.tcp_fin);
                timeouts.udp = set.udp.or(timeouts.udp);
                self.parsed.places.timeouts = Some(line.number);
                Ok(())
            }
            _ => {
                let daemon = reading.daemon()?;
                if self.parsed.rules.daemons.iter().any(|other| other.state == daemon.state) {
                    return Err(self.there_already(&reading, "a sync daemon of this kind", None));
                }
                self.parsed.rules.daemons.push(daemon);
                self.parsed.places.daemons.push(line.number);
                Ok(())
            }
        }
    }

    fn service(&mut self, reading: &Reading<'_, 'a>) -> Result<(), Diagnostic> {
        let service = reading.service()?;
        if let Some((index, _)) = self.known.get(&service.key) {
            let line = self.parsed.places.services.get(*index).map(|places| places.line);
            return Err(self.there_already(reading, "this service", line));
        }
        self.known.insert(service.key, (self.parsed.rules.services.len(), BTreeMap::new()));
        self.parsed.rules.services.push(service);
        let line = reading.line.number;
        self.parsed.places.services.push(ServicePlaces { line, destinations: Vec::new() });
        Ok(())
    }

    fn destination(&mut self, reading: &Reading<'_, 'a>) -> Result<(), Diagnostic> {
        let (key, destination) = reading.destination()?;
        let line = reading.line.number;
        let Some((index, servers)) = self.known.get_mut(&key) else {
            return Err(self.faults.at(
                line,
                reading.line.words[0].span(),
                Words {
                    refusal: Refusal::NoSuchService,
                    message: format!("there is no service `{key}` above this line"),
                    expected: format!("`-A {key}` before it"),
                    remedy: "add the service's line above its servers, or delete this one".to_owned(),
                },
            ));
        };
        let socket = (destination.address, destination.port);
        if let Some(other) = servers.insert(socket, line) {
            let what = format!("the server {}", Socket(socket.0, socket.1));
            return Err(self.there_already(reading, &what, Some(other)));
        }
        let index = *index;
        self.parsed.rules.services[index].destinations.push(destination);
        self.parsed.places.services[index].destinations.push(line);
        Ok(())
    }

    fn there_already(&self, reading: &Reading<'_, 'a>, what: &str, line: Option<usize>) -> Diagnostic {
        let place = line.map(|line| format!(", added in line {line}")).unwrap_or_default();
        self.faults.at(
            reading.line.number,
            reading.line.words[0].span(),
            Words {
                refusal: Refusal::AlreadyThere,
                message: format!("{what} is there already{place}"),
                expected: "each once".to_owned(),
                remedy: "delete the line that is not meant".to_owned(),
            },
        )
    }
}
