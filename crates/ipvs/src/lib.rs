//! Linux's IP Virtual Server (IPVS), spoken to over generic netlink.
//!
//! The kernel's load balancer holds *virtual services*, and in each of them *destinations* (real servers). This crate reads and
//! edits that table: services of every kind of key, destinations of every forwarding method, counters, sync daemons, timeouts.
//! It also lists the connections, which the kernel offers as a text file only.
//!
//! * [`Client`] is a blocking socket. [`Client::apply`] sends many [`Request`]s in one system call and maps what the kernel refuses
//!   back to the request it refused; [`Client::table`] reads everything.
//! * [`connections`] reads `/proc/net/ip_vs_conn` with a filter, a limit and a deadline.
//! * [`wire`] is the codec, without any socket: requests to bytes, bytes to replies. Attributes it does not know are kept, and no
//!   input makes it panic.
//!
//! Reading and editing needs `CAP_NET_ADMIN` in the network namespace; the table belongs to the namespace of the thread that
//! calls [`Client::connect`].
//!
//! ```no_run
//! use ipvs::{Client, Destination, Forwarding, Protocol, Request, Service, ServiceKey};
//!
//! # fn main() -> Result<(), ipvs::Error> {
//! let mut client = Client::connect()?;
//! let key = ServiceKey::address(Protocol::Tcp, "10.0.0.2".parse().unwrap(), 80);
//! let destination = Destination::new("192.168.10.100:80".parse().unwrap(), Forwarding::Masquerade);
//! let requests = [
//!     Request::AddService(Service::new(key.clone(), "wlc".parse().unwrap())),
//!     Request::AddDestination { service: key, destination },
//! ];
//! for (request, result) in requests.iter().zip(client.apply(&requests)?) {
//!     if let Err(refusal) = result {
//!         eprintln!("could not {request}: {refusal}");
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod batch;
mod client;
pub mod connections;
mod daemon;
mod destination;
mod error;
mod facts;
mod name;
mod request;
mod service;
mod stats;
mod unknown;
pub mod wire;

pub use client::Client;
pub use daemon::{Daemon, DaemonState};
pub use destination::{Checksum, Destination, DestinationEntry, DestinationKey, Forwarding, Tunnel};
pub use error::{Error, KernelError, Malformed};
pub use facts::{Info, Timeouts, Version};
pub use name::{InvalidName, Name};
pub use request::Request;
pub use service::{
    Family, Netmask, Persistence, Protocol, SchedulerFlags, Service, ServiceEntry, ServiceKey,
};
pub use stats::Stats;
pub use unknown::Unknown;
