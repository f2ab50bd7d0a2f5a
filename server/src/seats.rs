//! How many connections one of many may have, so that one stranger cannot take all of them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Who sits where. Has an entry for each one with a connection, so it is bounded by the connections in all.
#[derive(Clone, Debug)]
pub(crate) struct Seats<K: Ord> {
    taken: Arc<Mutex<BTreeMap<K, u32>>>,
    most: u32,
}

/// One connection's seat; free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat<K: Ord> {
    seats: Seats<K>,
    of: Option<K>,
}

impl<K: Ord + Clone> Seats<K> {
    /// At most so many seats for each.
    pub(crate) fn new(most: u32) -> Self {
        Self { taken: Arc::default(), most }
    }

    /// A seat for a connection of this one, if it has not too many.
    pub(crate) fn take(&self, of: K) -> Option<Seat<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(of.clone()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Seat { seats: self.clone(), of: Some(of) })
    }
}

impl Seats<IpAddr> {
    /// A seat for a connection from this address, if its network has not too many. Who is on this machine needs no limit: a
    /// proxy brings everybody.
    pub(crate) fn take_from(&self, address: IpAddr) -> Option<Seat<IpAddr>> {
        if address.to_canonical().is_loopback() {
            return Some(Seat { seats: self.clone(), of: None });
        }
        self.take(network(address))
    }
}

impl<K: Ord> Drop for Seat<K> {
    fn drop(&mut self) {
        let Some(of) = &self.of else { return };
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(of) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(of)),
        }
    }
}

/// What counts as one stranger: an IPv4 address, in whichever form; of IPv6 the whole /64, which whoever has one address of it
/// has.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u32 = 3;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_cannot_take_every_seat() {
        let seats = Seats::new(MOST);
        let take = |text| seats.take_from(address(text));
        let mut taken: Vec<_> = (0..MOST).map(|_| take("192.0.2.1").unwrap()).collect();
        assert!(take("192.0.2.1").is_none());
        assert!(take("::ffff:192.0.2.1").is_none(), "the same address in another form");
        assert!(take("192.0.2.2").is_some());
        taken.pop();
        assert!(take("192.0.2.1").is_some());
        drop(taken);
        assert!(seats.taken.lock().unwrap().is_empty(), "nothing is left behind");
    }

    #[test]
    fn neighbours_within_a_v6_prefix_are_one() {
        let seats = Seats::new(MOST);
        let taken: Vec<_> =
            (0..MOST).map(|host| seats.take_from(address(&format!("2001:db8::{host:x}")))).collect();
        assert!(taken.iter().all(Option::is_some));
        assert!(seats.take_from(address("2001:db8::ffff")).is_none());
        assert!(seats.take_from(address("2001:db8:0:1::1")).is_some());
    }

    #[test]
    fn this_machine_has_no_limit() {
        let seats = Seats::new(MOST);
        let taken: Vec<_> = (0..=MOST).map(|_| seats.take_from(address("127.0.0.1"))).collect();
        assert!(taken.iter().all(Option::is_some));
    }
}
