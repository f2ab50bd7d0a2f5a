//! Two people edit one object: what each of them changed, and the object that both of them mean.

use crate::{Field, Shown};

/// Whose value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that somebody else has saved.
    Theirs,
    /// The one that is about to be saved.
    Mine,
}

/// Who changed a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// The other one alone.
    Theirs,
    /// This one alone.
    Mine,
    /// Both, to different values: somebody has to choose.
    Both,
}

/// A field that people see otherwise: what both began with, and what each made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// Which field.
    pub field: Field,
    /// Its value when both began.
    pub base: Shown,
    /// What is saved.
    pub theirs: Shown,
    /// What is about to be saved.
    pub mine: Shown,
    /// Who changed it.
    pub changed: Changed,
}

/// What two people may edit at once: it differs, and goes together, field by field.
pub trait Merge: Sized {
    /// The fields that at least one of the two changed, in their order; not those that both changed to the same.
    fn forks(base: &Self, mine: &Self, theirs: &Self) -> Vec<Fork>;

    /// Each field from whoever changed it; one that both changed to different values from whom `chosen` says. Nothing, where
    /// that says nothing of such a field.
    fn merge(base: &Self, mine: &Self, theirs: &Self, chosen: &dyn Fn(Field) -> Option<Side>)
    -> Option<Self>;
}

/// An edit that needs somebody to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash<T> {
    /// What both began with.
    pub base: T,
    /// What is saved.
    pub theirs: T,
    /// What is about to be saved.
    pub mine: T,
}

impl<T: Merge + Clone> Clash<T> {
    /// Brings `mine`, made from `base`, on top of what is saved now. `chosen` answers for the fields in which `mine` and `seen`
    /// differ: `seen` is what was saved when the choice was made (`base`, where none was made yet), so a choice never covers what it
    /// was not made from.
    pub fn settle(
        base: &T,
        seen: &T,
        mine: &T,
        now: &T,
        chosen: &dyn Fn(Field) -> Option<Side>,
    ) -> Result<T, Self> {
        let clash = |base: &T, mine: &T| Self { base: base.clone(), theirs: now.clone(), mine: mine.clone() };
        let mine = T::merge(base, mine, seen, chosen).ok_or_else(|| clash(base, mine))?;
        T::merge(seen, &mine, now, &|_| None).ok_or_else(|| clash(seen, &mine))
    }

    /// The fields in question, and those that only one of the two changed.
    pub fn forks(&self) -> Vec<Fork> {
        T::forks(&self.base, &self.mine, &self.theirs)
    }
}

// === impl Changed ===

impl Changed {
    /// Nothing where neither changed it, or both in the same way.
    pub(crate) fn of(theirs: bool, mine: bool, same: bool) -> Option<Self> {
        match (theirs, mine) {
            _ if same => None,
            (true, true) => Some(Self::Both),
            (true, false) => Some(Self::Theirs),
            (false, _) => Some(Self::Mine),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{ServiceSettings, testing};

    const NOBODY: &dyn Fn(Field) -> Option<Side> = &|_| None;

    proptest! {
        #[test]
        fn separate_edits_go_together(
            base in testing::service_settings(),
            mine in testing::service_settings(),
            theirs in testing::service_settings(),
        ) {
            let merge = |mine, theirs| ServiceSettings::merge(&base, mine, theirs, NOBODY);
            prop_assert_eq!(merge(&mine, &base), Some(mine.clone()));
            prop_assert_eq!(merge(&base, &theirs), Some(theirs.clone()));
            prop_assert_eq!(merge(&theirs, &theirs), Some(theirs.clone()));
            prop_assert_eq!(merge(&mine, &theirs), merge(&theirs, &mine));
            let both = ServiceSettings::forks(&base, &mine, &theirs);
            let asked = both.iter().any(|fork| fork.changed == Changed::Both);
            prop_assert_eq!(merge(&mine, &theirs).is_none(), asked);
        }

        #[test]
        fn each_field_is_somebodys_and_the_choice_decides(
            base in testing::service_settings(),
            mine in testing::service_settings(),
            theirs in testing::service_settings(),
        ) {
            let forks = ServiceSettings::forks(&base, &mine, &theirs);
            for side in [Side::Mine, Side::Theirs] {
                let merged = ServiceSettings::merge(&base, &mine, &theirs, &|_| Some(side));
                let merged = merged.expect("everything is answered");
                let left = ServiceSettings::forks(&theirs, &merged, &theirs);
                for fork in &forks {
                    let from_mine = fork.changed == Changed::Mine
                        || (fork.changed == Changed::Both && side == Side::Mine);
                    let moved = left.iter().find(|left| left.field == fork.field);
                    prop_assert_eq!(moved.map(|moved| &moved.mine), from_mine.then_some(&fork.mine));
                }
            }
        }

        #[test]
        fn a_choice_does_not_cover_what_was_saved_after_it(
            base in testing::service_settings(),
            mine in testing::service_settings(),
            seen in testing::service_settings(),
            now in testing::service_settings(),
        ) {
            let settled = Clash::settle(&base, &seen, &mine, &now, &|_| Some(Side::Mine));
            if let Ok(settled) = settled {
                for fork in ServiceSettings::forks(&seen, &settled, &now) {
                    prop_assert_ne!(fork.changed, Changed::Both, "{:?}", fork);
                }
            }
            prop_assert_eq!(
                Clash::settle(&base, &seen, &mine, &seen, &|_| Some(Side::Theirs)).map(|settled| {
                    ServiceSettings::forks(&base, &settled, &seen).iter().all(|fork| fork.changed == Changed::Mine)
                }),
                Ok(true)
            );
        }
    }
}
