//! The embedded data plane: virtual services in user space.
//!
//! Where the kernel has no IPVS (a laptop, a container, a first look) this crate offers the same services to any
//! unprivileged process: TCP by relaying bytes, UDP by a flow per client, with IPVS's schedulers, weights, persistence,
//! thresholds, drains, counters and connection table. [`Balancer`] is the whole interface; it speaks `model::table`.
//!
//! How it works:
//! * as many worker threads as there are cores, each with a runtime of its own: a connection lives and dies on one thread,
//!   so its path shares nothing but its service's short scheduling lock and counters;
//! * every worker listens on every virtual address with a socket of its own (`SO_REUSEPORT`), the kernel spreads clients,
//!   and a worker that has got too many hands new ones over to another;
//! * one housekeeping thread moves the clock, ends what is idle, estimates rates.
//!
//! What differs from the kernel, since this is a proxy: the forwarding method is kept and reported but every destination is
//! reached by a connection of the balancer's own (clients' addresses travel by PROXY protocol, if asked for); firewall
//! marks, SCTP, all-port services, persistence engines and the schedulers `lblc`, `lblcr` and `twos` are refused with a
//! [`StepError`]; a connection counts as active from the moment it is scheduled, not from the third packet on; and when
//! both sides have closed it is gone from the connection table and from the thresholds, where the kernel lets it linger as
//! inactive; schedulers count it for as long as the kernel would.

mod accept;
mod apply;
mod balancer;
mod buffer;
mod clock;
mod connect;
mod connections;
mod counters;
mod cycle;
mod destination;
mod error;
mod facts;
mod flow;
mod housekeeping;
mod limits;
mod linger;
mod listener;
mod lock;
mod options;
mod persistence;
mod pipe;
mod proxy;
mod registry;
mod relay;
mod service;
mod shared;
mod status;
mod supported;
mod tcp;
mod udp;
mod worker;

pub use balancer::Balancer;
pub use connections::{ConnectionQuery, ConnectionRow, ConnectionState};
pub use counters::{Rates, Totals};
pub use error::{StartError, StepError};
pub use facts::{Events, Facts};
pub use options::Options;
pub use status::{Counters, DestinationCounters, ServiceCounters};
pub use supported::REFUSES;
