//! Asks a network who has an IPv6 address: a neighbour solicitation (RFC 4861). It comes from an address that this machine has there
//! anyway, so that answers come to this machine alone, and nobody learns anything that is not true.

use std::net::{IpAddr, Ipv6Addr};

use super::wire::{Mac, Question};
use crate::surroundings::{Host, announce};

/// `ETH_P_IPV6`, linux/if_ether.h.
const IPV6: u16 = 0x86dd;
const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;
/// The options with the link-layer addresses of who asks and who answers; both are 8 bytes long for Ethernet.
const SOURCE: u8 = 1;
const TARGET: u8 = 2;
const OPTION: usize = 8;

/// The question of the machine at `own` and `from` who has `address`.
pub(super) fn question(own: Mac, from: Ipv6Addr, address: Ipv6Addr) -> Question {
    let [.., a, b, c] = address.octets();
    // RFC 4291: whoever has an address listens to its solicited-node address. RFC 2464: which is this one on Ethernet.
    let group = Ipv6Addr::from([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a, b, c]);
    let packet = announce::icmp_v6(from, group, |checksum| {
        let head = [SOLICITATION, 0, checksum[0], checksum[1], 0, 0, 0, 0];
        [&head[..], &address.octets(), &[SOURCE, 1], &own].concat()
    });
    Question { kind: IPV6, icmp_v6: true, to: [0x33, 0x33, 0xff, a, b, c], packet }
}

/// From which address of an interface to ask for `address`: its link-local one, else another one of its own.
pub(super) fn from(host: &Host, device: &str, address: Ipv6Addr) -> Option<Ipv6Addr> {
    let there = host.addresses.iter().filter(|assigned| assigned.place.device == device && !assigned.ours);
    let own = there.filter_map(|assigned| match assigned.place.address {
        IpAddr::V6(own) if own != address => Some(own),
        _ => None,
    });
    own.min_by_key(|own| !own.is_unicast_link_local())
}

/// Who says that it has `address`, if this ICMPv6 message says so.
pub(super) fn answer(body: &[u8], address: Ipv6Addr) -> Option<Mac> {
    let is_answer = body.first() == Some(&ADVERTISEMENT) && body.get(8..24) == Some(&address.octets()[..]);
    let mut options = body.get(24..)?.chunks_exact(OPTION);
    let target = options.find(|option| option[..2] == [TARGET, 1])?;
    is_answer.then(|| target[2..].try_into().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surroundings::{Assigned, Place};

    const MAC: Mac = [2, 0, 0, 0, 0, 9];

    fn at(text: &str) -> Ipv6Addr {
        text.parse().unwrap()
    }

    #[test]
    fn the_solicitation_is_as_the_standard_says() {
        let question = question(MAC, at("fe80::9"), at("fd00:10::abcd:2"));
        assert_eq!(question.to, [0x33, 0x33, 0xff, 0xcd, 0, 2]);
        let hex: String = question.packet.iter().map(|byte| format!("{byte:02x}")).collect();
        let checksum = &hex[84..88];
        let expected = format!(
            "6000000000203aff fe800000000000000000000000000009 ff0200000000000000000001ffcd0002 \
             8700{checksum}00000000 fd0000100000000000000000abcd0002 0101020000000009"
        );
        assert_eq!(hex, expected.replace(' ', ""));
        assert_eq!(answer(&question.packet[40..], at("fd00:10::abcd:2")), None, "a question is no answer");
    }

    #[test]
    fn an_advertisement_names_its_machine() {
        let vip = at("fd00:10::2");
        let frame = announce::frames(MAC, vip.into()).remove(0);
        let packet = &frame[14 + 40..];
        assert_eq!(answer(packet, vip), Some(MAC));
        assert_eq!(answer(packet, at("fd00:10::3")), None);
        for end in 0..packet.len() {
            assert_eq!(answer(&packet[..end], vip), None);
        }
    }

    #[test]
    fn a_machine_asks_from_where_it_is_itself() {
        let mut host = Host::default();
        let mut add = |device: &str, address: &str, ours| {
            let place = Place { device: device.into(), address: address.parse().unwrap(), prefix: 64 };
            host.addresses.push(Assigned { place, ours });
        };
        add("eth0", "fd00:10::2", false);
        add("eth0", "fd00:10::3", true);
        add("eth1", "fe80::2", false);
        add("eth0", "10.0.0.1", false);
        assert_eq!(from(&host, "eth0", at("fd00:10::2")), None);
        assert_eq!(from(&host, "eth0", at("fd00:10::7")), Some(at("fd00:10::2")));
        let place = Place { device: "eth0".into(), address: "fe80::1".parse().unwrap(), prefix: 64 };
        host.addresses.push(Assigned { place, ours: false });
        assert_eq!(from(&host, "eth0", at("fd00:10::7")), Some(at("fe80::1")));
    }
}
