//! Writing attributes, straight to where they are sent from: a plan of ten thousand services is thirty thousand messages, and a tree of
//! attributes for each would cost more than the kernel's own work.

use netlink_packet_core::{NLA_F_NESTED, NLA_HEADER_SIZE, NlaBuffer};
use std::net::IpAddr;

/// Appends attributes to a buffer.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes }
    }

    fn attribute(&mut self, kind: u16, value: &[u8]) {
        let start = self.open();
        self.bytes.extend_from_slice(value);
        self.close(kind, start);
    }

    fn open(&mut self) -> usize {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; NLA_HEADER_SIZE]);
        start
    }

    /// Writes the head of the attribute that began at `start`, and pads it to four bytes.
    fn close(&mut self, kind: u16, start: usize) {
        let length = self.bytes.len().saturating_sub(start);
        let mut head = NlaBuffer::new(&mut self.bytes[start..]);
        head.set_kind(kind);
        if kind & NLA_F_NESTED != 0 {
            head.set_nested_flag();
        }
        // No value is longer than a few hundred bytes.
        head.set_length(u16::try_from(length).unwrap_or(u16::MAX));
        self.bytes.resize(start + length.next_multiple_of(4), 0);
    }

    pub(super) fn u8(&mut self, kind: u16, value: u8) {
        self.attribute(kind, &[value]);
    }

    pub(super) fn u16(&mut self, kind: u16, value: u16) {
        self.attribute(kind, &value.to_ne_bytes());
    }

    /// A port in network byte order.
    pub(super) fn port(&mut self, kind: u16, value: u16) {
        self.attribute(kind, &value.to_be_bytes());
    }

    pub(super) fn u32(&mut self, kind: u16, value: u32) {
        self.attribute(kind, &value.to_ne_bytes());
    }

    /// Four bytes as they are.
    pub(super) fn four(&mut self, kind: u16, value: [u8; 4]) {
        self.attribute(kind, &value);
    }

    /// `struct ip_vs_flags`
    pub(super) fn flags(&mut self, kind: u16, flags: u32, mask: u32) {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&flags.to_ne_bytes());
        bytes[4..].copy_from_slice(&mask.to_ne_bytes());
        self.attribute(kind, &bytes);
    }

    /// `union nf_inet_addr`: sixteen bytes in either family.
    pub(super) fn address(&mut self, kind: u16, address: IpAddr) {
        let mut bytes = [0; 16];
        match address {
            IpAddr::V4(v4) => bytes[..4].copy_from_slice(&v4.octets()),
            IpAddr::V6(v6) => bytes = v6.octets(),
        }
        self.attribute(kind, &bytes);
    }

    /// A text and its closing zero.
    pub(super) fn text(&mut self, kind: u16, value: &str) {
        let start = self.open();
        self.bytes.extend_from_slice(value.as_bytes());
        self.bytes.push(0);
        self.close(kind, start);
    }

    /// An attribute of attributes.
    pub(super) fn nested(&mut self, kind: u16, fill: impl FnOnce(&mut Writer<'_>)) {
        let start = self.open();
        fill(&mut Writer { bytes: self.bytes });
        self.close(kind | NLA_F_NESTED, start);
    }
}
