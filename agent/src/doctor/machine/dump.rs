//! Interfaces, addresses and gateways, from the kernel's route netlink and `/proc/net`. Nothing but reading.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};

use crate::surroundings::{Assigned, Host, Link, Place};

// linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h, linux/if.h
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLM_F_REQUEST_DUMP: u16 = 0x1 | 0x300;
const RTM_GETLINK: u16 = 18;
const RTM_GETADDR: u16 = 22;
const IFLA_ADDRESS: u16 = 1;
const IFLA_IFNAME: u16 = 3;
const IFLA_MTU: u16 = 4;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFF_UP: u32 = 0x1;
const IFF_LOOPBACK: u32 = 0x8;

/// `struct ifinfomsg` and `struct ifaddrmsg`, in bytes.
const LINK_HEADER: usize = 16;
const ADDRESS_HEADER: usize = 8;
const MESSAGE_HEADER: usize = 16;

/// The kernel fills pages of at most 32 KiB.
const BUFFER: usize = 64 * 1024;

/// The machine now.
pub(super) fn host() -> io::Result<Host> {
    let mut host = Host::default();
    for (name, link, _) in links()? {
        host.links.insert(name, link);
    }
    for body in dump(RTM_GETADDR, &[0; ADDRESS_HEADER])? {
        let (Some(&prefix), Some(index)) = (body.get(1), number(&body, 4)) else { continue };
        let Some((device, _)) = host.links.iter().find(|(_, link)| link.index == index) else { continue };
        let (mut local, mut peer) = (None, None);
        attributes(body.get(ADDRESS_HEADER..).unwrap_or_default(), |kind, value| match kind {
            IFA_LOCAL => local = address(value),
            IFA_ADDRESS => peer = address(value),
            _ => {}
        });
        // IPv6 has no local one, for it has no peer.
        if let Some(address) = local.or(peer) {
            let place = Place { device: device.clone(), address, prefix };
            host.addresses.push(Assigned { place, ours: false });
        }
    }
    host.gateways = gateways();
    Ok(host)
}

/// How long an interface's packets may be.
pub(super) fn mtu(device: &str) -> Option<u32> {
    links().ok()?.into_iter().find(|(name, ..)| name == device)?.2
}

fn links() -> io::Result<Vec<(String, Link, Option<u32>)>> {
    let mut links = Vec::new();
    for body in dump(RTM_GETLINK, &[0; LINK_HEADER])? {
        let (Some(index), Some(flags)) = (number(&body, 4), number(&body, 8)) else { continue };
        let (mut name, mut mac, mut mtu) = (None, None, None);
        attributes(body.get(LINK_HEADER..).unwrap_or_default(), |kind, value| match kind {
            IFLA_IFNAME => {
                name = value.split(|byte| *byte == 0).next().map(String::from_utf8_lossy).map(String::from);
            }
            IFLA_ADDRESS => mac = value.try_into().ok(),
            IFLA_MTU => mtu = number(value, 0),
            _ => {}
        });
        let (up, loopback) = (flags & IFF_UP != 0, flags & IFF_LOOPBACK != 0);
        if let Some(name) = name {
            links.push((name, Link { index, up, loopback, mac, ..Link::default() }, mtu));
        }
    }
    Ok(links)
}

