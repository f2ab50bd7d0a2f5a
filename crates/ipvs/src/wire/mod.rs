//! The codec: requests and questions to bytes, datagrams to replies. No socket, no clock.
//!
//! Numbers and layouts are those of the kernel's `include/uapi/linux/ip_vs.h` (version 1 of the family `IPVS`). Three things in it are
//! easily got wrong: an address attribute is sixteen bytes in either family, ports are big-endian but firewall marks are not,
//! and a service's flags are a pair of value and mask.

mod daemon;
mod destination;
mod encode;
mod frame;
mod numbers;
mod payload;
mod read;
mod reply;
mod service;
mod stats;
mod write;

pub use encode::{Encoder, Question};
pub use frame::{Frame, Frames, Meaning, frames};
pub use payload::Payload;
pub use reply::Reply;
