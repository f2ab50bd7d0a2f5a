//! A message of the family as `netlink-packet-generic` has them, for who sends with another program's socket.

use super::encode::{Question, write_question, write_request};
use super::numbers::{FAMILY_NAME, FAMILY_VERSION};
use super::write::Writer;
use crate::Request;
use netlink_packet_core::Emitable;
use netlink_packet_generic::GenlFamily;

/// A command and its attributes, to be put into a `GenlMessage`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    command: u8,
    attributes: Vec<u8>,
}

impl Payload {
    /// A request's.
    #[must_use]
    pub fn request(request: &Request) -> Self {
        let mut attributes = Vec::new();
        let command = write_request(request, &mut Writer::new(&mut attributes));
        Self { command, attributes }
    }

    /// A question's. [`Question::Family`] is one to another family; here it is [`Question::Info`].
    #[must_use]
    pub fn question(question: &Question) -> Self {
        let mut attributes = Vec::new();
        let command = write_question(question, &mut Writer::new(&mut attributes));
        Self { command, attributes }
    }
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
        self.attributes.len()
    }

    fn emit(&self, buffer: &mut [u8]) {
        buffer[..self.attributes.len()].copy_from_slice(&self.attributes);
    }
}
