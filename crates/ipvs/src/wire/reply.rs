//! What the kernel answers.

use super::numbers::{command, info, top};
use super::read::{attributes, needed};
use super::{daemon, destination, service};
use crate::{Daemon, DestinationEntry, Info, Malformed, ServiceEntry, Timeouts, Unknown, Version};
use netlink_packet_core::{DecodeError, ParseableParametrized};
use netlink_packet_generic::GenlHeader;

/// One message of the family from the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A service.
    Service(ServiceEntry),
    /// A destination of the service that was asked for.
    Destination(DestinationEntry),
    /// A sync daemon.
    Daemon(Daemon),
    /// The timeouts.
    Timeouts(Timeouts),
    /// Version and table size.
    Info(Info),
    /// A command this crate does not know.
    Other {
        /// Its number.
        command: u8,
        /// What came with it.
        attributes: Vec<Unknown>,
    },
}

impl Reply {
    /// Reads what follows the netlink header.
    ///
    /// # Errors
    /// Where it is cut off, or lacks what such a message always has.
    pub fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let header =
            GenlHeader::parse(payload).map_err(|error| Malformed::new("message", error.to_string()))?;
        Self::parse_command(header.cmd, payload.get(4..).unwrap_or_default())
    }

    fn parse_command(command: u8, bytes: &[u8]) -> Result<Self, Malformed> {
        match command {
            command::NEW_SERVICE => service::read(nested(bytes, top::SERVICE, "service")?).map(Self::Service),
            command::NEW_DEST => {
                destination::read(nested(bytes, top::DEST, "destination")?).map(Self::Destination)
            }
            command::NEW_DAEMON => daemon::read(nested(bytes, top::DAEMON, "sync daemon")?).map(Self::Daemon),
            command::SET_CONFIG => timeouts(bytes).map(Self::Timeouts),
            command::SET_INFO => read_info(bytes).map(Self::Info),
            _ => {
                let attributes = attributes("message", bytes)
                    .map(|found| found.map(|raw| raw.unknown()))
                    .collect::<Result<_, _>>()?;
                Ok(Self::Other { command, attributes })
            }
        }
    }

    /// The number the kernel gave the family IPVS, from the answer to [`super::Question::Family`].
    ///
    /// # Errors
    /// Where it is cut off or holds no number.
    pub fn parse_family(payload: &[u8]) -> Result<u16, Malformed> {
        /// `CTRL_ATTR_FAMILY_ID`
        const FAMILY_ID: u16 = 1;
        let what = "description of the family IPVS";
        for attribute in attributes(what, payload.get(4..).unwrap_or_default()) {
            let attribute = attribute?;
            if attribute.kind == FAMILY_ID {
                return attribute.u16();
            }
        }
        Err(Malformed::new(what, "it has no number"))
    }
}

impl ParseableParametrized<[u8], GenlHeader> for Reply {
    fn parse_with_param(bytes: &[u8], header: GenlHeader) -> Result<Self, DecodeError> {
        Self::parse_command(header.cmd, bytes).map_err(|error| error.to_string().into())
    }
}

/// What an attribute of the top level holds.
fn nested<'a>(bytes: &'a [u8], kind: u16, what: &'static str) -> Result<&'a [u8], Malformed> {
    for attribute in attributes(what, bytes) {
        let attribute = attribute?;
        if attribute.kind == kind {
            return Ok(attribute.value);
        }
    }
    Err(Malformed::new(what, "the message has none"))
}

fn timeouts(bytes: &[u8]) -> Result<Timeouts, Malformed> {
    let mut timeouts = Timeouts { tcp: 0, tcp_fin: 0, udp: 0 };
    for attribute in attributes("timeouts", bytes) {
        let attribute = attribute?;
        match attribute.kind {
            top::TIMEOUT_TCP => timeouts.tcp = attribute.u32()?,
            top::TIMEOUT_TCP_FIN => timeouts.tcp_fin = attribute.u32()?,
            top::TIMEOUT_UDP => timeouts.udp = attribute.u32()?,
            _ => {}
        }
    }
    Ok(timeouts)
}

fn read_info(bytes: &[u8]) -> Result<Info, Malformed> {
    let (mut version, mut connection_table_size) = (None, 0);
    for attribute in attributes("version", bytes) {
        let attribute = attribute?;
        match attribute.kind {
            info::VERSION => version = Some(attribute.u32()?),
            info::CONN_TAB_SIZE => connection_table_size = attribute.u32()?,
            _ => {}
        }
    }
    let [_, major, minor, patch] = needed("version", "number", version)?.to_be_bytes();
    Ok(Info { version: Version { major, minor, patch }, connection_table_size })
}
