//! Frames that tell a network where an address is from now on: gratuitous ARP (RFC 5227) and unsolicited neighbour
//! advertisements (RFC 4861). Pure; who sends them is `kernel::packet`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// When the frames of one announcement go out, counted from the arrival. The first is what matters; switches and neighbours that
/// missed it (a port that was just learning, a full queue) get the others.
pub const TIMES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(3)];

const BROADCAST: [u8; 6] = [0xff; 6];
/// RFC 2464: the Ethernet address of ff02::1, all nodes.
const ALL_NODES: [u8; 6] = [0x33, 0x33, 0, 0, 0, 1];

/// EtherType of ARP.
const ARP: [u8; 2] = [0x08, 0x06];
/// EtherType of IPv6.
const IPV6: [u8; 2] = [0x86, 0xdd];

const NEIGHBOUR_ADVERTISEMENT: u8 = 136;
/// RFC 4861: the flag that overrides what neighbours have cached.
const OVERRIDE: u8 = 0x20;
/// RFC 4861: the option with the target's link-layer address.
const TARGET_LINK_LAYER: u8 = 2;
const ICMPV6: u8 = 58;

/// Ethernet frames that say: `address` is at `mac`.
///
/// For IPv4 both forms, a request and a reply for oneself: some neighbours heed only the one, some only the other.
pub fn frames(mac: [u8; 6], address: IpAddr) -> Vec<Vec<u8>> {
    match address {
        IpAddr::V4(address) => vec![arp(mac, address, 1), arp(mac, address, 2)],
        IpAddr::V6(address) => vec![neighbour_advertisement(mac, address)],
    }
}

fn arp(mac: [u8; 6], address: Ipv4Addr, operation: u8) -> Vec<u8> {
    // A request asks for an unknown hardware address, a reply tells everybody's.
    let target = if operation == 1 { [0; 6] } else { BROADCAST };
    let hardware_and_protocol = [0, 1, 8, 0, 6, 4, 0, operation];
    [&BROADCAST[..], &mac, &ARP, &hardware_and_protocol, &mac, &address.octets(), &target, &address.octets()]
        .concat()
}

fn neighbour_advertisement(mac: [u8; 6], address: Ipv6Addr) -> Vec<u8> {
    let all_nodes = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
    let packet = icmp_v6(address, all_nodes, |checksum| {
        let fixed = [NEIGHBOUR_ADVERTISEMENT, 0, checksum[0], checksum[1], OVERRIDE, 0, 0, 0];
        [&fixed[..], &address.octets(), &[TARGET_LINK_LAYER, 1], &mac].concat()
    });
    [&ALL_NODES[..], &mac, &IPV6, &packet].concat()
}

/// An IPv6 packet between neighbours; `body` makes its ICMPv6 part, shorter than 256 bytes, with this checksum in it.
pub(crate) fn icmp_v6(from: Ipv6Addr, to: Ipv6Addr, body: impl Fn([u8; 2]) -> Vec<u8>) -> Vec<u8> {
    let (from, to, blank) = (from.octets(), to.octets(), body([0; 2]));
    let length = [0, blank.len() as u8];
    let pseudo = [&from[..], &to, &[0, 0], &length, &[0, 0, 0, ICMPV6], &blank].concat();
    // Hop limit 255 proves that it comes from this very network.
    let header = [&[0x60, 0, 0, 0][..], &length, &[ICMPV6, 255], &from, &to].concat();
    [header, body(checksum(&pseudo).to_be_bytes())].concat()
}

/// The Internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let words =
        bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | pair.get(1).copied().map_or(0, u32::from));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: [u8; 6] = [0x02, 0x42, 0x0a, 0, 0, 1];

    fn check(address: &str, expected: &[&str]) {
        let frames = frames(MAC, address.parse().unwrap());
        let hex: Vec<String> =
            frames.iter().map(|frame| frame.iter().map(|byte| format!("{byte:02x}")).collect()).collect();
        assert_eq!(hex, expected.iter().map(|frame| frame.replace(' ', "")).collect::<Vec<_>>(), "{address}");
    }

    #[test]
    fn frames_are_as_the_standards_say() {
        check(
            "10.0.0.2",
            &[
                "ffffffffffff 02420a000001 0806 0001 0800 06 04 0001 02420a000001 0a000002 000000000000 0a000002",
                "ffffffffffff 02420a000001 0806 0001 0800 06 04 0002 02420a000001 0a000002 ffffffffffff 0a000002",
            ],
        );
        check(
            "2001:db8::2",
            &["333300000001 02420a000001 86dd 60000000 0020 3a ff 20010db8000000000000000000000002 \
               ff020000000000000000000000000001 88 00 eee6 20000000 20010db8000000000000000000000002 02 01 02420a000001"],
        );
    }

    #[test]
    fn a_frame_with_its_checksum_sums_up_to_nothing() {
        for address in ["2001:db8::2", "fe80::1", "fd00:ffff:ffff:ffff::ffff"] {
            let frame = frames(MAC, address.parse().unwrap()).remove(0);
            let (header, body) = frame[14..].split_at(40);
            let pseudo = [&header[8..40], &[0, 0, 0, body.len() as u8, 0, 0, 0, ICMPV6], body].concat();
            assert_eq!(checksum(&pseudo), 0, "{address}");
        }
    }
}
