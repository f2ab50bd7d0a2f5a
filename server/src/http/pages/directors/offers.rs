//! Enrolment commands on their way from the form that made them to the page that shows them, once. They hold a token, so
//! they are kept in memory alone, for the session that made them, and not for long.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use model::DirectorId;

/// The most that wait. Ours: an operator opens a page at once.
const MOST: usize = 64;

/// Commands that wait to be shown. Cheap to clone.
#[derive(Clone, Default)]
pub struct Offers(Arc<Mutex<BTreeMap<DirectorId, Offer>>>);

struct Offer {
    session: [u8; 32],
    command: String,
    until_ms: i64,
}

impl Offers {
    /// Keeps a command until this session looks at the director; one that was kept for it before is void.
    pub(super) fn put(&self, director: DirectorId, session: [u8; 32], command: String, until_ms: i64) {
        let mut offers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if offers.len() >= MOST && !offers.contains_key(&director) {
            let oldest = offers.iter().min_by_key(|(_, offer)| offer.until_ms).map(|(id, _)| *id);
            oldest.and_then(|id| offers.remove(&id));
        }
        offers.insert(director, Offer { session, command, until_ms });
    }

    /// The command for this session, once, with the end of its validity.
    pub(super) fn take(
        &self,
        director: DirectorId,
        session: &[u8; 32],
        now_ms: i64,
    ) -> Option<(String, i64)> {
        let mut offers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = offers.get(&director).is_some_and(|offer| offer.session == *session);
        let offer = if ours { offers.remove(&director)? } else { return None };
        (offer.until_ms > now_ms).then_some((offer.command, offer.until_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_once_and_to_its_own_session() {
        let offers = Offers::default();
        offers.put(DirectorId(1), [1; 32], "run".into(), 100);
        assert_eq!(offers.take(DirectorId(1), &[2; 32], 0), None);
        assert_eq!(offers.take(DirectorId(1), &[1; 32], 0), Some(("run".into(), 100)));
        assert_eq!(offers.take(DirectorId(1), &[1; 32], 0), None);
    }

    #[test]
    fn what_is_over_is_not_shown_and_what_waits_is_bounded() {
        let offers = Offers::default();
        offers.put(DirectorId(0), [1; 32], "run".into(), 100);
        assert_eq!(offers.take(DirectorId(0), &[1; 32], 100), None);
        for id in 0..200 {
            offers.put(DirectorId(id), [1; 32], "run".into(), i64::from(id));
        }
        assert_eq!(offers.0.lock().unwrap().len(), MOST);
        assert!(offers.take(DirectorId(199), &[1; 32], 0).is_some());
    }
}
