//! The guide's machines, left running for a person.

use crate::guide::{Guide, Plane, Programs};
use crate::scenarios::cluster;
use crate::tap::line;
use crate::time::pause;
use crate::{net, process};
use anyhow::Result;
use std::path::Path;
use std::process::Command;

/// Sets up, then waits until the file `until` appears.
pub(crate) fn shell(programs: &Programs, plane: Plane, until: &Path) -> Result<()> {
    net::prepare()?;
    let reachable = host_leg()?;
    let mut guide = Guide::build(programs, plane, "shell")?;
    guide.listen = reachable.then(|| "0.0.0.0:3636".to_owned());
    guide.set_up(&cluster::nat(&["real1", "real2"]), &["vsbak"])?;
    line("The guide's machines are up: client, vs1, vsbak, real1, real2.");
    line("ready");
    while !until.exists() {
        pause(200);
    }
    guide.end()
}

/// The guest's leg to its host, where there is one: `vec0`, made by the runner.
fn host_leg() -> Result<bool> {
    if !Path::new("/sys/class/net/vec0").exists() {
        return Ok(false);
    }
    process::feed(
        Command::new("ip").args(["-batch", "-"]),
        "addr add 172.31.255.2/30 dev vec0\nlink set vec0 up\n",
    )?;
    Ok(true)
}
