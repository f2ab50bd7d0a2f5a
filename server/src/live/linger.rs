//! How long something is composed on after the last one who looked.

use std::time::Duration;

use tokio::time::Instant;

/// A trend's minute: who comes back finds its line, and without script the next reload finds numbers.
const LINGER: Duration = Duration::from_secs(60);

/// Until when it goes on with nobody who looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linger(Instant);

impl Linger {
    /// Somebody looks now. A page that was loaded counts: its own stream is about to come.
    pub(super) fn from(now: Instant) -> Self {
        Self(now + LINGER)
    }

    /// Whether it ends, with so many who look.
    pub(super) fn is_over(&mut self, lookers: usize, now: Instant) -> bool {
        if lookers > 0 {
            *self = Self::from(now);
        }
        self.0 <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_for_a_minute_after_the_last_one_who_looked() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut linger = Linger::from(start);
        assert!(!linger.is_over(0, after(59)));
        assert!(!linger.is_over(1, after(300)), "somebody looked for five minutes");
        assert!(!linger.is_over(0, after(359)));
        assert!(linger.is_over(0, after(360)));
    }
}
