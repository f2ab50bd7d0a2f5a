//! How long to wait before dialling again. Pure: the random numbers are an argument.

use std::time::Duration;

use rand::Rng;

/// The wait after the first failure, at most.
const FIRST: Duration = Duration::from_millis(500);

/// The wait after many failures, at most. A console that comes back is found within a minute.
const CAP: Duration = Duration::from_secs(60);

/// How long a session must have lasted to count as a success. A console that ends every session at once is treated
/// like one that cannot be reached.
const STEADY: Duration = Duration::from_secs(5);

/// Failures in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// A session ended after so long (nothing, if it never began); how long to wait now. Doubles from [`FIRST`] up to
    /// [`CAP`]; the upper half of it is random, so that a thousand agents do not come back in one moment.
    pub(crate) fn wait(&mut self, lasted: Duration, rng: &mut impl Rng) -> Duration {
        if lasted >= STEADY {
            self.failures = 0;
        }
        let most = FIRST.saturating_mul(2_u32.saturating_pow(self.failures)).min(CAP);
        self.failures = self.failures.saturating_add(1);
        jitter(most, rng)
    }
}

/// Between half of `most` and `most`.
pub(crate) fn jitter(most: Duration, rng: &mut impl Rng) -> Duration {
    most.mul_f64(rng.random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn waits_double_up_to_a_cap_and_stay_in_their_range() {
        for seed in 0..50 {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut backoff = Backoff::default();
            let mut most = FIRST;
            for _ in 0..40 {
                let wait = backoff.wait(Duration::ZERO, &mut rng);
                assert!(wait >= most / 2 && wait <= most, "{wait:?} of {most:?}");
                most = (most * 2).min(CAP);
            }
        }
    }

    #[test]
    fn a_steady_session_begins_anew_and_a_short_one_does_not() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut backoff = Backoff { failures: 9 };
        assert!(backoff.wait(Duration::from_secs(1), &mut rng) >= CAP / 2);
        assert!(backoff.wait(STEADY, &mut rng) <= FIRST);
    }

    #[test]
    fn agents_do_not_come_back_together() {
        let mut waits: Vec<_> = (0..100)
            .map(|seed| Backoff::default().wait(Duration::ZERO, &mut StdRng::seed_from_u64(seed)))
            .collect();
        waits.sort();
        waits.dedup();
        assert!(waits.len() > 90, "{}", waits.len());
    }
}
