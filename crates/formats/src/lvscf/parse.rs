//! Lines to values, line by line as the daemon did: the first fault ends it.

use std::net::Ipv4Addr;

use super::diagnostic::{Diagnostic, Refusal};
use super::fault::Faults;
use super::keyword::Scope;
use super::lexer::{Lexer, Line, Token};
use super::number::{c_int, inet_aton};
use super::place::{BlockPlaces, Keys, Oddity, OddityKind, Place, Places, ServerPlaces};
use super::services::tcp_port;
use super::text::Text;
use super::values::{LvsCf, Real, Virtual};
use super::words::{ConflictAction, Network, Protocol, Scheduler, ServiceType};

/// A file that Piranha would have accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// What the daemon would use.
    pub values: LvsCf,
    /// Where each value stood.
    pub places: Places,
    /// What it passed over in silence, in file order.
    pub oddities: Vec<Oddity>,
}

/// Reads a file as Piranha 0.8.6 does.
///
/// # Errors
/// Where Piranha refuses the file, at the same line; and on a NUL byte within a line, on which Piranha crashes.
pub fn parse(source: &[u8]) -> Result<Parsed, Diagnostic> {
    let faults = Faults { source };
    if source.is_empty() {
        return Err(faults.empty());
    }
    let mut parser = Parser {
        faults,
        lexer: Lexer::new(source),
        values: LvsCf::default(),
        places: Places::default(),
        oddities: Vec::new(),
    };
    parser.file()?;
    Ok(parser.finish())
}

struct Parser<'a> {
    faults: Faults<'a>,
    lexer: Lexer<'a>,
    values: LvsCf,
    places: Places,
    oddities: Vec<Oddity>,
}

/// One line's value in the making.
type Outcome = Result<(), Diagnostic>;

impl<'a> Parser<'a> {
    fn file(&mut self) -> Outcome {
        while let Some(line) = self.next_line()? {
            let line = self.whole(line, Scope::Global)?;
            self.global(&line)?;
        }
        // Without `primary_private` both private addresses become the public ones, even if `backup_private` is there.
        if self.places.global.contains_key("primary") && !self.places.global.contains_key("primary_private") {
            self.values.primary_private = self.values.primary;
            self.values.backup_private = self.values.backup;
        }
        Ok(())
    }

    fn finish(mut self) -> Parsed {
        let (mut line, mut counted) = (1, 0);
        for unread in self.lexer.into_unread() {
            let source = self.faults.source;
            // The daemon has no number for it: the line an editor shows.
            line += source[counted..unread.span.start].iter().filter(|byte| **byte == b'\n').count();
            counted = unread.span.start;
            let kind = OddityKind::UnreadLine(source[unread.span.clone()].into());
            self.oddities.push(Oddity { kind, place: Place { line, span: unread.span } });
        }
        self.oddities.sort_by_key(|oddity| oddity.place.span.start);
        Parsed { values: self.values, places: self.places, oddities: self.oddities }
    }

