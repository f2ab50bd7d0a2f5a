//! Reads and writes sysctls, below `/proc/sys`.
//!
//! Those of the network may be written by whoever has CAP_NET_ADMIN in the network's user namespace, root or not
//! (`net_ctl_permissions`, net/sysctl_net.c), as long as `/proc/sys` is not mounted read-only.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;

use crate::surroundings::{StepError, Sysctl};

/// The value, without blanks around it; `None` where there is no such sysctl.
pub(super) fn read(sysctl: &Sysctl) -> io::Result<Option<String>> {
    match std::fs::read_to_string(path(sysctl)) {
        Ok(value) => Ok(Some(value.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Sets it, where it is another.
pub(super) fn write(sysctl: &Sysctl, value: &str) -> Result<(), StepError> {
    let failed = |error: io::Error| {
        let remedy = match error.kind() {
            io::ErrorKind::NotFound => {
                "the kernel has no such setting; is the module loaded, and the interface there?"
            }
            io::ErrorKind::PermissionDenied => "give the agent CAP_NET_ADMIN, or set it by hand",
            io::ErrorKind::ReadOnlyFilesystem => {
                "/proc/sys is read-only here (a container, or ProtectKernelTunables= in the unit): set it outside, or let the agent write there"
            }
            _ => "set it by hand",
        };
        StepError(format!("cannot set {sysctl} to {value}: {error}; {remedy}"))
    };
    if read(sysctl).map_err(failed)?.as_deref() == Some(value) {
        return Ok(());
    }
    // No `create`: what is not there is not to be made, also where /proc is something else.
    let mut file = OpenOptions::new().write(true).open(path(sysctl)).map_err(failed)?;
    file.write_all(value.as_bytes()).map_err(failed)
}

fn path(sysctl: &Sysctl) -> PathBuf {
    PathBuf::from("/proc/sys").join(sysctl.path())
}
