//! The sysctls that are set, by name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A sysctl, as its path below `/proc/sys`: `net/ipv4/ip_forward`. (Dots would do for all but interfaces with a dot in their name.)
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sysctl(String);

impl Sysctl {
    /// IPv4 packets are forwarded between interfaces: real servers behind masquerading need it for their answers.
    pub fn forward_v4() -> Self {
        Self("net/ipv4/ip_forward".into())
    }

    /// The same for IPv6.
    pub fn forward_v6() -> Self {
        Self("net/ipv6/conf/all/forwarding".into())
    }

    /// A setting of IPv4 on an interface, or on `all`: `arp_ignore`, `arp_announce`, `rp_filter`, `send_redirects`.
    pub fn conf_v4(device: &str, name: &str) -> Self {
        Self(format!("net/ipv4/conf/{device}/{name}"))
    }

    /// A setting of IPVS: `conntrack`.
    pub fn ipvs(name: &str) -> Self {
        Self(format!("net/ipv4/vs/{name}"))
    }

    /// The path below `/proc/sys`.
    pub fn path(&self) -> &str {
        &self.0
    }
}

/// As `sysctl(8)` takes it.
impl fmt::Display for Sysctl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains('.') { f.write_str(&self.0) } else { f.write_str(&self.0.replace('/', ".")) }
    }
}
