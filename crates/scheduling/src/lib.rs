//! IPVS's schedulers as pure functions.
//!
//! The embedded data plane must choose as the kernel would, so that an operator may move a cluster between the
//! two without relearning it. Each file is one scheduler under its kernel name, after
//! `net/netfilter/ipvs/ip_vs_NAME.c`; there is no clock, no randomness and no lock here, the caller brings them.
//!
//! * [`Destination`] is what a scheduler may know of a real server within a service;
//! * [`Scheduler`] picks one of a list and keeps its state over edits of that list;
//! * [`Kind`] and [`Flags`] name the schedulers and build them.
//!
//! Everywhere, a destination with weight 0 (quiesced) or with the overload flag gets no new connection.
//!
//! Absent: `lblc` and `lblcr` (they expire entries by time) and `twos` (it draws lots). One difference: the kernel
//! prepends destinations, so its walks run from the youngest to the oldest; ours run in the order of the list.

mod destination;
mod dh;
mod fo;
mod hash;
mod kind;
mod lc;
mod mh;
mod nq;
mod ovf;
mod rr;
mod sed;
mod sh;
mod wlc;
mod wrr;

#[cfg(test)]
mod sample;

pub use destination::{Destination, Packet};
pub use dh::DestinationHashing;
pub use fo::FailOver;
pub use kind::{Flags, Kind, UnknownScheduler};
pub use lc::LeastConnection;
pub use mh::MaglevHashing;
pub use nq::NeverQueue;
pub use ovf::OverFlow;
pub use rr::RoundRobin;
pub use sed::ShortestExpectedDelay;
pub use sh::SourceHashing;
pub use wlc::WeightedLeastConnection;
pub use wrr::WeightedRoundRobin;

/// Picks a destination for a new connection.
pub trait Scheduler<D: Destination>: Send {
    /// The list or a weight in it changed. To be called once before the first [`schedule`](Self::schedule) and after
    /// every edit; what the scheduler remembers of earlier picks goes over as in the kernel.
    fn changed(&mut self, destinations: &[D]);

    /// The index of the destination that gets this connection, or `None` if none may have it.
    fn schedule(&mut self, destinations: &[D], packet: &Packet) -> Option<usize>;
}
