//! How often a password may be tried: a growing delay for each account, a limit for each address.
//!
//! Pure: time is an argument. Both tables have a fixed size. An account is never shut for good, or anybody who knows a name could
//! keep its owner out: it opens once a minute at worst.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::seats::network;

/// Attempts on an account before the first delay: everybody mistypes.
const FREE: u32 = 3;
/// The first delay; each further failure doubles it.
const FIRST_MS: i64 = 1_000;
/// The longest delay.
const LONGEST_MS: i64 = 60_000;
/// An account's failures are forgotten after so long without one.
const FORGET_MS: i64 = 60 * 60 * 1_000;
/// Failures that an address has in each window.
const PER_ADDRESS: u32 = 30;
/// That window.
const WINDOW_MS: i64 = 10 * 60 * 1_000;
/// Entries of each table.
const ENTRIES: usize = 10_000;

/// Remembers attempts.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<Tables>);

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// In milliseconds.
    pub ms: i64,
}

#[derive(Debug, Default)]
struct Tables {
    accounts: BTreeMap<String, Account>,
    addresses: BTreeMap<IpAddr, Address>,
}

#[derive(Clone, Copy, Debug)]
struct Account {
    failures: u32,
    last_ms: i64,
    open_ms: i64,
}

#[derive(Clone, Copy, Debug)]
struct Address {
    failures: u32,
    since_ms: i64,
}

impl Throttle {
    /// Notes an attempt and says whether it may be made. It counts as a failure until [`Throttle::succeeded`], so that many at
    /// once do not slip through together. One that has to wait counts for nothing: waiting longer is no punishment for haste.
    pub fn attempt(&self, account: &str, address: IpAddr, now_ms: i64) -> Result<(), Wait> {
        let mut tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (account, address) = (folded(account), network(address));
        let mut of_account = tables.account(&account, now_ms);
        let mut of_address = tables.address(address, now_ms);
        if now_ms < of_account.open_ms {
            return Err(Wait { ms: of_account.open_ms - now_ms });
        }
        if of_address.failures >= PER_ADDRESS {
            return Err(Wait { ms: of_address.since_ms + WINDOW_MS - now_ms });
        }
        of_account.failures += 1;
        of_account.last_ms = now_ms;
        of_account.open_ms = now_ms + delay(of_account.failures);
        of_address.failures += 1;
        tables.put(account, of_account, address, of_address);
        Ok(())
    }

    /// The attempt was right: the account's failures are forgotten, and the address has one less.
    pub fn succeeded(&self, account: &str, address: IpAddr) {
        let mut tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tables.accounts.remove(&folded(account));
        if let Some(of_address) = tables.addresses.get_mut(&network(address)) {
            of_address.failures = of_address.failures.saturating_sub(1);
        }
    }
}

impl Wait {
    /// In whole seconds, at least one.
    pub fn seconds(self) -> u64 {
        u64::try_from(self.ms).unwrap_or(0).div_ceil(1_000).max(1)
    }
}

impl Tables {
    fn account(&self, account: &str, now_ms: i64) -> Account {
        let known = self.accounts.get(account).copied().filter(|known| now_ms - known.last_ms < FORGET_MS);
        known.unwrap_or(Account { failures: 0, last_ms: now_ms, open_ms: now_ms })
    }

    fn address(&self, address: IpAddr, now_ms: i64) -> Address {
        let known = self.addresses.get(&address).copied().filter(|known| now_ms - known.since_ms < WINDOW_MS);
        known.unwrap_or(Address { failures: 0, since_ms: now_ms })
    }

