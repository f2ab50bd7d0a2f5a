//! Destinations for tests.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::{Destination, Packet, Scheduler};

/// A destination whose state a test sets at will.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sample {
    pub(crate) key: u64,
    pub(crate) weight: u32,
    pub(crate) overloaded: bool,
    pub(crate) active: u32,
    pub(crate) inactive: u32,
}

impl Destination for Sample {
    fn key(&self) -> u64 {
        self.key
    }
    fn address(&self) -> SocketAddr {
        let last = u8::try_from(self.key % 250).unwrap_or_default();
        SocketAddr::from(([10, 0, 0, last], 80))
    }
    fn weight(&self) -> u32 {
        self.weight
    }
    fn overloaded(&self) -> bool {
        self.overloaded
    }
    fn active(&self) -> u32 {
        self.active
    }
    fn inactive(&self) -> u32 {
        self.inactive
    }
}

/// Idle destinations with keys 0, 1, 2 … and these weights.
pub(crate) fn weights(weights: &[u32]) -> Vec<Sample> {
    (0..).zip(weights).map(|(key, &weight)| Sample { key, weight, ..Sample::default() }).collect()
}

/// Destinations with (weight, active, inactive).
pub(crate) fn loads(loads: &[(u32, u32, u32)]) -> Vec<Sample> {
    (0..)
        .zip(loads)
        .map(|(key, &(weight, active, inactive))| Sample { key, weight, active, inactive, overloaded: false })
        .collect()
}

/// The `n`th client, each with its own address.
pub(crate) fn packet(n: u16) -> Packet {
    let [high, low] = n.to_be_bytes();
    Packet {
        client: SocketAddr::from(([192, 168, high, low], 40_000 + n % 20_000)),
        virtual_address: IpAddr::V4(Ipv4Addr::new(10, 9, 9, 9)),
    }
}

/// The picks for the first `count` clients; no pick shows as `usize::MAX`.
pub(crate) fn picks<S: Scheduler<Sample>>(scheduler: &mut S, list: &[Sample], count: u16) -> Vec<usize> {
    (0..count).map(|n| scheduler.schedule(list, &packet(n)).unwrap_or(usize::MAX)).collect()
}

/// Schedules `count` connections that all stay open, so that each pick sees the earlier ones.
pub(crate) fn fill<S: Scheduler<Sample>>(scheduler: &mut S, list: &mut [Sample], count: u16) -> Vec<usize> {
    (0..count)
        .map(|n| {
            let Some(index) = scheduler.schedule(list, &packet(n)) else { return usize::MAX };
            list[index].active += 1;
            index
        })
        .collect()
}
