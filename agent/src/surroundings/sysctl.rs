//! The sysctls that are set, by name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A sysctl, as its path below `/proc/sys`: `net/ipv4/ip_forward`. (Dots would do for all but interfaces with a dot in their name.)
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sysctl(String);

impl Sysctl {
    /// Takes a path below `/proc/sys`; of the network alone.
    pub fn parse(path: &str) -> Option<Self> {
        let plain = !path.split('/').any(|part| matches!(part, "" | "." | ".."));
        (plain && path.starts_with("net/")).then(|| Self(path.to_owned()))
    }

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

    /// A setting of IPv6 on an interface: `accept_ra`.
    pub fn conf_v6(device: &str, name: &str) -> Self {
        Self(format!("net/ipv6/conf/{device}/{name}"))
    }

    /// A setting of IPVS: `conntrack`.
    pub fn ipvs(name: &str) -> Self {
        Self(format!("net/ipv4/vs/{name}"))
    }

    /// Whether it makes ARP quiet.
    pub fn is_arp(&self) -> bool {
        self.0.starts_with("net/ipv4/conf/")
            && (self.0.ends_with("/arp_ignore") || self.0.ends_with("/arp_announce"))
    }

    /// Whether it says which router advertisements are heeded.
    pub fn is_accept_ra(&self) -> bool {
        self.0.starts_with("net/ipv6/conf/") && self.0.ends_with("/accept_ra")
    }

    /// Whether `now` is as good as `wanted`: of those that make ARP quiet, more of it is as good (`arp_ignore`: 2 asks for more than 1,
    /// 8 answers nothing; 3 is another matter, 4 to 7 mean 0. Documentation/networking/ip-sysctl.rst, `arp_ignore` in net/ipv4/arp.c).
    pub fn is_met(&self, now: &str, wanted: &str) -> bool {
        let quieter = self.is_arp()
            && match self.0.ends_with("/arp_ignore") {
                true => wanted == "1" && matches!(now, "2" | "8"),
                false => wanted == "1" && now == "2",
            };
        now == wanted || quieter
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
