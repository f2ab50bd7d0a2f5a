//! Many requests in one send. Pure: what goes out, and which answer belongs to which request.
//!
//! The kernel works through all messages of one `sendmsg` before it returns and answers in order: an error for each request it
//! refuses, and one acknowledgement for the last, which asks for it. So when the last one's answer is there, whatever else was
//! refused is known too, and everything between was carried out.

use crate::wire::{Encoder, Frame, Meaning};
use crate::{KernelError, Request};
use std::borrow::Borrow;
use std::iter::Peekable;

/// Messages per send. Beyond a hundred nothing is won; and as many errors, should all be refused, still fit the default receive
/// buffer of 212,992 bytes (the kernel books about 1,000 for each), so none is lost.
const MESSAGES: u32 = 100;

/// Bytes per send after which a batch is closed; the default send buffer holds 212,992. No request has more than 300.
const BYTES: usize = 64 * 1024;

/// Requests that travel together. One is used again and again: its memory is.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The messages.
    pub(crate) bytes: Vec<u8>,
    first: u32,
    length: u32,
    refusals: Vec<(u32, KernelError)>,
    closed: bool,
}

impl Batch {
    /// Takes the first of these requests, as many as go together; sequence numbers count from `first`.
    pub(crate) fn fill<R: Borrow<Request>>(
        &mut self,
        encoder: Encoder,
        requests: &mut Peekable<impl Iterator<Item = R>>,
        first: u32,
    ) {
        self.bytes.clear();
        self.refusals.clear();
        (self.first, self.length, self.closed) = (first, 0, false);
        while let Some(request) = requests.next() {
            let sequence = first.wrapping_add(self.length);
            self.length += 1;
            let last = self.length == MESSAGES || self.bytes.len() >= BYTES || requests.peek().is_none();
            encoder.request(request.borrow(), sequence, last, &mut self.bytes);
            if last {
                break;
            }
        }
    }

    /// How many requests it holds.
    pub(crate) fn len(&self) -> u32 {
        self.length
    }

    /// Notes an answer; whether it was the last one.
    pub(crate) fn take(&mut self, frame: Frame<'_>) -> bool {
        let index = frame.sequence.wrapping_sub(self.first);
        if index < self.length {
            match frame.meaning {
                Meaning::Refused(error) => self.refusals.push((index, error)),
                Meaning::Acknowledged => {}
                Meaning::Done(_) | Meaning::Overrun | Meaning::Noop | Meaning::Data { .. } => {
                    return self.closed;
                }
            }
            self.closed |= index + 1 == self.length;
        }
        self.closed
    }

    /// The requests that were refused, by their place in the batch; all others were carried out.
    pub(crate) fn refusals(&mut self) -> impl Iterator<Item = (u32, KernelError)> {
        self.refusals.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::frames;
    use netlink_packet_core::NLM_F_ACK;

    fn batch(count: usize, first: u32) -> Batch {
        let mut batch = Batch::default();
        batch.fill(Encoder::new(23), &mut std::iter::repeat_n(Request::Zero(None), count).peekable(), first);
        batch
    }

    /// Sequence number and flags of each message.
    fn heads(bytes: &[u8]) -> Vec<(u32, u16)> {
        let mut rest = bytes;
        let mut heads = Vec::new();
        while let [a, b, c, d, _, _, e, f, g, h, i, j, ..] = *rest {
            heads.push((u32::from_ne_bytes([g, h, i, j]), u16::from_ne_bytes([e, f])));
            rest = &rest[u32::from_ne_bytes([a, b, c, d]) as usize..];
        }
        heads
    }

    fn answer(sequence: u32, errno: i32) -> Frame<'static> {
        let meaning = match errno {
            0 => Meaning::Acknowledged,
            errno => Meaning::Refused(KernelError { errno, text: None, offset: None }),
        };
        Frame { sequence, port: 1, interrupted: false, meaning }
    }

    #[test]
    fn only_the_last_of_a_batch_is_acknowledged() {
        let batch = batch(250, u32::MAX - 1);
        let heads = heads(&batch.bytes);
        assert_eq!((batch.len(), heads.len()), (MESSAGES, MESSAGES as usize));
        assert_eq!(heads.iter().map(|head| head.0).take(3).collect::<Vec<_>>(), [u32::MAX - 1, u32::MAX, 0]);
        let asked: Vec<bool> = heads.iter().map(|head| head.1 & NLM_F_ACK != 0).collect();
        assert_eq!(asked.iter().position(|asked| *asked), Some(MESSAGES as usize - 1));
    }

    #[test]
    fn errors_find_their_request() {
        let mut batch = batch(5, u32::MAX);
        assert!(!batch.take(answer(0, 3)), "the second, after the numbers wrapped");
        assert!(!batch.take(answer(77, 1)), "somebody else's");
        assert!(batch.take(answer(3, 0)), "the last one's acknowledgement");
        let refusals: Vec<_> = batch.refusals().map(|(index, error)| (index, error.errno)).collect();
        assert_eq!(refusals, [(1, 3)]);
    }

    #[test]
    fn a_refused_last_request_ends_a_batch_too() {
        let mut batch = batch(2, 10);
        assert!(batch.take(answer(11, 17)));
        assert_eq!(batch.refusals().count(), 1);
    }

    #[test]
    fn what_is_written_is_whole_messages() {
        let batch = batch(7, 1);
        assert_eq!(frames(&batch.bytes).filter(Result::is_ok).count(), 7);
    }
}
