//! One direction of a TCP connection: read here, deliver there, hand the end on.
//!
//! Bytes are copied through a borrowed buffer at first. A direction that fills its buffer several times in a row is bulk
//! data and goes on through a pipe, without a copy; when it calms down it goes back.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

use crate::counters::{Meter, Way};
use crate::pipe::Pipe;
use crate::worker::Worker;

/// Full buffers in a row that make a direction bulk.
const BULK_AFTER: u8 = 3;
/// A splice that moves fewer bytes than this is not worth its two system calls; as many as [`BULK_AFTER`] in a row end it.
const SMALL: usize = 16 * 1024;
/// Reads per poll before other connections of the worker have their turn.
const TURNS: u8 = 16;

/// One direction.
pub(crate) struct Flow {
    way: Way,
    stage: Stage,
    buffer: Option<Box<[u8]>>,
    /// What of the buffer is not yet delivered.
    start: usize,
    end: usize,
    pipe: Option<Pipe>,
    /// Bytes in the pipe.
    piped: usize,
    /// Full buffers in a row, or in bulk what is left of patience with small splices.
    streak: u8,
    bulk: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// There may be more to read.
    Open,
    /// All is read; the rest is to be delivered, then the end.
    Ending,
    /// The end is handed on, or nobody is there to take it.
    Done,
}

/// What a flow draws on.
pub(crate) struct Supplies<'a> {
    pub(crate) worker: &'a Worker,
    /// Of its destination and its service.
    pub(crate) meters: [&'a Meter; 2],
}

impl Flow {
    pub(crate) fn new(way: Way) -> Self {
        Self {
            way,
            stage: Stage::Open,
            buffer: None,
            start: 0,
            end: 0,
            pipe: None,
            piped: 0,
            streak: 0,
            bulk: false,
        }
    }

    pub(crate) fn done(&self) -> bool {
        self.stage == Stage::Done
    }

    /// Moves what can be moved; ready when the end is handed on. As the `last` of the two directions it leaves handing on
    /// the end to the closing of the socket, which follows. `moved` is set if anything was. An error is the source's:
    /// it was reset, and the other side must not take what it got for all. Where the target takes nothing any more this
    /// direction is done, but what the target has said before must still reach the source.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut TcpStream,
        to: &mut TcpStream,
        supplies: &Supplies<'_>,
        last: bool,
        moved: &mut bool,
    ) -> Poll<io::Result<()>> {
        let worker = supplies.worker;
        for _ in 0..TURNS {
            if self.done() {
                return Poll::Ready(Ok(()));
            }
            match self.poll_deliver(cx, to, moved) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => {
                    self.finish(worker);
                    return Poll::Ready(Ok(()));
                }
            }
            if self.stage == Stage::Ending {
                if !last {
                    // Fails only where the target is gone already.
                    let _ = ready!(Pin::new(&mut *to).poll_shutdown(cx));
                }
                self.finish(worker);
                return Poll::Ready(Ok(()));
            }
            let read = match self.poll_fill(cx, from, worker) {
                Poll::Pending => {
                    self.release(worker);
                    return Poll::Pending;
                }
                Poll::Ready(Ok(read)) => read,
                Poll::Ready(Err(error)) => {
                    self.finish(worker);
                    return Poll::Ready(Err(error));
                }
            };
            *moved = true;
            if read == 0 {
                self.stage = Stage::Ending;
            } else {
                supplies.meters.iter().for_each(|meter| meter.bytes(self.way, read));
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_deliver(
        &mut self,
        cx: &mut Context<'_>,
        to: &mut TcpStream,
        moved: &mut bool,
    ) -> Poll<io::Result<()>> {
        while let (Some(pipe), 1..) = (&self.pipe, self.piped) {
            ready!(to.poll_write_ready(cx))?;
            match to.try_io(Interest::WRITABLE, || pipe.drain(&*to, self.piped)) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(written) => {
                    self.piped -= written;
                    *moved = true;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        while let (Some(buffer), true) = (&self.buffer, self.start < self.end) {
            let written = ready!(Pin::new(&mut *to).poll_write(cx, &buffer[self.start..self.end]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.start += written;
            *moved = true;
        }
        Poll::Ready(Ok(()))
    }

    /// Reads once, into the pipe or the buffer; both are empty.
    fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut TcpStream,
        worker: &Worker,
    ) -> Poll<io::Result<usize>> {
        if self.bulk && self.pipe.is_none() {
            self.pipe = worker.pipes.take(&worker.shared);
            self.bulk = self.pipe.is_some();
        }
        if self.bulk { self.poll_splice(cx, from, worker) } else { self.poll_read(cx, from, worker) }
    }

    fn poll_splice(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut TcpStream,
        worker: &Worker,
    ) -> Poll<io::Result<usize>> {
        let Some(pipe) = &self.pipe else { return self.poll_read(cx, from, worker) };
        let read = loop {
            ready!(from.poll_read_ready(cx))?;
            match from.try_io(Interest::READABLE, || pipe.fill(&*from)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => break read?,
            }
        };
        self.piped = read;
        if read >= SMALL {
            self.streak = BULK_AFTER;
        } else {
            self.streak = self.streak.saturating_sub(1);
            self.bulk = self.streak > 0;
        }
        Poll::Ready(Ok(read))
    }

    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut TcpStream,
        worker: &Worker,
    ) -> Poll<io::Result<usize>> {
        let buffer = self.buffer.get_or_insert_with(|| worker.buffers.take());
        let mut space = ReadBuf::new(buffer);
        ready!(Pin::new(from).poll_read(cx, &mut space))?;
        let read = space.filled().len();
        (self.start, self.end) = (0, read);
        if read == buffer.len() {
            self.streak += 1;
            self.bulk = self.streak >= BULK_AFTER;
        } else {
            self.streak = 0;
        }
        Poll::Ready(Ok(read))
    }

    /// Gives the empty buffer and pipe back while there is nothing to move.
    fn release(&mut self, worker: &Worker) {
        if let Some(buffer) = self.buffer.take() {
            worker.buffers.give(buffer);
        }
        if let Some(pipe) = self.pipe.take() {
            worker.pipes.give(pipe);
        }
    }

    fn finish(&mut self, worker: &Worker) {
        self.stage = Stage::Done;
        if self.piped > 0 {
            // What is left in it belongs to nobody else.
            self.pipe = None;
            self.piped = 0;
        }
        self.release(worker);
    }
}
