//! What a director is told: one document with a generation and a hash.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Cluster;

/// The desired state of a cluster: what a revision holds and what agents get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    /// Whether the balancing runs. Stopped, directors remove what they own.
    pub running: bool,
    /// The configuration.
    pub cluster: Cluster,
}

/// A cluster's revisions count upwards from 1; 0 is before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(pub u64);

/// The SHA-256 of a desired state's canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpecHash(pub [u8; 32]);

impl Desired {
    /// The canonical form: JSON with fields in the order of their declaration, maps in the order of their keys, no blanks.
    /// Equal states have equal bytes.
    pub fn canonical(&self) -> String {
        // Serialising to memory fails for non-string map keys alone, and ids become strings.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the canonical form; checks everything again.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

impl SpecHash {
    /// The hash of these bytes.
    pub fn of(canonical: &[u8]) -> Self {
        Self(Sha256::digest(canonical).into())
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for SpecHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing;

    proptest! {
        #[test]
        fn the_canonical_form_reads_back(desired in testing::desired()) {
            let canonical = desired.canonical();
            let read = Desired::parse(canonical.as_bytes()).map_err(|error| error.to_string());
            prop_assert_eq!(read.as_ref(), Ok(&desired));
            prop_assert_eq!(read.map(|read| read.canonical()), Ok(canonical));
        }
    }

    /// Hashes stand in the database and on directors' disks: the form of a given state never changes.
    #[test]
    fn the_canonical_form_is_stable() {
        let json = concat!(
            r#"{"running":true,"cluster":{"name":"shop","settings":{"forwarding":"direct","timeouts":{}},"#,
            r#""redundancy":{"active":false,"heartbeat_interval":6,"dead_after":18,"heartbeat_port":539,"#,
            r#""monitor_links":false},"services":{"1":{"name":"web","active":true,"key":{"address":"#,
            r#"{"protocol":"tcp","vip":"192.0.2.1","ports":"80"}},"scheduler":"wlc","one_packet":false,"#,
            r#""check":"connect","timeout":6,"reentry":15,"quiesce":false,"load_monitor":"none","#,
            r#""proxy_protocol":false,"destinations":{"2":{"name":"real1","address":"10.0.0.1","weight":1,"#,
            r#""active":true}}}}}}"#
        );
        let desired = Desired::parse(json.as_bytes()).unwrap();
        assert_eq!(desired.canonical(), json);
        let hash = SpecHash::of(json.as_bytes()).to_string();
        assert_eq!(hash, "55c2f97d7e44b152de88269c52236819a5786fd89a8e10c930cca7f105a94ed0");
    }

    #[test]
    fn a_document_that_contradicts_itself_is_refused() {
        let mut document: serde_json::Value = serde_json::from_str(
            &Desired { running: true, cluster: Cluster::new(crate::Name::parse("a").unwrap()) }.canonical(),
        )
        .unwrap();
        document["cluster"]["redundancy"]["dead_after"] = 1.into();
        let error = Desired::parse(document.to_string().as_bytes()).unwrap_err();
        assert!(error.to_string().contains("assume dead after"), "{error}");
    }
}
