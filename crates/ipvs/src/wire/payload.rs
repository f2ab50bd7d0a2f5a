//! A message of the family, ready to be written: what `netlink-packet-generic` asks of a family.

use super::attribute::Attribute;
use super::numbers::{FAMILY_NAME, FAMILY_VERSION};
use netlink_packet_core::Emitable;
use netlink_packet_generic::GenlFamily;

/// A command and its attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    pub(super) command: u8,
    pub(super) attributes: Vec<Attribute>,
}

impl GenlFamily for Payload {
    fn family_name() -> &'static str {
        FAMILY_NAME
    }

    fn command(&self) -> u8 {
        self.command
    }

    fn version(&self) -> u8 {
        FAMILY_VERSION
    }
}

impl Emitable for Payload {
    fn buffer_len(&self) -> usize {
        self.attributes.as_slice().buffer_len()
    }

    fn emit(&self, buffer: &mut [u8]) {
        self.attributes.as_slice().emit(buffer);
    }
}
