//! The contract between console and agent.
//!
//! `agent.proto` is the wire; [`wire`] is generated from it and speaks in numbers and strings that may say anything.
//! The types beside it are what they mean: each converts to its wire form without failing, and from it by `TryFrom`,
//! which checks every value once ([`Malformed`] says which field is wrong). Inside console and agent nobody checks again.
//!
//! Absent on purpose: sockets, TLS, files. They are the console's and the agent's own.

mod cause;
mod connections;
mod desired;
mod doctor;
mod facts;
mod foreign;
mod limits;
mod malformed;
mod observed;
mod programs;
mod role;
mod stats;
mod surrounding;
mod token;
mod version;

/// Messages and services as `agent.proto` has them.
pub mod wire {
    #![expect(
        missing_docs,
        unused_qualifications,
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        reason = "generated; agent.proto has the comments"
    )]
    tonic::include_proto!("arapaima.agent.v1");
}

pub use connections::{CONNECTION_GROUPS, ConnectionsAnswer, ConnectionsQuery, Reading};
pub use desired::{Accepted, Assembly, Parts};
pub use doctor::{DoctorAnswer, MAX_FINDINGS};
pub use facts::DataPlaneFacts;
pub use foreign::{ForeignCommand, ForeignDone};
pub use limits::{
    MAX_AGENT_MESSAGE, MAX_CONNECTION_GROUPS, MAX_CONNECTION_ROWS, MAX_CONSOLE_MESSAGE, MAX_CSR,
    MAX_ENROLMENT_MESSAGE, MAX_ENTRY, MAX_FOREIGN, MAX_GROUPINGS, MAX_OBJECTS, MAX_READING, MAX_SPEC,
    MAX_TEXT, PART,
};
pub use malformed::Malformed;
pub use observed::{Applied, Health, Objects, Observed, ObservedObject, Phase};
pub use programs::{CheckPrograms, MAX_PROGRAMS};
pub use role::role;
pub use stats::{Counters, Stats, StatsEntry};
pub use surrounding::{MAX_SURROUNDINGS, Surrounding, SurroundingState};
pub use token::{Secret, SpkiHash, Token, TokenError};
pub use version::{OtherProtocol, PROTOCOL, Side, check_protocol};

/// The name in the console's certificate for agents. Fixed, so that any address of the console works.
pub const CONSOLE_NAME: &str = "arapaima-console";

/// What a director's certificate calls it: a URI among the subject's alternative names, `lvs://director/<id>`.
pub const DIRECTOR_URI: &str = "lvs://director/";

/// How often the console sends a ping, and how often at least an agent reports what it observes.
pub const HEARTBEAT: std::time::Duration = std::time::Duration::from_secs(10);

/// After so long without a message the other side is taken for dead: three heartbeats and some.
pub const SILENCE: std::time::Duration = std::time::Duration::from_secs(35);