/// Asks for all of a kind; the bodies of the answers.
fn dump(kind: u16, header: &[u8]) -> io::Result<Vec<Vec<u8>>> {
    // Route netlink is protocol 0, the family's default.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    let length = u32::try_from(MESSAGE_HEADER + header.len()).unwrap_or(u32::MAX);
    let mut request = Vec::new();
    request.extend_from_slice(&length.to_ne_bytes());
    request.extend_from_slice(&kind.to_ne_bytes());
    request.extend_from_slice(&NLM_F_REQUEST_DUMP.to_ne_bytes());
    // Sequence number and port: one question on a socket of its own.
    request.extend_from_slice(&[0; 8]);
    request.extend_from_slice(header);
    sendto(&socket, &request, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut bodies = Vec::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        let (read, _) = recv(&socket, buffer.as_mut_slice(), RecvFlags::empty())?;
        let mut rest = buffer.get(..read).unwrap_or_default();
        while let Some(length) = number(rest, 0).and_then(|length| usize::try_from(length).ok()) {
            let Some(message) = rest.get(..length).filter(|message| message.len() >= MESSAGE_HEADER) else {
                break;
            };
            match u16::from_ne_bytes([message[4], message[5]]) {
                NLMSG_DONE => return Ok(bodies),
                NLMSG_ERROR => {
                    let errno = number(message, MESSAGE_HEADER).unwrap_or(0).cast_signed();
                    return Err(io::Error::from_raw_os_error(errno.saturating_neg()));
                }
                _ => bodies.push(message[MESSAGE_HEADER..].to_vec()),
            }
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Calls `each` with every attribute: its kind, its value.
fn attributes<'a>(mut bytes: &'a [u8], mut each: impl FnMut(u16, &'a [u8])) {
    while let [low, high, kind_low, kind_high, ..] = *bytes {
        let length = usize::from(u16::from_ne_bytes([low, high]));
        let Some(value) = bytes.get(4..length) else { return };
        each(u16::from_ne_bytes([kind_low, kind_high]), value);
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|octets| Ipv4Addr::from(octets).into());
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(|octets| Ipv6Addr::from(octets).into())).ok()
}

/// The gateways of default routes.
fn gateways() -> BTreeSet<IpAddr> {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let v4 = gateways_v4(&read("/proc/self/net/route"));
    v4.into_iter().chain(gateways_v6(&read("/proc/self/net/ipv6_route"))).collect()
}

/// `Iface Destination Gateway …`, addresses as numbers of this machine's byte order in hexadecimal.
fn gateways_v4(table: &str) -> Vec<IpAddr> {
    let lines = table.lines().skip(1).map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
    let gateways = lines.filter_map(|fields| match fields[..] {
        [_, "00000000", gateway, _, _, _, _, "00000000", ..] => {
            let gateway = u32::from_str_radix(gateway, 16).ok()?;
            (gateway != 0).then(|| Ipv4Addr::from(gateway.to_ne_bytes()).into())
        }
        _ => None,
    });
    gateways.collect()
}

/// `destination length source length gateway …`, addresses as 32 hexadecimal digits.
fn gateways_v6(table: &str) -> Vec<IpAddr> {
    let lines = table.lines().map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
    let gateways = lines.filter_map(|fields| match fields[..] {
        [_, "00", _, "00", gateway, ..] => {
            let gateway = u128::from_str_radix(gateway, 16).ok()?;
            (gateway != 0).then(|| Ipv6Addr::from(gateway).into())
        }
        _ => None,
    });
    gateways.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gateways_are_read_from_the_kernels_tables() {
        // As a little-endian machine writes 192.168.10.254.
        let v4 = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n\
                  eth0\t00000000\tFE0AA8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
                  eth0\t000AA8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        if cfg!(target_endian = "little") {
            assert_eq!(gateways_v4(v4), ["192.168.10.254".parse::<IpAddr>().unwrap()]);
        }
        let zeros = "0".repeat(32);
        let v6 = format!(
            "{zeros} 00 {zeros} 00 fe800000000000000000000000000001 00000400 1 0 00000003 eth0\n\
             {zeros} 00 {zeros} 00 {zeros} ffffffff 1 0 00200200 lo\n"
        );
        assert_eq!(gateways_v6(&v6), ["fe80::1".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn damaged_attributes_end_the_reading() {
        for bytes in [&[][..], &[8, 0, 1], &[3, 0, 1, 0, 9], &[200, 0, 1, 0, 1, 2]] {
            attributes(bytes, |_, _| panic!("{bytes:?}"));
        }
    }
}
