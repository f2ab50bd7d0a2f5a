//! The options of `ipvsadm` 1.31, and which of them a line gives.

use std::collections::BTreeMap;

use super::diagnostic::Diagnostic;
use super::lexer::{Line, Word};
use super::line::Faults;

/// An option or command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Id {
    AddService,
    AddServer,
    Set,
    StartDaemon,
    /// Any command that adds nothing.
    Other,
    Tcp,
    Udp,
    Sctp,
    Mark,
    V6,
    Scheduler,
    Persistent,
    Netmask,
    Engine,
    OnePacket,
    Flags,
    Server,
    Gate,
    Ipip,
    Masquerading,
    Weight,
    Upper,
    Lower,
    TunnelType,
    TunnelPort,
    NoChecksum,
    Checksum,
    RemoteChecksum,
    Numeric,
    Syncid,
    MaxLength,
    Interface,
    Group,
    McastPort,
    Ttl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
    /// The next word, unless it is an option.
    Perhaps,
}

/// Short letter, long name, what follows, what the value is.
type Known = (Id, Option<char>, &'static str, Takes, &'static str);

const KNOWN: &[Known] = &[
    (Id::AddService, Some('A'), "add-service", Takes::Nothing, ""),
    (Id::AddServer, Some('a'), "add-server", Takes::Nothing, ""),
    (Id::Set, None, "set", Takes::Value, "three times in seconds"),
    (Id::StartDaemon, None, "start-daemon", Takes::Value, "`master` or `backup`"),
    (Id::Other, Some('E'), "edit-service", Takes::Nothing, ""),
    (Id::Other, Some('D'), "delete-service", Takes::Nothing, ""),
    (Id::Other, Some('C'), "clear", Takes::Nothing, ""),
    (Id::Other, Some('R'), "restore", Takes::Nothing, ""),
    (Id::Other, Some('S'), "save", Takes::Nothing, ""),
    (Id::Other, Some('e'), "edit-server", Takes::Nothing, ""),
    (Id::Other, Some('d'), "delete-server", Takes::Nothing, ""),
    (Id::Other, Some('L'), "list", Takes::Nothing, ""),
    (Id::Other, Some('l'), "list", Takes::Nothing, ""),
    (Id::Other, Some('Z'), "zero", Takes::Nothing, ""),
    (Id::Other, None, "stop-daemon", Takes::Value, "`master` or `backup`"),
    (Id::Other, Some('h'), "help", Takes::Nothing, ""),
    (Id::Other, Some('v'), "version", Takes::Nothing, ""),
    (Id::Tcp, Some('t'), "tcp-service", Takes::Value, "ADDRESS:PORT"),
    (Id::Udp, Some('u'), "udp-service", Takes::Value, "ADDRESS:PORT"),
    (Id::Sctp, None, "sctp-service", Takes::Value, "ADDRESS:PORT"),
    (Id::Mark, Some('f'), "fwmark-service", Takes::Value, "a firewall mark, a number from 1 on"),
    (Id::V6, Some('6'), "ipv6", Takes::Nothing, ""),
    (Id::Scheduler, Some('s'), "scheduler", Takes::Value, "a scheduler such as wlc"),
    (Id::Persistent, Some('p'), "persistent", Takes::Perhaps, "a time in seconds, 1 to 2678400"),
    (Id::Netmask, Some('M'), "netmask", Takes::Value, "a netmask, or for IPv6 a prefix length"),
    (Id::Engine, None, "pe", Takes::Value, "`sip`"),
    (Id::OnePacket, Some('o'), "ops", Takes::Nothing, ""),
    (Id::Flags, Some('b'), "sched-flags", Takes::Value, "flags such as sh-port, separated by commas"),
    (Id::Server, Some('r'), "real-server", Takes::Value, "ADDRESS:PORT"),
    (Id::Gate, Some('g'), "gatewaying", Takes::Nothing, ""),
    (Id::Ipip, Some('i'), "ipip", Takes::Nothing, ""),
    (Id::Masquerading, Some('m'), "masquerading", Takes::Nothing, ""),
    (Id::Weight, Some('w'), "weight", Takes::Value, "a weight, 0 to 2147483647"),
    (Id::Upper, Some('x'), "u-threshold", Takes::Value, "a number of connections, 0 to 65535"),
    (Id::Lower, Some('y'), "l-threshold", Takes::Value, "a number of connections, 0 to 65535"),
    (Id::TunnelType, None, "tun-type", Takes::Value, "`ipip`, `gue` or `gre`"),
    (Id::TunnelPort, None, "tun-port", Takes::Value, "a port, 1 to 65535"),
    (Id::NoChecksum, None, "tun-nocsum", Takes::Nothing, ""),
    (Id::Checksum, None, "tun-csum", Takes::Nothing, ""),
    (Id::RemoteChecksum, None, "tun-remcsum", Takes::Nothing, ""),
    (Id::Numeric, Some('n'), "numeric", Takes::Nothing, ""),
    (Id::Syncid, None, "syncid", Takes::Value, "a number, 0 to 255"),
    (Id::MaxLength, None, "sync-maxlen", Takes::Value, "a number of bytes, 1 to 65507"),
    (Id::Interface, None, "mcast-interface", Takes::Value, "an interface such as eth1"),
    (Id::Group, None, "mcast-group", Takes::Value, "a multicast address"),
    (Id::McastPort, None, "mcast-port", Takes::Value, "a port, 1 to 65535"),
    (Id::Ttl, None, "mcast-ttl", Takes::Value, "a number, 1 to 255"),
];

