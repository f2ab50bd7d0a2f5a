//! What programs on a machine tell its kernel by netlink, as the kernel's own monitoring device shows it to `tcpdump`.

use crate::net::Place;
use crate::process::Daemon;
use crate::time::within;
use anyhow::{Context as _, Result, ensure};
use rustix::process::Signal;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Requests that were seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Requests {
    /// Those that change nothing, to generic netlink families such as IPVS.
    pub(crate) reads: usize,
    /// Those that change something, in words.
    pub(crate) writes: Vec<String>,
}

/// A recording that goes on until it is ended.
#[derive(Debug)]
pub(crate) struct Netlink {
    daemon: Daemon,
    file: PathBuf,
}

impl Netlink {
    /// Begins on a machine. It listens when this returns.
    pub(crate) fn start(place: &Place) -> Result<Self> {
        place.ip("link add nlmon0 type nlmon\nlink set nlmon0 up\n")?;
        let file = PathBuf::from(format!("/run/lab/netlink-{}.pcap", place.name()));
        let log = file.with_extension("log");
        let daemon = place.within(|| {
            let mut command = Command::new("tcpdump");
            command.args(["-U", "-Z", "root", "-i", "nlmon0", "-w"]).arg(&file);
            Daemon::start("tcpdump", &mut command, &log)
        })?;
        within(Duration::from_secs(10), || {
            ensure!(daemon.log().contains("listening on"), "tcpdump does not listen: {}", daemon.log());
            Ok(())
        })?;
        Ok(Self { daemon, file })
    }

    /// Ends it; all requests that were seen.
    pub(crate) fn end(mut self) -> Result<Requests> {
        self.daemon.signal(Signal::INT)?;
        self.daemon.end()?;
        let file = fs::read(&self.file).with_context(|| format!("could not read {}", self.file.display()))?;
        requests(&file)
    }
}

/// A capture file's header, and each packet's (libpcap's format, in this machine's byte order).
const FILE: usize = 24;
const PACKET: usize = 16;
/// What stands before each message: a "cooked" header whose last two bytes, in network order, are the netlink family.
const COOKED: usize = 16;
/// `NLM_F_REQUEST` in linux/netlink.h.
const REQUEST: u16 = 1;
/// `NETLINK_ROUTE`, `NETLINK_NETFILTER` and `NETLINK_GENERIC` in linux/netlink.h.
const ROUTE: u16 = 0;
const NETFILTER: u16 = 12;
const GENERIC: u16 = 16;
/// `GENL_ID_CTRL` in linux/genetlink.h: the family that names the others.
const CONTROL: u16 = 16;

fn requests(file: &[u8]) -> Result<Requests> {
    let mut seen = Requests::default();
    let mut rest = file.get(FILE..).context("tcpdump wrote no capture file")?;
    while let Some((header, body)) = rest.split_at_checked(PACKET) {
        let length = word(header, 8).context("a capture file that breaks off")? as usize;
        let Some((packet, next)) = body.split_at_checked(length) else { break };
        rest = next;
        let family = packet.get(14..COOKED).map(|two| u16::from_be_bytes([two[0], two[1]]));
        let Some((family, mut messages)) = family.zip(packet.get(COOKED..)) else { continue };
        // Several messages in one send.
        while let Some(size) = word(messages, 0).map(|size| size as usize).filter(|size| *size >= 16) {
            look(family, messages, &mut seen);
            // Each begins at a multiple of four bytes.
            match messages.get(size.next_multiple_of(4)..) {
                Some(more) => messages = more,
                None => break,
            }
        }
    }
    Ok(seen)
}

fn look(family: u16, message: &[u8], seen: &mut Requests) {
    let (Some(kind), Some(flags)) = (half(message, 4), half(message, 6)) else { return };
    // Below 16 are the protocol's own: acknowledgements, errors, ends of dumps.
    if kind < 16 || flags & REQUEST == 0 {
        return;
    }
    match family {
        GENERIC if kind == CONTROL => {}
        GENERIC => match message.get(16) {
            // `enum` in linux/ip_vs.h: what is left out gets.
            Some(command @ (1..=3 | 5..=7 | 9 | 10 | 12 | 14 | 16 | 17)) => {
                seen.writes.push(format!("IPVS command {command}"));
            }
            Some(_) => seen.reads += 1,
            None => {}
        },
        // linux/rtnetlink.h: of each four the third gets.
        ROUTE if kind % 4 != 2 => seen.writes.push(format!("route message {kind}")),
        // linux/netfilter/nf_tables.h: subsystem 10, of whose messages these get; batches are bracketed by 16 and 17.
        NETFILTER if kind > 255 && !is_get(kind) => seen.writes.push(format!("netfilter message {kind:#x}")),
        _ => {}
    }
}

/// `NFT_MSG_GETTABLE`, `GETCHAIN`, `GETRULE`, `GETSET`, `GETSETELEM`, `GETGEN`, `GETOBJ`, `GETFLOWTABLE`.
fn is_get(kind: u16) -> bool {
    matches!(kind & 0xff, 1 | 4 | 7 | 10 | 13 | 16 | 19 | 23)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes)
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, flags: u16, command: u8) -> Vec<u8> {
        let mut message = 20u32.to_ne_bytes().to_vec();
        message.extend(kind.to_ne_bytes());
        message.extend(flags.to_ne_bytes());
        message.extend([0; 8]);
        message.extend([command, 1, 0, 0]);
        message
    }

    fn file(family: u16, messages: &[Vec<u8>]) -> Vec<u8> {
        let mut packet = vec![0; 14];
        packet.extend(family.to_be_bytes());
        packet.extend(messages.concat());
        let mut file = vec![0; FILE + 8];
        for _ in 0..2 {
            file.extend(u32::try_from(packet.len()).unwrap().to_ne_bytes());
        }
        file.extend(packet);
        file
    }

    #[test]
    fn tells_reads_from_writes_in_one_send() {
        let messages = [message(23, 1, 4), message(23, 5, 1), message(23, 0, 1), message(16, 1, 3)];
        let seen = requests(&file(GENERIC, &messages)).unwrap();
        assert_eq!(seen, Requests { reads: 1, writes: vec!["IPVS command 1".to_owned()] });
        let seen = requests(&file(ROUTE, &[message(20, 1, 0), message(22, 0x301, 0)])).unwrap();
        assert_eq!(seen.writes, ["route message 20"]);
        let seen = requests(&file(NETFILTER, &[message(0xa00, 1, 0), message(0xa01, 1, 0)])).unwrap();
        assert_eq!(seen.writes, ["netfilter message 0xa00"]);
    }

    #[test]
    fn a_file_that_breaks_off_is_read_as_far_as_it_goes() {
        let whole = file(GENERIC, &[message(23, 1, 4)]);
        assert_eq!(requests(&whole[..whole.len() - 1]).unwrap(), Requests::default());
        assert!(requests(&[]).is_err());
    }
}
