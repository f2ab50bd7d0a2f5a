//! Addresses of hosts, masks of networks, names of interfaces.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

use crate::show::Invalid;
use crate::{Family, Reason};

/// The address of one host, IPv4 or IPv6: not unspecified, multicast or broadcast. Loopback is fine: a laptop
/// may run a whole cluster on it. An IPv4 address written in IPv6 form becomes IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostAddress(IpAddr);

/// The address of a multicast group, IPv4 or IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MulticastGroup(IpAddr);

/// The length of a network prefix, 1 to 128. IPv4 masks are read in both notations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct PrefixLength(u8);

/// A network interface's name, with Piranha's alias suffix where there is one: `eth0`, `eth0:1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Device(String);

// === impl HostAddress ===

impl HostAddress {
    /// Refuses addresses that no host can have.
    pub fn try_new(address: IpAddr) -> Result<Self, Reason> {
        let address = address.to_canonical();
        let broadcast = address == IpAddr::V4(Ipv4Addr::BROADCAST);
        if address.is_unspecified() || address.is_multicast() || broadcast {
            return Err(Reason::NotAHostAddress);
        }
        Ok(Self(address))
    }

    /// Takes what was typed; blanks around it and brackets are dropped.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Reason::Missing);
        }
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        bare.parse().map_err(|_| Reason::NotAnAddress).and_then(Self::try_new)
    }

    /// The address.
    pub fn get(self) -> IpAddr {
        self.0
    }

    /// IPv4 or IPv6.
    pub fn family(self) -> Family {
        if self.0.is_ipv4() { Family::V4 } else { Family::V6 }
    }
}

impl TryFrom<String> for HostAddress {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|reason| Invalid::new(&text, &reason))
    }
}

impl From<HostAddress> for String {
    fn from(address: HostAddress) -> Self {
        address.0.to_string()
    }
}

impl fmt::Display for HostAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

// === impl MulticastGroup ===

impl MulticastGroup {
    /// Takes what was typed.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Reason::Missing);
        }
        let address: IpAddr = text.parse().map_err(|_| Reason::NotAnAddress)?;
        if address.is_multicast() { Ok(Self(address)) } else { Err(Reason::NotAMulticastGroup) }
    }

    /// The address.
    pub fn get(self) -> IpAddr {
        self.0
    }
}

impl TryFrom<String> for MulticastGroup {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|reason| Invalid::new(&text, &reason))
    }
}

impl From<MulticastGroup> for String {
    fn from(group: MulticastGroup) -> Self {
        group.to_string()
    }
}

impl fmt::Display for MulticastGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

// === impl PrefixLength ===

impl PrefixLength {
    /// One host of an IPv4 network.
    pub const HOST_V4: Self = Self(32);
    /// One host of an IPv6 network.
    pub const HOST_V6: Self = Self(128);

    /// Refuses 0 (everybody) and more than 128.
    pub fn try_new(length: u8) -> Result<Self, Reason> {
        if (1..=128).contains(&length) {
            Ok(Self(length))
        } else {
            Err(Reason::OutOfRange { min: 1, max: 128 })
        }
    }

    /// Takes `24`, `/24` or `255.255.255.0`.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let text = text.trim();
        let text = text.strip_prefix('/').unwrap_or(text);
        if text.is_empty() {
            return Err(Reason::Missing);
        }
        if let Ok(mask) = text.parse::<Ipv4Addr>() {
            let bits = u32::from(mask);
            let length = bits.leading_ones();
            if length == 0 || bits.count_ones() != length {
                return Err(Reason::NotANetmask);
            }
            return u8::try_from(length).map_err(|_| Reason::NotANetmask).and_then(Self::try_new);
        }
        text.parse().map_err(|_| Reason::NotANetmask).and_then(Self::try_new)
    }

    /// Refuses a prefix longer than the family's addresses.
    pub fn for_family(self, family: Family) -> Result<Self, Reason> {
        let max = family.bits();
        if self.0 <= max { Ok(self) } else { Err(Reason::PrefixTooLong { max }) }
    }

    /// The number of leading one-bits.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for PrefixLength {
    type Error = Invalid;

    fn try_from(length: u8) -> Result<Self, Self::Error> {
        Self::try_new(length).map_err(|reason| Invalid::new(length, &reason))
    }
}

impl From<PrefixLength> for u8 {
    fn from(prefix: PrefixLength) -> Self {
        prefix.0
    }
}

impl fmt::Display for PrefixLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.0)
    }
}

// === impl Device ===

impl Device {
    /// The most bytes: the kernel's `IFNAMSIZ` (16, `linux/if.h`) less the final NUL.
    pub const MAX: usize = 15;

    /// Takes what was typed: letters, digits and `. _ - : @`, not beginning with `-` or `.`.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Reason::Missing);
        }
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-:@".contains(&b));
        if !plain || text.len() > Self::MAX || text.starts_with(['-', '.']) {
            return Err(Reason::NotADevice);
        }
        Ok(Self(text.to_owned()))
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The interface itself, without the alias suffix.
    pub fn interface(&self) -> &str {
        self.0.split(':').next().unwrap_or(&self.0)
    }
}

impl TryFrom<String> for Device {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|reason| Invalid::new(&text, &reason))
    }
}

impl From<Device> for String {
    fn from(device: Device) -> Self {
        device.0
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_back_in_canonical_form() {
        let shown = |text: &str| HostAddress::parse(text).map(|address| address.to_string());
        assert_eq!(shown(" [2001:DB8:0::1] "), Ok("2001:db8::1".into()));
        assert_eq!(shown("::ffff:192.0.2.1"), Ok("192.0.2.1".into()));
        assert_eq!(shown("0.0.0.0"), Err(Reason::NotAHostAddress));
        assert_eq!(shown("224.0.0.81"), Err(Reason::NotAHostAddress));
        assert_eq!(shown("10.0..0.2"), Err(Reason::NotAnAddress));
    }

    #[test]
    fn groups_are_multicast() {
        assert_eq!(
            MulticastGroup::parse(" 224.0.0.81 ").map(|group| group.to_string()),
            Ok("224.0.0.81".into())
        );
        assert_eq!(MulticastGroup::parse("ff02::81").map(|group| group.to_string()), Ok("ff02::81".into()));
        assert_eq!(MulticastGroup::parse("10.0.0.1"), Err(Reason::NotAMulticastGroup));
        assert_eq!(MulticastGroup::parse("224"), Err(Reason::NotAnAddress));
    }

    #[test]
    fn masks_are_read_in_both_notations() {
        assert_eq!(PrefixLength::parse("255.255.254.0").map(PrefixLength::get), Ok(23));
        assert_eq!(PrefixLength::parse("/64").map(PrefixLength::get), Ok(64));
        assert_eq!(PrefixLength::parse("255.0.255.0"), Err(Reason::NotANetmask));
        assert_eq!(PrefixLength::parse("0.0.0.0"), Err(Reason::NotANetmask));
    }

    #[test]
    fn a_device_cannot_smuggle_an_option() {
        assert_eq!(Device::parse("-x"), Err(Reason::NotADevice));
        assert_eq!(Device::parse("eth0; reboot"), Err(Reason::NotADevice));
        assert_eq!(Device::parse("eth0:1").map(|device| device.interface().to_owned()), Ok("eth0".into()));
    }
}