    fn next_line(&mut self) -> Result<Option<Line<'a>>, Diagnostic> {
        self.lexer.next_line().map_err(|nul| self.faults.nul(&nul))
    }

    /// Refuses a line with an unclosed quote.
    fn whole(&mut self, line: Line<'a>, scope: Scope) -> Result<Line<'a>, Diagnostic> {
        if line.unclosed.is_some() {
            return Err(self.faults.unclosed_quote(&line, scope));
        }
        self.note_dropped(&line);
        Ok(line)
    }

    fn note_dropped(&mut self, line: &Line<'_>) {
        if let Some(at) = line.dropped {
            self.note(line, OddityKind::WordsDropped, at);
        }
    }

    fn note(&mut self, line: &Line<'_>, kind: OddityKind, from: usize) {
        self.oddities.push(Oddity { place: Place { line: line.number, span: from..line.span.end }, kind });
    }

    fn global(&mut self, line: &Line<'a>) -> Outcome {
        let at = self.faults.at(line, Scope::Global);
        let values = &mut self.values;
        let keyword = match at.command() {
            b"primary" => at.set("primary", &mut values.primary, needed_address)?,
            b"serial_no" => at.set("serial_no", &mut values.serial_no, integer)?,
            b"primary_private" => at.set("primary_private", &mut values.primary_private, needed_address)?,
            b"primary_shared" => at.set("primary_shared", &mut values.primary_shared, some_text)?,
            b"backup" => at.set("backup", &mut values.backup, host)?,
            b"backup_active" => at.set("backup_active", &mut values.backup_active, switch)?,
            b"backup_private" => at.set("backup_private", &mut values.backup_private, needed_address)?,
            b"backup_shared" => at.set("backup_shared", &mut values.backup_shared, some_text)?,
            b"reservation_conflict_action" => {
                at.set("reservation_conflict_action", &mut values.reservation_conflict_action, |token| {
                    word(token, ConflictAction::parse).map(Some)
                })?
            }
            b"nat_nmask" => at.set("nat_nmask", &mut values.nat_nmask, mask)?,
            b"nat_router" => {
                let (address, device) = at.address_and_device("nat_router")?;
                values.nat_router = address;
                values.nat_router_device = Some(device);
                "nat_router"
            }
            b"active_cmd" => at.set("active_cmd", &mut values.active_cmd, some_text)?,
            b"inactive_cmd" => at.set("inactive_cmd", &mut values.inactive_cmd, some_text)?,
            b"monitor_links" => at.set("monitor_links", &mut values.monitor_links, integer)?,
            b"debug_level" => at.set("debug_level", &mut values.debug_level, text)?,
            b"hard_shutdown" => at.set("hard_shutdown", &mut values.hard_shutdown, switch)?,
            b"ipvsadm" => at.set("ipvsadm", &mut values.ipvsadm, text)?,
            b"keepalive" => at.set("keepalive", &mut values.keepalive, integer)?,
            b"deadtime" => at.set("deadtime", &mut values.deadtime, integer)?,
            b"rsh_command" => at.set("rsh_command", &mut values.rsh_command, text)?,
            b"syncdaemon" => at.set("syncdaemon", &mut values.syncdaemon, switch)?,
            b"syncd_iface" => at.set("syncd_iface", &mut values.syncd_iface, text)?,
            b"syncd_id" => at.set("syncd_id", &mut values.syncd_id, integer)?,
            b"tcp_timeout" => at.set("tcp_timeout", &mut values.tcp_timeout, integer)?,
            b"tcpfin_timeout" => at.set("tcpfin_timeout", &mut values.tcpfin_timeout, integer)?,
            b"udp_timeout" => at.set("udp_timeout", &mut values.udp_timeout, integer)?,
            b"heartbeat" => at.set("heartbeat", &mut values.heartbeat, switch)?,
            b"heartbeat_port" => at.set("heartbeat_port", &mut values.heartbeat_port, port)?,
            b"sync" => at.set("sync", &mut values.sync, switch)?,
            b"network" => at.set("network", &mut values.network, |token| word(token, Network::parse))?,
            b"service" => at.set("service", &mut values.service, |token| word(token, ServiceType::parse))?,
            b"virtual" => {
                let (block, places) = self.block(line)?;
                self.values.virtuals.push(block);
                self.places.virtuals.push(places);
                return Ok(());
            }
            b"failover" => {
                let (block, places) = self.block(line)?;
                self.values.failovers.push(block);
                self.places.failovers.push(places);
                return Ok(());
            }
            _ => return Err(at.unknown_command()),
        };
        remember(&mut self.places.global, keyword, line);
        Ok(())
    }

    /// `virtual NAME {` or `failover NAME {` and what follows, up to its `}` or the end of the file.
    fn block(&mut self, head: &Line<'a>) -> Result<(Virtual, BlockPlaces), Diagnostic> {
        let name = self.faults.at(head, Scope::Global).block_name()?;
        let mut block = Virtual::new(name);
        let mut places = BlockPlaces { head: place(head), keys: Keys::new(), servers: Vec::new() };
        let mut first = true;
        while let Some(line) = self.next_line()? {
            if first {
                // Only here does the daemon look whether the line could be split: afterwards it goes on with what it has of it.
                self.whole(line.clone(), Scope::Virtual)?;
            }
            let Some(command) = line.tokens.first() else {
                self.note(&line, OddityKind::UnclosedQuoteEndsBlock, line.span.start);
                return Ok((block, places));
            };
            if command.text == b"}" {
                self.closed(&line);
                return Ok((block, places));
            }
            if command.text == b"server" {
                let (real, server_places) = self.server(&line, block.port)?;
                block.servers.push(real);
                places.servers.push(server_places);
            } else {
                let keyword = self.of_virtual(&line, &mut block)?;
                remember(&mut places.keys, keyword, &line);
            }
            if !first {
                self.note_dropped(&line);
                if let Some(unclosed) = &line.unclosed {
                    self.note(&line, OddityKind::UnclosedQuoteDropped, unclosed.start);
                }
            }
            first = false;
        }
        self.oddities.push(Oddity { place: place(head), kind: OddityKind::MissingBrace });
        Ok((block, places))
    }

    fn of_virtual(&mut self, line: &Line<'a>, block: &mut Virtual) -> Result<&'static str, Diagnostic> {
        let at = self.faults.at(line, Scope::Virtual);
        Ok(match at.command() {
            b"active" => at.set("active", &mut block.active, switch)?,
            b"address" => {
                let (address, device) = at.address_and_device("address")?;
                block.address = address;
                block.device = Some(device);
                "address"
            }
            b"sorry_server" => at.set("sorry_server", &mut block.sorry_server, |token| {
                inet_aton(token.text).ok_or(Refusal::BadAddress)
            })?,
            b"vip_nmask" => at.set("vip_nmask", &mut block.vip_nmask, mask)?,
            b"fwmark" => {
                at.set("fwmark", &mut block.fwmark, |token| integer(token).map(i32::cast_unsigned))?
            }
            b"protocol" => at.set("protocol", &mut block.protocol, |token| word(token, Protocol::parse))?,
            b"port" => at.set("port", &mut block.port, port)?,
            b"scheduler" => {
                at.set("scheduler", &mut block.scheduler, |token| word(token, Scheduler::parse))?
            }
            b"persistent" => at.set("persistent", &mut block.persistent, integer)?,
            b"pmask" => {
                let mut wanted = None;
                at.set("pmask", &mut wanted, |token| Ok(persistence_mask(token)))?;
                match wanted {
                    Some(pmask) => block.pmask = pmask,
                    None => self.note(line, OddityKind::BadPersistenceMask, line.span.start),
                }
                "pmask"
            }
            b"client_monitor" => at.set("client_monitor", &mut block.client_monitor, text)?,
            b"send_program" => at.set("send_program", &mut block.send_program, some_raw)?,
            b"send" => at.set("send", &mut block.send, some_raw)?,
            b"expect" => at.set("expect", &mut block.expect, some_raw)?,
            b"use_regex" => at.set("use_regex", &mut block.use_regex, switch)?,
            b"timeout" => at.set("timeout", &mut block.timeout, integer)?,
            b"reentry" => at.set("reentry", &mut block.reentry, integer)?,
            b"load_monitor" => at.set("load_monitor", &mut block.load_monitor, some_text)?,
            b"quiesce_server" => at.set("quiesce_server", &mut block.quiesce_server, switch)?,
            b"start_cmd" => at.set("start_cmd", &mut block.start_cmd, some_raw)?,
            b"stop_cmd" => at.set("stop_cmd", &mut block.stop_cmd, some_raw)?,
            b"master" => at.set("master", &mut block.master, host)?,
            b"dirs" => {
                let (list, rest) = at.list("dirs")?;
                block.dirs = Some(list);
                if let Some(rest) = rest {
                    self.note(line, OddityKind::WordsDropped, rest);
                }
                "dirs"
            }
            _ => return Err(at.unknown_command()),
        })
    }

    /// `server NAME {` and what follows; `port` is the virtual service's as read so far.
    fn server(&mut self, head: &Line<'a>, port: i32) -> Result<(Real, ServerPlaces), Diagnostic> {
        let name = self.faults.at(head, Scope::Virtual).block_name()?;
        let mut real = Real::new(name, port);
        let mut places = ServerPlaces { head: place(head), keys: Keys::new() };
        while let Some(line) = self.next_line()? {
            let line = self.whole(line, Scope::Server)?;
            let at = self.faults.at(&line, Scope::Server);
            let keyword = match at.command() {
                b"}" => {
                    self.closed(&line);
                    return Ok((real, places));
                }
                b"address" => at.set("address", &mut real.address, host)?,
                b"active" => at.set("active", &mut real.active, switch)?,
                b"weight" => at.set("weight", &mut real.weight, integer)?,
                b"port" => at.set("port", &mut real.port, integer)?,
                _ => return Err(at.unknown_command()),
            };
            remember(&mut places.keys, keyword, &line);
        }
        self.oddities.push(Oddity { place: place(head), kind: OddityKind::MissingBrace });
        Ok((real, places))
    }

    /// A `}`: whatever follows it on the line has no effect.
    fn closed(&mut self, line: &Line<'a>) {
        let rest = line
            .tokens
            .get(1)
            .map(|token| token.span.start)
            .or(line.unclosed.as_ref().map(|span| span.start));
        if let Some(rest) = rest {
            self.note(line, OddityKind::WordsAfterBrace, rest);
        }
    }
}

fn remember(keys: &mut Keys, keyword: &'static str, line: &Line<'_>) {
    keys.entry(keyword).or_default().push(place(line));
}

fn place(line: &Line<'_>) -> Place {
    Place { line: line.number, span: line.span.clone() }
}

fn integer(token: &Token<'_>) -> Result<i32, Refusal> {
    c_int(token.text).ok_or(Refusal::IntegerExpected)
}

fn switch(token: &Token<'_>) -> Result<bool, Refusal> {
    match integer(token)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Refusal::BooleanExpected),
    }
}

