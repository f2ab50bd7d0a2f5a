//! How many connections one address may have, so that one stranger cannot take all of them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Connections of one address: an office behind one address, a proxy on another machine.
const PER_ADDRESS: u32 = 128;

/// Who sits where. Has an entry for each address with a connection, so it is bounded by the connections in all.
#[derive(Clone, Debug, Default)]
pub(super) struct Seats(Arc<Mutex<BTreeMap<IpAddr, u32>>>);

/// One connection's seat; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Seats,
    address: IpAddr,
}

impl Seats {
    /// A seat for a connection of this address, if it has not too many. Who is on this machine needs no limit: a proxy brings
    /// everybody.
    pub(super) fn take(&self, address: IpAddr) -> Option<Seat> {
        let address = address.to_canonical();
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(address).or_default();
        if *count >= PER_ADDRESS && !address.is_loopback() {
            return None;
        }
        *count += 1;
        Some(Seat { seats: self.clone(), address })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_seat() {
        let seats = Seats::default();
        let greedy: IpAddr = "192.0.2.1".parse().unwrap();
        let mut taken: Vec<_> = (0..PER_ADDRESS).map(|_| seats.take(greedy).unwrap()).collect();
        assert!(seats.take(greedy).is_none());
        assert!(
            seats.take("::ffff:192.0.2.1".parse().unwrap()).is_none(),
            "the same address in another form"
        );
        assert!(seats.take("192.0.2.2".parse().unwrap()).is_some());
        taken.pop();
        assert!(seats.take(greedy).is_some());
        drop(taken);
        assert!(seats.0.lock().unwrap().is_empty(), "nothing is left behind");
    }

    #[test]
    fn this_machine_has_no_limit() {
        let seats = Seats::default();
        let taken: Vec<_> = (0..=PER_ADDRESS).map(|_| seats.take("127.0.0.1".parse().unwrap())).collect();
        assert!(taken.iter().all(Option::is_some));
    }
}
