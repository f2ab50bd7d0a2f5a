//! How often a password may be tried.
//!
//! Pure: time is an argument. Three tables of a fixed size, each against another guesser:
//! * a source's failures at one account: a delay that grows to a minute, and grows for this source alone, so that nobody who
//!   knows a name can keep its owner out;
//! * a network's failures at whatever accounts;
//! * an account's failures from all networks together: beyond a burst one attempt each second, for guessers who have many.
//!
//! A browser that has been in at this account before is a source of its own, and is only ever held up by its own failures.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Attempts of a source at an account before the first delay: everybody mistypes.
const FREE: u32 = 3;
/// The first delay; each further failure doubles it.
const FIRST_MS: i64 = 1_000;
/// The longest delay.
const LONGEST_MS: i64 = 60_000;
/// A source's failures are forgotten after so long without one.
const FORGET_MS: i64 = 60 * 60 * 1_000;
/// Failures that a network has in each window.
const PER_NETWORK: u32 = 30;
/// That window.
const WINDOW_MS: i64 = 10 * 60 * 1_000;
/// Failures of all networks at one account that come at once without a wait: more than a network has.
const BURST: i64 = 60;
/// One of them comes back after so long: 86,400 guesses a day, whatever a guesser has. To keep the account at that it takes twenty
/// networks, for each has thirty failures in ten minutes. They can take each one as it comes back, so that the owner may find
/// none in a browser that is new; known browsers and sessions do not ask for them.
const EACH_MS: i64 = 1_000;
/// Entries of each table.
const ENTRIES: usize = 10_000;

/// Who tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Somebody at this address.
    Stranger(IpAddr),
    /// A browser or a session that has shown this account's password before, by a hash of what it showed now.
    Known([u8; 32]),
}

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
    sources: BTreeMap<(String, Source), Failures>,
    networks: BTreeMap<IpAddr, Window>,
    /// When everything that strangers tried at an account has come back, at one each [`EACH_MS`].
    accounts: BTreeMap<String, i64>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last_ms: i64,
    open_ms: i64,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    failures: u32,
    since_ms: i64,
}

impl Throttle {
    /// Notes an attempt and says whether it may be made. It counts as a failure until [`Throttle::succeeded`], so that many at
    /// once do not slip through together. One that has to wait counts for nothing: waiting longer is no punishment for haste.
    pub fn attempt(&self, account: &str, source: Source, now_ms: i64) -> Result<(), Wait> {
        let mut tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let account = folded(account);
        let key = (account, source.network());
        let mut failures = tables.failures(&key, now_ms);
        if now_ms < failures.open_ms {
            return Err(Wait { ms: failures.open_ms - now_ms });
        }
        if let Source::Stranger(network) = key.1 {
            tables.stranger(&key.0, network, now_ms)?;
        }
        failures.count += 1;
        failures.last_ms = now_ms;
        failures.open_ms = now_ms + delay(failures.count);
        tables.put(key, failures);
        Ok(())
    }

    /// The attempt was right: the source's failures at this account are forgotten, and there is one less of its network's and
    /// of the account's.
    pub fn succeeded(&self, account: &str, source: Source) {
        let mut tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (folded(account), source.network());
        tables.sources.remove(&key);
        if let Source::Stranger(network) = key.1 {
            if let Some(window) = tables.networks.get_mut(&network) {
                window.failures = window.failures.saturating_sub(1);
            }
            if let Some(back_ms) = tables.accounts.get_mut(&key.0) {
                *back_ms -= EACH_MS;
            }
        }
    }
}

impl Source {
    /// The same, with the network in place of the address. Of IPv6 the /48, which is what a site gets: whoever has one address
    /// of it may have all.
    fn network(self) -> Self {
        let Self::Stranger(address) = self else { return self };
        Self::Stranger(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 80 << 80).into(),
        })
    }
}

impl Wait {
    /// In whole seconds, at least one.
    pub fn seconds(self) -> u64 {
        u64::try_from(self.ms).unwrap_or(0).div_ceil(1_000).max(1)
    }
}

