//! How often strangers may fail. Tokens have 256 random bits and cannot be guessed; this keeps noise from costing much.
//! Pure: time is an argument.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::seats::network;

/// Failed attempts that an address has at once.
const BURST: u32 = 10;

/// One attempt comes back after this many milliseconds.
const REFILL_MS: i64 = 6_000;

/// Addresses remembered. Beyond it the one that failed longest ago is forgotten.
const MAX_ADDRESSES: usize = 4096;

/// Failures by address.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    addresses: BTreeMap<IpAddr, Failures>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    left: u32,
    /// When `left` was true, in milliseconds since 1970.
    at_ms: i64,
}

impl Throttle {
    /// Whether this address may try. In seconds, when to come again, where it may not.
    pub(super) fn check(&mut self, address: IpAddr, now_ms: i64) -> Result<(), u32> {
        let Some(failures) = self.addresses.get_mut(&network(address)) else { return Ok(()) };
        *failures = failures.at(now_ms);
        if failures.left > 0 {
            return Ok(());
        }
        let wait_ms = (REFILL_MS - (now_ms - failures.at_ms)).clamp(1, REFILL_MS);
        Err(u32::try_from(wait_ms.div_euclid(1000) + 1).unwrap_or(u32::MAX))
    }

    /// This address has failed.
    pub(super) fn failed(&mut self, address: IpAddr, now_ms: i64) {
        let address = network(address);
        if self.addresses.len() >= MAX_ADDRESSES && !self.addresses.contains_key(&address) {
            let oldest =
                self.addresses.iter().min_by_key(|(_, failures)| failures.at_ms).map(|(&oldest, _)| oldest);
            oldest.and_then(|oldest| self.addresses.remove(&oldest));
        }
        let failures = self.addresses.entry(address).or_insert(Failures { left: BURST, at_ms: now_ms });
        *failures = failures.at(now_ms);
        failures.left = failures.left.saturating_sub(1);
    }
}

impl Failures {
    fn at(self, now_ms: i64) -> Self {
        // A clock that was set back gives nothing, and takes nothing.
        let back = (now_ms - self.at_ms).max(0) / REFILL_MS;
        let left = self.left.saturating_add(u32::try_from(back).unwrap_or(BURST)).min(BURST);
        Self { left, at_ms: if now_ms < self.at_ms { now_ms } else { self.at_ms + back * REFILL_MS } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn ten_failures_and_then_one_every_six_seconds() {
        let mut throttle = Throttle::default();
        let stranger = address("192.0.2.1");
        for _ in 0..BURST {
            assert_eq!(throttle.check(stranger, 1_000), Ok(()));
            throttle.failed(stranger, 1_000);
        }
        assert_eq!(throttle.check(stranger, 1_000), Err(7));
        assert_eq!(throttle.check(stranger, 6_900), Err(1));
        assert_eq!(throttle.check(stranger, 7_000), Ok(()));
        throttle.failed(stranger, 7_000);
        assert!(throttle.check(stranger, 7_000).is_err());
        assert_eq!(throttle.check(address("192.0.2.2"), 7_000), Ok(()));
    }

    #[test]
    fn an_ipv6_network_is_one_stranger_and_mapped_addresses_are_ipv4() {
        let mut throttle = Throttle::default();
        for host in 0..BURST {
            throttle.failed(address(&format!("2001:db8::{host:x}")), 0);
            throttle.failed(address("::ffff:192.0.2.1"), 0);
        }
        assert!(throttle.check(address("2001:db8::ffff"), 0).is_err());
        assert!(throttle.check(address("2001:db8:0:1::1"), 0).is_ok());
        assert!(throttle.check(address("192.0.2.1"), 0).is_err());
    }

    #[test]
    fn memory_is_bounded_and_the_clock_may_be_set_back() {
        let mut throttle = Throttle::default();
        for number in 0..2 * MAX_ADDRESSES {
            throttle.failed(IpAddr::from([10, 0, (number >> 8) as u8, number as u8]), number as i64);
        }
        assert!(throttle.addresses.len() <= MAX_ADDRESSES);
        let stranger = address("192.0.2.1");
        for _ in 0..BURST {
            throttle.failed(stranger, 1_000_000);
        }
        assert!(throttle.check(stranger, 0).is_err());
        assert_eq!(throttle.check(stranger, REFILL_MS), Ok(()));
    }
}
