//! Pipes for moving bulk data from socket to socket without copying it through user space (`splice(2)`).

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex};

use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};

use crate::lock::Lock;
use crate::shared::Shared;

/// The capacity asked for. A segment takes at least a page's slot whatever it holds, so more slots than the default 16 let
/// more segments through per call. Where the user's quota of pipe memory is used up the default stays.
const CAPACITY: usize = 256 * 1024;
/// The most bytes per call: what fits if every slot holds the largest page that sockets use (32 KiB).
const MOST: usize = 1024 * 1024;
/// How many idle pipes a worker keeps.
const MAX_FREE: usize = 16;

/// A pipe. Given back only when empty.
pub(crate) struct Pipe {
    read: OwnedFd,
    write: OwnedFd,
    shared: Arc<Shared>,
}

/// The idle pipes of one worker.
#[derive(Default)]
pub(crate) struct Pipes {
    free: Mutex<Vec<Pipe>>,
}

impl Pipes {
    /// A pipe, or `None` where there may be no more: then bytes are copied.
    pub(crate) fn take(&self, shared: &Arc<Shared>) -> Option<Pipe> {
        let kept = self.free.hold().pop();
        kept.or_else(|| Pipe::open(shared))
    }

    /// Takes an empty pipe back.
    pub(crate) fn give(&self, pipe: Pipe) {
        let mut free = self.free.hold();
        if free.len() < MAX_FREE {
            free.push(pipe);
        }
    }
}

impl Pipe {
    fn open(shared: &Arc<Shared>) -> Option<Self> {
        if !shared.limits.pipe_opened() {
            return None;
        }
        match pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK) {
            Ok((read, write)) => {
                // Too little quota is no error: the pipe keeps its size.
                let _ = fcntl_setpipe_size(&write, CAPACITY);
                Some(Self { read, write, shared: Arc::clone(shared) })
            }
            Err(_) => {
                shared.limits.pipe_closed();
                None
            }
        }
    }

    /// Moves what a socket has into the pipe, which must be empty, so that "would block" speaks of the socket. 0 is the end.
    pub(crate) fn fill(&self, from: impl AsFd) -> io::Result<usize> {
        let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
        Ok(splice(from, None, &self.write, None, MOST, flags)?)
    }

    /// Moves up to `n` bytes of the pipe to a socket.
    pub(crate) fn drain(&self, to: impl AsFd, n: usize) -> io::Result<usize> {
        let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
        Ok(splice(&self.read, None, to, None, n, flags)?)
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.shared.limits.pipe_closed();
    }
}
