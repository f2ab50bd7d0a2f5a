//! Values to an `lvs.cf` that reads back the same.
//!
//! What has its default is left out, but for what Piranha's own pages always wrote. Three odd corners of the reader are met:
//! a mask of 255.255.255.255 that must stay set is written in hexadecimal, text with a line feed in it (which only files with
//! carriage returns can hold) makes all lines end in carriage returns, and a name is quoted only where it must be, because a
//! quoted word without blanks breaks the line.

use std::fmt::Display;
use std::net::Ipv4Addr;

use super::lexer::tokenise;
use super::text::Text;
use super::values::{LvsCf, Virtual};

/// The file's bytes, each line ended.
///
/// Values that came from [`super::parse()`] read back equal. A value that no file can hold (text with a carriage return, a NUL or
/// both kinds of quotes among blanks) is written as near as can be.
#[must_use]
pub fn print(values: &LvsCf) -> Vec<u8> {
    let mut page = Page { lines: Vec::new(), indent: 0 };
    page.global(values);
    for block in &values.virtuals {
        page.block("virtual", block);
    }
    for block in &values.failovers {
        page.block("failover", block);
    }
    let inner_feed = page.lines.iter().any(|line| line.contains(&b'\n'));
    let line_end = if inner_feed { b'\r' } else { b'\n' };
    let mut bytes = Vec::new();
    for line in &page.lines {
        bytes.extend_from_slice(line);
        bytes.push(line_end);
    }
    bytes
}

struct Page {
    lines: Vec<Vec<u8>>,
    indent: usize,
}

impl Page {
    fn global(&mut self, values: &LvsCf) {
        let default = LvsCf::default();
        self.set("serial_no", values.serial_no);
        self.address("primary", values.primary);
        let private_is_public =
            values.primary_private == values.primary && values.backup_private == values.backup;
        if !private_is_public {
            self.address("primary_private", values.primary_private);
        }
        self.word("primary_shared", values.primary_shared.as_ref());
        self.set("service", values.service.as_str());
        self.switch("backup_active", values.backup_active);
        self.address("backup", values.backup);
        if !private_is_public {
            self.address("backup_private", values.backup_private);
        }
        self.word("backup_shared", values.backup_shared.as_ref());
        if let Some(action) = values.reservation_conflict_action {
            self.set("reservation_conflict_action", action.as_str());
        }
        self.switch("heartbeat", values.heartbeat);
        self.set("heartbeat_port", values.heartbeat_port);
        self.set("keepalive", values.keepalive);
        self.set("deadtime", values.deadtime);
        self.set("network", values.network.as_str());
        self.address_and_device("nat_router", values.nat_router, values.nat_router_device.as_ref());
        self.address("nat_nmask", values.nat_nmask);
        self.word("rsh_command", changed(&values.rsh_command, &default.rsh_command));
        self.word("debug_level", changed(&values.debug_level, &default.debug_level));
        self.word("ipvsadm", changed(&values.ipvsadm, &default.ipvsadm));
        self.set_unless("monitor_links", values.monitor_links, 0);
        if values.syncdaemon {
            self.switch("syncdaemon", true);
        }
        self.word("syncd_iface", changed(&values.syncd_iface, &default.syncd_iface));
        self.set_unless("syncd_id", values.syncd_id, 0);
        self.set_unless("tcp_timeout", values.tcp_timeout, 0);
        self.set_unless("tcpfin_timeout", values.tcpfin_timeout, 0);
        self.set_unless("udp_timeout", values.udp_timeout, 0);
        if !values.hard_shutdown {
            self.switch("hard_shutdown", false);
        }
        self.word("active_cmd", values.active_cmd.as_ref());
        self.word("inactive_cmd", values.inactive_cmd.as_ref());
        if values.sync {
            self.switch("sync", true);
        }
    }

    fn block(&mut self, kind: &str, block: &Virtual) {
        self.open(kind, &block.name);
        let default = Virtual::new(Text::default());
        self.switch("active", block.active);
        self.address_and_device("address", block.address, block.device.as_ref());
        self.address("vip_nmask", block.vip_nmask);
        self.address("sorry_server", block.sorry_server);
        self.set_unless("fwmark", block.fwmark, 0);
        // Before the servers, which take it over.
        self.set("port", block.port);
        self.set_unless("persistent", block.persistent, 0);
        if block.pmask == Ipv4Addr::BROADCAST {
            self.set("pmask", "0xffffffff");
        } else {
            self.address("pmask", block.pmask);
        }
        self.raw("send", block.send.as_ref());
        self.raw("expect", block.expect.as_ref());
        self.switch("use_regex", block.use_regex);
        self.raw("send_program", block.send_program.as_ref());
        self.word("load_monitor", block.load_monitor.as_ref());
        self.set("scheduler", block.scheduler.as_str());
        self.set("protocol", block.protocol.as_str());
        self.set("timeout", block.timeout);
        self.set("reentry", block.reentry);
        self.switch("quiesce_server", block.quiesce_server);
        self.word("client_monitor", changed(&block.client_monitor, &default.client_monitor));
        self.raw("start_cmd", block.start_cmd.as_ref());
        self.raw("stop_cmd", block.stop_cmd.as_ref());
        self.address("master", block.master);
        if let Some(dirs) = &block.dirs {
            let mut list = b"[ ".to_vec();
            for word in dirs {
                list.extend(written(word, b" ]"));
                list.push(b' ');
            }
            list.push(b']');
            self.line("dirs", &list);
        }
        for real in &block.servers {
            self.open("server", &real.name);
            self.address("address", real.address);
            self.switch("active", real.active);
            self.set_unless("port", real.port, block.port);
            self.set("weight", real.weight);
            self.close();
        }
        self.close();
    }

