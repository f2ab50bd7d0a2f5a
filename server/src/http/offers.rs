//! Secrets on their way from the form that made them to the page that shows them, once: enrolment commands with a token,
//! passwords. They are kept in memory alone, for the session that made them, and not for long.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most that wait. Ours: an operator opens a page at once.
const MOST: usize = 64;

/// Secrets that wait to be shown, by what they are for. Cheap to clone.
#[derive(Clone)]
pub struct Offers<K>(Arc<Mutex<BTreeMap<K, Offer>>>);

struct Offer {
    session: [u8; 32],
    secret: String,
    until_ms: i64,
}

impl<K> Default for Offers<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Copy + Ord> Offers<K> {
    /// Keeps a secret until this session looks at what it is for; one that was kept for that before is void.
    pub(super) fn put(&self, of: K, session: [u8; 32], secret: String, until_ms: i64) {
        let mut offers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if offers.len() >= MOST && !offers.contains_key(&of) {
            let oldest = offers.iter().min_by_key(|(_, offer)| offer.until_ms).map(|(id, _)| *id);
            oldest.and_then(|id| offers.remove(&id));
        }
        offers.insert(of, Offer { session, secret, until_ms });
    }

    /// The secret for this session, once, with the end of its validity.
    pub(super) fn take(&self, of: K, session: &[u8; 32], now_ms: i64) -> Option<(String, i64)> {
        let mut offers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = offers.get(&of).is_some_and(|offer| offer.session == *session);
        let offer = if ours { offers.remove(&of)? } else { return None };
        (offer.until_ms > now_ms).then_some((offer.secret, offer.until_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_once_and_to_its_own_session() {
        let offers = Offers::default();
        offers.put(1, [1; 32], "run".into(), 100);
        assert_eq!(offers.take(1, &[2; 32], 0), None);
        assert_eq!(offers.take(1, &[1; 32], 0), Some(("run".into(), 100)));
        assert_eq!(offers.take(1, &[1; 32], 0), None);
    }

    #[test]
    fn what_is_over_is_not_shown_and_what_waits_is_bounded() {
        let offers = Offers::default();
        offers.put(0, [1; 32], "run".into(), 100);
        assert_eq!(offers.take(0, &[1; 32], 100), None);
        for id in 0..200 {
            offers.put(id, [1; 32], "run".into(), id);
        }
        assert_eq!(offers.0.lock().unwrap().len(), MOST);
        assert!(offers.take(199, &[1; 32], 0).is_some());
    }
}
