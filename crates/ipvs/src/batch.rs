//! Many requests in one send. Pure: what goes out, and which answer belongs to which request.
//!
//! The kernel works through all messages of one `sendmsg` before it returns and answers in order: an error for each request it
//! refuses, and one acknowledgement for the last, which asks for it. So when the last one's answer is there, whatever else was
//! refused is known too, and everything between was carried out.

use crate::wire::{Encoder, Frame, Meaning};
use crate::{KernelError, Request};

/// Messages per send. Beyond a hundred nothing is won; and as many errors, should all be refused, still fit the default receive
/// buffer of 212,992 bytes (the kernel books about 1,000 for each), so none is lost.
const MESSAGES: usize = 100;

/// Bytes per send after which a batch is closed; the default send buffer holds 212,992. No request has more than 300.
const BYTES: usize = 64 * 1024;

/// Requests that travel together.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The messages.
    pub(crate) bytes: Vec<u8>,
    first: u32,
    refusals: Vec<Option<KernelError>>,
    closed: bool,
}

impl Batch {
    /// The first requests of these, as many as go together; sequence numbers count from `first`.
    pub(crate) fn fill(encoder: Encoder, requests: &[Request], first: u32) -> Self {
        let mut batch =
            Self { bytes: Vec::with_capacity(16 * 1024), first, refusals: Vec::new(), closed: false };
        let mut sequence = first;
        let mut rest = requests.iter().take(MESSAGES).peekable();
        while let Some(request) = rest.next() {
            // The next one may be up to 300 bytes: leave room, so that this one knows whether it is the last.
            let last = rest.peek().is_none() || batch.bytes.len() >= BYTES;
            encoder.request(request, sequence, last, &mut batch.bytes);
            batch.refusals.push(None);
            sequence = sequence.wrapping_add(1);
            if last {
                break;
            }
        }
        batch
    }

    /// How many requests it holds.
    pub(crate) fn len(&self) -> usize {
        self.refusals.len()
    }

    /// Notes an answer; whether it was the last one.
    pub(crate) fn take(&mut self, frame: Frame<'_>) -> bool {
        let Ok(index) = usize::try_from(frame.sequence.wrapping_sub(self.first)) else { return self.closed };
        let last = index.saturating_add(1) == self.refusals.len();
        let Some(place) = self.refusals.get_mut(index) else { return self.closed };
        match frame.meaning {
            Meaning::Refused(error) => *place = Some(error),
            Meaning::Acknowledged => {}
            Meaning::Done(_) | Meaning::Overrun | Meaning::Noop | Meaning::Data { .. } => return self.closed,
        }
        self.closed |= last;
        self.closed
    }

    /// One result for each request, in their order.
    pub(crate) fn results(self) -> impl Iterator<Item = Result<(), KernelError>> {
        self.refusals.into_iter().map(|refusal| refusal.map_or(Ok(()), Err))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::frames;
    use netlink_packet_core::NLM_F_ACK;

    fn requests(count: usize) -> Vec<Request> {
        vec![Request::Zero(None); count]
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
        let batch = Batch::fill(Encoder::new(23), &requests(250), u32::MAX - 1);
        let heads = heads(&batch.bytes);
        assert_eq!((batch.len(), heads.len()), (MESSAGES, MESSAGES));
        assert_eq!(heads.iter().map(|head| head.0).take(3).collect::<Vec<_>>(), [u32::MAX - 1, u32::MAX, 0]);
        let asked: Vec<bool> = heads.iter().map(|head| head.1 & NLM_F_ACK != 0).collect();
        assert_eq!(asked.iter().position(|asked| *asked), Some(MESSAGES - 1));
    }

    #[test]
    fn errors_find_their_request() {
        let mut batch = Batch::fill(Encoder::new(23), &requests(5), u32::MAX);
        assert!(!batch.take(answer(0, 3)), "the second, after the numbers wrapped");
        assert!(!batch.take(answer(77, 1)), "somebody else's");
        assert!(batch.take(answer(3, 0)), "the last one's acknowledgement");
        let results: Vec<_> = batch.results().map(|result| result.err().map(|error| error.errno)).collect();
        assert_eq!(results, [None, Some(3), None, None, None]);
    }

    #[test]
    fn a_refused_last_request_ends_a_batch_too() {
        let mut batch = Batch::fill(Encoder::new(23), &requests(2), 10);
        assert!(batch.take(answer(11, 17)));
        assert_eq!(batch.results().filter(Result::is_err).count(), 1);
    }

    #[test]
    fn what_is_written_is_whole_messages() {
        let batch = Batch::fill(Encoder::new(23), &requests(7), 1);
        assert_eq!(frames(&batch.bytes).filter(Result::is_ok).count(), 7);
    }
}
