//! Network namespaces: the machines of the lab, each a namespace of its own, and the bridges between them.

use crate::process::{self, Said};
use anyhow::{Context as _, Result, bail};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fs::{self, File};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;

/// One machine.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    name: Arc<str>,
    file: Arc<File>,
}

/// One of a machine's network devices.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leg {
    /// The device's name in the machine.
    pub(crate) device: &'static str,
    /// The bridge that it hangs on.
    pub(crate) bridge: &'static str,
    /// With their prefix lengths.
    pub(crate) addresses: &'static [&'static str],
    /// Whether it is up from the start.
    pub(crate) up: bool,
}

/// A machine to be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine {
    pub(crate) name: &'static str,
    pub(crate) legs: &'static [Leg],
    /// As `ip route add` takes them.
    pub(crate) routes: &'static [&'static str],
}

impl Place {
    /// The machine of that name, which is there already.
    fn open(name: &str) -> Result<Self> {
        let path = Path::new("/run/netns").join(name);
        let file = File::open(&path).with_context(|| format!("could not open {}", path.display()))?;
        Ok(Self { name: name.into(), file: Arc::new(file) })
    }

    /// The machine's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Does something there: sockets opened and programs started within `work` belong to the machine.
    pub(crate) fn within<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        thread::scope(|scope| {
            scope
                .spawn(|| {
                    self.enter()?;
                    work()
                })
                .join()
                .unwrap_or_else(|_| bail!("something broke in {}", self.name))
        })
    }

    /// Moves the calling thread there, for good.
    pub(crate) fn enter(&self) -> Result<()> {
        move_into_link_name_space(self.file.as_fd(), Some(LinkNameSpaceType::Network))
            .with_context(|| format!("could not enter the network namespace of {}", self.name))
    }

    /// Runs a program there; its standard output. Anything but success is an error.
    pub(crate) fn read(&self, words: &[&str]) -> Result<String> {
        self.feed(words, "")
    }

    /// The same with standard input.
    pub(crate) fn feed(&self, words: &[&str], input: &str) -> Result<String> {
        self.within(|| process::feed(&mut command(words), input)).with_context(|| format!("on {}", self.name))
    }

    /// Runs a program there, whether it succeeds or not.
    pub(crate) fn listen(&self, words: &[&str]) -> Result<Said> {
        self.within(|| process::listen(&mut command(words), ""))
    }

    /// Several lines for `ip`, in one go.
    pub(crate) fn ip(&self, lines: &str) -> Result<()> {
        self.feed(&["ip", "-batch", "-"], lines).map(drop)
    }

    /// An interface's Ethernet address.
    pub(crate) fn mac(&self, device: &str) -> Result<String> {
        let said = self.read(&["ip", "-o", "link", "show", device])?;
        let mac = said.split("link/ether ").nth(1).and_then(|rest| rest.split(' ').next());
        mac.map(str::to_owned).with_context(|| format!("{device} has no Ethernet address: {said}"))
    }

    /// Reads one of the machine's sysctls, such as `net/ipv4/ip_forward`.
    pub(crate) fn sysctl(&self, name: &str) -> Result<String> {
        let path = Path::new("/proc/sys").join(name);
        self.within(|| {
            fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))
        })
        .map(|text| text.trim().to_owned())
    }

    /// Sets one.
    pub(crate) fn set_sysctl(&self, name: &str, value: &str) -> Result<()> {
        let path = Path::new("/proc/sys").join(name);
        self.within(|| fs::write(&path, value).with_context(|| format!("could not write {}", path.display())))
    }
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(words.first().copied().unwrap_or("false"));
    command.args(words.get(1..).unwrap_or_default());
    command
}

