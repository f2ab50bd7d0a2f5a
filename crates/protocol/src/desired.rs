//! The desired state on its way.

use bytes::Bytes;
use model::{Desired, Generation, SpecHash};

use crate::malformed::{at_most, hash};
use crate::{MAX_SPEC, Malformed, PART, wire};

/// A desired state whose hash and contents have been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The cluster's generation.
    pub generation: Generation,
    /// The hash of `spec`.
    pub hash: SpecHash,
    /// What it says.
    pub desired: Desired,
    /// The bytes that the hash was made of. Kept, because a newer console may have written more into them than
    /// `desired` can hold.
    pub spec: Bytes,
}

impl Accepted {
    /// Checks size, hash and contents, in this order: nothing is parsed that was damaged on the way.
    pub fn check(generation: Generation, announced: SpecHash, spec: Bytes) -> Result<Self, Malformed> {
        at_most("spec", spec.len(), MAX_SPEC)?;
        if generation == Generation(0) {
            return Err(Malformed::OutOfRange { field: "generation", value: 0 });
        }
        let actual = SpecHash::of(&spec);
        if actual != announced {
            return Err(Malformed::WrongHash { generation: generation.0, announced, actual });
        }
        let unreadable = |source| Malformed::UnreadableSpec { generation: generation.0, source };
        let desired = Desired::parse(&spec).map_err(unreadable)?;
        Ok(Self { generation, hash: actual, desired, spec })
    }
}

/// Cuts a desired state into messages of at most [`PART`] bytes of specification each.
#[derive(Clone, Debug)]
pub struct Parts {
    generation: Generation,
    hash: SpecHash,
    /// What has not been sent yet.
    rest: Bytes,
    size: usize,
    begun: bool,
}

/// Puts messages together again.
#[derive(Debug, Default)]
pub struct Assembly {
    begun: Option<Begun>,
    /// A state of which a part was wrong: one complaint is enough.
    spoilt: Option<(u64, Vec<u8>)>,
}

#[derive(Debug)]
struct Begun {
    generation: Generation,
    hash: SpecHash,
    size: u64,
    spec: Vec<u8>,
}

// === impl Parts ===

impl Parts {
    /// For a revision's canonical JSON. Nothing is copied.
    pub fn new(generation: Generation, hash: SpecHash, spec: Bytes) -> Self {
        Self { generation, hash, size: spec.len(), rest: spec, begun: false }
    }
}

impl Iterator for Parts {
    type Item = wire::Desired;

    fn next(&mut self) -> Option<wire::Desired> {
        // An empty one has one empty part.
        if self.rest.is_empty() && self.begun {
            return None;
        }
        self.begun = true;
        let offset = self.size - self.rest.len();
        let spec = self.rest.split_to(self.rest.len().min(PART));
        Some(wire::Desired {
            generation: self.generation.0,
            hash: self.hash.0.to_vec(),
            spec,
            offset: offset as u64,
            size: self.size as u64,
        })
    }
}

// === impl Assembly ===

impl Assembly {
    /// Takes the next part. With the last one, the whole is checked and comes back.
    pub fn add(&mut self, part: &wire::Desired) -> Result<Option<Accepted>, Malformed> {
        if part.offset > 0
            && self
                .spoilt
                .as_ref()
                .is_some_and(|(generation, hash)| (*generation, hash) == (part.generation, &part.hash))
        {
            return Ok(None);
        }
        let of = (part.generation, part.hash.clone());
        let added = self.add_checked(part);
        self.spoilt = added.is_err().then_some(of);
        added
    }

