//! `tcpdump`: what really was on the wire.

use crate::net::Place;
use crate::process::Daemon;
use crate::time::within;
use anyhow::{Result, ensure};
use rustix::process::Signal;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A capture that goes on until it is ended.
#[derive(Debug)]
pub(crate) struct Capture {
    daemon: Daemon,
}

impl Capture {
    /// Begins on a machine's device; packets that match `filter` alone. It listens when this returns.
    pub(crate) fn start(place: &Place, device: &str, filter: &str) -> Result<Self> {
        let log = format!("/run/lab/tcpdump-{}-{device}.log", place.name());
        let daemon = place.within(|| {
            let mut command = Command::new("tcpdump");
            // Each packet is told and written at once. -Z: it stays root, whose namespace this is.
            command.args(["-n", "-e", "-l", "--immediate-mode", "-Z", "root", "-i", device, filter]);
            Daemon::start("tcpdump", &mut command, Path::new(&log))
        })?;
        let capture = Self { daemon };
        within(Duration::from_secs(10), || {
            ensure!(
                capture.daemon.log().contains("listening on"),
                "tcpdump does not listen: {}",
                capture.daemon.log()
            );
            Ok(())
        })?;
        Ok(capture)
    }

    /// Waits until packets that contain all of `parts` were seen; how many.
    pub(crate) fn saw(&self, parts: &[&str]) -> Result<usize> {
        within(Duration::from_secs(5), || {
            let count = self.count(parts);
            ensure!(count > 0, "tcpdump saw no packet with {parts:?}; it saw\n{}", self.daemon.last_words());
            Ok(count)
        })
    }

    /// How many packets were seen that contain all of `parts`.
    pub(crate) fn count(&self, parts: &[&str]) -> usize {
        let log = self.daemon.log();
        let packets = log.lines().filter(|line| line.contains(" > "));
        packets.filter(|line| parts.iter().all(|part| line.contains(part))).count()
    }

    /// Ends it.
    pub(crate) fn end(mut self) -> Result<()> {
        self.daemon.signal(Signal::INT)?;
        self.daemon.end()
    }
}
