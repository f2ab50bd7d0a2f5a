//! The loss report: what a move to or from another program's file could not keep, changed, found suspicious, or was not told.
//!
//! Nothing is dropped in silence: each value of a file is in the cluster, or here. Reasons are an enumeration with parameters, so
//! that a page can say them in any language; their `Display` is English.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// All of it, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossReport {
    /// The entries.
    pub entries: Vec<Loss>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// How grave.
    pub severity: Severity,
    /// The line of the file, from 1; 0 where no line says it.
    pub line: usize,
    /// What it is about.
    pub subject: Subject,
    /// The keyword of `lvs.cf` or the option of `ipvsadm`, or none where it is about the whole subject.
    pub keyword: Option<Cow<'static, str>>,
    /// The value in question; may be empty.
    pub value: String,
    /// What happened.
    pub reason: LossReason,
}

/// The kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It was in the original and is not in the result.
    NotTakenOver,
    /// It is in the result, but says something else.
    Changed,
    /// It was taken as it is, and was probably not meant so.
    LooksWrong,
    /// A file of this kind never says it, and a cluster wants to know.
    NotSaid,
}

/// What an entry is about. Names are those of the original.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The file or cluster as a whole.
    Whole,
    /// A virtual service.
    Service {
        /// Its name.
        name: String,
    },
    /// A real server of a virtual service.
    Server {
        /// The virtual service's name.
        service: String,
        /// Its own.
        name: String,
    },
    /// A `failover` block.
    Failover {
        /// Its name.
        name: String,
    },
}

/// What happened to a value, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LossReason {
    /// Piranha's own affair: nothing here needs it.
    NotNeeded,
    /// Commands are never taken from a file.
    CommandNotRun,
    /// Piranha's file synchronisation, which was never finished.
    FileSync,
    /// Shared SCSI disks of two-node failover.
    SharedDisk,
    /// Failover of local services is not done here.
    FailoverService,
    /// `service = fos`: the virtual services in the file were not live.
    FailoverWasLive,
    /// `backup_active` without `heartbeat`: with two directors there always are heartbeats here.
    HeartbeatAlways,
    /// No address, so it cannot be told what is meant.
    NoAddress,
    /// No host can have this address.
    NotAHostAddress,
    /// Not a network interface's name.
    NotADevice,
    /// Not a mask whose one-bits come first.
    NotANetmask,
    /// The primary director's address is missing.
    NoPrimary,
    /// A second director without an address: redundancy stays off.
    NoBackupAddress,
    /// The name was taken already.
    DuplicateName {
        /// Its name in the result.
        used: String,
    },
    /// The name has characters that a name cannot have, or too many.
    NameNotPossible {
        /// Its name in the result.
        used: String,
    },
    /// Another real server of the service has the same address and port.
    SameServer {
        /// Its name.
        other: String,
    },
    /// Another active service takes this traffic: this one is not active in the result.
    SameTraffic {
        /// Its name.
        other: String,
    },
    /// A number outside the possible range.
    OutOfRange {
        /// The number in the result.
        used: i64,
    },
    /// A port that cannot be: the object is not active in the result.
    PortOutOfRange {
        /// The port in the result; none where it follows the virtual service.
        used: Option<u16>,
    },
    /// Port 0, all ports, needs persistence: the service is not active in the result.
    AllPortsNeedPersistence {
        /// The port in the result.
        used: u16,
    },
    /// Direct routing and tunneling cannot change the port: it follows the virtual service.
    PortNeedsMasquerading,
    /// The dead time is not longer than the heartbeat interval.
    DeadBeforeHeartbeat {
        /// The dead time in the result.
        used: u32,
    },
    /// The real server stands above its virtual service's `port` line and so took the port known until then.
    ServerAbovePort {
        /// The port that Piranha used for it.
        port: i32,
        /// The virtual service's port.
        service_port: i32,
    },
    /// Without this other keyword it has no effect.
    NoEffectWithout {
        /// The other keyword.
        keyword: Cow<'static, str>,
    },
    /// This other keyword overrides it.
    OverriddenBy {
        /// The other keyword.
        keyword: Cow<'static, str>,
    },
    /// Anything but 0 means 1.
    MeansOne,
    /// The mark is set here for what arrives at the virtual service's address and port, no longer by rules made by hand.
    MarkedHere,
    /// Piranha sent a request of its own on port 80; here the connection alone is the check.
    DefaultRequest,
    /// A program's name; the program must be put into the directors' check directory. Arguments are not kept.
    ProgramOfDirectory {
        /// Its name in the result.
        program: String,
    },
    /// The check cannot be said: the connection alone is the check.
    CheckNotPossible,
    /// Text that is too long, not UTF-8, or has control characters or quotes that cannot be written.
    TextNotPossible,
    /// A keyword twice in one block: the last one counts.
    SetTwice {
        /// The line that counts.
        counts: usize,
    },
    /// The block's `}` is missing.
    MissingBrace,
    /// Words that Piranha passed over.
    WordsIgnored,
    /// A quote that is not closed: what follows it was lost.
    QuoteNotClosed,
    /// A line that begins with an unclosed quote: Piranha took it for the end of the block.
    QuoteEndedBlock,
    /// The file has CR-LF line ends, of which Piranha reads the first line alone; they were taken as plain line ends.
    LineEnds {
        /// How many lines Piranha would not have read.
        unread: usize,
    },
    /// Lines that Piranha never reads because of the file's line ends or a NUL byte.
    UnreadLines {
        /// How many.
        count: usize,
    },
    /// More than a cluster can hold.
    TooMany,
    /// It does not fit with the rest of the cluster; the model's own words.
    Refused {
        /// The problem, in English.
        problem: String,
    },
    /// `lvs.cf` knows no such thing.
    NotInLvsCf,
    /// `lvs.cf` knows IPv4 alone.
    Ipv4Only,
    /// The format must name something here.
    MustBeNamed {
        /// What was written.
        used: String,
    },
    /// `lvs.cf` knows no such value; the nearest it knows was written.
    Nearest {
        /// What was written.
        used: String,
    },
    /// `ipvsadm` says nothing of checks: a connection is the check.
    NoChecks,
    /// `ipvsadm-save` leaves out the limits of connections.
    NoThresholds,
    /// `ipvsadm-save` leaves out the idle times.
    NoTimeouts,
    /// `ipvsadm-save` leaves out the sync daemon.
    NoSyncDaemon,
    /// The table knows no interfaces: that of each VIP must be chosen.
    NoDevices,
    /// The table knows no names: addresses took their place.
    NoNames,
    /// Which packets carry the mark is not in the table: rules made by hand go on setting it.
    MarkedElsewhere,
    /// The scheduler makes nothing of this flag.
    FlagWithoutMeaning,
    /// `ipvsadm` cannot say this.
    NotInIpvsadm,
    /// The sync daemon's state was written for the director that serves; the one that stands by needs another.
    MasterWritten,
    /// `ipvsadm` takes no weight as large as this.
    WeightCut {
        /// The largest that it takes.
        most: u32,
    },
    /// Not active, so not in the table.
    Inactive,
    /// `ipvsadm` needs a service for each port; persistence and counters are then apart.
    PortsApart,
    /// It takes a firewall mark and rules that set it, and there are too many ports for a service each.
    NeedsMark,
    /// The mark must be set by a rule for this traffic.
    MarkMustBeSet {
        /// Protocol, address and ports.
        traffic: String,
    },
}