    /// A full table forgets its oldest entry: an attacker with ten thousand names buys one free round for each.
    fn put(&mut self, account: String, of_account: Account, address: IpAddr, of_address: Address) {
        if self.accounts.len() >= ENTRIES && !self.accounts.contains_key(&account) {
            let oldest = self.accounts.iter().min_by_key(|(_, known)| (known.failures > FREE, known.last_ms));
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                self.accounts.remove(&oldest);
            }
        }
        if self.addresses.len() >= ENTRIES && !self.addresses.contains_key(&address) {
            let oldest = self.addresses.iter().min_by_key(|(_, known)| known.since_ms);
            if let Some(oldest) = oldest.map(|(address, _)| *address) {
                self.addresses.remove(&oldest);
            }
        }
        self.accounts.insert(account, of_account);
        self.addresses.insert(address, of_address);
    }
}

fn delay(failures: u32) -> i64 {
    let Some(doublings) = failures.checked_sub(FREE) else { return 0 };
    FIRST_MS.checked_shl(doublings.min(16)).unwrap_or(LONGEST_MS).min(LONGEST_MS)
}

/// As the store compares names, and no longer than a name can be: a key must not be a megabyte.
fn folded(account: &str) -> String {
    account.trim().chars().take(model::Name::MAX).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn there(n: u32) -> IpAddr {
        IpAddr::V4((0x0a00_0000 + n).into())
    }

    #[test]
    fn the_delay_grows_to_a_minute_and_no_further() {
        let delays: Vec<_> = (1..=12).map(delay).collect();
        assert_eq!(
            delays,
            [0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]
        );
    }

    #[test]
    fn an_account_waits_after_three_failures_from_wherever() {
        let throttle = Throttle::default();
        for n in 0..3 {
            assert_eq!(throttle.attempt("ada", there(n), 0), Ok(()));
        }
        assert_eq!(throttle.attempt("Ada ", there(9), 0), Err(Wait { ms: 1_000 }));
        assert_eq!(throttle.attempt("grace", there(9), 0), Ok(()));
        assert_eq!(throttle.attempt("ada", there(9), 1_000), Ok(()));
        assert_eq!(throttle.attempt("ada", there(9), 1_000), Err(Wait { ms: 2_000 }));
    }

    #[test]
    fn success_forgets_the_failures() {
        let throttle = Throttle::default();
        for _ in 0..3 {
            assert_eq!(throttle.attempt("ada", HERE, 0), Ok(()));
        }
        throttle.succeeded("ADA", HERE);
        assert_eq!(throttle.attempt("ada", HERE, 0), Ok(()));
    }

    #[test]
    fn an_address_has_a_limit_whatever_the_names() {
        let throttle = Throttle::default();
        for n in 0..PER_ADDRESS {
            assert_eq!(throttle.attempt(&format!("user{n}"), HERE, 5), Ok(()));
        }
        assert_eq!(throttle.attempt("another", HERE, 5), Err(Wait { ms: WINDOW_MS }));
        assert_eq!(throttle.attempt("another", HERE, 5 + WINDOW_MS), Ok(()));
    }

    #[test]
    fn neighbours_within_a_v6_prefix_are_one() {
        let throttle = Throttle::default();
        for n in 0..PER_ADDRESS {
            let address = format!("2001:db8::{n:x}").parse().unwrap();
            assert_eq!(throttle.attempt(&format!("user{n}"), address, 0), Ok(()));
        }
        assert!(throttle.attempt("another", "2001:db8::ffff".parse().unwrap(), 0).is_err());
        assert!(throttle.attempt("another", "2001:db8:0:1::1".parse().unwrap(), 0).is_ok());
    }

    #[test]
    fn the_tables_are_bounded_and_keep_who_is_waiting() {
        let throttle = Throttle::default();
        for _ in 0..5 {
            let now = 0;
            let _ = throttle.attempt("victim", HERE, now);
        }
        for n in 0..(ENTRIES as u32 + 100) {
            assert_eq!(throttle.attempt(&format!("user{n}"), there(n), 1), Ok(()));
        }
        let tables = throttle.0.lock().unwrap();
        assert_eq!(tables.accounts.len(), ENTRIES);
        assert_eq!(tables.addresses.len(), ENTRIES);
    }
}