/// An option as it was given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a> {
    /// The word that holds it.
    pub(super) option: Word<'a>,
    /// Its value.
    pub(super) value: Option<Word<'a>>,
}

/// The options of a line.
#[derive(Debug)]
pub(super) struct Options<'a> {
    pub(super) given: BTreeMap<Id, Given<'a>>,
    /// The words behind the value of `--set`.
    pub(super) more: Vec<Word<'a>>,
    /// Whether `(null)` stands where a forwarding method should: what `ipvsadm` makes of a local server.
    pub(super) local: bool,
}

/// What the value of an option is.
pub(super) fn expected(id: Id) -> &'static str {
    KNOWN.iter().find(|known| known.0 == id).map_or("", |known| known.4)
}

/// The option as it is written mostly.
pub(super) fn spelled(id: Id) -> String {
    match KNOWN.iter().find(|known| known.0 == id) {
        Some((_, Some(letter), ..)) => format!("-{letter}"),
        Some((_, None, name, ..)) => format!("--{name}"),
        None => String::new(),
    }
}

impl<'a> Options<'a> {
    /// Reads a line as `popt` does: letters may stand together, a value behind its letter, or behind `=`.
    pub(super) fn read(line: &Line<'a>, faults: &Faults<'a>) -> Result<Self, Diagnostic> {
        let mut reader = Reader {
            line,
            faults,
            next: 0,
            found: Self { given: BTreeMap::new(), more: Vec::new(), local: false },
        };
        while let Some(word) = reader.word() {
            match (word.text.strip_prefix("--"), word.text.strip_prefix('-')) {
                (Some(name), _) if !name.is_empty() => reader.long(word, name)?,
                (None, Some(letters)) if !letters.is_empty() => reader.letters(word, letters)?,
                _ => reader.loose(word)?,
            }
        }
        Ok(reader.found)
    }

    pub(super) fn has(&self, id: Id) -> bool {
        self.given.contains_key(&id)
    }

    pub(super) fn value(&self, id: Id) -> Option<Word<'a>> {
        self.given.get(&id)?.value
    }
}

struct Reader<'l, 'a> {
    line: &'l Line<'a>,
    faults: &'l Faults<'a>,
    next: usize,
    found: Options<'a>,
}

impl<'a> Reader<'_, 'a> {
    fn word(&mut self) -> Option<Word<'a>> {
        let word = self.line.words.get(self.next).copied();
        self.next += 1;
        word
    }

    fn long(&mut self, word: Word<'a>, name: &str) -> Result<(), Diagnostic> {
        let (name, attached) = match name.split_once('=') {
            Some((name, _)) => (name, Some(word.from(name.len() + 3))),
            None => (name, None),
        };
        let Some(&known) = KNOWN.iter().find(|known| known.2 == name) else {
            return Err(self.faults.unknown_option(self.line, word));
        };
        self.take(known, word, attached)
    }

    fn letters(&mut self, word: Word<'a>, letters: &str) -> Result<(), Diagnostic> {
        for (at, letter) in letters.char_indices() {
            let Some(&known) = KNOWN.iter().find(|known| known.1 == Some(letter)) else {
                return Err(self.faults.unknown_option(self.line, word));
            };
            let rest = word.from(1 + at + letter.len_utf8());
            if known.3 == Takes::Nothing || rest.text.is_empty() {
                self.take(known, word, None)?;
            } else {
                return self.take(known, word, Some(rest));
            }
        }
        Ok(())
    }

    fn take(&mut self, known: Known, option: Word<'a>, attached: Option<Word<'a>>) -> Result<(), Diagnostic> {
        let (id, _, _, takes, _) = known;
        let value = match takes {
            Takes::Nothing => match attached {
                Some(value) => return Err(self.faults.unexpected(self.line, value)),
                None => None,
            },
            Takes::Value => match attached.or_else(|| self.word()) {
                Some(value) => Some(value),
                None => return Err(self.faults.missing_value(self.line, option, id)),
            },
            Takes::Perhaps => {
                let next = self.line.words.get(self.next).filter(|next| !next.text.starts_with('-'));
                if attached.is_none() && next.is_some() { self.word() } else { attached }
            }
        };
        if let Some(before) = self.found.given.insert(id, Given { option, value }) {
            return Err(self.faults.twice(self.line, before.option, option));
        }
        if id == Id::Set {
            while self.found.more.len() < 2
                && let Some(word) = self.word()
            {
                self.found.more.push(word);
            }
        }
        Ok(())
    }

    /// A word that belongs to no option. `ipvsadm` before 1.28 saved `ops` and `pe sip` in a way that it could not read back; and
    /// it says of a local server's method that it is `(null)`.
    fn loose(&mut self, word: Word<'a>) -> Result<(), Diagnostic> {
        match word.text {
            "(null)" if self.found.has(Id::AddServer) => {
                self.found.local = true;
                Ok(())
            }
            _ => Err(self.faults.unexpected(self.line, word)),
        }
    }
}
