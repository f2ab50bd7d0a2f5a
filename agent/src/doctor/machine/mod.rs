//! This machine, as its kernel says it is.

mod arp;
mod dump;
mod ndp;
mod wire;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;

use async_trait::async_trait;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Machine;
use super::facts::{Answers, Ipvs, OpenFiles};
use crate::data_plane::kernel::probe;
use crate::surroundings::Host;

/// This machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Linux;

#[async_trait]
impl Machine for Linux {
    fn host(&self) -> Result<Host, String> {
        dump::host().map_err(|error| format!("cannot list the machine's interfaces and addresses: {error}"))
    }

    fn mtu(&self, device: &str) -> Option<u32> {
        dump::mtu(device)
    }

    fn sysctl(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(PathBuf::from("/proc/sys").join(path)).ok()
    }

    fn release(&self) -> String {
        rustix::system::uname().release().to_string_lossy().into_owned()
    }

    fn ipvs(&self) -> Ipvs {
        match probe::probe() {
            Ok(_) => Ipvs::Usable(probe::missing_schedulers()),
            Err(why) if why.contains("CAP_NET_ADMIN") => Ipvs::NotPermitted,
            Err(why) => Ipvs::Missing(why),
        }
    }

    fn open_files(&self) -> OpenFiles {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        OpenFiles { soft: current.unwrap_or(u64::MAX), hard: maximum.unwrap_or(u64::MAX) }
    }

    async fn who_has(&self, host: &Host, device: &str, address: IpAddr) -> Answers {
        let Some(link) = host.links.get(device).cloned() else {
            return Answers::Failed(format!("there is no interface {device}"));
        };
        // One without an Ethernet address has no neighbours.
        let Some(own) = link.mac else { return Answers::Machines(BTreeSet::new()) };
        let asked = match address {
            IpAddr::V4(address) => tokio::task::spawn_blocking(move || {
                wire::ask(&link, &arp::question(own, address), |packet| arp::answer(packet, address))
            }),
            IpAddr::V6(address) => {
                let Some(from) = ndp::from(host, device, address) else {
                    return Answers::Failed(format!("{device} has no address to ask from"));
                };
                tokio::task::spawn_blocking(move || {
                    let question = ndp::question(own, from, address);
                    wire::ask(&link, &question, |packet| ndp::answer(packet, address))
                })
            }
        };
        asked.await.unwrap_or_else(|error| Answers::Failed(error.to_string()))
    }

    fn raise_open_files(&self) -> Result<(), String> {
        let limit = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })
            .map_err(|error| format!("cannot raise the limit of open files: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_loopback_interface() {
        let host = Linux.host().unwrap();
        let (name, _) = host.links.iter().find(|(_, link)| link.loopback).unwrap();
        let local: IpAddr = std::net::Ipv4Addr::LOCALHOST.into();
        assert!(host.addresses.iter().any(|assigned| assigned.place.address == local), "{host:?}");
        assert!(Linux.mtu(name).is_some_and(|mtu| mtu >= 576));
        assert!(Linux.open_files().soft > 0 && !Linux.release().is_empty());
        assert!(Linux.sysctl("net/ipv4/ip_forward").is_some());
    }
}
