//! The lab on this machine's own kernel, where that has IPVS: in new namespaces for processes, files and the network, which
//! end with it.

use crate::{place, run};
use anyhow::Result;
use std::path::Path;
use std::process::Command;

/// What must be so in the new namespaces before the lab begins: `/run` is memory, so nothing of it stays, and `/sys` shows
/// the new network. The shell stays the first process; it buries those whose parents are gone.
const SCRIPT: &str =
    "mount -t tmpfs tmpfs /run && mount -t sysfs sysfs /sys && ip link set lo up && \"$@\"; exit $?";

/// Whether this kernel has IPVS and we may use it.
pub(super) fn has_ipvs() -> bool {
    if !rustix::process::geteuid().is_root() {
        return false;
    }
    let there = || Path::new("/proc/net/ip_vs").exists();
    // A module that is there but not loaded yet.
    there() || (place::program(&["modprobe"]).is_some() && modprobe() && there())
}

fn modprobe() -> bool {
    run::read(Command::new("modprobe").args(["-q", "ip_vs"])).is_ok()
}

/// Runs the lab, each line of its output to `seen`; whether it succeeded.
pub(super) fn run(words: &[String], mut seen: impl FnMut(&str)) -> Result<bool> {
    let mut command = Command::new("unshare");
    command
        .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"])
        .args(["sh", "-c", SCRIPT, "lab"])
        .args(words);
    run::tee(&mut command, |line| seen(line)).map(|status| status.success())
}
