//! A table as `ipvsadm`'s commands say it.

use std::fmt;

use model::{
    Family, FirewallMark, Forwarding, HostAddress, Persistence, Port, Protocol, SchedulerKind, SyncDaemon,
    Thresholds, Timeouts, Weight,
};

/// What the commands of a file make, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Virtual services.
    pub services: Vec<Service>,
    /// Idle times (`--set`), which `ipvsadm-save` never writes.
    pub timeouts: Timeouts,
    /// Sync daemons (`--start-daemon`), which `ipvsadm-save` never writes.
    pub daemons: Vec<Daemon>,
}

/// A virtual service (`-A`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// `-t`, `-u`, `--sctp-service` or `-f`.
    pub key: Key,
    /// `-s`.
    pub scheduler: SchedulerKind,
    /// `-b`.
    pub flags: SchedulerFlags,
    /// `-p`, `-M`, `--pe`.
    pub persistence: Option<Persistence>,
    /// `-o`.
    pub one_packet: bool,
    /// Its servers (`-a`).
    pub destinations: Vec<Destination>,
}

/// What a service is told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Protocol, address and port; no port: all of them.
    Address(Protocol, HostAddress, Option<Port>),
    /// A firewall mark.
    Mark(FirewallMark, Family),
}

/// The three flags that a scheduler may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SchedulerFlags(pub [bool; 3]);

/// A real server of a service (`-a`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Its address.
    pub address: HostAddress,
    /// Its port; none: the one that the client used.
    pub port: Option<Port>,
    /// `-g`, `-i` with its options, `-m`.
    pub forwarding: Forwarding,
    /// `-w`.
    pub weight: Weight,
    /// `-x` and `-y`, which `ipvsadm-save` never writes.
    pub thresholds: Thresholds,
}

/// A sync daemon (`--start-daemon`). What is not said is the kernel's own choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daemon {
    /// Which of the two.
    pub state: DaemonState,
    /// `--mcast-interface`, `--syncid`, `--mcast-group`, `--mcast-port`, `--mcast-ttl`, `--sync-maxlen`.
    pub settings: SyncDaemon,
}

/// What a sync daemon does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DaemonState {
    /// Sends.
    Master,
    /// Receives.
    Backup,
}

impl Key {
    /// The address family.
    #[must_use]
    pub fn family(&self) -> Family {
        match self {
            Self::Address(_, address, _) => address.family(),
            Self::Mark(_, family) => *family,
        }
    }

    /// The port; none for all ports and for marks.
    #[must_use]
    pub fn port(&self) -> Option<Port> {
        match self {
            Self::Address(_, _, port) => *port,
            Self::Mark(..) => None,
        }
    }
}

/// As `ipvsadm` takes it: `-t 192.0.2.1:80`, `-f 5 -6`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(protocol, address, port) => {
                let option = match protocol {
                    Protocol::Tcp => "-t",
                    Protocol::Udp => "-u",
                    Protocol::Sctp => "--sctp-service",
                };
                write!(f, "{option} {}", Socket(*address, *port))
            }
            Self::Mark(mark, Family::V4) => write!(f, "-f {mark}"),
            Self::Mark(mark, Family::V6) => write!(f, "-f {mark} -6"),
        }
    }
}

/// An address and port as `ipvsadm` writes them; no port is 0.
pub(super) struct Socket(pub(super) HostAddress, pub(super) Option<Port>);

impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.1.map_or(0, Port::get);
        match self.0.family() {
            Family::V4 => write!(f, "{}:{port}", self.0),
            Family::V6 => write!(f, "[{}]:{port}", self.0),
        }
    }
}

impl fmt::Display for DaemonState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Master => "master",
            Self::Backup => "backup",
        })
    }
}
