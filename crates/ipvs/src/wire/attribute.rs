//! Attributes to be written.

use netlink_packet_core::{Emitable, NLA_F_NESTED, Nla};
use std::net::IpAddr;

/// One attribute: its number and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    kind: u16,
    value: Value,
}

/// A value in the form the kernel reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    /// Up to sixteen bytes.
    Short([u8; 16], usize),
    /// A text, written with its closing zero.
    Text(String),
    /// More attributes.
    Nested(Vec<Attribute>),
}

impl Attribute {
    fn short(kind: u16, value: &[u8]) -> Self {
        let mut bytes = [0; 16];
        let length = value.len().min(bytes.len());
        bytes[..length].copy_from_slice(&value[..length]);
        Self { kind, value: Value::Short(bytes, length) }
    }

    pub(super) fn u8(kind: u16, value: u8) -> Self {
        Self::short(kind, &[value])
    }

    pub(super) fn u16(kind: u16, value: u16) -> Self {
        Self::short(kind, &value.to_ne_bytes())
    }

    /// A port in network byte order.
    pub(super) fn port(kind: u16, value: u16) -> Self {
        Self::short(kind, &value.to_be_bytes())
    }

    pub(super) fn u32(kind: u16, value: u32) -> Self {
        Self::short(kind, &value.to_ne_bytes())
    }

    /// Four bytes as they are.
    pub(super) fn four(kind: u16, value: [u8; 4]) -> Self {
        Self::short(kind, &value)
    }

    /// `struct ip_vs_flags`
    pub(super) fn flags(kind: u16, flags: u32, mask: u32) -> Self {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&flags.to_ne_bytes());
        bytes[4..].copy_from_slice(&mask.to_ne_bytes());
        Self::short(kind, &bytes)
    }

    /// `union nf_inet_addr`: sixteen bytes in either family.
    pub(super) fn address(kind: u16, address: IpAddr) -> Self {
        let mut bytes = [0; 16];
        match address {
            IpAddr::V4(v4) => bytes[..4].copy_from_slice(&v4.octets()),
            IpAddr::V6(v6) => bytes = v6.octets(),
        }
        Self::short(kind, &bytes)
    }

    pub(super) fn text(kind: u16, value: &str) -> Self {
        Self { kind, value: Value::Text(value.to_owned()) }
    }

    pub(super) fn nested(kind: u16, value: Vec<Self>) -> Self {
        Self { kind: kind | NLA_F_NESTED, value: Value::Nested(value) }
    }
}

impl Nla for Attribute {
    fn value_len(&self) -> usize {
        match &self.value {
            Value::Short(_, length) => *length,
            Value::Text(text) => text.len() + 1,
            Value::Nested(attributes) => attributes.as_slice().buffer_len(),
        }
    }

    fn kind(&self) -> u16 {
        self.kind
    }

    fn emit_value(&self, buffer: &mut [u8]) {
        match &self.value {
            Value::Short(bytes, length) => buffer.copy_from_slice(&bytes[..*length]),
            Value::Text(text) => {
                buffer[..text.len()].copy_from_slice(text.as_bytes());
                buffer[text.len()] = 0;
            }
            Value::Nested(attributes) => attributes.as_slice().emit(buffer),
        }
    }
}
