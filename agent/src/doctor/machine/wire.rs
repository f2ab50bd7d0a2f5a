//! A question to a network, as one frame, and the answers to it.

use std::collections::BTreeSet;
use std::io;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::addr::{SocketAddrArg, SocketAddrLen, SocketAddrOpaque};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, bind, ipproto, recv, sendto,
    socket_with,
};

use crate::doctor::facts::Answers;
use crate::surroundings::Link;

/// How long answers are waited for: a neighbour that is awake needs a millisecond, a sleepy switch port some hundred.
const WAIT: Duration = Duration::from_millis(800);

/// An Ethernet address.
pub(super) type Mac = [u8; 6];

/// A question.
pub(super) struct Question {
    /// The EtherType.
    pub(super) kind: u16,
    /// Whether answers are ICMPv6, and are listened to as such: IPv6 as a whole may be a director's traffic.
    pub(super) icmp_v6: bool,
    /// Who is asked.
    pub(super) to: Mac,
    /// What stands behind the Ethernet header.
    pub(super) packet: Vec<u8>,
}

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

/// Who answers on the network of `link` within [`WAIT`], as `answer` reads a packet; this machine's own kernel does not hear the
/// question. Blocks as long as that.
pub(super) fn ask(link: &Link, question: &Question, answer: impl Fn(&[u8]) -> Option<Mac>) -> Answers {
    match asked(link, question, answer) {
        Ok(machines) => Answers::Machines(machines),
        Err(error) if error.raw_os_error() == Some(Errno::PERM.raw_os_error()) => Answers::NotPermitted,
        Err(error) => Answers::Failed(error.to_string()),
    }
}

fn asked(
    link: &Link,
    question: &Question,
    answer: impl Fn(&[u8]) -> Option<Mac>,
) -> io::Result<BTreeSet<Mac>> {
    let Some(own) = link.mac else { return Ok(BTreeSet::new()) };
    // One that listens to nothing need not be told of a protocol.
    let kind = if question.icmp_v6 { 0 } else { u32::from(question.kind.to_be()) };
    let protocol = std::num::NonZeroU32::new(kind).map(Protocol::from_raw);
    let socket = socket_with(AddressFamily::PACKET, SocketType::DGRAM, SocketFlags::CLOEXEC, protocol)?;
    let [a, b, c, d, e, f] = question.to;
    let to = LinkAddress {
        family: AddressFamily::PACKET.as_raw(),
        protocol: question.kind.to_be(),
        index: i32::try_from(link.index).unwrap_or_default(),
        hardware: 0,
        kind: 0,
        length: 6,
        address: [a, b, c, d, e, f, 0, 0],
    };
    if !question.icmp_v6 {
        bind(&socket, &to)?;
    }
    let icmp =
        || socket_with(AddressFamily::INET6, SocketType::RAW, SocketFlags::CLOEXEC, Some(ipproto::ICMPV6));
    let listening = question.icmp_v6.then(icmp).transpose()?;
    sendto(&socket, &question.packet, SendFlags::empty(), &to)?;
    answers(listening.as_ref().unwrap_or(&socket), own, answer)
}

fn answers(socket: &OwnedFd, own: Mac, answer: impl Fn(&[u8]) -> Option<Mac>) -> io::Result<BTreeSet<Mac>> {
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
        let answer = buffer.get(..read).and_then(&answer);
        machines.extend(answer.filter(|mac| *mac != own));
    }
}
