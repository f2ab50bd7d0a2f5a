//! The options of one line to what a director has once: idle times and sync daemons.

use model::{Device, MulticastGroup, Port, Seconds, SyncDaemon, SyncId, SyncLength, SyncTtl, Timeouts};

use super::{Reading, Result};
use crate::ipvsadm::diagnostic::Refusal;
use crate::ipvsadm::lexer::Word;
use crate::ipvsadm::options::Id;
use crate::ipvsadm::values::{Daemon, DaemonState};

impl<'a> Reading<'_, 'a> {
    /// `--set`.
    pub(in crate::ipvsadm) fn timeouts(&self) -> Result<Timeouts> {
        self.allow("--set", "three numbers and nothing else", &[Id::Set])?;
        let words: Vec<Word<'a>> =
            self.options.value(Id::Set).into_iter().chain(self.options.more.iter().copied()).collect();
        let [tcp, tcp_fin, udp] = words[..] else {
            return Err(self.faults.missing(
                self.line,
                "a time",
                "three times in seconds, 0 to leave one as it is",
            ));
        };
        let time = |word: Word<'a>| match word.text {
            "0" => Ok(None),
            _ => self.number(Id::Set, word, Seconds::parse).map(Some),
        };
        Ok(Timeouts { tcp: time(tcp)?, tcp_fin: time(tcp_fin)?, udp: time(udp)? })
    }

    /// `--start-daemon`.
    pub(in crate::ipvsadm) fn daemon(&self) -> Result<Daemon> {
        self.allow(
            "--start-daemon",
            "`--mcast-interface`, `--syncid` and the other options of the daemon",
            &[Id::StartDaemon, Id::Syncid, Id::MaxLength, Id::Interface, Id::Group, Id::McastPort, Id::Ttl],
        )?;
        let state = match self.options.value(Id::StartDaemon) {
            Some(word) => match word.text {
                "master" => DaemonState::Master,
                "backup" => DaemonState::Backup,
                _ => return Err(self.bad(Refusal::BadWord, Id::StartDaemon, word, "")),
            },
            None => return Err(self.faults.missing(self.line, "the kind", "`master` or `backup`")),
        };
        let Some(interface) = self.options.value(Id::Interface) else {
            return Err(self.faults.missing(self.line, "the interface", "`--mcast-interface eth1`"));
        };
        let interface = self.number(Id::Interface, interface, Device::parse)?;
        let id = match self.options.value(Id::Syncid) {
            None => SyncId::MIN,
            Some(word) => self.number(Id::Syncid, word, SyncId::parse)?,
        };
        let given = |id| self.options.value(id);
        let settings = SyncDaemon {
            interface,
            id,
            group: given(Id::Group)
                .map(|word| self.number(Id::Group, word, MulticastGroup::parse))
                .transpose()?,
            port: given(Id::McastPort)
                .map(|word| self.number(Id::McastPort, word, Port::parse))
                .transpose()?,
            ttl: given(Id::Ttl).map(|word| self.number(Id::Ttl, word, SyncTtl::parse)).transpose()?,
            max_length: given(Id::MaxLength)
                .map(|word| self.number(Id::MaxLength, word, SyncLength::parse))
                .transpose()?,
        };
        Ok(Daemon { state, settings })
    }
}
