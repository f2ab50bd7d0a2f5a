//! Several datagrams in one system call. The kernel makes the next part of a list, and its end, while the part before is fetched:
//! so a list that fits one part takes two calls and not three, of which there are thousands when the whole table is read.

use super::channel::KERNEL;
use std::io;
use std::mem;
use std::os::fd::{AsRawFd as _, BorrowedFd};

/// Datagrams per call.
const DATAGRAMS: usize = 4;

/// Room for each: the kernel makes parts of up to 32 KiB where the reader has room for them, and no bigger ones.
const ROOM: usize = 32 * 1024;

/// What was received last.
#[derive(Debug)]
pub(in crate::client) struct Datagrams {
    bytes: Vec<u8>,
    /// Lengths; 0 for what does not count.
    lengths: [usize; DATAGRAMS],
}

impl Default for Datagrams {
    fn default() -> Self {
        Self { bytes: vec![0; DATAGRAMS * ROOM], lengths: [0; DATAGRAMS] }
    }
}

impl Datagrams {
    /// The datagrams from the kernel.
    pub(in crate::client) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let pieces = self.bytes.chunks_exact(ROOM).zip(self.lengths);
        pieces.filter_map(|(piece, length)| piece.get(..length).filter(|datagram| !datagram.is_empty()))
    }

    #[cfg(test)]
    pub(in crate::client) fn put(&mut self, datagrams: &[Vec<u8>]) {
        self.lengths = [0; DATAGRAMS];
        for ((piece, length), datagram) in
            self.bytes.chunks_exact_mut(ROOM).zip(&mut self.lengths).zip(datagrams)
        {
            piece[..datagram.len()].copy_from_slice(datagram);
            *length = datagram.len();
        }
    }
}

/// Waits for one datagram and takes those that are there besides. What somebody else sent is dropped.
#[expect(unsafe_code, reason = "rustix has no recvmmsg")]
pub(super) fn receive(socket: BorrowedFd<'_>, into: &mut Datagrams) -> io::Result<()> {
    into.lengths = [0; DATAGRAMS];
    // SAFETY: these are plain C structures, for which zeros are a value.
    let (mut senders, mut vectors, mut headers): (
        [libc::sockaddr_nl; DATAGRAMS],
        [libc::iovec; DATAGRAMS],
        [libc::mmsghdr; DATAGRAMS],
    ) = unsafe { mem::zeroed() };
    let slots = into.bytes.chunks_exact_mut(ROOM).zip(&mut vectors).zip(&mut senders).zip(&mut headers);
    for (((piece, vector), sender), header) in slots {
        vector.iov_base = piece.as_mut_ptr().cast();
        vector.iov_len = piece.len();
        header.msg_hdr.msg_name = (&raw mut *sender).cast();
        header.msg_hdr.msg_namelen = size_of::<libc::sockaddr_nl>() as libc::socklen_t;
        header.msg_hdr.msg_iov = &raw mut *vector;
        header.msg_hdr.msg_iovlen = 1;
    }
    let count = loop {
        // SAFETY: `headers` holds DATAGRAMS elements, which point to a sender and a vector each; those, and the bytes the vectors point to,
        // are live and borrowed by nobody else until the call returns.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                DATAGRAMS as libc::c_uint,
                libc::MSG_WAITFORONE,
                std::ptr::null_mut(),
            )
        };
        match usize::try_from(count) {
            Ok(count) => break count,
            Err(_) => {
                let error = io::Error::last_os_error();
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
        }
    };
    for ((header, sender), length) in headers.iter().zip(senders).zip(&mut into.lengths).take(count) {
        // Any process may send to this socket; only the kernel is listened to.
        if sender.nl_pid != KERNEL {
            continue;
        }
        if header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0 {
            return Err(io::Error::other(format!("a datagram was longer than {ROOM} bytes")));
        }
        *length = usize::try_from(header.msg_len).unwrap_or_default();
    }
    Ok(())
}
