//! Checks of real servers, and when a result takes a server out of its service or back.
//!
//! Three parts that know nothing of each other's insides:
//! * [`Check`] asks one server once, and answers with an [`Outcome`];
//! * [`Judge`] is pure: it takes outcomes and says who is up, since when and why;
//! * [`run`] asks all servers, each at its interval, with a bounded number of checks at a time and nothing but a few words of
//!   memory for a server that is not being asked at the moment.

mod by_protocol;
mod check;
mod judge;
mod runner;
mod schedule;
mod subject;
mod tcp;
mod udp;

pub use by_protocol::ByProtocol;
pub use check::{Check, Outcome};
pub use judge::{FAILURES_NEEDED, Judge, Judgement};
pub use runner::{Pace, run};
pub use subject::{Rule, Subject, Subjects, Target};
pub use tcp::TcpConnect;
pub use udp::UdpPort;
