//! Buffers for copying, lent only while there are bytes in them: an idle connection holds none.

use std::sync::Mutex;

use crate::lock::Lock;

/// Bytes of a buffer. The most that one direction of a connection holds in user space: large enough that a system call's
/// fixed cost is small beside the copy, small enough to stay in the second-level cache.
pub(crate) const BUFFER: usize = 32 * 1024;
/// How many free buffers a worker keeps; more are given back to the allocator.
const MAX_FREE: usize = 64;

/// The free buffers of one worker.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    free: Mutex<Vec<Box<[u8]>>>,
}

impl Buffers {
    pub(crate) fn take(&self) -> Box<[u8]> {
        let kept = self.free.hold().pop();
        kept.unwrap_or_else(|| vec![0; BUFFER].into_boxed_slice())
    }

    pub(crate) fn give(&self, buffer: Box<[u8]>) {
        let mut free = self.free.hold();
        if free.len() < MAX_FREE {
            free.push(buffer);
        }
    }
}
