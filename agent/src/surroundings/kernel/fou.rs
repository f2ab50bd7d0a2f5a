//! UDP ports at which the kernel takes Generic UDP Encapsulation in: generic netlink family `fou` (linux/fou.h).
//!
//! Four small messages do not need a codec of their own crate; they are put together and taken apart here, on a blocking socket.

use std::io;
use std::mem::MaybeUninit;

use model::Family;
use rustix::io::Errno;
use rustix::net::netlink::{GENERIC, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};

use crate::surroundings::EncapPort;

// linux/netlink.h
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_ACK: u16 = 4;
const NLM_F_DUMP: u16 = 0x300;
const HEADER: usize = 16;

// linux/genetlink.h
const GENL_ID_CTRL: u16 = 16;
const CTRL_CMD_GETFAMILY: u8 = 3;
const CTRL_ATTR_FAMILY_ID: u16 = 1;
const CTRL_ATTR_FAMILY_NAME: u16 = 2;
const GENL_HEADER: usize = 4;

// linux/fou.h
const FOU_CMD_ADD: u8 = 1;
const FOU_CMD_DEL: u8 = 2;
const FOU_CMD_GET: u8 = 3;
const FOU_ATTR_PORT: u16 = 1;
const FOU_ATTR_AF: u16 = 2;
const FOU_ATTR_TYPE: u16 = 4;
const FOU_ENCAP_GUE: u8 = 2;

// linux/socket.h
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

/// The ports at which GUE is taken in; none where the kernel does not know how.
pub(super) fn list() -> io::Result<Vec<EncapPort>> {
    let Some(family) = family()? else { return Ok(Vec::new()) };
    let answers = ask(&message(family, NLM_F_REQUEST | NLM_F_DUMP, FOU_CMD_GET, &[]))?;
    Ok(answers.iter().filter_map(|answer| encap_port(answer)).collect())
}

/// Takes GUE in at a port.
pub(super) fn add(port: EncapPort) -> io::Result<()> {
    change(FOU_CMD_ADD, port, &attribute(FOU_ATTR_TYPE, &[FOU_ENCAP_GUE]))
}

