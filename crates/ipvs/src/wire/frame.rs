//! Datagrams to messages: one datagram may hold many.

use super::numbers::acknowledgement;
use super::read::attributes;
use crate::{KernelError, Malformed};
use netlink_packet_core::{
    NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP, NLMSG_OVERRUN,
    NetlinkBuffer,
};

/// One message of a datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The request it answers.
    pub sequence: u32,
    /// The port number (`nlmsg_pid`) of the socket it is for.
    pub port: u32,
    /// The list it belongs to changed while it was read (`NLM_F_DUMP_INTR`).
    pub interrupted: bool,
    /// What it says.
    pub meaning: Meaning<'a>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning<'a> {
    /// The request was carried out.
    Acknowledged,
    /// The request was refused.
    Refused(KernelError),
    /// The list ends here, or broke off with an error.
    Done(Option<KernelError>),
    /// Messages were lost for lack of room.
    Overrun,
    /// Nothing.
    Noop,
    /// A message of the family with this number.
    Data {
        /// The family's number.
        family: u16,
        /// From the generic netlink header on.
        payload: &'a [u8],
    },
}

/// The messages of a datagram; after an error there are no more.
#[derive(Debug, Clone)]
pub struct Frames<'a> {
    rest: &'a [u8],
}

/// Takes a datagram apart.
#[must_use]
pub fn frames(datagram: &[u8]) -> Frames<'_> {
    Frames { rest: datagram }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let whole = std::mem::take(&mut self.rest);
        let buffer = match NetlinkBuffer::new_checked(whole) {
            Ok(buffer) => buffer,
            Err(error) => return Some(Err(Malformed::new("message", error.to_string()))),
        };
        let length = usize::try_from(buffer.length()).unwrap_or(usize::MAX);
        self.rest = whole.get(length.saturating_add(3) & !3..).unwrap_or_default();
        let payload = whole.get(16..length).unwrap_or_default();
        let flags = buffer.flags();
        Some(meaning(buffer.message_type(), flags, payload).map(|meaning| Frame {
            sequence: buffer.sequence_number(),
            port: buffer.port_number(),
            interrupted: flags & NLM_F_DUMP_INTR != 0,
            meaning,
        }))
    }
}

fn meaning(kind: u16, flags: u16, payload: &[u8]) -> Result<Meaning<'_>, Malformed> {
    Ok(match kind {
        NLMSG_NOOP => Meaning::Noop,
        NLMSG_OVERRUN => Meaning::Overrun,
        NLMSG_DONE => {
            // Old kernels end a list without any number.
            let code = if payload.is_empty() { 0 } else { code(payload)? };
            let described = payload.get(4..).filter(|_| flags & NLM_F_ACK_TLVS != 0).unwrap_or_default();
            Meaning::Done((code != 0).then(|| refusal(code, described)))
        }
        NLMSG_ERROR => match code(payload)? {
            0 => Meaning::Acknowledged,
            code => Meaning::Refused(refusal(code, described(flags, payload))),
        },
        family => Meaning::Data { family, payload },
    })
}

fn code(payload: &[u8]) -> Result<i32, Malformed> {
    match payload.first_chunk() {
        Some(bytes) => Ok(i32::from_ne_bytes(*bytes)),
        None => Err(Malformed::new("acknowledgement", "it is cut off")),
    }
}

/// The attributes behind the error number and the header, or the whole, of the message that was refused.
fn described(flags: u16, payload: &[u8]) -> &[u8] {
    if flags & NLM_F_ACK_TLVS == 0 {
        return &[];
    }
    let quoted = if flags & NLM_F_CAPPED != 0 {
        16
    } else {
        let length = payload
            .get(4..)
            .and_then(|bytes| bytes.first_chunk())
            .map_or(0, |bytes| u32::from_ne_bytes(*bytes));
        usize::try_from(length).unwrap_or(usize::MAX)
    };
    payload.get((quoted.saturating_add(3) & !3).saturating_add(4)..).unwrap_or_default()
}

/// What cannot be read of the description is left out: the error number is what counts.
fn refusal(code: i32, described: &[u8]) -> KernelError {
    let mut refusal = KernelError { errno: code.saturating_neg(), text: None, offset: None };
    for attribute in attributes("error", described).map_while(Result::ok) {
        match attribute.kind {
            acknowledgement::MESSAGE => refusal.text = Some(attribute.text()),
            acknowledgement::OFFSET => refusal.offset = attribute.u32().ok(),
            _ => {}
        }
    }
    refusal
}
