//! Sends frames. The standard library knows no packet sockets.

use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;

use rustix::net::addr::{SocketAddrArg, SocketAddrLen, SocketAddrOpaque};
use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, sendto, socket_with};

use crate::surroundings::announce;

/// `sizeof(struct sockaddr_ll)`, packet(7).
const SOCKADDR_LL: usize = 20;

/// A `struct sockaddr_ll` that names an interface and nothing else: with a raw socket the frame itself says the rest.
#[repr(C, align(4))]
struct Interface([u8; SOCKADDR_LL]);

impl Interface {
    fn new(index: u32) -> Self {
        let mut bytes = [0; SOCKADDR_LL];
        // sll_family, sll_protocol, sll_ifindex.
        bytes[0..2].copy_from_slice(&AddressFamily::PACKET.as_raw().to_ne_bytes());
        bytes[4..8].copy_from_slice(&index.to_ne_bytes());
        Self(bytes)
    }
}

#[expect(unsafe_code, reason = "neither rustix nor socket2 can build the address of a packet socket")]
// SAFETY: the pointer is to SOCKADDR_LL initialised bytes, aligned as the structure is, and valid for as long as `f` runs, since
// `self` is borrowed for longer.
unsafe impl SocketAddrArg for Interface {
    unsafe fn with_sockaddr<R>(&self, f: impl FnOnce(*const SocketAddrOpaque, SocketAddrLen) -> R) -> R {
        f(self.0.as_ptr().cast(), SOCKADDR_LL as SocketAddrLen)
    }
}

/// Sends frames. Needs CAP_NET_RAW.
pub(super) struct Sender(OwnedFd);

impl Sender {
    /// Opens it: it hears nothing.
    pub(super) fn open() -> io::Result<Self> {
        Ok(Self(socket_with(AddressFamily::PACKET, SocketType::RAW, SocketFlags::CLOEXEC, None)?))
    }

    /// Tells the network behind the interface, once, that `address` is at `mac`.
    pub(super) fn announce(&self, index: u32, mac: [u8; 6], address: IpAddr) -> io::Result<()> {
        for frame in announce::frames(mac, address) {
            sendto(&self.0, &frame, SendFlags::empty(), &Interface::new(index))?;
        }
        Ok(())
    }
}