/// Takes nothing in there any more.
pub(super) fn remove(port: EncapPort) -> io::Result<()> {
    match change(FOU_CMD_DEL, port, &[]) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn change(command: u8, port: EncapPort, more: &[u8]) -> io::Result<()> {
    let unknown =
        || io::Error::new(io::ErrorKind::Unsupported, "the kernel does not know Foo over UDP (module fou)");
    let family = family()?.ok_or_else(unknown)?;
    let af = if port.family == Family::V4 { AF_INET } else { AF_INET6 };
    let attributes =
        [&attribute(FOU_ATTR_PORT, &port.port.to_be_bytes())[..], &attribute(FOU_ATTR_AF, &[af]), more]
            .concat();
    ask(&message(family, NLM_F_REQUEST | NLM_F_ACK, command, &attributes)).map(drop)
}

/// The number of the family `fou`; none where the kernel does not have it. To ask for it makes the kernel load the module.
fn family() -> io::Result<Option<u16>> {
    let name = attribute(CTRL_ATTR_FAMILY_NAME, b"fou\0");
    let answers = match ask(&message(GENL_ID_CTRL, NLM_F_REQUEST | NLM_F_ACK, CTRL_CMD_GETFAMILY, &name)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        answers => answers?,
    };
    let id =
        answers.iter().flat_map(|answer| attributes(answer)).find(|(kind, _)| *kind == CTRL_ATTR_FAMILY_ID);
    Ok(id.and_then(|(_, value)| Some(u16::from_ne_bytes(value.try_into().ok()?))))
}

/// Sends a request and collects what comes back, without headers, up to the acknowledgement.
fn ask(request: &[u8]) -> io::Result<Vec<Vec<u8>>> {
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, Some(GENERIC))?;
    sendto(&socket, request, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut answers = Vec::new();
    loop {
        // The kernel fills at most 32 KiB of a dump at a time (NLMSG_GOODSIZE and netlink_dump).
        let mut buffer = [MaybeUninit::uninit(); 32 * 1024];
        let ((received, _), _) = recv(&socket, &mut buffer, RecvFlags::empty())?;
        let mut rest: &[u8] = received;
        while rest.len() >= HEADER {
            let length = u32::from_ne_bytes([rest[0], rest[1], rest[2], rest[3]]) as usize;
            let kind = u16::from_ne_bytes([rest[4], rest[5]]);
            let Some(payload) = rest.get(HEADER..length) else {
                return Err(io::Error::other("a message was cut short"));
            };
            match kind {
                NLMSG_DONE => return Ok(answers),
                NLMSG_ERROR => {
                    let code =
                        payload.get(..4).and_then(|code| code.try_into().ok()).map_or(0, i32::from_ne_bytes);
                    return if code == 0 { Ok(answers) } else { Err(Errno::from_raw_os_error(-code).into()) };
                }
                _ => answers.push(payload.get(GENL_HEADER..).unwrap_or_default().to_vec()),
            }
            rest = rest.get(align(length)..).unwrap_or_default();
        }
    }
}

fn message(kind: u16, flags: u16, command: u8, attributes: &[u8]) -> Vec<u8> {
    let length = (HEADER + GENL_HEADER + attributes.len()) as u32;
    let mut message = length.to_ne_bytes().to_vec();
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    // Sequence number and port: one request on a socket of its own needs neither.
    message.extend([0; 8]);
    message.extend([command, 1, 0, 0]);
    message.extend(attributes);
    message
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let mut attribute = ((4 + value.len()) as u16).to_ne_bytes().to_vec();
    attribute.extend(kind.to_ne_bytes());
    attribute.extend(value);
    attribute.resize(align(attribute.len()), 0);
    attribute
}

fn attributes(mut rest: &[u8]) -> Vec<(u16, &[u8])> {
    let mut found = Vec::new();
    while let [a, b, c, d, ..] = *rest {
        let length = usize::from(u16::from_ne_bytes([a, b]));
        let Some(value) = rest.get(4..length) else { break };
        found.push((u16::from_ne_bytes([c, d]), value));
        rest = rest.get(align(length)..).unwrap_or_default();
    }
    found
}

fn encap_port(answer: &[u8]) -> Option<EncapPort> {
    let attributes = attributes(answer);
    let value = |kind| attributes.iter().find(|(other, _)| *other == kind).map(|(_, value)| *value);
    if value(FOU_ATTR_TYPE)? != [FOU_ENCAP_GUE] {
        return None;
    }
    let family = match *value(FOU_ATTR_AF)? {
        [AF_INET] => Family::V4,
        [AF_INET6] => Family::V6,
        _ => return None,
    };
    Some(EncapPort { port: u16::from_be_bytes(value(FOU_ATTR_PORT)?.try_into().ok()?), family })
}

fn align(length: usize) -> usize {
    length.next_multiple_of(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_read_back_and_cut_ones_are_left_out() {
        let port = attribute(FOU_ATTR_PORT, &5555_u16.to_be_bytes());
        assert_eq!(port.len(), 8);
        let answer =
            [&port[..], &attribute(FOU_ATTR_AF, &[AF_INET]), &attribute(FOU_ATTR_TYPE, &[FOU_ENCAP_GUE])]
                .concat();
        assert_eq!(encap_port(&answer), Some(EncapPort { port: 5555, family: Family::V4 }));
        for end in 0..answer.len() - 4 {
            assert_eq!(encap_port(&answer[..end]), None, "cut at {end}");
        }
        let plain =
            [&port[..], &attribute(FOU_ATTR_AF, &[AF_INET]), &attribute(FOU_ATTR_TYPE, &[1])].concat();
        assert_eq!(encap_port(&plain), None, "direct encapsulation is something else");
    }
}
