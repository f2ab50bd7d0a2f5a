//! What a browser measures: how soon pages are there on a slow network, and how smoothly a large live table runs. The scripts stand
//! beside the browser tests.

use crate::programs::Programs;
use crate::test::missing;
use crate::{node, place, run, say};
use anyhow::Result;
use std::path::Path;
use std::process::Command;

/// The scripts in `end2end/`, and what each measures.
const SCRIPTS: [(&str, &str); 2] = [
    ("paint.js", "first paint and first use on a slow network, in Chromium"),
    ("frames.js", "the live table with 1,000 virtual services, in Chromium"),
];

/// Runs the scripts against these programs.
pub(super) fn measure(programs: &Programs, site: &Path) -> Result<()> {
    let (Some(chromium), true) = (missing::chromium(), node::present()) else {
        say::note(
            "no browser: Chromium or Node.js with npm is missing; `sudo apt-get install chromium-headless-shell nodejs npm` installs them",
        );
        return Ok(());
    };
    let dir = place::root().join("end2end");
    node::install(&dir)?;
    for (script, what) in SCRIPTS {
        say::heading(what);
        let mut command = Command::new("node");
        command
            .arg(script)
            .env("ARAPAIMA_BIN", &programs.console)
            .env("ARAPAIMA_AGENT_BIN", &programs.agent)
            .env("ARAPAIMA_SITE", site)
            .env("CHROMIUM", &chromium)
            .current_dir(&dir);
        run::run(&mut command)?;
    }
    Ok(())
}
