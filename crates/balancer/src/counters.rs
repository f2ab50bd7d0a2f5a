//! Counting connections, packets and bytes each way, and their rates.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::lock::Lock;

/// Counts since the service or destination was added. "In" is from the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Connections that a destination took, and UDP flows.
    pub connections: u64,
    /// UDP datagrams from clients; TCP segments are not seen in user space and count nothing.
    pub packets_in: u64,
    /// UDP datagrams to clients.
    pub packets_out: u64,
    /// Bytes of payload from clients.
    pub bytes_in: u64,
    /// Bytes of payload to clients.
    pub bytes_out: u64,
}

/// The same per second, estimated as the kernel does (`ip_vs_est.c`): every two seconds a quarter of the way from the last
/// estimate to what these two seconds had, an average over some eight seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rates {
    /// Connections per second (CPS).
    pub connections: f64,
    /// Datagrams from clients per second (InPPS).
    pub packets_in: f64,
    /// Datagrams to clients per second (OutPPS).
    pub packets_out: f64,
    /// Bytes from clients per second (InBPS).
    pub bytes_in: f64,
    /// Bytes to clients per second (OutBPS).
    pub bytes_out: f64,
}

/// How often [`Meter::estimate`] is to be called.
pub(crate) const ESTIMATE_SECONDS: u32 = 2;

/// The counters of one service or destination.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    connections: AtomicU64,
    packets_in: AtomicU64,
    packets_out: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    estimate: Mutex<Estimate>,
}

#[derive(Debug, Default)]
struct Estimate {
    last: Totals,
    rates: Rates,
}

/// Which way data goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the client to the destination.
    In,
    /// From the destination to the client.
    Out,
}

impl Meter {
    pub(crate) fn connection(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn bytes(&self, way: Way, bytes: usize) {
        let counter = match way {
            Way::In => &self.bytes_in,
            Way::Out => &self.bytes_out,
        };
        counter.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn packet(&self, way: Way, bytes: usize) {
        let counter = match way {
            Way::In => &self.packets_in,
            Way::Out => &self.packets_out,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        self.bytes(way, bytes);
    }

    pub(crate) fn totals(&self) -> Totals {
        Totals {
            connections: self.connections.load(Ordering::Relaxed),
            packets_in: self.packets_in.load(Ordering::Relaxed),
            packets_out: self.packets_out.load(Ordering::Relaxed),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn rates(&self) -> Rates {
        self.estimate.hold().rates
    }

    /// One step of the estimate; `seconds` since the last one.
    pub(crate) fn estimate(&self, seconds: f64) {
        let now = self.totals();
        let mut estimate = self.estimate.hold();
        let last = std::mem::replace(&mut estimate.last, now);
        let rates = &mut estimate.rates;
        step(&mut rates.connections, now.connections, last.connections, seconds);
        step(&mut rates.packets_in, now.packets_in, last.packets_in, seconds);
        step(&mut rates.packets_out, now.packets_out, last.packets_out, seconds);
        step(&mut rates.bytes_in, now.bytes_in, last.bytes_in, seconds);
        step(&mut rates.bytes_out, now.bytes_out, last.bytes_out, seconds);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits")]
fn step(rate: &mut f64, now: u64, last: u64, seconds: f64) {
    let current = now.wrapping_sub(last) as f64 / seconds;
    *rate += (current - *rate) / 4.0;
    // The kernel's fixed-point numbers reach 0; so do these.
    if *rate < 0.001 {
        *rate = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_approach_the_current_one_and_die_away() {
        let meter = Meter::default();
        for _ in 0..40 {
            for _ in 0..20 {
                meter.connection();
            }
            meter.packet(Way::In, 100);
            meter.bytes(Way::Out, 4000);
            meter.estimate(2.0);
        }
        let rates = meter.rates();
        assert!(
            (rates.connections - 10.0).abs() < 0.01 && (rates.bytes_out - 2000.0).abs() < 1.0,
            "{rates:?}"
        );
        assert!((rates.packets_in - 0.5).abs() < 0.01 && (rates.bytes_in - 50.0).abs() < 0.1, "{rates:?}");
        for _ in 0..60 {
            meter.estimate(2.0);
        }
        assert_eq!(meter.rates(), Rates::default());
        assert_eq!(meter.totals().bytes_out, 160_000);
    }
}
