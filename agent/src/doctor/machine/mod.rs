//! This machine, as its kernel says it is.

mod arp;
mod dump;

use std::net::Ipv4Addr;
use std::path::PathBuf;

use async_trait::async_trait;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Machine;
use super::facts::{Answers, Ipvs, OpenFiles};
use super::fix::Fix;
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
            Ok(found) => Ipvs::Usable(found.missing().clone()),
            Err(why) if why.contains("CAP_NET_ADMIN") => Ipvs::NotPermitted,
            Err(why) => Ipvs::Missing(why),
        }
    }

    fn open_files(&self) -> OpenFiles {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        OpenFiles { soft: current.unwrap_or(u64::MAX), hard: maximum.unwrap_or(u64::MAX) }
    }

    async fn who_has(&self, device: &str, address: Ipv4Addr) -> Answers {
        let host = match self.host() {
            Ok(host) => host,
            Err(error) => return Answers::Failed(error),
        };
        let Some(link) = host.links.get(device).cloned() else {
            return Answers::Failed(format!("there is no interface {device}"));
        };
        let asked = tokio::task::spawn_blocking(move || arp::who_has(&link, address)).await;
        asked.unwrap_or_else(|error| Answers::Failed(error.to_string()))
    }

    fn mend(&self, fix: &Fix) -> Result<(), String> {
        match fix {
            Fix::Sysctl { path, value } => std::fs::write(PathBuf::from("/proc/sys").join(path), value)
                .map_err(|error| {
                    format!(
                        "cannot write {value} to /proc/sys/{path}: {error}; type it as root: {}",
                        fix.command()
                    )
                }),
            Fix::OpenFiles => {
                let limit = getrlimit(Resource::Nofile);
                setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })
                    .map_err(|error| format!("cannot raise the limit of open files: {error}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_loopback_interface() {
        let host = Linux.host().unwrap();
        let (name, _) = host.links.iter().find(|(_, link)| link.loopback).unwrap();
        let local: std::net::IpAddr = Ipv4Addr::LOCALHOST.into();
        assert!(host.addresses.iter().any(|assigned| assigned.place.address == local), "{host:?}");
        assert!(Linux.mtu(name).is_some_and(|mtu| mtu >= 576));
        assert!(Linux.open_files().soft > 0 && !Linux.release().is_empty());
        assert!(Linux.sysctl("net/ipv4/ip_forward").is_some());
    }
}