impl Tables {
    fn failures(&self, key: &(String, Source), now_ms: i64) -> Failures {
        let known = self.sources.get(key).copied().filter(|known| now_ms - known.last_ms < FORGET_MS);
        known.unwrap_or(Failures { count: 0, last_ms: now_ms, open_ms: now_ms })
    }

    /// Counts an attempt against its network and its account, if neither has too many.
    fn stranger(&mut self, account: &str, network: IpAddr, now_ms: i64) -> Result<(), Wait> {
        let window = self.networks.get(&network).copied();
        let window = window.filter(|window| now_ms - window.since_ms < WINDOW_MS);
        let mut window = window.unwrap_or(Window { failures: 0, since_ms: now_ms });
        if window.failures >= PER_NETWORK {
            return Err(Wait { ms: window.since_ms + WINDOW_MS - now_ms });
        }
        let back_ms = self.accounts.get(account).copied().unwrap_or(now_ms).max(now_ms) + EACH_MS;
        if back_ms - now_ms > BURST * EACH_MS {
            return Err(Wait { ms: back_ms - now_ms - BURST * EACH_MS });
        }
        window.failures += 1;
        make_room(&mut self.networks, &network, |window| window.since_ms);
        self.networks.insert(network, window);
        let account = account.to_owned();
        make_room(&mut self.accounts, &account, |back_ms| *back_ms);
        self.accounts.insert(account, back_ms);
        Ok(())
    }

    /// Who is waiting is forgotten last: an attacker with ten thousand names buys one free round for each.
    fn put(&mut self, key: (String, Source), failures: Failures) {
        make_room(&mut self.sources, &key, |known| (known.count > FREE, known.last_ms));
        self.sources.insert(key, failures);
    }
}

