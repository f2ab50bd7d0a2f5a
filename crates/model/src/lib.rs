//! The vocabulary of LVS clusters.
//!
//! Everything that an operator can configure is a type here that cannot hold a wrong value: parsers live at
//! the edge (`parse`, `try_new`), inside nobody checks again. The crate is pure (no clock, no socket, no
//! runtime) and also builds for the browser.
//!
//! Two vocabularies live here, and an arrow between them:
//! * the **cluster** ([`Cluster`]): what an operator says, with names, notes and Piranha's fields;
//! * the **table** ([`table::Table`]): what a data plane holds, keyed as IPVS keys it;
//! * [`table::effective`] computes the second from the first, the health of the servers and the running state.
//!
//! [`plan()`] says what has to change between two clusters, [`table::steps`] between two tables.

mod address;
mod agreement;
mod bounded;
mod cause;
mod check;
mod cluster;
pub mod connections;
mod desired;
mod destination;
mod event;
mod field;
mod finding;
mod foresight;
mod forwarding;
mod id;
pub mod input;
mod key;
mod name;
mod note;
mod persistence;
mod person;
pub mod plan;
mod ports;
mod problem;
mod redundancy;
mod role;
mod scheduler;
mod service;
mod settings;
mod show;
pub mod table;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use address::{Device, HostAddress, MulticastGroup, PrefixLength};
pub use bounded::{
    FirewallMark, Port, ReentrySeconds, Seconds, SyncId, SyncLength, SyncTtl, Threshold, Weight,
};
pub use cause::{Cause, Code, Why};
pub use check::{Check, LoadMonitor, Payload, ProgramName};
pub use cluster::Cluster;
pub use desired::{Desired, Generation, SpecHash};
pub use destination::{Destination, Thresholds};
pub use event::{EventKind, Topic};
pub use field::Field;
pub use finding::{Ailment, Finding, Gravity};
pub use foresight::{Abilities, foresee};
pub use forwarding::{Forwarding, TunnelChecksum};
pub use id::{ClusterId, DestinationId, DirectorId, ServiceId};
pub use key::{Family, Frontend, MarkedTraffic, Protocol, ServiceKey};
pub use name::Name;
pub use note::Note;
pub use persistence::{Persistence, PersistenceEngine};
pub use person::{Role, Roles};
pub use plan::{Change, plan};
pub use ports::{PortRange, Ports};
pub use problem::{Problem, Problems, Reason};
pub use redundancy::{Redundancy, SyncDaemon};
pub use role::MachineRole;
pub use scheduler::{Scheduler, SchedulerKind};
pub use service::{ServiceSettings, SorryServer, VirtualService};
pub use settings::{NatRouter, Settings, Timeouts};
pub use show::{Show, Shown};