impl LossReport {
    /// Is there nothing to report?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Entries of one severity.
    pub fn of(&self, severity: Severity) -> impl Iterator<Item = &Loss> {
        self.entries.iter().filter(move |entry| entry.severity == severity)
    }

    pub(crate) fn sort(&mut self) {
        self.entries.sort_by_key(|entry| entry.line);
    }
}

impl fmt::Display for LossReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.entries {
            writeln!(f, "{entry}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        write!(f, "{}: ", self.severity)?;
        if self.subject != Subject::Whole {
            write!(f, "{}: ", self.subject)?;
        }
        match (&self.keyword, self.value.as_str()) {
            (Some(keyword), "") => write!(f, "{keyword}: ")?,
            (Some(option), value) if option.starts_with('-') => write!(f, "{option} {value}: ")?,
            (Some(keyword), value) => write!(f, "{keyword} = {value}: ")?,
            (None, "") => {}
            (None, value) => write!(f, "{value}: ")?,
        }
        write!(f, "{}", self.reason)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotTakenOver => "not taken over",
            Self::Changed => "changed",
            Self::LooksWrong => "looks wrong",
            Self::NotSaid => "not said",
        })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("the cluster"),
            Self::Service { name } => write!(f, "virtual service `{name}`"),
            Self::Server { service, name } => write!(f, "virtual service `{service}`, real server `{name}`"),
            Self::Failover { name } => write!(f, "failover service `{name}`"),
        }
    }
}

