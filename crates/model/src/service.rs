//! Virtual services.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::editable;
use crate::{
    Check, Destination, DestinationId, Device, Family, Field, HostAddress, LoadMonitor, Name, Note,
    Persistence, Port, PrefixLength, ReentrySeconds, Scheduler, Seconds, ServiceKey, Show,
};

/// A virtual service with its destinations, which are kept in the order of their creation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualService {
    /// Everything but the destinations.
    #[serde(flatten)]
    pub settings: ServiceSettings,
    /// The real servers.
    #[serde(default)]
    pub destinations: BTreeMap<DestinationId, Destination>,
}

/// What can be set on a virtual service.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ServiceSettings {
    /// A label, unique in the cluster.
    pub name: Name,
    /// Whether it is offered.
    pub active: bool,
    /// What it is reached by.
    pub key: ServiceKey,
    /// The interface that carries the VIP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
    /// The VIP's netmask on that interface; `None`: one host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vip_netmask: Option<PrefixLength>,
    /// How a destination is chosen.
    pub scheduler: Scheduler,
    /// Whether and how clients stay with their real server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persistence: Option<Persistence>,
    /// Every packet is scheduled for itself (UDP or firewall marks).
    #[serde(default)]
    pub one_packet: bool,
    /// How real servers are checked.
    pub check: Check,
    /// Interval of checks, and the time limit of each. Piranha's *service timeout*.
    pub timeout: Seconds,
    /// How long a failed server must pass its checks before it is back.
    pub reentry: ReentrySeconds,
    /// A failed server keeps its connections (weight 0) instead of being removed.
    pub quiesce: bool,
    /// Where load figures come from.
    #[serde(default)]
    pub load_monitor: LoadMonitor,
    /// Who answers when no real server can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sorry_server: Option<SorryServer>,
    /// Sends the client's address ahead in a PROXY protocol version 2 header (embedded data plane, TCP).
    #[serde(default)]
    pub proxy_protocol: bool,
    /// What people should know about it; directors do nothing with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

/// Who answers when no real server can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SorryServer {
    /// Its address.
    pub address: HostAddress,
    /// Its port; `None`: the port that the client used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<Port>,
}

editable! {
    /// One field of a virtual service that differs.
    ServiceEdit for ServiceSettings {
        Name(name: Name) = Field::ServiceName,
        Active(active: bool) = Field::ServiceActive,
        Key(key: ServiceKey) = Field::Key,
        Device(device: Option<Device>) = Field::Device,
        VipNetmask(vip_netmask: Option<PrefixLength>) = Field::VipNetmask,
        Scheduler(scheduler: Scheduler) = Field::Scheduler,
        Persistence(persistence: Option<Persistence>) = Field::Persistence,
        OnePacket(one_packet: bool) = Field::OnePacket,
        Check(check: Check) = Field::Check,
        Timeout(timeout: Seconds) = Field::ServiceTimeout,
        Reentry(reentry: ReentrySeconds) = Field::Reentry,
        Quiesce(quiesce: bool) = Field::Quiesce,
        LoadMonitor(load_monitor: LoadMonitor) = Field::LoadMonitor,
        SorryServer(sorry_server: Option<SorryServer>) = Field::SorryServer,
        ProxyProtocol(proxy_protocol: bool) = Field::ProxyProtocol,
        Note(note: Option<Note>) = Field::ServiceNote,
    }
}

impl fmt::Display for SorryServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.port, self.address.family()) {
            (None, _) => self.address.fmt(f),
            (Some(port), Family::V4) => write!(f, "{}:{port}", self.address),
            (Some(port), Family::V6) => write!(f, "[{}]:{port}", self.address),
        }
    }
}
