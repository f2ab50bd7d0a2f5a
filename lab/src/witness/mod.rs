//! Witnesses: what other people's programs say about the kernel and the network.

mod curl;
mod ipvsadm;
mod netlink;
mod tcpdump;

pub(crate) use curl::curl;
pub(crate) use ipvsadm::{Table, connections};
pub(crate) use netlink::Netlink;
pub(crate) use tcpdump::Capture;
