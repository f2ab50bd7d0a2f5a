//! A second director: Piranha's *Redundancy* page.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::editable;
use crate::{
    Device, Field, HostAddress, MulticastGroup, Port, Problem, Reason, Seconds, Show, SyncId, SyncLength,
    SyncTtl,
};

/// How two directors watch each other. All of it is kept while redundancy is switched off.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Redundancy {
    /// Whether there is a second director.
    pub active: bool,
    /// The backup director's routable address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_public: Option<HostAddress>,
    /// The backup director's private address: the second path of heartbeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_private: Option<HostAddress>,
    /// How often heartbeats go out.
    pub heartbeat_interval: Seconds,
    /// How long silence lasts before takeover.
    pub dead_after: Seconds,
    /// The heartbeat's UDP port.
    pub heartbeat_port: Port,
    /// Whether a director whose own link is down gives up the active role.
    pub monitor_links: bool,
    /// Whether and how connections are synchronised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync_daemon: Option<SyncDaemon>,
}

/// Connection synchronisation between directors (`ipvsadm --start-daemon`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SyncDaemon {
    /// The interface that synchronisation messages use.
    pub interface: Device,
    /// Tells clusters on one network apart.
    pub id: SyncId,
    /// The multicast group of its messages; `None`: the kernel's, 224.0.0.81.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<MulticastGroup>,
    /// Their UDP port; `None`: the kernel's, 8848.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<Port>,
    /// How many hops they may travel; `None`: one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<SyncTtl>,
    /// How many bytes each has at most; `None`: what the interface's packets hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<SyncLength>,
}

impl SyncDaemon {
    /// One with the kernel's defaults.
    pub fn new(interface: Device, id: SyncId) -> Self {
        Self { interface, id, group: None, port: None, ttl: None, max_length: None }
    }
}

editable! {
    /// One field of the redundancy that differs.
    RedundancyEdit for Redundancy {
        Active(active: bool) = Field::BackupActive,
        BackupPublic(backup_public: Option<HostAddress>) = Field::BackupPublic,
        BackupPrivate(backup_private: Option<HostAddress>) = Field::BackupPrivate,
        HeartbeatInterval(heartbeat_interval: Seconds) = Field::HeartbeatInterval,
        DeadAfter(dead_after: Seconds) = Field::DeadAfter,
        HeartbeatPort(heartbeat_port: Port) = Field::HeartbeatPort,
        MonitorLinks(monitor_links: bool) = Field::MonitorLinks,
        SyncDaemon(sync_daemon: Option<SyncDaemon>) = Field::SyncDaemon,
    }
}

impl Redundancy {
    /// What one field alone cannot know: the dead time exceeds the interval, and an active backup has an address.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.dead_after <= self.heartbeat_interval {
            problems.push(Problem::new(
                Field::DeadAfter,
                self.dead_after.to_string(),
                Reason::DeadBeforeHeartbeat,
            ));
        }
        if self.active && self.backup_public.is_none() {
            problems.push(Problem::new(Field::BackupPublic, "", Reason::Missing));
        }
        problems
    }
}

/// The values that Piranha's page began with: 6 s, 18 s, port 539.
impl Default for Redundancy {
    fn default() -> Self {
        Self {
            active: false,
            backup_public: None,
            backup_private: None,
            heartbeat_interval: Seconds::new_const(6),
            dead_after: Seconds::new_const(18),
            heartbeat_port: Port::new_const(539),
            monitor_links: false,
            sync_daemon: None,
        }
    }
}

impl fmt::Display for SyncDaemon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, id {}", self.interface, self.id)?;
        if let Some(group) = self.group {
            write!(f, ", group {group}")?;
        }
        if let Some(port) = self.port {
            write!(f, ", port {port}")?;
        }
        if let Some(ttl) = self.ttl {
            write!(f, ", ttl {ttl}")?;
        }
        if let Some(max_length) = self.max_length {
            write!(f, ", maxlen {max_length}")?;
        }
        Ok(())
    }
}
