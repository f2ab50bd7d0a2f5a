//! What an agent made of the desired state.

use std::ops::Deref;
use std::sync::Arc;

use model::table::Foreign;
use model::{DestinationId, Generation, ServiceId, SpecHash, Weight, Why};
use prost::Message as _;

use crate::cause::{join, split};
use crate::limits::{BARE_OBJECT, FRAME, OBJECT_BYTES};
use crate::malformed::{at_most, optional_hash};
use crate::{
    MAX_FOREIGN, MAX_OBJECTS, MAX_SURROUNDINGS, Malformed, Surrounding, SurroundingState, foreign,
    surrounding, wire,
};

/// An agent's report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Which generation this is about; 0: none yet.
    pub generation: Generation,
    /// Its hash.
    pub hash: Option<SpecHash>,
    /// How far it is.
    pub phase: Phase,
    /// Why it is not further, for the whole of it.
    pub error: Option<Why>,
    /// Whether the desired state says that the balancing runs.
    pub running: bool,
    /// Services and destinations.
    pub objects: Objects,
    /// What surrounds the table.
    pub surroundings: Vec<Surrounding>,
    /// Entries of the data plane that somebody else made: the first `MAX_FOREIGN`.
    pub foreign: Vec<Foreign>,
    /// How many there are in all.
    pub foreign_total: u32,
    /// When this was observed: milliseconds since 1970 on the director's clock.
    pub at_ms: i64,
}

/// The objects of a report. A copy is the same ones: a large table has ten thousands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objects(Arc<[ObservedObject]>);

/// How far a desired state is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// No desired state yet.
    #[default]
    Nothing,
    /// On the way.
    Applying,
    /// Read back from the data plane and equal.
    Verified,
    /// Some objects failed; their errors say why.
    Partial,
    /// The console's desired state was not taken: older than the one at hand, or the same generation with another
    /// content. `error` says which; what is reported is the one at hand.
    Refused,
}

/// A service or destination of the desired state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedObject {
    /// The service.
    pub service: ServiceId,
    /// The destination; none for the service itself.
    pub destination: Option<DestinationId>,
    /// Is it applied?
    pub applied: Applied,
    /// Why not.
    pub error: Option<Why>,
    /// Does it serve?
    pub health: Health,
    /// Why not.
    pub health_reason: Option<Why>,
    /// Since when `health` is so: milliseconds since 1970 on the director's clock.
    pub since_ms: Option<i64>,
    /// Its weight in the data plane; none where it is not in it (and for services).
    pub weight: Option<Weight>,
    /// The generation whose check judged.
    pub judged_generation: Option<Generation>,
    /// Whether the sorry server stands in (services only).
    pub sorry: bool,
}

/// Whether an object is as it should be in the data plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Read back and equal.
    Applied,
    /// Not as it should be; `error` says why.
    Failed,
    /// Rightly not there: inactive, stopped, or down.
    Absent,
}

/// What checks say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Nothing yet.
    #[default]
    Unjudged,
    /// It serves.
    Up,
    /// It does not.
    Down,
    /// Not checked, as it is not active.
    Inactive,
}

impl Observed {
    /// Before the first desired state.
    pub fn nothing(at_ms: i64) -> Self {
        Self {
            generation: Generation(0),
            hash: None,
            phase: Phase::Nothing,
            error: None,
            running: false,
            objects: Objects::default(),
            surroundings: Vec::new(),
            foreign: Vec::new(),
            foreign_total: 0,
            at_ms,
        }
    }
}

impl Observed {
    /// Adds what surrounds the table. Where some of it failed, the whole is not verified.
    pub fn add(&mut self, surroundings: Vec<Surrounding>) {
        let failed = surroundings.iter().any(|one| one.state == SurroundingState::Failed);
        if failed && self.phase == Phase::Verified {
            self.phase = Phase::Partial;
        }
        self.surroundings = surroundings;
    }

    /// Why each thing around the table that failed did so.
    pub fn failed_surroundings(&self) -> impl Iterator<Item = Why> {
        self.surroundings.iter().filter_map(Surrounding::failure)
    }
}

// === impl Objects ===

impl From<Vec<ObservedObject>> for Objects {
    fn from(objects: Vec<ObservedObject>) -> Self {
        Self(objects.into())
    }
}

impl Deref for Objects {
    type Target = [ObservedObject];

