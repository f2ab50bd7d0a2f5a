//! Reading attributes: numbers of the right width, texts, addresses. Whatever the bytes, an error at worst.

use super::numbers::{AF_INET, AF_INET6};
use crate::{Family, Malformed, Name, Unknown};
use netlink_packet_core::{NLA_F_NESTED, NLA_F_NET_BYTEORDER, NlaBuffer, NlasIterator};
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

/// The attributes in these bytes.
pub(super) fn attributes<'a>(
    what: &'static str,
    bytes: &'a [u8],
) -> impl Iterator<Item = Result<Raw<'a>, Malformed>> {
    NlasIterator::new(bytes).map(move |attribute| match attribute {
        Ok(buffer) => {
            Ok(Raw { what, kind: buffer.kind(), flags: flag_bits(&buffer), value: value_of(buffer) })
        }
        Err(error) => Err(Malformed::new(what, error.to_string())),
    })
}

fn flag_bits(buffer: &NlaBuffer<&[u8]>) -> u16 {
    let nested = if buffer.nested_flag() { NLA_F_NESTED } else { 0 };
    let network = if buffer.network_byte_order_flag() { NLA_F_NET_BYTEORDER } else { 0 };
    nested | network
}

/// `NlaBuffer::value` borrows from the buffer, not from the bytes behind it.
fn value_of(buffer: NlaBuffer<&[u8]>) -> &[u8] {
    let end = usize::from(buffer.length());
    buffer.into_inner().get(4..end).unwrap_or_default()
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
