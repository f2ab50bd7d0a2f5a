//! The kernel's hashes, so that the same client meets the same real server as it would there.

use std::net::IpAddr;

/// `GOLDEN_RATIO_32` of `include/linux/hash.h`.
const GOLDEN_RATIO_32: u32 = 0x61C8_8647;

/// Buckets of `sh` and `dh`: `1 << CONFIG_IP_VS_SH_TAB_BITS`, 8 by default.
pub(crate) const N_BUCKETS: usize = 256;

/// An address as one word: IPv4 as it is, the four words of IPv6 by exclusive or.
pub(crate) fn fold(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(v4) => v4.to_bits(),
        IpAddr::V6(v6) => {
            let bits = v6.to_bits();
            [96, 64, 32, 0].into_iter().fold(0, |word, shift| word ^ low_word(bits >> shift))
        }
    }
}

/// The bucket of an address and port (0 if the port is to be left out): `hash_32(…, 8)`.
pub(crate) fn bucket(address: IpAddr, port: u16) -> usize {
    (u32::from(port).wrapping_add(fold(address)).wrapping_mul(GOLDEN_RATIO_32) >> 24) as usize
}

/// The kernel's `hsiphash` of one word on 64-bit machines: SipHash-1-3 with both key halves equal, low 32 bits.
pub(crate) fn hsiphash_1u32(value: u32, key: u64) -> u32 {
    let mut v = [
        0x736f_6d65_7073_6575 ^ key,
        0x646f_7261_6e64_6f6d ^ key,
        0x6c79_6765_6e65_7261 ^ key,
        0x7465_6462_7974_6573 ^ key,
    ];
    let last = (4 << 56) | u64::from(value);
    v[3] ^= last;
    sip_round(&mut v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for _ in 0..3 {
        sip_round(&mut v);
    }
    low_word(u128::from(v[0] ^ v[1] ^ v[2] ^ v[3]))
}

fn sip_round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[2] = v[2].rotate_left(32);
}

#[expect(clippy::cast_possible_truncation, reason = "the low word is what is asked for")]
fn low_word(bits: u128) -> u32 {
    bits as u32
}

#[cfg(test)]
mod tests {
    use std::hash::Hasher;

    use super::*;

    #[test]
    fn ipv6_folds_by_words() {
        let address = "2001:db8::1".parse().unwrap();
        assert_eq!(fold(address), 0x2001_0db8 ^ 1);
        assert_eq!(fold("10.0.0.1".parse().unwrap()), 0x0a00_0001);
    }

    #[test]
    fn buckets_stay_in_the_table() {
        assert!((0..5000_u32).all(|n| bucket(IpAddr::from(n.to_be_bytes()), 80) < N_BUCKETS));
    }

    /// The standard library's default hasher is SipHash-1-3 with a zero key: an independent witness.
    #[test]
    fn siphash_agrees_with_the_standard_library() {
        for value in [0_u32, 1, 80, 0xdead_beef, u32::MAX] {
            let mut witness = std::hash::DefaultHasher::new();
            witness.write(&value.to_le_bytes());
            assert_eq!(hsiphash_1u32(value, 0), low_word(u128::from(witness.finish())));
        }
    }
}
