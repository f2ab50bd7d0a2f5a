//! The captured conversation.

use ipvs::wire::{Meaning, frames};

/// One command of `ipvsadm`.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// Without the program's name.
    pub(crate) command: &'static str,
    /// Datagrams from `ipvsadm`, of the family IPVS.
    pub(crate) sent: Vec<Vec<u8>>,
    /// Datagrams from the kernel.
    pub(crate) received: Vec<Vec<u8>>,
}

/// The number the capturing kernel gave the family.
pub(crate) const FAMILY: u16 = 0x15;

/// All of them, in their order.
pub(crate) fn exchanges() -> Vec<Exchange> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    for line in include_str!("conversation.txt").lines() {
        let (sign, rest) = line.split_once(' ').expect("a sign and a text");
        if sign == "#" {
            let command = rest.strip_prefix("ipvsadm ").expect("a command of ipvsadm");
            exchanges.push(Exchange { command, ..Exchange::default() });
            continue;
        }
        let exchange = exchanges.last_mut().expect("a command before the first datagram");
        let bytes = bytes(rest);
        match sign {
            ">" => exchange.sent.push(bytes),
            "<" => exchange.received.push(bytes),
            _ => panic!("{sign:?} is no sign"),
        }
    }
    exchanges
}

/// The exchange of a command; the last one where it was given more than once.
pub(crate) fn exchange(command: &str) -> Exchange {
    let found = exchanges().into_iter().rfind(|exchange| exchange.command == command);
    found.unwrap_or_else(|| panic!("no `ipvsadm {command}` was captured"))
}

impl Exchange {
    /// The payload, after the netlink header, of the last message that was sent.
    pub(crate) fn last_sent(&self) -> &[u8] {
        let message = self.sent.last().expect("something was sent");
        payload(message)
    }

    /// Sequence number and flags of the last message sent.
    pub(crate) fn last_head(&self) -> (u32, u16) {
        let message = self.sent.last().expect("something was sent");
        let number = |range: std::ops::Range<usize>| message[range].try_into().expect("four bytes");
        (u32::from_ne_bytes(number(8..12)), u16::from_ne_bytes([message[6], message[7]]))
    }
}

/// What follows the netlink header of the only message in these bytes.
pub(crate) fn payload(message: &[u8]) -> &[u8] {
    let mut all = frames(message);
    let frame = all.next().expect("a message").expect("a whole one");
    assert!(all.next().is_none(), "one message");
    match frame.meaning {
        Meaning::Data { payload, .. } => payload,
        other => panic!("{other:?} is no message of a family"),
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks_exact(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("text"), 16).expect("hex"))
        .collect()
}
