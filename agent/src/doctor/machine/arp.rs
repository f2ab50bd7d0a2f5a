//! Asks a network who has an address: ARP, with the probe of RFC 5227, whose sender has no address, so that nobody learns anything
//! from it.

use std::collections::BTreeSet;
use std::io;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::addr::{SocketAddrArg, SocketAddrLen, SocketAddrOpaque};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, sendto, socket_with,
};

use crate::doctor::facts::Answers;
use crate::surroundings::Link;

/// How long answers are waited for: a neighbour that is awake needs a millisecond, a sleepy switch port some hundred.
const WAIT: Duration = Duration::from_millis(800);

/// `ETH_P_ARP`, linux/if_ether.h.
const ARP: u16 = 0x0806;
const REQUEST: u16 = 1;
const REPLY: u16 = 2;

/// An ARP packet for Ethernet and IPv4 (RFC 826), in bytes.
const LENGTH: usize = 28;

/// `struct sockaddr_ll`, linux/if_packet.h.
#[repr(C)]
struct LinkAddress {
    family: u16,
    /// Big-endian.
    protocol: u16,
    index: i32,
    hardware: u16,
    kind: u8,
    length: u8,
    address: [u8; 8],
}

#[expect(
    unsafe_code,
    reason = "rustix has no address of packet sockets; this is one, laid out as the kernel's"
)]
// SAFETY: the pointer is to a whole `sockaddr_ll`, readable for its length, and lives as long as the call.
unsafe impl SocketAddrArg for LinkAddress {
    unsafe fn with_sockaddr<R>(&self, f: impl FnOnce(*const SocketAddrOpaque, SocketAddrLen) -> R) -> R {
        f(std::ptr::from_ref(self).cast(), size_of::<Self>() as SocketAddrLen)
    }
}

/// Who answers for `address` on the network of `link` within [`WAIT`]; this machine's own kernel does not hear the question.
pub(super) fn who_has(link: &Link, address: Ipv4Addr) -> Answers {
    match ask(link, address) {
        Ok(machines) => Answers::Machines(machines),
        Err(error) if error.raw_os_error() == Some(Errno::PERM.raw_os_error()) => Answers::NotPermitted,
        Err(error) => Answers::Failed(error.to_string()),
    }
}

fn ask(link: &Link, address: Ipv4Addr) -> io::Result<BTreeSet<[u8; 6]>> {
    let Some(own) = link.mac else { return Ok(BTreeSet::new()) };
    let protocol = u32::from(ARP.to_be());
    let protocol = std::num::NonZeroU32::new(protocol).map(Protocol::from_raw);
    let socket = socket_with(AddressFamily::PACKET, SocketType::DGRAM, SocketFlags::CLOEXEC, protocol)?;
    let to = LinkAddress {
        family: AddressFamily::PACKET.as_raw(),
        protocol: ARP.to_be(),
        index: i32::try_from(link.index).unwrap_or_default(),
        hardware: 0,
        kind: 0,
        length: 6,
        address: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0],
    };
    bind(&socket, &to)?;
    sendto(&socket, &probe(own, address), SendFlags::empty(), &to)?;
    answers(&socket, own, address)
}

fn answers(socket: &OwnedFd, own: [u8; 6], address: Ipv4Addr) -> io::Result<BTreeSet<[u8; 6]>> {
    let mut machines = BTreeSet::new();
    let end = Instant::now() + WAIT;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let mut waiting = [PollFd::new(socket, PollFlags::IN)];
        let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(left.subsec_nanos()) };
        if left.is_zero() || poll(&mut waiting, Some(&timeout))? == 0 {
            return Ok(machines);
        }
        let mut buffer = [0; 128];
        let (read, _) = recv(socket, &mut buffer, RecvFlags::DONTWAIT)?;
        let answer = buffer.get(..read).and_then(|packet| answer(packet, address));
        machines.extend(answer.filter(|mac| *mac != own));
    }
}

/// The question.
fn probe(own: [u8; 6], address: Ipv4Addr) -> [u8; LENGTH] {
    let mut packet = [0; LENGTH];
    // Ethernet, IPv4, lengths of their addresses.
    packet[..6].copy_from_slice(&[0, 1, 0x08, 0x00, 6, 4]);
    packet[6..8].copy_from_slice(&REQUEST.to_be_bytes());
    packet[8..14].copy_from_slice(&own);
    packet[24..28].copy_from_slice(&address.octets());
    packet
}

/// Who says that it has `address`, if this packet says so.
fn answer(packet: &[u8], address: Ipv4Addr) -> Option<[u8; 6]> {
    let packet: &[u8; LENGTH] = packet.get(..LENGTH)?.try_into().ok()?;
    let is_answer = packet[6..8] == REPLY.to_be_bytes() && packet[14..18] == address.octets();
    is_answer.then(|| packet[8..14].try_into().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_says_nothing_of_its_sender_but_where_to_answer() {
        let packet = probe([2, 0, 0, 0, 0, 1], Ipv4Addr::new(10, 0, 0, 2));
        assert_eq!(packet[14..18], [0; 4]);
        assert_eq!(answer(&packet, Ipv4Addr::new(10, 0, 0, 2)), None, "a question is no answer");
    }

    #[test]
    fn answers_for_other_addresses_and_short_packets_are_passed_over() {
        let vip = Ipv4Addr::new(10, 0, 0, 2);
        let mut packet = probe([2, 0, 0, 0, 0, 9], Ipv4Addr::new(10, 0, 0, 1));
        packet[7] = 2;
        packet[14..18].copy_from_slice(&vip.octets());
        assert_eq!(answer(&packet, vip), Some([2, 0, 0, 0, 0, 9]));
        assert_eq!(answer(&packet, Ipv4Addr::new(10, 0, 0, 3)), None);
        assert_eq!(answer(&packet[..20], vip), None);
    }
}
