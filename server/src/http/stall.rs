//! A connection that gives up on a peer that takes nothing.
//!
//! Reading has limits of its own (a request's head, its body); without this one for writing, whoever asks for a page and does not
//! read from the connection keeps it and what waits in it for ever. A stream of events is not concerned: between two events
//! nothing waits to be written.
//!
//! It sees the connection, not what is within: an HTTP/2 client that reads and answers pings, but gives an answer no room in its
//! flow control window, is not concerned either. Such a one keeps what the library holds for each of its streams, and its seat
//! among the connections of its address.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A stream whose writes end with an error after so long without progress.
#[derive(Debug)]
pub(super) struct Stalling<S> {
    stream: S,
    limit: Duration,
    /// Runs while a write waits.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Stalling<S> {
    pub(super) fn new(stream: S, limit: Duration) -> Self {
        Self { stream, limit, stalled: None }
    }

    fn limited<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let limit = self.limit;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the peer has stopped reading")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stalling<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stalling<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.limited(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.limited(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.limited(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.limited(context, shut)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    use super::*;

    const LIMIT: Duration = Duration::from_millis(400);

    #[tokio::test]
    async fn a_write_that_nobody_takes_ends() {
        let (near, _far) = duplex(16);
        let begun = Instant::now();
        let error = Stalling::new(near, LIMIT).write_all(&[0; 17]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(begun.elapsed() >= LIMIT);
    }

    #[tokio::test]
    async fn who_reads_slowly_gets_all_of_it() {
        let (near, mut far) = duplex(16);
        let writing = tokio::spawn(async move { Stalling::new(near, LIMIT).write_all(&[7; 160]).await });
        let begun = Instant::now();
        for _ in 0..10 {
            sleep(LIMIT / 4).await;
            far.read_exact(&mut [0; 16]).await.unwrap();
        }
        writing.await.unwrap().unwrap();
        assert!(begun.elapsed() > 2 * LIMIT, "longer in all than any stall may be");
    }

    #[tokio::test]
    async fn silence_between_two_events_is_no_stall() {
        let (near, mut far) = duplex(16);
        let mut stream = Stalling::new(near, LIMIT);
        for _ in 0..3 {
            stream.write_all(&[1; 16]).await.unwrap();
            far.read_exact(&mut [0; 16]).await.unwrap();
            sleep(LIMIT + LIMIT / 4).await;
        }
        // A stall that was overcome counts for nothing later.
        stream.write_all(&[1; 16]).await.unwrap();
        let taking = async {
            sleep(LIMIT / 2).await;
            far.read_exact(&mut [0; 16]).await.unwrap();
        };
        let (written, ()) = tokio::join!(stream.write_all(&[2; 16]), taking);
        written.unwrap();
        sleep(LIMIT).await;
        let taking = async {
            sleep(LIMIT / 2).await;
            far.read_exact(&mut [0; 16]).await.unwrap();
        };
        let (written, ()) = tokio::join!(stream.write_all(&[3; 16]), taking);
        written.unwrap();
    }
}
