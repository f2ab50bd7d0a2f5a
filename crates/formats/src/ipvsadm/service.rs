//! The options of one line to a service or a server; what belongs to the director itself is in [`director`].

mod director;

use std::net::IpAddr;

use model::{
    Family, FirewallMark, Forwarding, HostAddress, Persistence, PersistenceEngine, Port, PrefixLength,
    Protocol, SchedulerKind, Seconds, Threshold, Thresholds, TunnelChecksum, Weight,
};

use super::diagnostic::{Diagnostic, Refusal};
use super::lexer::{Line, Word};
use super::line::{Faults, Words, shortened};
use super::options::{Id, Options};
use super::values::{Destination, Key, SchedulerFlags, Service};

/// What `-p` means without a number: ipvsadm(8) says 300, ipvsadm 1.31 sets 360 (`DEF_PERSISTENT_TIMEOUT`).
const PERSISTENT: Seconds = Seconds::new_const(360);

/// A line that is being read.
pub(super) struct Reading<'l, 'a> {
    pub(super) faults: Faults<'a>,
    pub(super) line: &'l Line<'a>,
    pub(super) options: Options<'a>,
}

type Result<T> = std::result::Result<T, Diagnostic>;

impl<'a> Reading<'_, 'a> {
    /// `-A`.
    pub(super) fn service(&self) -> Result<Service> {
        self.allow(
            "-A",
            "`-s`, `-p`, `-M`, `--pe`, `-o`, `-b`",
            &[
                Id::AddService,
                Id::Scheduler,
                Id::Persistent,
                Id::Netmask,
                Id::Engine,
                Id::OnePacket,
                Id::Flags,
            ],
        )?;
        let key = self.key()?;
        let scheduler = match self.options.value(Id::Scheduler) {
            None => SchedulerKind::Wlc,
            Some(word) => SchedulerKind::parse(word.text).map_err(|reason| {
                self.bad(
                    Refusal::BadWord,
                    Id::Scheduler,
                    word,
                    &format!("{}; or add the service by hand", reason.remedy()),
                )
            })?,
        };
        let persistence = self.persistence(&key)?;
        if let Key::Address(_, _, None) = key
            && persistence.is_none()
        {
            return Err(self.about_key(Words {
                refusal: Refusal::AllPorts,
                message: "port 0, all ports, without persistence".to_owned(),
                expected: "a port, or `-p`".to_owned(),
                remedy: "write the port behind the address, or add `-p 300`".to_owned(),
            }));
        }
        let one_packet = self.options.has(Id::OnePacket);
        if one_packet && matches!(key, Key::Address(Protocol::Tcp | Protocol::Sctp, ..)) {
            return Err(self.needs_udp(Id::OnePacket));
        }
        let flags = self.flags()?;
        Ok(Service { key, scheduler, flags, persistence, one_packet, destinations: Vec::new() })
    }

    /// `-a`.
    pub(super) fn destination(&self) -> Result<(Key, Destination)> {
        self.allow(
            "-a",
            "`-r`, `-g`, `-i`, `-m`, `-w`, `-x`, `-y`, `--tun-…`",
            &[
                Id::AddServer,
                Id::Server,
                Id::Gate,
                Id::Ipip,
                Id::Masquerading,
                Id::Weight,
                Id::Upper,
                Id::Lower,
                Id::TunnelType,
                Id::TunnelPort,
                Id::NoChecksum,
                Id::Checksum,
                Id::RemoteChecksum,
            ],
        )?;
        let key = self.key()?;
        let Some(server) = self.options.value(Id::Server) else {
            return Err(self.faults.missing(self.line, "the real server", "`-r ADDRESS:PORT`"));
        };
        let (address, port) = self.socket(Id::Server, server)?;
        let forwarding = self.forwarding()?;
        if address.family() != key.family() && !forwarding.is_tunnel() {
            return Err(self.at(
                server,
                Words {
                    refusal: Refusal::Family,
                    message: format!("an {} server of an {} service", address.family(), key.family()),
                    expected: format!("an {} address", key.family()),
                    remedy: "only tunneling (`-i`) carries one family in the other".to_owned(),
                },
            ));
        }
        let weight = match self.options.value(Id::Weight) {
            None => Weight::new_const(1),
            Some(word) => self.number(Id::Weight, word, Weight::parse)?,
        };
        // Direct routing and tunneling leave the port as it is; the kernel writes the service's.
        let port = match key {
            Key::Address(_, _, service) if !forwarding.rewrites_ports() => service,
            _ => port.or(key.port()),
        };
        Ok((key, Destination { address, port, forwarding, weight, thresholds: self.thresholds()? }))
    }

    fn key(&self) -> Result<Key> {
        let keys = [(Id::Tcp, Protocol::Tcp), (Id::Udp, Protocol::Udp), (Id::Sctp, Protocol::Sctp)];
        let mut given =
            keys.iter().filter_map(|(id, protocol)| Some((*id, *protocol, self.options.given.get(id)?)));
        let mark = self.options.given.get(&Id::Mark);
        let Some((id, protocol, first)) = given.next() else {
            let Some(mark) = mark else {
                let keys = "`-t`, `-u`, `--sctp-service` or `-f`";
                return Err(self.faults.missing(self.line, "the virtual service", keys));
            };
            return self.mark(mark.value.unwrap_or(mark.option));
        };
        if let Some(other) = given.next().map(|given| given.2).or(mark) {
            let (first, second) =
                if first.option.at < other.option.at { (first, other) } else { (other, first) };
            return Err(self.faults.twice(self.line, first.option, second.option));
        }
        if let Some(v6) = self.options.given.get(&Id::V6) {
            return Err(self.faults.not_for(self.line, v6.option, first.option.text, "the end of the line"));
        }
        let (address, port) = self.socket(id, first.value.unwrap_or(first.option))?;
        Ok(Key::Address(protocol, address, port))
    }

    fn mark(&self, word: Word<'a>) -> Result<Key> {
        let family = if self.options.has(Id::V6) { Family::V6 } else { Family::V4 };
        // Written with `%d`: marks above 2147483647 come out negative.
        let remedy = match word.text.parse::<i32>() {
            Ok(negative @ ..=-1) => {
                format!(
                    "write {}: ipvsadm saves large marks as negative numbers, which it does not take back",
                    negative.cast_unsigned()
                )
            }
            _ => String::new(),
        };
        let mark = FirewallMark::parse(word.text)
            .map_err(|_| self.bad(Refusal::BadNumber, Id::Mark, word, &remedy))?;
        Ok(Key::Mark(mark, family))
    }

    fn persistence(&self, key: &Key) -> Result<Option<Persistence>> {
        let Some(given) = self.options.given.get(&Id::Persistent) else {
            for id in [Id::Netmask, Id::Engine] {
                if let Some(given) = self.options.given.get(&id) {
                    return Err(self.at(
                        given.option,
                        Words {
                            refusal: Refusal::NeedsOther,
                            message: format!("`{}` without persistence", given.option.text),
                            expected: "`-p` too".to_owned(),
                            remedy: "add `-p 300`, or delete it".to_owned(),
                        },
                    ));
                }
            }
            return Ok(None);
        };
        let timeout = match given.value {
            None => PERSISTENT,
            Some(word) => self.number(Id::Persistent, word, Seconds::parse)?,
        };
        let mask =
            self.options.value(Id::Netmask).map(|word| self.mask(key.family(), word)).transpose()?.flatten();
        let engine = match self.options.value(Id::Engine) {
            None => None,
            Some(word) if word.text == "sip" => Some(PersistenceEngine::Sip),
            Some(word) => return Err(self.bad(Refusal::BadWord, Id::Engine, word, "")),
        };
        if engine.is_some() && matches!(key, Key::Address(Protocol::Tcp | Protocol::Sctp, ..)) {
            return Err(self.needs_udp(Id::Engine));
        }
        Ok(Some(Persistence { timeout, mask, engine }))
    }

    /// None where it is one host's: the same as none.
    fn mask(&self, family: Family, word: Word<'a>) -> Result<Option<PrefixLength>> {
        let dotted = word.text.contains('.');
        let right = match family {
            Family::V4 => dotted,
            Family::V6 => !dotted && word.text.bytes().all(|byte| byte.is_ascii_digit()),
        };
        let mask =
            PrefixLength::parse(word.text).and_then(|mask| mask.for_family(family)).ok().filter(|_| right);
        let remedy = match family {
            Family::V4 => "write it like this: 255.255.255.0",
            Family::V6 => "write a prefix length, 1 to 128",
        };
        let mask = mask.ok_or_else(|| self.bad(Refusal::BadNumber, Id::Netmask, word, remedy))?;
        Ok((mask.get() != family.bits()).then_some(mask))
    }

    fn flags(&self) -> Result<SchedulerFlags> {
        let mut flags = SchedulerFlags::default();
        let Some(word) = self.options.value(Id::Flags) else { return Ok(flags) };
        for flag in word.text.split(',') {
            let index = match flag {
                "flag-1" | "sh-fallback" | "mh-fallback" => 0,
                "flag-2" | "sh-port" | "mh-port" => 1,
                "flag-3" => 2,
                _ => {
                    let remedy =
                        "write some of sh-fallback, sh-port, mh-fallback, mh-port, flag-1, flag-2, flag-3";
                    return Err(self.bad(Refusal::BadWord, Id::Flags, word, remedy));
                }
            };
            flags.0[index] = true;
        }
        Ok(flags)
    }

    fn forwarding(&self) -> Result<Forwarding> {
        let methods = [Id::Gate, Id::Ipip, Id::Masquerading];
        let mut given = methods.iter().filter_map(|id| Some((*id, self.options.given.get(id)?)));
        let method = given.next();
        if let (Some((_, first)), Some((_, second))) = (method, given.next()) {
            let (first, second) =
                if first.option.at < second.option.at { (first, second) } else { (second, first) };
            return Err(self.faults.twice(self.line, first.option, second.option));
        }
        match method.map(|(id, _)| id) {
            Some(Id::Ipip) => return self.tunnel(),
            _ => {
                for id in [Id::TunnelType, Id::TunnelPort, Id::NoChecksum, Id::Checksum, Id::RemoteChecksum] {
                    if let Some(given) = self.options.given.get(&id) {
                        return Err(self.needs_other(given.option, "`-i` too", "add `-i`, or delete it"));
                    }
                }
            }
        }
        Ok(match method.map(|(id, _)| id) {
            Some(Id::Masquerading) => Forwarding::Masquerading,
            None if self.options.local => Forwarding::Local,
            _ => Forwarding::DirectRouting,
        })
    }

    fn tunnel(&self) -> Result<Forwarding> {
        let sums = [
            (Id::NoChecksum, TunnelChecksum::None),
            (Id::Checksum, TunnelChecksum::Full),
            (Id::RemoteChecksum, TunnelChecksum::Remote),
        ];
        let mut given = sums.iter().filter_map(|(id, sum)| Some((*sum, self.options.given.get(id)?)));
        let sum = given.next();
        if let (Some((_, first)), Some((_, second))) = (sum, given.next()) {
            return Err(self.faults.twice(self.line, first.option, second.option));
        }
        let port = self.options.given.get(&Id::TunnelPort);
        let kind = self.options.value(Id::TunnelType);
        let kind_text = kind.map_or("ipip", |word| word.text);
        let checksum = sum.map_or(TunnelChecksum::None, |(sum, _)| sum);
        match kind_text {
            "gue" => {
                let Some(port) = port else {
                    return Err(self.faults.missing(self.line, "the tunnel's port", "`--tun-port 6080`"));
                };
                let port = self.number(Id::TunnelPort, port.value.unwrap_or(port.option), Port::parse)?;
                Ok(Forwarding::Gue(port, checksum))
            }
            "gre" | "ipip" => {
                if let Some(port) = port {
                    return Err(self.needs_other(
                        port.option,
                        "`--tun-type gue` too",
                        "delete it, or write `--tun-type gue`",
                    ));
                }
                match (kind_text, sum) {
                    ("gre", Some((TunnelChecksum::Remote, given))) => Err(self.needs_other(
                        given.option,
                        "`--tun-type gue` too",
                        "write `--tun-csum`, or `--tun-type gue`",
                    )),
                    ("gre", _) => Ok(Forwarding::Gre(checksum)),
                    (_, Some((_, given))) => Err(self.needs_other(
                        given.option,
                        "`--tun-type gue` or `gre` too",
                        "delete it: IP in IP has no checksum",
                    )),
                    _ => Ok(Forwarding::Ipip),
                }
            }
            _ => Err(self.bad(Refusal::BadWord, Id::TunnelType, kind.unwrap_or(self.line.words[0]), "")),
        }
    }

    fn thresholds(&self) -> Result<Thresholds> {
        let limit = |id| match self.options.value(id) {
            Some(word) if word.text != "0" => self.number(id, word, Threshold::parse).map(Some),
            _ => Ok(None),
        };
        let (upper, lower) = (limit(Id::Upper)?, limit(Id::Lower)?);
        Thresholds::try_new(upper, lower).map_err(|reason| {
            let word = self.options.value(Id::Lower).unwrap_or(self.line.words[0]);
            self.bad(Refusal::BadNumber, Id::Lower, word, &reason.remedy())
        })
    }

    /// `ADDRESS:PORT`; no port and port 0 are the same.
    fn socket(&self, id: Id, word: Word<'a>) -> Result<(HostAddress, Option<Port>)> {
        let text = word.text;
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            match rest.split_once(']') {
                Some((host, "")) => (host, None),
                Some((host, port)) if port.starts_with(':') => (host, Some(&port[1..])),
                _ => {
                    return Err(self.bad_address(
                        id,
                        word,
                        "write an IPv6 address like this: [2001:db8::1]:80",
                    ));
                }
            }
        } else {
            match text.split_once(':') {
                Some((_, rest)) if rest.contains(':') => {
                    return Err(self.bad_address(
                        id,
                        word,
                        &format!("put brackets around it: [{}]:PORT", shortened(text)),
                    ));
                }
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            }
        };
        let address = match host.parse::<IpAddr>() {
            Ok(address) => HostAddress::try_new(address)
                .map_err(|reason| self.bad_address(id, word, &reason.remedy()))?,
            Err(_) if host.bytes().all(|byte| byte.is_ascii_digit() || b".:".contains(&byte)) => {
                return Err(self.bad_address(id, word, "write it like this: 192.0.2.1:80"));
            }
            Err(_) => return Err(self.name(id, word, host)),
        };
        let port = match port {
            None | Some("0") => None,
            Some(text) => match Port::parse(text) {
                Ok(port) if !text.starts_with('+') => Some(port),
                _ if text.is_empty() || text.bytes().all(|byte| byte.is_ascii_digit()) => {
                    return Err(self.bad_address(id, word, "ports are numbers from 1 to 65535"));
                }
                _ => return Err(self.name(id, word, text)),
            },
        };
        Ok((address, port))
    }

    fn name(&self, id: Id, word: Word<'a>, name: &str) -> Diagnostic {
        self.at(word, Words {
            refusal: Refusal::Name,
            message: format!("`{}` is a name", shortened(name)),
            expected: format!("numbers alone: {}", super::options::expected(id)),
            remedy: "names are not looked up here, for they may mean something else on another machine: save the table with \
                     `ipvsadm-save -n`"
                .to_owned(),
        })
    }

    fn number<T>(
        &self,
        id: Id,
        word: Word<'a>,
        parse: impl Fn(&str) -> std::result::Result<T, model::Reason>,
    ) -> Result<T> {
        parse(word.text).map_err(|reason| self.bad(Refusal::BadNumber, id, word, &reason.remedy()))
    }

    fn bad_address(&self, id: Id, word: Word<'a>, remedy: &str) -> Diagnostic {
        self.bad(Refusal::BadAddress, id, word, remedy)
    }

    fn bad(&self, refusal: Refusal, id: Id, word: Word<'a>, remedy: &str) -> Diagnostic {
        self.faults.bad(self.line, refusal, id, word, remedy)
    }

    fn needs_udp(&self, id: Id) -> Diagnostic {
        let word = self.options.given.get(&id).map_or(self.line.words[0], |given| given.option);
        self.at(
            word,
            Words {
                refusal: Refusal::NeedsUdp,
                message: format!("`{}` works for UDP and firewall marks alone", word.text),
                expected: "`-u` or `-f`".to_owned(),
                remedy: "delete it, or change the service".to_owned(),
            },
        )
    }

    fn needs_other(&self, word: Word<'a>, expected: &str, remedy: &str) -> Diagnostic {
        self.at(
            word,
            Words {
                refusal: Refusal::NeedsOther,
                message: format!("`{}` does nothing by itself", word.text),
                expected: expected.to_owned(),
                remedy: remedy.to_owned(),
            },
        )
    }

    /// About the service's address.
    fn about_key(&self, words: Words) -> Diagnostic {
        let key = [Id::Tcp, Id::Udp, Id::Sctp, Id::Mark].iter().find_map(|id| self.options.value(*id));
        self.at(key.unwrap_or(self.line.words[0]), words)
    }

    fn at(&self, word: Word<'a>, words: Words) -> Diagnostic {
        self.faults.word(self.line, word, words)
    }

    /// Refuses options that do not go with the command. `-n` means nothing here, and harms nobody.
    fn allow(&self, command: &str, takes: &str, allowed: &[Id]) -> Result<()> {
        let keys = [Id::Tcp, Id::Udp, Id::Sctp, Id::Mark, Id::V6];
        let with_key = allowed.contains(&Id::AddService) || allowed.contains(&Id::AddServer);
        let mut strange = self.options.given.iter().filter(|(id, _)| {
            **id != Id::Numeric && !allowed.contains(id) && !(with_key && keys.contains(id))
        });
        match strange.next() {
            Some((_, given)) => Err(self.faults.not_for(self.line, given.option, command, takes)),
            None => Ok(()),
        }
    }
}
