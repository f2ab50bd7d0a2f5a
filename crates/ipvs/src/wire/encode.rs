//! Requests and questions to bytes.

use super::numbers::{FAMILY_VERSION, command, top};
use super::payload::Payload;
use super::write::Writer;
use super::{daemon, destination, service};
use crate::{Request, ServiceKey};
use netlink_packet_core::{Emitable, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, NetlinkBuffer};
use netlink_packet_generic::ctrl::nlas::GenlCtrlAttrs;
use netlink_packet_generic::ctrl::{GenlCtrl, GenlCtrlCmd};
use netlink_packet_generic::{GenlFamily, GenlHeader};

/// What the kernel can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Every service.
    Services,
    /// One service.
    Service(ServiceKey),
    /// The destinations of a service; none where there is no such service.
    Destinations(ServiceKey),
    /// The sync daemons that run.
    Daemons,
    /// The timeouts.
    Timeouts,
    /// Version and table size.
    Info,
    /// The number the kernel gave the family, which the other questions need.
    Family,
}

impl Question {
    /// Whether the answer is a list with an end of its own.
    #[must_use]
    pub fn is_dump(&self) -> bool {
        matches!(self, Self::Services | Self::Destinations(_) | Self::Daemons)
    }

    /// What is attempted, after "could not".
    #[must_use]
    pub fn doing(&self) -> &'static str {
        match self {
            Self::Services => "list the virtual services",
            Self::Service(_) => "read a virtual service",
            Self::Destinations(_) => "list the destinations of a virtual service",
            Self::Daemons => "list the sync daemons",
            Self::Timeouts => "read the timeouts",
            Self::Info => "read the version of IPVS",
            Self::Family => "find IPVS in the kernel",
        }
    }
}

/// Writes messages of the family, whose number is the kernel's choice at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoder {
    family: u16,
}

impl Encoder {
    /// With the number the kernel gave the family.
    #[must_use]
    pub fn new(family: u16) -> Self {
        Self { family }
    }

    /// Appends a request. Errors are reported whether an acknowledgement is asked for or not.
    pub fn request(self, request: &Request, sequence: u32, acknowledge: bool, buffer: &mut Vec<u8>) {
        let flags = if acknowledge { NLM_F_REQUEST | NLM_F_ACK } else { NLM_F_REQUEST };
        let start = begin(buffer);
        let cmd = write_request(request, &mut Writer::new(buffer));
        finish(
            &mut buffer[start..],
            self.family,
            flags,
            sequence,
            GenlHeader { cmd, version: FAMILY_VERSION },
        );
    }

    /// Appends a question.
    pub fn question(self, question: &Question, sequence: u32, buffer: &mut Vec<u8>) {
        let flags = if question.is_dump() { NLM_F_REQUEST | NLM_F_DUMP } else { NLM_F_REQUEST };
        let start = begin(buffer);
        if *question == Question::Family {
            // A message of the family `nlctrl`, which every kernel has at the same number.
            let control = find_family();
            let header = GenlHeader { cmd: control.command(), version: control.version() };
            let end = buffer.len();
            buffer.resize(end + control.buffer_len(), 0);
            control.emit(&mut buffer[end..]);
            finish(&mut buffer[start..], control.family_id(), flags, sequence, header);
        } else {
            let cmd = write_question(question, &mut Writer::new(buffer));
            finish(
                &mut buffer[start..],
                self.family,
                flags,
                sequence,
                GenlHeader { cmd, version: FAMILY_VERSION },
            );
        }
    }
}

/// `struct nlmsghdr` and `struct genlmsghdr`
const HEADERS: usize = 16 + 4;

fn begin(buffer: &mut Vec<u8>) -> usize {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; HEADERS]);
    start
}

/// Every attribute is padded to four bytes, so messages follow each other without a gap.
fn finish(message: &mut [u8], family: u16, flags: u16, sequence: u32, header: GenlHeader) {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let mut buffer = NetlinkBuffer::new(&mut *message);
    buffer.set_length(length);
    buffer.set_message_type(family);
    buffer.set_flags(flags);
    buffer.set_sequence_number(sequence);
    header.emit(&mut message[16..HEADERS]);
}

/// Writes what follows the headers; the command.
pub(super) fn write_request(request: &Request, to: &mut Writer<'_>) -> u8 {
    match request {
        Request::AddService(wanted) => {
            to.nested(top::SERVICE, |to| service::whole(wanted, to));
            command::NEW_SERVICE
        }
        Request::EditService(wanted) => {
            to.nested(top::SERVICE, |to| service::whole(wanted, to));
            command::SET_SERVICE
        }
        Request::RemoveService(key) => {
            to.nested(top::SERVICE, |to| service::key(key, to));
            command::DEL_SERVICE
        }
        Request::AddDestination { service, destination } => {
            to.nested(top::SERVICE, |to| service::key(service, to));
            to.nested(top::DEST, |to| destination::whole(destination, to));
            command::NEW_DEST
        }
        Request::EditDestination { service, destination } => {
            to.nested(top::SERVICE, |to| service::key(service, to));
            to.nested(top::DEST, |to| destination::whole(destination, to));
            command::SET_DEST
        }
        Request::RemoveDestination { service, destination } => {
            to.nested(top::SERVICE, |to| service::key(service, to));
            to.nested(top::DEST, |to| destination::key(*destination, to));
            command::DEL_DEST
        }
        Request::SetTimeouts(timeouts) => {
            to.u32(top::TIMEOUT_TCP, timeouts.tcp);
            to.u32(top::TIMEOUT_TCP_FIN, timeouts.tcp_fin);
            to.u32(top::TIMEOUT_UDP, timeouts.udp);
            command::SET_CONFIG
        }
        Request::StartDaemon(wanted) => {
            to.nested(top::DAEMON, |to| daemon::whole(wanted, to));
            command::NEW_DAEMON
        }
        Request::StopDaemon { state, interface, sync_id } => {
            to.nested(top::DAEMON, |to| daemon::key(*state, interface, *sync_id, to));
            command::DEL_DAEMON
        }
        Request::Zero(key) => {
            if let Some(key) = key {
                to.nested(top::SERVICE, |to| service::key(key, to));
            }
            command::ZERO
        }
        Request::Flush => command::FLUSH,
    }
}

/// Writes what follows the headers; the command. [`Question::Family`] is no question to this family.
pub(super) fn write_question(question: &Question, to: &mut Writer<'_>) -> u8 {
    let mut named = |key| to.nested(top::SERVICE, |to| service::key(key, to));
    match question {
        Question::Services => command::GET_SERVICE,
        Question::Service(key) => {
            named(key);
            command::GET_SERVICE
        }
        Question::Destinations(key) => {
            named(key);
            command::GET_DEST
        }
        Question::Daemons => command::GET_DAEMON,
        Question::Timeouts => command::GET_CONFIG,
        Question::Info | Question::Family => command::GET_INFO,
    }
}

fn find_family() -> GenlCtrl {
    let name = Payload::family_name();
    GenlCtrl { cmd: GenlCtrlCmd::GetFamily, nlas: vec![GenlCtrlAttrs::FamilyName(name.to_owned())] }
}
