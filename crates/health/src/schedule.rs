//! When whom to ask: pure, time is an argument. One ordered set stands for all timers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::{DestinationId, Generation};
use tokio::time::Instant;

use crate::{Subject, Subjects, Target};

/// The checks that are waiting and those under way.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    generation: Generation,
    slots: BTreeMap<DestinationId, Slot>,
    due: BTreeSet<(Instant, DestinationId)>,
    tickets: u64,
}

/// A check to start.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    pub(crate) id: DestinationId,
    pub(crate) ticket: Ticket,
    pub(crate) generation: Generation,
    pub(crate) target: Target,
    pub(crate) limit: Duration,
}

/// Tells a check of the present target from a late one of a former target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

#[derive(Debug)]
struct Slot {
    subject: Subject,
    ticket: Ticket,
    /// When the last check started, or should have. `None`: never checked.
    beat: Option<Instant>,
    /// When the next one is due; `None` while one is under way.
    next: Option<Instant>,
}

impl Schedule {
    /// Takes over the list. Who is asked the same at the same interval is not disturbed; a new one has its first check
    /// `first()` from now.
    pub(crate) fn assign(&mut self, subjects: &Subjects, now: Instant, mut first: impl FnMut() -> Duration) {
        self.generation = subjects.generation;
        let gone: Vec<_> =
            self.slots.keys().filter(|id| !subjects.destinations.contains_key(id)).copied().collect();
        for id in gone {
            self.remove(id);
        }
        for (&id, subject) in &subjects.destinations {
            match self.slots.get(&id) {
                Some(slot) if slot.subject == *subject => {}
                Some(slot) if slot.subject.target == subject.target => self.change_interval(id, subject, now),
                _ => {
                    self.remove(id);
                    self.insert(id, subject, now + first());
                }
            }
        }
    }

    /// The next check whose time has come.
    pub(crate) fn start(&mut self, now: Instant) -> Option<Turn> {
        let &(at, id) = self.due.first()?;
        if at > now {
            return None;
        }
        self.due.pop_first();
        let slot = self.slots.get_mut(&id)?;
        slot.next = None;
        slot.ticket = Ticket(self.tickets);
        self.tickets += 1;
        Some(Turn {
            id,
            ticket: slot.ticket,
            generation: self.generation,
            target: slot.subject.target.clone(),
            limit: slot.subject.rule.interval(),
        })
    }

    /// A check has ended, at `now`, that was due at its slot's beat. Whether it is still wanted. The second check comes
    /// after `share` of the interval, so that those who began together drift apart; all others an interval apart.
    pub(crate) fn end(
        &mut self,
        id: DestinationId,
        ticket: Ticket,
        started: Instant,
        now: Instant,
        share: impl FnOnce(Duration) -> Duration,
    ) -> bool {
        let Some(slot) = self.slots.get_mut(&id) else { return false };
        if slot.ticket != ticket || slot.next.is_some() {
            return false;
        }
        let interval = slot.subject.rule.interval();
        let wait = if slot.beat.is_some() { interval } else { share(interval) };
        slot.beat = Some(started);
        let next = (started + wait).max(now);
        slot.next = Some(next);
        self.due.insert((next, id));
        true
    }

    /// When the next check is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.due.first().map(|&(at, _)| at)
    }

    fn insert(&mut self, id: DestinationId, subject: &Subject, at: Instant) {
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        self.slots.insert(id, Slot { subject: subject.clone(), ticket, beat: None, next: Some(at) });
        self.due.insert((at, id));
    }

    fn remove(&mut self, id: DestinationId) {
        if let Some(Slot { next: Some(at), .. }) = self.slots.remove(&id) {
            self.due.remove(&(at, id));
        }
    }

    /// A shorter interval may be over already; a longer one is counted from the last check too.
    fn change_interval(&mut self, id: DestinationId, subject: &Subject, now: Instant) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        slot.subject = subject.clone();
        if let (Some(next), Some(beat)) = (slot.next, slot.beat) {
            self.due.remove(&(next, id));
            let next = (beat + subject.rule.interval()).max(now);
            slot.next = Some(next);
            self.due.insert((next, id));
        }
    }
}
