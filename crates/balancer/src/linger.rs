//! Ended TCP connections that still count for scheduling.
//!
//! The kernel keeps an entry for two minutes after both sides have closed, and counts it as inactive. Without that memory
//! every short request would find all servers idle, and the least-connection schedulers would choose the first one for ever.
//! Here the entry is gone; only the number is kept, per second of its end.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::clock::ticks;
use crate::lock::Lock;

/// `tcp_timeouts[IP_VS_TCP_S_TIME_WAIT]` of net/netfilter/ipvs/ip_vs_proto_tcp.c.
const LINGER: Duration = Duration::from_secs(120);

/// How many connections of a destination linger.
#[derive(Debug, Default)]
pub(crate) struct Lingering {
    /// All that linger.
    count: AtomicU32,
    /// Those that ended since the last [`Lingering::tidy`].
    fresh: AtomicU32,
    /// Until which tick how many linger, the earliest first; one entry per call of `tidy` at most.
    past: Mutex<VecDeque<(u32, u32)>>,
}

impl Lingering {
    /// One has ended.
    pub(crate) fn add(&self) {
        self.fresh.fetch_add(1, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }

    /// To be called about once a second: forgets those whose time is over.
    pub(crate) fn tidy(&self, now: u32) {
        if self.count() == 0 {
            return;
        }
        let mut past = self.past.hold();
        let fresh = self.fresh.swap(0, Ordering::Relaxed);
        if fresh > 0 {
            past.push_back((now.saturating_add(ticks(LINGER)), fresh));
        }
        while let Some(&(until, ended)) = past.front() {
            if until > now {
                break;
            }
            past.pop_front();
            self.count.fetch_sub(ended, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_count_for_two_minutes() {
        let lingering = Lingering::default();
        lingering.add();
        lingering.add();
        lingering.tidy(0);
        lingering.add();
        lingering.tidy(600);
        assert_eq!(lingering.count(), 3);
        lingering.tidy(1199);
        assert_eq!(lingering.count(), 3);
        lingering.tidy(1200);
        assert_eq!(lingering.count(), 1);
        lingering.tidy(1800);
        assert_eq!(lingering.count(), 0);
    }
}
