//! Reading attributes: numbers of the right width, texts, addresses. Whatever the bytes, an error at worst.

use super::numbers::{AF_INET, AF_INET6};
use crate::{Family, Malformed, Name, Unknown};
use netlink_packet_core::{NLA_ALIGNTO, NLA_HEADER_SIZE, NLA_TYPE_MASK};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One attribute as it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw<'a> {
    /// What it belongs to, for messages.
    what: &'static str,
    /// Its number, without flag bits.
    pub(super) kind: u16,
    flags: u16,
    /// Its value, without padding.
    pub(super) value: &'a [u8],
}

/// The attributes in these bytes; after an error there are no more.
pub(super) fn attributes<'a>(what: &'static str, bytes: &'a [u8]) -> Attributes<'a> {
    Attributes { what, rest: bytes }
}

/// An iterator of our own: a table of ten thousands of destinations has a million attributes.
#[derive(Debug, Clone)]
pub(super) struct Attributes<'a> {
    what: &'static str,
    rest: &'a [u8],
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Raw<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.rest);
        if bytes.is_empty() {
            return None;
        }
        let [a, b, c, d, ..] = *bytes else {
            return Some(Err(Malformed::new(self.what, "an attribute's head is cut off")));
        };
        let (length, kind) = (usize::from(u16::from_ne_bytes([a, b])), u16::from_ne_bytes([c, d]));
        let Some(value) = bytes.get(NLA_HEADER_SIZE..length) else {
            let why =
                format!("attribute {} says it has {length} bytes, of {} that are left", kind, bytes.len());
            return Some(Err(Malformed::new(self.what, why)));
        };
        self.rest = bytes.get(length.next_multiple_of(NLA_ALIGNTO)..).unwrap_or_default();
        Some(Ok(Raw { what: self.what, kind: kind & NLA_TYPE_MASK, flags: kind & !NLA_TYPE_MASK, value }))
    }
}

impl<'a> Raw<'a> {
    fn sized<const N: usize>(&self) -> Result<[u8; N], Malformed> {
        self.value.try_into().map_err(|_| {
            Malformed::new(
                self.what,
                format!("attribute {} has {} bytes instead of {N}", self.kind, self.value.len()),
            )
        })
    }

    pub(super) fn u8(&self) -> Result<u8, Malformed> {
        self.sized().map(u8::from_ne_bytes)
    }

    pub(super) fn u16(&self) -> Result<u16, Malformed> {
        self.sized().map(u16::from_ne_bytes)
    }

    /// A port in network byte order.
    pub(super) fn port(&self) -> Result<u16, Malformed> {
        self.sized().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&self) -> Result<u32, Malformed> {
        self.sized().map(u32::from_ne_bytes)
    }

    pub(super) fn four(&self) -> Result<[u8; 4], Malformed> {
        self.sized()
    }

    /// A counter of four or eight bytes.
    pub(super) fn counter(&self) -> Result<u64, Malformed> {
        if self.value.len() == 4 { self.u32().map(u64::from) } else { self.sized().map(u64::from_ne_bytes) }
    }

    /// `struct ip_vs_flags`, without its mask.
    pub(super) fn flags(&self) -> Result<u32, Malformed> {
        let [a, b, c, d, ..] = self.sized::<8>()?;
        Ok(u32::from_ne_bytes([a, b, c, d]))
    }

    pub(super) fn sixteen(&self) -> Result<[u8; 16], Malformed> {
        self.sized()
    }

    pub(super) fn family(&self) -> Result<Family, Malformed> {
        match self.u16()? {
            AF_INET => Ok(Family::V4),
            AF_INET6 => Ok(Family::V6),
            other => {
                Err(Malformed::new(self.what, format!("address family {other} is neither IPv4 nor IPv6")))
            }
        }
    }

    /// A text up to its closing zero; what is no UTF-8 is replaced.
    pub(super) fn text(&self) -> String {
        let end = self.value.iter().position(|byte| *byte == 0).unwrap_or(self.value.len());
        String::from_utf8_lossy(&self.value[..end]).into_owned()
    }

    pub(super) fn name(&self) -> Name {
        Name::from_kernel(self.value)
    }

    pub(super) fn unknown(&self) -> Unknown {
        Unknown { kind: self.kind | self.flags, value: self.value.to_vec() }
    }
}

/// The address in the kernel's sixteen bytes.
pub(super) fn address(family: Family, bytes: [u8; 16]) -> IpAddr {
    match family {
        Family::V4 => Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3]).into(),
        Family::V6 => Ipv6Addr::from(bytes).into(),
    }
}

/// What an attribute without which nothing makes sense is, or an error that names it.
pub(super) fn needed<T>(what: &'static str, name: &'static str, value: Option<T>) -> Result<T, Malformed> {
    value.ok_or_else(|| Malformed::new(what, format!("it has no {name}")))
}