    fn add_checked(&mut self, part: &wire::Desired) -> Result<Option<Accepted>, Malformed> {
        let (generation, hash) = (Generation(part.generation), hash("hash", &part.hash)?);
        let size = usize::try_from(part.size).unwrap_or(usize::MAX);
        let before = self.begun.take();
        at_most("spec", size, MAX_SPEC)?;
        let mut begun = match before {
            _ if part.offset == 0 => Begun { generation, hash, size: part.size, spec: Vec::new() },
            Some(begun) if (begun.generation, begun.hash, begun.size) == (generation, hash, part.size) => {
                begun
            }
            _ => return Err(Malformed::OutOfOrder { generation: generation.0, offset: part.offset, had: 0 }),
        };
        let had = begun.spec.len() as u64;
        if part.offset != had {
            return Err(Malformed::OutOfOrder { generation: generation.0, offset: part.offset, had });
        }
        begun.spec.extend_from_slice(&part.spec);
        at_most("spec", begun.spec.len(), size)?;
        if begun.spec.len() < size {
            self.begun = Some(begun);
            return Ok(None);
        }
        Accepted::check(generation, hash, begun.spec.into()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use model::{Cluster, Name};

    use super::*;

    fn spec() -> Bytes {
        Desired { running: true, cluster: Cluster::new(Name::parse("web").unwrap()) }.canonical().into()
    }

    fn only(spec: Bytes) -> wire::Desired {
        let mut parts = Parts::new(Generation(3), SpecHash::of(&spec), spec);
        let part = parts.next().unwrap();
        assert_eq!(parts.next(), None);
        part
    }

    fn assemble(parts: impl IntoIterator<Item = wire::Desired>) -> Result<Option<Accepted>, Malformed> {
        let mut assembly = Assembly::default();
        parts.into_iter().try_fold(None, |_, part| assembly.add(&part))
    }

    /// Not a desired state, but large enough for several parts.
    fn large(size: usize) -> Parts {
        let spec = Bytes::from(vec![b' '; size]);
        Parts::new(Generation(4), SpecHash::of(&spec), spec)
    }

    #[test]
    fn what_was_sent_is_accepted() {
        let accepted = assemble([only(spec())]).unwrap().unwrap();
        assert_eq!(accepted.generation, Generation(3));
        assert!(accepted.desired.running);
        assert_eq!((accepted.hash, accepted.spec), (SpecHash::of(&spec()), spec()));
    }

    #[test]
    fn large_ones_go_in_parts() {
        for (size, parts) in [(0, 1), (1, 1), (PART, 1), (PART + 1, 2), (3 * PART, 3)] {
            assert_eq!(large(size).count(), parts, "{size}");
            assert!(large(size).all(|part| part.spec.len() <= PART));
        }
        let padded = [&spec()[..], &vec![b' '; 2 * PART]].concat();
        let parts = Parts::new(Generation(5), SpecHash::of(&padded), padded.clone().into());
        let mut assembly = Assembly::default();
        let outcomes: Vec<_> = parts.map(|part| assembly.add(&part).unwrap()).collect();
        assert_eq!(outcomes.iter().map(Option::is_some).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!(outcomes.last().unwrap().as_ref().unwrap().spec, padded);
    }

    #[test]
    fn a_newer_one_may_come_between_the_parts() {
        let interrupted: Vec<_> = large(3 * PART).take(2).collect();
        let accepted = assemble(interrupted.into_iter().chain([only(spec())])).unwrap().unwrap();
        assert_eq!(accepted.generation, Generation(3));
    }

    #[test]
    fn missing_repeated_and_foreign_parts_are_refused_once() {
        let parts: Vec<_> = large(4 * PART).collect();
        let missing = vec![parts[0].clone(), parts[2].clone()];
        let repeated = vec![parts[0].clone(), parts[1].clone(), parts[1].clone()];
        let headless = vec![parts[1].clone()];
        let foreign = vec![parts[0].clone(), wire::Desired { generation: 5, ..parts[1].clone() }];
        let resized = vec![parts[0].clone(), wire::Desired { size: 5, ..parts[1].clone() }];
        for wrong in [missing, repeated, headless, foreign, resized] {
            let mut assembly = Assembly::default();
            let (last, before) = wrong.split_last().unwrap();
            assert!(before.iter().all(|part| matches!(assembly.add(part), Ok(None))));
            assert!(matches!(assembly.add(last), Err(Malformed::OutOfOrder { .. })), "{}", last.offset);
            let next = wire::Desired { offset: 3 * PART as u64, ..last.clone() };
            assert!(matches!(assembly.add(&next), Ok(None)), "one complaint is enough");
            assert!(assembly.add(&only(spec())).unwrap().is_some(), "and it can go on");
        }
    }

    #[test]
    fn more_than_was_announced_is_refused() {
        let longer = wire::Desired { size: 10, ..only(spec()) };
        assert!(matches!(assemble([longer]), Err(Malformed::TooLarge { field: "spec", limit: 10, .. })));
        let endless = wire::Desired { size: u64::MAX, ..only(spec()) };
        assert!(matches!(
            assemble([endless]),
            Err(Malformed::TooLarge { field: "spec", limit: MAX_SPEC, .. })
        ));
    }

    #[test]
    fn another_hash_is_refused() {
        let mut wire = only(spec());
        wire.hash[0] ^= 1;
        let refused = assemble([wire]).unwrap_err();
        assert!(matches!(refused, Malformed::WrongHash { generation: 3, .. }), "{refused}");
    }

    #[test]
    fn a_damaged_specification_is_refused() {
        let mut changed = spec().to_vec();
        changed[5] ^= 1;
        let wire = wire::Desired { spec: changed.into(), ..only(spec()) };
        assert!(matches!(assemble([wire]), Err(Malformed::WrongHash { .. })));
    }

    #[test]
    fn a_specification_that_means_nothing_is_refused_with_its_cause() {
        let refused = assemble([only(Bytes::from_static(b"{\"running\":1}"))]).unwrap_err();
        assert!(matches!(refused, Malformed::UnreadableSpec { .. }));
        assert!(refused.source().is_some());
    }

    #[test]
    fn a_short_hash_is_refused() {
        let wire = wire::Desired { hash: vec![1; 31], ..only(spec()) };
        assert!(matches!(assemble([wire]), Err(Malformed::WrongLength { size: 31, expected: 32, .. })));
    }

    #[test]
    fn generation_zero_is_before_the_first() {
        let wire = wire::Desired { generation: 0, ..only(spec()) };
        assert!(matches!(assemble([wire]), Err(Malformed::OutOfRange { field: "generation", .. })));
    }
}