    fn deref(&self) -> &[ObservedObject] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a Objects {
    type Item = &'a ObservedObject;
    type IntoIter = std::slice::Iter<'a, ObservedObject>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

// === to the wire ===

impl From<&Observed> for wire::Observed {
    fn from(observed: &Observed) -> Self {
        let phase = match observed.phase {
            Phase::Nothing => wire::observed::Phase::Nothing,
            Phase::Applying => wire::observed::Phase::Applying,
            Phase::Verified => wire::observed::Phase::Verified,
            Phase::Partial => wire::observed::Phase::Partial,
            Phase::Refused => wire::observed::Phase::Refused,
        };
        let (error, cause) = split(observed.error.as_ref());
        Self {
            generation: observed.generation.0,
            hash: observed.hash.map(|hash| hash.0.to_vec()).unwrap_or_default(),
            phase: phase.into(),
            error,
            cause,
            running: observed.running,
            objects: objects_to_wire(&observed.objects),
            surroundings: surrounding::all_to_wire(&observed.surroundings),
            foreign: foreign::all_to_wire(&observed.foreign),
            foreign_total: observed.foreign_total,
            at_ms: observed.at_ms,
        }
    }
}

/// All objects, with their reasons as long as there is room for the numbers of those to come.
fn objects_to_wire(objects: &[ObservedObject]) -> Vec<wire::ObservedObject> {
    let mut left = OBJECT_BYTES.saturating_sub(objects.len() * BARE_OBJECT);
    let objects = objects.iter().map(wire::ObservedObject::from).map(|mut object| {
        let reasons = object.encoded_len() + FRAME;
        if reasons <= left + BARE_OBJECT {
            left = (left + BARE_OBJECT - reasons).min(left);
        } else {
            (object.error, object.cause) = Default::default();
            (object.health_reason, object.health_cause) = Default::default();
        }
        object
    });
    objects.collect()
}

impl From<&ObservedObject> for wire::ObservedObject {
    fn from(object: &ObservedObject) -> Self {
        let applied = match object.applied {
            Applied::Applied => wire::observed_object::Applied::Applied,
            Applied::Failed => wire::observed_object::Applied::Failed,
            Applied::Absent => wire::observed_object::Applied::Absent,
        };
        let health = match object.health {
            Health::Unjudged => wire::observed_object::Health::Unjudged,
            Health::Up => wire::observed_object::Health::Up,
            Health::Down => wire::observed_object::Health::Down,
            Health::Inactive => wire::observed_object::Health::Inactive,
        };
        let (error, cause) = split(object.error.as_ref());
        let (health_reason, health_cause) = split(object.health_reason.as_ref());
        Self {
            service_id: object.service.0,
            destination_id: object.destination.map_or(0, |id| id.0),
            applied: applied.into(),
            error,
            cause,
            health: health.into(),
            health_reason,
            health_cause,
            since_ms: object.since_ms.unwrap_or(0),
            weight: object.weight.map_or(-1, |weight| weight.get().into()),
            judged_generation: object.judged_generation.map_or(0, |generation| generation.0),
            sorry: object.sorry,
        }
    }
}

// === from the wire ===

impl TryFrom<wire::Observed> for Observed {
    type Error = Malformed;

    fn try_from(wire: wire::Observed) -> Result<Self, Malformed> {
        use wire::observed::Phase as Wire;
        at_most("objects", wire.objects.len(), MAX_OBJECTS)?;
        at_most("surroundings", wire.surroundings.len(), MAX_SURROUNDINGS)?;
        at_most("foreign", wire.foreign.len(), MAX_FOREIGN)?;
        let unknown = || Malformed::UnknownValue { field: "phase", value: wire.phase };
        let phase = match Wire::try_from(wire.phase).map_err(|_| unknown())? {
            Wire::Unspecified => return Err(Malformed::Missing("phase")),
            Wire::Nothing => Phase::Nothing,
            Wire::Applying => Phase::Applying,
            Wire::Verified => Phase::Verified,
            Wire::Partial => Phase::Partial,
            Wire::Refused => Phase::Refused,
        };
        let surroundings: Result<_, _> = wire.surroundings.into_iter().map(Surrounding::try_from).collect();
        let foreign: Result<_, _> =
            wire.foreign.into_iter().filter_map(|entry| foreign::from_wire(entry).transpose()).collect();
        let objects: Result<Vec<_>, _> = wire.objects.into_iter().map(ObservedObject::try_from).collect();
        Ok(Self {
            generation: Generation(wire.generation),
            hash: optional_hash("hash", &wire.hash)?,
            phase,
            error: join("error", wire.error, wire.cause)?,
            running: wire.running,
            objects: objects?.into(),
            surroundings: surroundings?,
            foreign: foreign?,
            foreign_total: wire.foreign_total,
            at_ms: wire.at_ms,
        })
    }
}

impl TryFrom<wire::ObservedObject> for ObservedObject {
    type Error = Malformed;

    fn try_from(wire: wire::ObservedObject) -> Result<Self, Malformed> {
        use wire::observed_object::{Applied as WireApplied, Health as WireHealth};
        let unknown = |field, value| Malformed::UnknownValue { field, value };
        let applied =
            match WireApplied::try_from(wire.applied).map_err(|_| unknown("applied", wire.applied))? {
                WireApplied::Unspecified => return Err(Malformed::Missing("applied")),
                WireApplied::Applied => Applied::Applied,
                WireApplied::Failed => Applied::Failed,
                WireApplied::Absent => Applied::Absent,
            };
        let health = match WireHealth::try_from(wire.health).map_err(|_| unknown("health", wire.health))? {
            WireHealth::Unjudged => Health::Unjudged,
            WireHealth::Up => Health::Up,
            WireHealth::Down => Health::Down,
            WireHealth::Inactive => Health::Inactive,
        };
        let too_much = || Malformed::OutOfRange { field: "weight", value: wire.weight };
        let weight = match wire.weight {
            -1 => None,
            weight => Some(
                u64::try_from(weight)
                    .ok()
                    .and_then(|weight| Weight::try_new(weight).ok())
                    .ok_or_else(too_much)?,
            ),
        };
        Ok(Self {
            service: ServiceId(wire.service_id),
            destination: (wire.destination_id > 0).then_some(DestinationId(wire.destination_id)),
            applied,
            error: join("error", wire.error, wire.cause)?,
            health,
            health_reason: join("health_reason", wire.health_reason, wire.health_cause)?,
            since_ms: (wire.since_ms != 0).then_some(wire.since_ms),
            weight,
            judged_generation: (wire.judged_generation > 0).then_some(Generation(wire.judged_generation)),
            sorry: wire.sorry,
        })
    }
}

#[cfg(test)]
mod tests {
    use model::table::TableKey;
    use model::{Code, Family, FirewallMark};

    use super::*;
    use crate::{MAX_AGENT_MESSAGE, MAX_TEXT};

    fn observed() -> Observed {
        let service = ObservedObject {
            service: ServiceId(1),
            destination: None,
            applied: Applied::Applied,
            error: None,
            health: Health::Unjudged,
            health_reason: None,
            since_ms: None,
            weight: None,
            judged_generation: None,
            sorry: true,
        };
        let destination = ObservedObject {
            destination: Some(DestinationId(4)),
            applied: Applied::Failed,
            error: Some(Why::of("no such device", Code::NotThere)),
            health: Health::Down,
            health_reason: Some("connection refused".into()),
            since_ms: Some(1_700_000_000_000),
            weight: Some(Weight::MIN),
            judged_generation: Some(Generation(7)),
            sorry: false,
            ..service
        };
        Observed {
            generation: Generation(7),
            hash: Some(SpecHash([9; 32])),
            phase: Phase::Partial,
            error: Some("one of two".into()),
            running: true,
            objects: vec![service, destination].into(),
            surroundings: vec![Surrounding {
                kind: "sysctl".into(),
                name: "net.ipv4.ip_forward".into(),
                state: SurroundingState::Foreign,
                error: None,
            }],
            foreign: vec![Foreign::unknown(
                TableKey::Mark { mark: FirewallMark::new_const(7), family: Family::V4 },
                None,
            )],
            foreign_total: 300,
            at_ms: 1_700_000_000_001,
        }
    }

    #[test]
    fn a_report_reads_back() {
        assert_eq!(Observed::try_from(wire::Observed::from(&observed())).unwrap(), observed());
        let nothing = Observed::nothing(5);
        assert_eq!(Observed::try_from(wire::Observed::from(&nothing)).unwrap(), nothing);
    }

    #[test]
    fn every_value_of_every_enumeration_reads_back() {
        for phase in [Phase::Nothing, Phase::Applying, Phase::Verified, Phase::Partial, Phase::Refused] {
            let sent = Observed { phase, ..observed() };
            assert_eq!(Observed::try_from(wire::Observed::from(&sent)).unwrap(), sent);
        }
        for applied in [Applied::Applied, Applied::Failed, Applied::Absent] {
            for health in [Health::Unjudged, Health::Up, Health::Down, Health::Inactive] {
                let sent = ObservedObject { applied, health, ..observed().objects[1].clone() };
                assert_eq!(ObservedObject::try_from(wire::ObservedObject::from(&sent)).unwrap(), sent);
            }
        }
    }

    #[test]
    fn a_report_that_was_cut_short_is_never_taken_for_the_whole() {
        let whole = wire::Observed::from(&observed()).encode_to_vec();
        for end in 0..whole.len() {
            let read = wire::Observed::decode(&whole[..end]).map(Observed::try_from);
            assert!(!matches!(read, Ok(Ok(read)) if read == observed()), "cut at {end}");
        }
    }

    #[test]
    fn unknown_values_are_refused_by_name() {
        let wire = wire::Observed { phase: 99, ..wire::Observed::from(&observed()) };
        let refused = Observed::try_from(wire).unwrap_err();
        assert!(matches!(refused, Malformed::UnknownValue { field: "phase", value: 99 }), "{refused}");
        let object = || wire::ObservedObject::from(&observed().objects[0]);
        let refused = ObservedObject::try_from(wire::ObservedObject { applied: -3, ..object() });
        assert!(matches!(refused, Err(Malformed::UnknownValue { field: "applied", value: -3 })));
        let refused = ObservedObject::try_from(wire::ObservedObject { health: 4, ..object() });
        assert!(matches!(refused, Err(Malformed::UnknownValue { field: "health", value: 4 })));
    }

    #[test]
    fn what_must_be_said_and_is_not_is_missing() {
        let wire = wire::Observed { phase: 0, ..wire::Observed::from(&observed()) };
        assert!(matches!(Observed::try_from(wire), Err(Malformed::Missing("phase"))));
    }

    #[test]
    fn weights_have_a_range() {
        for weight in [-2, 2_147_483_648, i64::MAX] {
            let wire = wire::ObservedObject { weight, ..wire::ObservedObject::from(&observed().objects[1]) };
            let refused = ObservedObject::try_from(wire);
            assert!(matches!(refused, Err(Malformed::OutOfRange { field: "weight", .. })), "{weight}");
        }
    }

    #[test]
    fn the_largest_report_fits_into_a_message() {
        let long = Why::of("x".repeat(2 * MAX_TEXT), Code::NotThere);
        let wordy = ObservedObject {
            error: Some(long.clone()),
            health_reason: Some(long),
            service: ServiceId(u32::MAX),
            destination: Some(DestinationId(u32::MAX)),
            since_ms: Some(i64::MIN),
            weight: Some(Weight::MAX),
            judged_generation: Some(Generation(u64::MAX)),
            sorry: true,
            ..observed().objects[1].clone()
        };
        let bare = ObservedObject { error: None, health_reason: None, ..wordy };
        let size = wire::ObservedObject::from(&bare).encoded_len() + FRAME;
        assert!(size <= BARE_OBJECT, "{size}");
        let mut objects = vec![bare; MAX_OBJECTS - 3_000];
        objects.extend(vec![wordy; 3_000]);
        let surrounding = Surrounding {
            kind: "address".into(),
            name: "n".repeat(MAX_TEXT),
            state: SurroundingState::Failed,
            error: Some("e".repeat(MAX_TEXT)),
        };
        let entry = Foreign { words: "w".repeat(MAX_TEXT), ..observed().foreign[0].clone() };
        let worst = Observed {
            objects: objects.into(),
            surroundings: vec![surrounding; MAX_SURROUNDINGS],
            foreign: vec![entry; MAX_FOREIGN],
            error: Some("x".repeat(MAX_TEXT).into()),
            ..observed()
        };
        let sent = wire::Observed::from(&worst);
        assert!(sent.encoded_len() <= MAX_AGENT_MESSAGE, "{}", sent.encoded_len());
        assert_eq!(sent.objects.len(), MAX_OBJECTS);
        assert!(sent.objects.iter().any(|object| !object.error.is_empty()), "as many reasons as fit");
        assert!(Observed::try_from(sent).is_ok());
    }

    #[test]
    fn an_entry_that_cannot_be_read_ends_nothing() {
        let mut sent = wire::Observed::from(&observed());
        sent.foreign.push(wire::ForeignEntry { key: "of tomorrow".into(), ..Default::default() });
        assert_eq!(Observed::try_from(sent).unwrap(), observed());
    }

    #[test]
    fn endless_reports_are_refused() {
        let object = wire::ObservedObject::from(&observed().objects[0]);
        let wire =
            wire::Observed { objects: vec![object; MAX_OBJECTS + 1], ..wire::Observed::from(&observed()) };
        assert!(matches!(Observed::try_from(wire), Err(Malformed::TooLarge { field: "objects", .. })));
    }
}
