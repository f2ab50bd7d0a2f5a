//! Whether this machine's kernel can balance, and what it has, found out without changing anything.
//!
//! Which schedulers there are the kernel does not say. A function `ip_vs_NAME_schedule` in `/proc/kallsyms` shows one that is built
//! in or loaded; `modules.builtin` and `modules.dep` of the kernel's release name those that it loads by itself when the first
//! service asks for them. What they do not name is known to be missing only where those lists can be read, or where the kernel
//! loads no modules at all: in a container, say, a scheduler that happens to be loaded tells nothing of the others, and the
//! kernel's own refusal has to do.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::UdpSocket;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use ipvs::Client;
use model::table::Marking;
use model::{Code, HostAddress, SchedulerKind};

use super::registry::Registry;
use super::{IsOwn, Kernel, Set};
use crate::data_plane::{Facts, Kind};
use crate::disk::DiskError;

/// A kernel that can balance.
#[derive(Debug)]
pub struct Found {
    client: Client,
    release: String,
    version: String,
    connection_table: u64,
}

/// Looks for IPVS in the kernel; otherwise why it cannot be used, and what to do.
pub fn probe() -> Result<Found, String> {
    let mut client = Client::connect().map_err(|error| super::chain(&error))?;
    let info = client.info().map_err(|error| match &error {
        ipvs::Error::Refused { refusal, .. } if refusal.errno == rustix::io::Errno::PERM.raw_os_error() => {
            "the kernel has IPVS, but this process may not use it: run it as root, or give it CAP_NET_ADMIN"
                .to_owned()
        }
        _ => super::chain(&error),
    })?;
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    Ok(Found {
        client,
        version: info.version.to_string(),
        connection_table: info.connection_table_size.into(),
        release,
    })
}

impl Found {
    /// The data plane, with `reason` for why it was chosen, and the state directory for its registry.
    pub fn data_plane(self, reason: String, state: &Path) -> Result<Kernel, DiskError> {
        let registry = Registry::open(state, &boot())?;
        let facts = Facts {
            kind: Kind::Kernel,
            reason,
            version: self.version,
            connection_limit: 0,
            schedulers: SchedulerKind::ALL.to_vec(),
            kernel_release: self.release,
            connection_table: self.connection_table,
            marking: Marking::ByMark,
            refuses: vec![Code::NoProxyProtocol],
        };
        let set = Set {
            facts,
            missing: missing_schedulers,
            connections: PathBuf::from("/proc/net/ip_vs_conn"),
            is_own: is_own as IsOwn,
        };
        Ok(Kernel::new(Box::new(self.client), registry, set))
    }

    /// What it is, for a log.
    pub fn describe(&self) -> String {
        format!("IPVS {} of Linux {}", self.version, self.release)
    }
}

/// The schedulers that the kernel is known not to have at this moment. Reads a few long files of the kernel's.
pub fn missing_schedulers() -> BTreeSet<SchedulerKind> {
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    let modules = Path::new("/proc/modules").exists().then(|| PathBuf::from("/lib/modules").join(release));
    missing(Path::new("/proc/kallsyms"), modules.as_deref())
}

/// Whether an address is this machine's own: to such a one the kernel talks from that very address. Nothing is sent.
pub fn is_own(address: HostAddress) -> bool {
    let any: std::net::IpAddr = match address.get() {
        std::net::IpAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
        std::net::IpAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    let from = UdpSocket::bind((any, 0)).and_then(|socket| {
        // Any port will do: 9 is "discard".
        socket.connect((address.get(), 9))?;
        socket.local_addr()
    });
    from.is_ok_and(|from| from.ip() == address.get())
}

/// This boot of the machine, and this network namespace: the kernel's table lives as long as they do.
pub(crate) fn boot() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = std::fs::metadata("/proc/self/ns/net").map_or(0, |metadata| metadata.ino());
    format!("{} net {namespace}", boot.trim())
}

/// The schedulers that the kernel is known not to have. `modules`: where the lists of what it can load are; `None` for one that
/// loads no modules.
fn missing(symbols: &Path, modules: Option<&Path>) -> BTreeSet<SchedulerKind> {
    let mut found = BTreeSet::new();
    for line in lines(symbols) {
        let symbol = line.split_ascii_whitespace().nth(2).unwrap_or_default();
        let name = symbol.strip_prefix("ip_vs_").and_then(|rest| rest.strip_suffix("_schedule"));
        found.extend(name.and_then(|name| SchedulerKind::parse(name).ok()));
    }
    if modules.is_some_and(|modules| File::open(modules.join("modules.dep")).is_err()) {
        return BTreeSet::new();
    }
    let lists = modules.map(|modules| ["modules.builtin", "modules.dep"].map(|file| modules.join(file)));
    for list in lists.into_iter().flatten() {
        for line in lines(&list) {
            let path = line.split(':').next().unwrap_or_default();
            let file = path.rsplit('/').next().unwrap_or_default();
            let name = file.strip_prefix("ip_vs_").and_then(|rest| rest.split('.').next());
            found.extend(name.and_then(|name| SchedulerKind::parse(name).ok()));
        }
    }
    if found.is_empty() {
        return BTreeSet::new();
    }
    SchedulerKind::ALL.iter().copied().filter(|kind| !found.contains(kind)).collect()
}

/// A file's lines, as far as it can be read.
fn lines(path: &Path) -> impl Iterator<Item = String> {
    let file = File::open(path).ok();
    file.into_iter().flat_map(|file| BufReader::new(file).lines().map_while(Result::ok))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(kinds: &BTreeSet<SchedulerKind>) -> Vec<&'static str> {
        kinds.iter().map(|kind| kind.name()).collect()
    }

    #[test]
    fn schedulers_are_found_loaded_built_in_and_loadable() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        write(
            "kallsyms",
            "0000000000000000 t ip_vs_rr_schedule\n0000 t ip_vs_schedule\n0000 t ip_vs_wrr_schedule\t[ip_vs_wrr]\n",
        );
        write("modules.builtin", "kernel/net/netfilter/ipvs/ip_vs_lc.ko\n");
        write(
            "modules.dep",
            "kernel/net/netfilter/ipvs/ip_vs_wlc.ko.xz: kernel/net/netfilter/ipvs/ip_vs_sh.ko\nkernel/net/netfilter/ipvs/ip_vs_ftp.ko.xz:\n",
        );
        let symbols = directory.path().join("kallsyms");
        let loadable = missing(&symbols, Some(directory.path()));
        assert_eq!(names(&loadable), ["lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "twos"]);
        let built_in = missing(&symbols, None);
        assert!(built_in.contains(&SchedulerKind::Lc) && !built_in.contains(&SchedulerKind::Rr));
        // The lists cannot be seen: what happens to be loaded is not all that there is.
        assert!(missing(&symbols, Some(&directory.path().join("elsewhere"))).is_empty());
    }

    #[test]
    fn where_nothing_is_known_nothing_is_missing() {
        let directory = tempfile::tempdir().unwrap();
        assert!(missing(&directory.path().join("none"), None).is_empty());
        assert!(missing(&directory.path().join("none"), Some(directory.path())).is_empty());
    }

    #[test]
    fn own_addresses_are_known_without_a_packet() {
        let own = |text: &str| is_own(HostAddress::parse(text).unwrap());
        assert!(own("127.0.0.1"));
        // Documentation addresses are nobody's.
        assert!(!own("192.0.2.77"));
    }
}