/// Makes sure that namespaces can be made without leaving anything on the machine: `/run` must be memory of our own.
pub(crate) fn prepare() -> Result<()> {
    let mounts = fs::read_to_string("/proc/mounts").context("could not read /proc/mounts")?;
    let ours = mounts.lines().any(|line| line.starts_with("tmpfs /run ") || line.contains(" /run tmpfs "));
    if !ours {
        bail!(
            "/run is not a memory file system; start this by `cargo xtask lab`, in the guest or in namespaces of its own"
        );
    }
    if !Path::new("/proc/net/ip_vs").exists() {
        bail!("this kernel has no IPVS (no /proc/net/ip_vs); start this by `cargo xtask lab`");
    }
    fs::create_dir_all("/run/netns").context("could not make /run/netns")
}

/// Brings a device up in the namespace where this is called.
pub(crate) fn up(device: &str) -> Result<()> {
    process::feed(&mut command(&["ip", "link", "set", device, "up"]), "").map(drop)
}

/// Makes the bridges, the machines, and gives the management host, where this program runs, its addresses.
pub(crate) fn build(bridges: &[&str], host: (&str, &[&str]), machines: &[Machine]) -> Result<Vec<Place>> {
    let mut lines = String::new();
    for bridge in bridges {
        // Without an address: this host takes no part in the networks that it carries.
        lines.push_str(&format!("link add {bridge} type bridge mcast_snooping 0\n"));
        lines.push_str(&format!("link set {bridge} addrgenmode none\nlink set {bridge} up\n"));
    }
    for address in host.1 {
        lines.push_str(&format!("addr add {address} dev {}\n", host.0));
    }
    for machine in machines {
        lines.push_str(&format!("netns add {}\n", machine.name));
        for leg in machine.legs {
            let port = port(machine, leg);
            lines.push_str(&format!(
                "link add {port} type veth peer name {} netns {}\nlink set {port} addrgenmode none\n\
                 link set {port} master {} up\n",
                leg.device, machine.name, leg.bridge
            ));
        }
    }
    process::feed(&mut command(&["ip", "-batch", "-"]), &lines).context("could not make the networks")?;
    machines.iter().map(furnish).collect()
}

/// Removes what [`build`] made.
pub(crate) fn clear(bridges: &[&str], machines: &[Machine]) -> Result<()> {
    let mut lines = String::new();
    for machine in machines {
        for leg in machine.legs {
            lines.push_str(&format!("link del {}\n", port(machine, leg)));
        }
        lines.push_str(&format!("netns del {}\n", machine.name));
    }
    for bridge in bridges {
        lines.push_str(&format!("link del {bridge}\n"));
    }
    process::feed(&mut command(&["ip", "-force", "-batch", "-"]), &lines)
        .context("could not remove the networks")?;
    Ok(())
}

/// The name of a device's other end, on the bridge's side: at most 15 bytes (IFNAMSIZ in linux/if.h).
fn port(machine: &Machine, leg: &Leg) -> String {
    format!("{}-{}", machine.name, leg.device)
}

fn furnish(machine: &Machine) -> Result<Place> {
    let place = Place::open(machine.name)?;
    // Duplicate address detection takes a second for each address, and there are no duplicates here.
    for scope in ["all", "default"] {
        place.set_sysctl(&format!("net/ipv6/conf/{scope}/accept_dad"), "0")?;
        place.set_sysctl(&format!("net/ipv6/conf/{scope}/accept_ra"), "0")?;
    }
    let mut lines = "link set lo up\n".to_owned();
    for leg in machine.legs {
        if leg.up {
            lines.push_str(&format!("link set {} up\n", leg.device));
        }
        for address in leg.addresses {
            lines.push_str(&format!("addr add {address} dev {}\n", leg.device));
        }
    }
    for route in machine.routes {
        lines.push_str(&format!("route add {route}\n"));
    }
    place.ip(&lines).with_context(|| format!("could not furnish {}", machine.name))?;
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_names_fit() {
        for machine in crate::guide::MACHINES {
            for leg in machine.legs {
                assert!(port(machine, leg).len() <= 15, "{}", port(machine, leg));
            }
        }
    }
}
