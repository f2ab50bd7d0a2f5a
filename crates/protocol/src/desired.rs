//! The desired state on its way.

use bytes::Bytes;
use model::{Desired, Generation, SpecHash};

use crate::malformed::{at_most, hash};
use crate::{MAX_SPEC, Malformed, wire};

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

impl TryFrom<wire::Desired> for Accepted {
    type Error = Malformed;

    fn try_from(wire: wire::Desired) -> Result<Self, Malformed> {
        Self::check(Generation(wire.generation), hash("hash", &wire.hash)?, wire.spec)
    }
}

impl wire::Desired {
    /// The message for a revision's canonical JSON.
    pub fn of(generation: Generation, hash: SpecHash, spec: Bytes) -> Self {
        Self { generation: generation.0, hash: hash.0.to_vec(), spec }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use model::{Cluster, Name};

    use super::*;

    fn sent() -> wire::Desired {
        let desired = Desired { running: true, cluster: Cluster::new(Name::parse("web").unwrap()) };
        let spec = Bytes::from(desired.canonical());
        wire::Desired::of(Generation(3), SpecHash::of(&spec), spec)
    }

    #[test]
    fn what_was_sent_is_accepted() {
        let accepted = Accepted::try_from(sent()).unwrap();
        assert_eq!(accepted.generation, Generation(3));
        assert!(accepted.desired.running);
        assert_eq!(SpecHash::of(&accepted.spec), accepted.hash);
    }

    #[test]
    fn another_hash_is_refused() {
        let mut wire = sent();
        wire.hash[0] ^= 1;
        let refused = Accepted::try_from(wire).unwrap_err();
        assert!(matches!(refused, Malformed::WrongHash { generation: 3, .. }), "{refused}");
    }

    #[test]
    fn a_damaged_specification_is_refused() {
        let mut wire = sent();
        wire.spec = wire.spec.slice(..wire.spec.len() - 1);
        assert!(matches!(Accepted::try_from(wire), Err(Malformed::WrongHash { .. })));
    }

    #[test]
    fn a_specification_that_means_nothing_is_refused_with_its_cause() {
        let spec = Bytes::from_static(b"{\"running\":1}");
        let refused = Accepted::check(Generation(1), SpecHash::of(&spec), spec).unwrap_err();
        assert!(matches!(refused, Malformed::UnreadableSpec { .. }));
        assert!(refused.source().is_some());
    }

    #[test]
    fn a_short_hash_is_refused() {
        let wire = wire::Desired { hash: vec![1; 31], ..sent() };
        assert!(matches!(
            Accepted::try_from(wire),
            Err(Malformed::WrongLength { size: 31, expected: 32, .. })
        ));
    }

    #[test]
    fn an_oversized_specification_is_refused_before_it_is_read() {
        let spec = Bytes::from(vec![b' '; MAX_SPEC + 1]);
        let refused = Accepted::check(Generation(1), SpecHash([0; 32]), spec);
        assert!(matches!(refused, Err(Malformed::TooLarge { field: "spec", .. })));
    }

    #[test]
    fn generation_zero_is_before_the_first() {
        let wire = wire::Desired { generation: 0, ..sent() };
        assert!(matches!(Accepted::try_from(wire), Err(Malformed::OutOfRange { field: "generation", .. })));
    }
}