impl fmt::Display for LossReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNeeded => f.write_str("a matter of Piranha's own programs, which nothing here needs"),
            Self::CommandNotRun => f.write_str("commands are never taken from a file"),
            Self::FileSync => f.write_str("Piranha's file synchronisation is not offered: it was never finished"),
            Self::SharedDisk => f.write_str("shared SCSI disks are not offered"),
            Self::FailoverService => f.write_str("failover of a director's own services is not offered"),
            Self::FailoverWasLive => {
                f.write_str("Piranha ran the failover services of this file, not its virtual services; these were taken over")
            }
            Self::HeartbeatAlways => f.write_str("two directors always send heartbeats here"),
            Self::NoAddress => f.write_str("it has no address"),
            Self::NotAHostAddress => f.write_str("no host can have this address"),
            Self::NotADevice => f.write_str("not a network interface's name: choose the device by hand"),
            Self::NotANetmask => f.write_str("not a subnet mask: it was left out"),
            Self::NoPrimary => f.write_str("the primary director's address is missing: enter it in the global settings"),
            Self::NoBackupAddress => f.write_str("there is no backup address: redundancy is switched off"),
            Self::DuplicateName { used } => write!(f, "the name is taken already: it is now `{used}`"),
            Self::NameNotPossible { used } => write!(f, "the name cannot be kept: it is now `{used}`"),
            Self::SameServer { other } => write!(f, "`{other}` has the same address and port"),
            Self::SameTraffic { other } => {
                write!(f, "the active virtual service `{other}` takes this traffic already: this one is now inactive")
            }
            Self::OutOfRange { used } => write!(f, "outside of the possible range: it is now {used}"),
            Self::PortOutOfRange { used: Some(used) } => write!(f, "there is no such port: it is now {used} and inactive"),
            Self::PortOutOfRange { used: None } => {
                f.write_str("there is no such port: it now follows the virtual service, and is inactive")
            }
            Self::AllPortsNeedPersistence { used } => {
                write!(f, "all ports need persistence: it is now port {used} and inactive")
            }
            Self::PortNeedsMasquerading => {
                f.write_str("only masquerading (NAT) can change the port: it now follows the virtual service")
            }
            Self::DeadBeforeHeartbeat { used } => write!(f, "not longer than the heartbeat interval: it is now {used}"),
            Self::ServerAbovePort { port, service_port } => write!(
                f,
                "it stands above its service's `port = {service_port}` line, so Piranha used port {port} for it; check which is meant"
            ),
            Self::NoEffectWithout { keyword } => write!(f, "it has no effect without `{keyword}`"),
            Self::OverriddenBy { keyword } => write!(f, "`{keyword}` overrides it"),
            Self::MeansOne => f.write_str("anything but 0 means 1"),
            Self::MarkedHere => f.write_str(
                "Piranha left marking to rules made by hand; the directors now mark what arrives at this service's address and port. \
                 Add the other ports that the rules marked, and remove the rules",
            ),
            Self::DefaultRequest => {
                f.write_str("Piranha sent a request of its own on port 80; here a connection alone is the check")
            }
            Self::ProgramOfDirectory { program } => {
                write!(f, "put the program `{program}` into the check directory of each director; no arguments are kept")
            }
            Self::CheckNotPossible => f.write_str("this check cannot be kept: a connection alone is the check"),
            Self::TextNotPossible => f.write_str("this text cannot be kept as it is"),
            Self::SetTwice { counts } => write!(f, "it is set again: line {counts} counts"),
            Self::MissingBrace => f.write_str("the block's `}` is missing"),
            Self::WordsIgnored => f.write_str("these words have no effect"),
            Self::QuoteNotClosed => f.write_str("a quote is not closed: what follows it was lost"),
            Self::QuoteEndedBlock => f.write_str("a quote is not closed: Piranha took the line for the end of the block"),
            Self::LineEnds { unread } => write!(
                f,
                "the file has CR-LF line ends, and Piranha would not have read {unread} of its lines; all of them were read here"
            ),
            Self::UnreadLines { count } => {
                write!(f, "Piranha does not read this line and later ones, {count} in all, for the file's odd line ends")
            }
            Self::TooMany => f.write_str("more than a cluster can hold"),
            Self::Refused { problem } => f.write_str(problem),
            Self::NotInLvsCf => f.write_str("lvs.cf cannot say this"),
            Self::Ipv4Only => f.write_str("lvs.cf knows IPv4 alone"),
            Self::MustBeNamed { used } => write!(f, "lvs.cf needs it: `{used}` was written, check it"),
            Self::Nearest { used } => write!(f, "lvs.cf cannot say this: `{used}` was written"),
            Self::NoChecks => f.write_str("ipvsadm knows no checks: each server is now checked by a connection"),
            Self::NoThresholds => {
                f.write_str("ipvsadm-save leaves out the limits of connections (`ipvsadm -Ln --thresholds` shows them)")
            }
            Self::NoTimeouts => {
                f.write_str("ipvsadm-save leaves out the idle times (`ipvsadm -Ln --timeout` shows them)")
            }
            Self::NoSyncDaemon => {
                f.write_str("ipvsadm-save leaves out the sync daemon (`ipvsadm -Ln --daemon` shows it)")
            }
            Self::NoDevices => {
                f.write_str("the table knows no interfaces: choose the one that carries each virtual address")
            }
            Self::NoNames => f.write_str("the table knows no names: addresses took their place"),
            Self::MarkedElsewhere => f.write_str(
                "the table does not say what carries the mark: rules made by hand must go on setting it, or enter address and ports",
            ),
            Self::FlagWithoutMeaning => f.write_str("the scheduler makes nothing of this flag"),
            Self::NotInIpvsadm => f.write_str("ipvsadm cannot say this"),
            Self::MasterWritten => {
                f.write_str("written for the director that serves: the one that stands by needs `backup`")
            }
            Self::WeightCut { most } => write!(f, "ipvsadm takes weights up to {most} only"),
            Self::Inactive => f.write_str("not active, so not in the table"),
            Self::PortsApart => {
                f.write_str("one service for each port was written: persistence and counters are apart then")
            }
            Self::NeedsMark => f.write_str("so many ports need a firewall mark and rules that set it"),
            Self::MarkMustBeSet { traffic } => write!(f, "a rule must set this mark for {traffic}"),
        }
    }
}
