//! The socket.

pub(super) use super::receive::Datagrams;
use super::receive::receive;
use netlink_sys::{Socket, protocols::NETLINK_GENERIC};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::sockopt::{Timeout, set_socket_recv_buffer_size, set_socket_timeout};
use rustix::net::{SendFlags, sendto};
use std::io;
use std::os::fd::AsFd as _;
use std::time::Duration;

/// The kernel's port number.
pub(super) const KERNEL: u32 = 0;

/// Room for the answers to a batch whose every request is refused. The kernel gives what `net.core.rmem_max` allows, 212,992 by
/// default, which is enough.
const RECEIVE_BUFFER: usize = 1024 * 1024;

/// A way to the kernel and back.
pub(super) trait Channel: Sized {
    /// Opens one; an answer is waited for this long.
    fn open(patience: Duration) -> io::Result<Self>;
    /// The number the kernel knows this end by.
    fn port(&self) -> u32;
    /// Sends one datagram.
    fn send(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Waits for a datagram from the kernel, and takes what else is there.
    fn receive(&mut self, into: &mut Datagrams) -> io::Result<()>;
}

/// A generic netlink socket.
#[derive(Debug)]
pub(super) struct Netlink {
    socket: Socket,
    port: u32,
}

impl Channel for Netlink {
    fn open(patience: Duration) -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_GENERIC)?;
        let port = socket.bind_auto()?.port_number();
        // The kernel's own words beside an error number (4.12), and no copy of the request in the answer (4.3). Without them an error
        // says less; that is no reason to do without IPVS.
        _ = socket.set_ext_ack(true);
        _ = socket.set_cap_ack(true);
        _ = socket.set_netlink_get_strict_chk(true);
        _ = set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER);
        set_socket_timeout(&socket, Timeout::Recv, Some(patience))?;
        set_socket_timeout(&socket, Timeout::Send, Some(patience))?;
        Ok(Self { socket, port })
    }

    fn port(&self) -> u32 {
        self.port
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let kernel = SocketAddrNetlink::new(KERNEL, 0);
        loop {
            match sendto(&self.socket, bytes, SendFlags::empty(), &kernel) {
                Ok(sent) if sent == bytes.len() => return Ok(()),
                Ok(sent) => {
                    return Err(io::Error::other(format!("{sent} of {} bytes were sent", bytes.len())));
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn receive(&mut self, into: &mut Datagrams) -> io::Result<()> {
        loop {
            receive(self.socket.as_fd(), into)?;
            if into.iter().next().is_some() {
                return Ok(());
            }
        }
    }
}