    fn open(&mut self, kind: &str, name: &Text) {
        let mut line = self.start(kind);
        line.push(b' ');
        line.extend(written(name, b" {"));
        line.extend_from_slice(b" {");
        self.lines.push(line);
        self.indent += 1;
    }

    fn close(&mut self) {
        self.indent -= 1;
        let line = self.start("}");
        self.lines.push(line);
    }

    fn address_and_device(&mut self, keyword: &str, address: Ipv4Addr, device: Option<&Text>) {
        if let Some(device) = device {
            let mut value = format!("{address} ").into_bytes();
            value.extend(written(device, b""));
            self.line(keyword, &value);
        }
    }

    fn address(&mut self, keyword: &str, address: Ipv4Addr) {
        if !address.is_unspecified() {
            self.set(keyword, address);
        }
    }

    fn switch(&mut self, keyword: &str, on: bool) {
        self.set(keyword, u8::from(on));
    }

    fn set_unless<T: Copy + Display + PartialEq>(&mut self, keyword: &str, value: T, default: T) {
        if value != default {
            self.set(keyword, value);
        }
    }

    fn set(&mut self, keyword: &str, value: impl Display) {
        self.line(keyword, value.to_string().as_bytes());
    }

    /// A text that is held without its quotes.
    fn word(&mut self, keyword: &str, value: Option<&Text>) {
        if let Some(value) = value {
            self.line(keyword, &written(value, b""));
        }
    }

    /// A text that is held with its quotes.
    fn raw(&mut self, keyword: &str, value: Option<&Text>) {
        if let Some(value) = value {
            self.line(keyword, value.as_bytes());
        }
    }

    fn line(&mut self, keyword: &str, value: &[u8]) {
        let mut line = self.start(keyword);
        line.extend_from_slice(b" = ");
        line.extend_from_slice(value);
        self.lines.push(line);
    }

    fn start(&self, word: &str) -> Vec<u8> {
        format!("{:1$}{word}", "", 4 * self.indent).into_bytes()
    }
}

fn changed<'t>(value: &'t Text, default: &Text) -> Option<&'t Text> {
    (value != default).then_some(value)
}

/// Whether a block's name can be written so that it reads back the same.
pub(super) fn sayable(name: &Text) -> bool {
    let written = written(name, b" {");
    !written.contains(&b'\n') && !written.contains(&b'\r') && reads_as(&written, name.as_bytes(), b" {")
}

/// A text of a check in quotes, or bare where neither kind of quotes does.
pub(super) fn quoted(text: &str) -> Option<Text> {
    [format!("\"{text}\""), format!("'{text}'"), text.to_owned()].into_iter().find_map(|candidate| {
        let line = format!("x {candidate}");
        let tokens = tokenise(line.as_bytes(), 0, 1).tokens;
        let one = tokens.len() == 2 && tokens.get(1).is_some_and(|token| token.raw == candidate.as_bytes());
        let raw = Text::from(candidate.as_str());
        (one && raw.unquoted().as_bytes() == text.as_bytes()).then_some(raw)
    })
}

/// The word as it must be written before `rest` of the line to be read as itself: bare, or in either quotes.
fn written(text: &Text, rest: &[u8]) -> Vec<u8> {
    let word = text.as_bytes();
    let double = [b"\"", word, b"\""].concat();
    let candidates = [word.to_vec(), double.clone(), [b"'", word, b"'"].concat()];
    candidates.into_iter().find(|candidate| reads_as(candidate, word, rest)).unwrap_or(double)
}

fn reads_as(candidate: &[u8], word: &[u8], rest: &[u8]) -> bool {
    let line = [b"x ", candidate, rest].concat();
    let tokens = tokenise(&line, 0, 1).tokens;
    tokens.get(1).is_some_and(|token| token.text == word && token.raw == candidate)
        && tokens.len() == 2 + usize::from(!rest.is_empty())
}
