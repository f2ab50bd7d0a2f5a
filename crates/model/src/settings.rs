//! A cluster's global settings: Piranha's *Global settings* page.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::editable;
use crate::{Device, Field, Forwarding, HostAddress, PrefixLength, Problem, Seconds, Show};

/// What holds for the whole cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Settings {
    /// The primary director's routable address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_public: Option<HostAddress>,
    /// The primary director's private address: the second path of heartbeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_private: Option<HostAddress>,
    /// How packets reach real servers that do not say otherwise. Piranha's *network type*.
    pub forwarding: Forwarding,
    /// The floating inside gateway of real servers behind masquerading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nat_router: Option<NatRouter>,
    /// Whether real servers behind masquerading are clients of the virtual addresses too. Their connections then leave under the
    /// director's address, or the answers would go straight from one real server to the other. The director tracks all
    /// connections for that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_clients: bool,
    /// Idle times of connections.
    #[serde(default)]
    pub timeouts: Timeouts,
}

/// The gateway address that the active director carries towards the real servers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NatRouter {
    /// The address.
    pub address: HostAddress,
    /// The interface that carries it.
    pub device: Device,
    /// Its netmask; `None`: one host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub netmask: Option<PrefixLength>,
}

/// Idle times after which a connection is forgotten; `None` leaves the data plane's own
/// (the kernel's are 900, 120 and 300 s).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timeouts {
    /// Established TCP connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp: Option<Seconds>,
    /// TCP connections after the first FIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp_fin: Option<Seconds>,
    /// UDP flows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub udp: Option<Seconds>,
}

editable! {
    /// One global setting that differs.
    SettingsEdit for Settings {
        PrimaryPublic(primary_public: Option<HostAddress>) = Field::PrimaryPublic,
        PrimaryPrivate(primary_private: Option<HostAddress>) = Field::PrimaryPrivate,
        Forwarding(forwarding: Forwarding) = Field::NetworkType,
        NatRouter(nat_router: Option<NatRouter>) = Field::NatRouter,
        OwnClients(own_clients: bool) = Field::OwnClients,
        Tcp(timeouts.tcp: Option<Seconds>) = Field::TcpTimeout,
        TcpFin(timeouts.tcp_fin: Option<Seconds>) = Field::TcpFinTimeout,
        Udp(timeouts.udp: Option<Seconds>) = Field::UdpTimeout,
    }
}

impl Settings {
    /// What one field alone cannot know: a netmask fits its address.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let Some(NatRouter { address, netmask: Some(netmask), .. }) = &self.nat_router else {
            return Vec::new();
        };
        match netmask.for_family(address.family()) {
            Ok(_) => Vec::new(),
            Err(reason) => vec![Problem::new(Field::NatRouterNetmask, netmask.to_string(), reason)],
        }
    }
}

impl fmt::Display for NatRouter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        if let Some(netmask) = self.netmask {
            write!(f, "{netmask}")?;
        }
        write!(f, " {}", self.device)
    }
}