/// A full table forgets the entry of the least rank.
fn make_room<K: Ord + Clone, V, R: Ord>(table: &mut BTreeMap<K, V>, key: &K, rank: impl Fn(&V) -> R) {
    if table.len() < ENTRIES || table.contains_key(key) {
        return;
    }
    let least = table.iter().min_by_key(|(_, value)| rank(value)).map(|(key, _)| key.clone());
    least.and_then(|least| table.remove(&least));
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

    const HERE: Source = Source::Stranger(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));
    const KNOWN: Source = Source::Known([7; 32]);

    fn there(n: u32) -> Source {
        Source::Stranger(IpAddr::V4((0x0a00_0000 + n).into()))
    }

    fn at(address: &str) -> Source {
        Source::Stranger(address.parse().unwrap())
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
    fn a_source_waits_after_three_failures_and_no_other_one_with_it() {
        let throttle = Throttle::default();
        for _ in 0..3 {
            assert_eq!(throttle.attempt("ada", HERE, 0), Ok(()));
        }
        assert_eq!(throttle.attempt("Ada ", HERE, 0), Err(Wait { ms: 1_000 }));
        assert_eq!(throttle.attempt("grace", HERE, 0), Ok(()));
        assert_eq!(throttle.attempt("ada", there(1), 0), Ok(()));
        assert_eq!(throttle.attempt("ada", KNOWN, 0), Ok(()));
        assert_eq!(throttle.attempt("ada", HERE, 1_000), Ok(()));
        assert_eq!(throttle.attempt("ada", HERE, 1_000), Err(Wait { ms: 2_000 }));
    }

    #[test]
    fn one_network_cannot_hold_up_another_however_long_it_tries() {
        let throttle = Throttle::default();
        for second in 0..24 * 3_600 {
            let _refused = throttle.attempt("ada", HERE, second * 1_000);
        }
        assert_eq!(throttle.attempt("ada", there(1), 24 * 3_600 * 1_000), Ok(()));
    }

    #[test]
    fn many_networks_together_get_one_attempt_a_second_and_hold_others_up_no_longer() {
        let throttle = Throttle::default();
        for n in 0..BURST as u32 {
            assert_eq!(throttle.attempt("ada", there(n), 0), Ok(()));
        }
        assert_eq!(throttle.attempt("ada", there(1_000), 0), Err(Wait { ms: EACH_MS }));
        assert_eq!(throttle.attempt("ada", KNOWN, 0), Ok(()), "who was in before does not wait");
        assert_eq!(throttle.attempt("grace", there(1_000), 0), Ok(()));
        assert_eq!(throttle.attempt("ada", there(1_000), EACH_MS), Ok(()));
        assert_eq!(throttle.attempt("ada", there(1_001), EACH_MS), Err(Wait { ms: EACH_MS }));
        let (end, mut taken) = (1_800_000, 0);
        for ms in (2 * EACH_MS..end).step_by(250) {
            taken += i64::from(throttle.attempt("ada", there(10_000 + ms as u32), ms).is_ok());
        }
        assert!(taken <= end / EACH_MS, "{taken} guesses in half an hour from as many networks");
    }

    #[test]
    fn a_known_browser_waits_for_its_own_failures_alone() {
        let throttle = Throttle::default();
        for _ in 0..3 {
            assert_eq!(throttle.attempt("ada", KNOWN, 0), Ok(()));
        }
        assert_eq!(
            throttle.attempt("ada", KNOWN, 0),
            Err(Wait { ms: 1_000 }),
            "a stolen cookie is no free way in"
        );
        assert_eq!(throttle.attempt("ada", Source::Known([8; 32]), 0), Ok(()));
    }

    #[test]
    fn success_forgets_the_failures() {
        let throttle = Throttle::default();
        for _ in 0..3 {
            assert_eq!(throttle.attempt("ada", HERE, 0), Ok(()));
        }
        throttle.succeeded("ADA", HERE);
        assert_eq!(throttle.attempt("ada", HERE, 0), Ok(()));
        for _ in 0..10 * BURST {
            throttle.succeeded("ada", HERE);
            assert_eq!(throttle.attempt("ada", HERE, 0), Ok(()), "logins are not failures");
        }
    }

    #[test]
    fn a_network_has_a_limit_whatever_the_names() {
        let throttle = Throttle::default();
        for n in 0..PER_NETWORK {
            assert_eq!(throttle.attempt(&format!("user{n}"), HERE, 5), Ok(()));
        }
        assert_eq!(throttle.attempt("another", HERE, 5), Err(Wait { ms: WINDOW_MS }));
        assert_eq!(throttle.attempt("another", KNOWN, 5), Ok(()), "at whichever address it is");
        assert_eq!(throttle.attempt("another", HERE, 5 + WINDOW_MS), Ok(()));
    }

    #[test]
    fn a_v6_site_is_one_and_a_mapped_address_is_v4() {
        let throttle = Throttle::default();
        for n in 0..PER_NETWORK {
            let source = at(&format!("2001:db8:0:{n:x}::1"));
            assert_eq!(throttle.attempt(&format!("user{n}"), source, 0), Ok(()));
        }
        assert!(throttle.attempt("another", at("2001:db8:0:ffff::ffff"), 0).is_err());
        assert!(throttle.attempt("another", at("2001:db8:1::1"), 0).is_ok());
        for _ in 0..3 {
            assert_eq!(throttle.attempt("ada", at("::ffff:192.0.2.1"), 0), Ok(()));
        }
        assert!(throttle.attempt("ada", HERE, 0).is_err());
    }

    #[test]
    fn the_tables_are_bounded_and_keep_who_is_waiting() {
        let throttle = Throttle::default();
        for second in [0, 0, 0, 1_000, 3_000, 7_000] {
            assert_eq!(throttle.attempt("victim", HERE, second), Ok(()));
        }
        for n in 0..(ENTRIES as u32 + 100) {
            assert_eq!(throttle.attempt(&format!("user{n}"), there(n), 7_001), Ok(()));
        }
        assert!(throttle.attempt("victim", HERE, 7_002).is_err());
        let tables = throttle.0.lock().unwrap();
        assert_eq!(tables.sources.len(), ENTRIES);
        assert_eq!(tables.networks.len(), ENTRIES);
        assert_eq!(tables.accounts.len(), ENTRIES);
    }
}
