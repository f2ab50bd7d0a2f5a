//! Requests and questions to bytes.

use super::attribute::Attribute;
use super::numbers::{command, top};
use super::payload::Payload;
use super::{daemon, destination, service};
use crate::{Request, ServiceKey};
use netlink_packet_core::{
    NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload, NetlinkSerializable,
};
use netlink_packet_generic::GenlMessage;
use netlink_packet_generic::ctrl::nlas::GenlCtrlAttrs;
use netlink_packet_generic::ctrl::{GenlCtrl, GenlCtrlCmd};

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
        self.write(request_payload(request), flags, sequence, buffer);
    }

    /// Appends a question.
    pub fn question(self, question: &Question, sequence: u32, buffer: &mut Vec<u8>) {
        let flags = if question.is_dump() { NLM_F_REQUEST | NLM_F_DUMP } else { NLM_F_REQUEST };
        match question_payload(question) {
            Some(payload) => self.write(payload, flags, sequence, buffer),
            None => append(GenlMessage::from_payload(find_family()), flags, sequence, buffer),
        }
    }

    fn write(self, payload: Payload, flags: u16, sequence: u32, buffer: &mut Vec<u8>) {
        let mut message = GenlMessage::from_payload(payload);
        message.set_resolved_family_id(self.family);
        append(message, flags, sequence, buffer);
    }
}

fn append<T: NetlinkSerializable>(message: T, flags: u16, sequence: u32, buffer: &mut Vec<u8>) {
    let mut header = NetlinkHeader::default();
    header.flags = flags;
    header.sequence_number = sequence;
    let mut message = NetlinkMessage::new(header, NetlinkPayload::InnerMessage(message));
    message.finalize();
    let start = buffer.len();
    // Every attribute is padded to four bytes, so messages follow each other without a gap.
    buffer.resize(start + message.buffer_len(), 0);
    message.serialize(&mut buffer[start..]);
}

fn request_payload(request: &Request) -> Payload {
    let named = |key| Attribute::nested(top::SERVICE, service::key(key));
    let (command, attributes) = match request {
        Request::AddService(wanted) => {
            (command::NEW_SERVICE, vec![Attribute::nested(top::SERVICE, service::whole(wanted))])
        }
        Request::EditService(wanted) => {
            (command::SET_SERVICE, vec![Attribute::nested(top::SERVICE, service::whole(wanted))])
        }
        Request::RemoveService(key) => (command::DEL_SERVICE, vec![named(key)]),
        Request::AddDestination { service, destination } => {
            let wanted = Attribute::nested(top::DEST, destination::whole(destination));
            (command::NEW_DEST, vec![named(service), wanted])
        }
        Request::EditDestination { service, destination } => {
            let wanted = Attribute::nested(top::DEST, destination::whole(destination));
            (command::SET_DEST, vec![named(service), wanted])
        }
        Request::RemoveDestination { service, destination } => (
            command::DEL_DEST,
            vec![named(service), Attribute::nested(top::DEST, destination::key(*destination))],
        ),
        Request::SetTimeouts(timeouts) => {
            let attributes = vec![
                Attribute::u32(top::TIMEOUT_TCP, timeouts.tcp),
                Attribute::u32(top::TIMEOUT_TCP_FIN, timeouts.tcp_fin),
                Attribute::u32(top::TIMEOUT_UDP, timeouts.udp),
            ];
            (command::SET_CONFIG, attributes)
        }
        Request::StartDaemon(wanted) => {
            (command::NEW_DAEMON, vec![Attribute::nested(top::DAEMON, daemon::whole(wanted))])
        }
        Request::StopDaemon { state, interface, sync_id } => (
            command::DEL_DAEMON,
            vec![Attribute::nested(top::DAEMON, daemon::key(*state, interface, *sync_id))],
        ),
        Request::Zero(key) => (command::ZERO, key.as_ref().map(named).into_iter().collect()),
        Request::Flush => (command::FLUSH, Vec::new()),
    };
    Payload { command, attributes }
}

fn question_payload(question: &Question) -> Option<Payload> {
    let named = |key| vec![Attribute::nested(top::SERVICE, service::key(key))];
    let (command, attributes) = match question {
        Question::Services => (command::GET_SERVICE, Vec::new()),
        Question::Service(key) => (command::GET_SERVICE, named(key)),
        Question::Destinations(key) => (command::GET_DEST, named(key)),
        Question::Daemons => (command::GET_DAEMON, Vec::new()),
        Question::Timeouts => (command::GET_CONFIG, Vec::new()),
        Question::Info => (command::GET_INFO, Vec::new()),
        Question::Family => return None,
    };
    Some(Payload { command, attributes })
}

/// A message of the family `nlctrl`, which every kernel has at the same number.
fn find_family() -> GenlCtrl {
    let name = <Payload as netlink_packet_generic::GenlFamily>::family_name();
    GenlCtrl { cmd: GenlCtrlCmd::GetFamily, nlas: vec![GenlCtrlAttrs::FamilyName(name.to_owned())] }
}