fn port(token: &Token<'_>) -> Result<i32, Refusal> {
    c_int(token.text).or_else(|| tcp_port(token.text).map(i32::from)).ok_or(Refusal::InvalidArgument)
}

/// Numeric, or `localhost`: no other name is known without a name server.
pub(super) fn host(token: &Token<'_>) -> Result<Ipv4Addr, Refusal> {
    inet_aton(token.text)
        .or_else(|| token.text.eq_ignore_ascii_case(b"localhost").then_some(Ipv4Addr::LOCALHOST))
        .ok_or(Refusal::InvalidArgument)
}

fn needed_address(token: &Token<'_>) -> Result<Ipv4Addr, Refusal> {
    let address = host(token)?;
    if address.is_unspecified() { Err(Refusal::BadAddress) } else { Ok(address) }
}

fn mask(token: &Token<'_>) -> Result<Ipv4Addr, Refusal> {
    inet_aton(token.text).ok_or(Refusal::BadMask)
}

/// One client (255.255.255.255 in just this writing) is held as not set; `None` is a mask that cannot be read.
fn persistence_mask(token: &Token<'_>) -> Option<Ipv4Addr> {
    if token.text == b"255.255.255.255" { Some(Ipv4Addr::UNSPECIFIED) } else { inet_aton(token.text) }
}

fn word<T>(token: &Token<'_>, parse: impl Fn(&[u8]) -> Option<T>) -> Result<T, Refusal> {
    parse(token.text).ok_or(Refusal::InvalidArgument)
}

#[expect(clippy::unnecessary_wraps, reason = "one of the value readers, which may fail")]
fn text(token: &Token<'_>) -> Result<Text, Refusal> {
    Ok(token.text.into())
}

fn some_text(token: &Token<'_>) -> Result<Option<Text>, Refusal> {
    text(token).map(Some)
}

#[expect(clippy::unnecessary_wraps, reason = "one of the value readers, which may fail")]
fn some_raw(token: &Token<'_>) -> Result<Option<Text>, Refusal> {
    Ok(Some(token.raw.into()))
}
