//! What an examination looks at.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use model::{Desired, MachineRole, SchedulerKind};

use crate::data_plane::Kind;
use crate::surroundings::Host;

/// What the machine is meant to be.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// What should be; none before the first apply.
    pub desired: Option<&'a Desired>,
    /// Its role.
    pub role: MachineRole,
    /// What moves the traffic of a director.
    pub plane: Kind,
}

/// What the machine is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Interfaces, addresses, gateways.
    pub host: Host,
    /// The length of packets, by interface, in bytes.
    pub mtu: BTreeMap<String, u32>,
    /// Values of sysctls by their paths below `/proc/sys`; what is not there is not in it.
    pub sysctls: BTreeMap<String, String>,
    /// The kernel's release.
    pub release: String,
    /// The kernel's IPVS.
    pub ipvs: Ipvs,
    /// Limits of open files.
    pub open_files: OpenFiles,
    /// Who else answers for virtual addresses that this machine has.
    pub answers: BTreeMap<IpAddr, Answers>,
    /// How far the clock is ahead of the console's, in milliseconds; none where nobody there asked.
    pub skew_ms: Option<i64>,
}

/// The kernel's IPVS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ipvs {
    /// Not looked at, for nobody needs it.
    #[default]
    NotNeeded,
    /// It can be used; these schedulers it is known not to have.
    Usable(BTreeSet<SchedulerKind>),
    /// It is there, and this process may not use it.
    NotPermitted,
    /// It is not there, or cannot be asked; why.
    Missing(String),
}

/// How many files a process may have open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenFiles {
    /// Now.
    pub soft: u64,
    /// How far it may raise that itself.
    pub hard: u64,
}

/// Who answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answers {
    /// These Ethernet addresses; none is nobody.
    Machines(BTreeSet<[u8; 6]>),
    /// This process may not ask.
    NotPermitted,
    /// It could not be asked; why.
    Failed(String),
}

/// No limit that anybody would meet.
impl Default for OpenFiles {
    fn default() -> Self {
        Self { soft: u64::MAX, hard: u64::MAX }
    }
}

impl Facts {
    /// The value of a setting of IPv4 that holds for an interface: the higher one of `all` and its own, as the kernel takes
    /// `arp_ignore`, `arp_announce`, `rp_filter` (Documentation/networking/ip-sysctl.rst). None where it is not known.
    pub(super) fn highest(&self, device: &str, name: &str) -> Option<u32> {
        let read = |device: &str| self.sysctls.get(&conf(device, name))?.trim().parse::<u32>().ok();
        read("all").into_iter().chain(read(device)).max()
    }

    /// Where an address is.
    pub(super) fn place(&self, address: IpAddr) -> Option<&str> {
        let found = self.host.addresses.iter().find(|assigned| assigned.place.address == address)?;
        Some(&found.place.device)
    }

    /// How `ip address` takes an address that is on this machine: with the length of its prefix, which is not always all of it.
    pub(super) fn written(&self, address: IpAddr) -> String {
        let found = self.host.addresses.iter().find(|assigned| assigned.place.address == address);
        let whole = if address.is_ipv4() { 32 } else { 128 };
        format!("{address}/{}", found.map_or(whole, |assigned| assigned.place.prefix))
    }

    /// Whether an interface is the loopback one.
    pub(super) fn is_loopback(&self, device: &str) -> bool {
        self.host.links.get(device).is_some_and(|link| link.loopback)
    }
}

/// The path of a setting of IPv4.
pub(super) fn conf(device: &str, name: &str) -> String {
    format!("net/ipv4/conf/{device}/{name}")
}
