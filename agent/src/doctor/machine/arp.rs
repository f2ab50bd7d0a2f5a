//! Asks a network who has an IPv4 address: ARP, with the probe of RFC 5227, whose sender has no address, so that nobody learns
//! anything from it.

use std::net::Ipv4Addr;

use super::wire::{Mac, Question};

/// `ETH_P_ARP`, linux/if_ether.h.
const ARP: u16 = 0x0806;
const REQUEST: u16 = 1;
const REPLY: u16 = 2;

/// An ARP packet for Ethernet and IPv4 (RFC 826), in bytes.
const LENGTH: usize = 28;

/// The question of the machine at `own` who has `address`.
pub(super) fn question(own: Mac, address: Ipv4Addr) -> Question {
    Question { kind: ARP, icmp_v6: false, to: [0xff; 6], packet: probe(own, address).to_vec() }
}

fn probe(own: Mac, address: Ipv4Addr) -> [u8; LENGTH] {
    let mut packet = [0; LENGTH];
    // Ethernet, IPv4, lengths of their addresses.
    packet[..6].copy_from_slice(&[0, 1, 0x08, 0x00, 6, 4]);
    packet[6..8].copy_from_slice(&REQUEST.to_be_bytes());
    packet[8..14].copy_from_slice(&own);
    packet[24..28].copy_from_slice(&address.octets());
    packet
}

/// Who says that it has `address`, if this packet says so.
pub(super) fn answer(packet: &[u8], address: Ipv4Addr) -> Option<Mac> {
    let packet: &[u8; LENGTH] = packet.get(..LENGTH)?.try_into().ok()?;
    let is_answer = packet[6..8] == REPLY.to_be_bytes() && packet[14..18] == address.octets();
    is_answer.then(|| packet[8..14].try_into().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_says_nothing_of_its_sender_but_where_to_answer() {
        let packet = probe([2, 0, 0, 0, 0, 1], Ipv4Addr::new(10, 0, 0, 2));
        assert_eq!(packet[14..18], [0; 4]);
        assert_eq!(answer(&packet, Ipv4Addr::new(10, 0, 0, 2)), None, "a question is no answer");
    }

    #[test]
    fn answers_for_other_addresses_and_short_packets_are_passed_over() {
        let vip = Ipv4Addr::new(10, 0, 0, 2);
        let mut packet = probe([2, 0, 0, 0, 0, 9], Ipv4Addr::new(10, 0, 0, 1));
        packet[7] = 2;
        packet[14..18].copy_from_slice(&vip.octets());
        assert_eq!(answer(&packet, vip), Some([2, 0, 0, 0, 0, 9]));
        assert_eq!(answer(&packet, Ipv4Addr::new(10, 0, 0, 3)), None);
        assert_eq!(answer(&packet[..20], vip), None);
    }
}
