//! What a scheduler sees: destinations and the first packet of a connection.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A real server within a virtual service, as far as scheduling needs to know it.
pub trait Destination {
    /// Identity that stays the same over edits and is never used for another destination.
    fn key(&self) -> u64;
    /// Address and port of the real server (`mh` hashes it).
    fn address(&self) -> SocketAddr;
    /// 0 means quiesced. The kernel's range is 0 to 2147483647.
    fn weight(&self) -> u32;
    /// The flag that the upper threshold raises and the lower one clears.
    fn overloaded(&self) -> bool;
    /// Established connections.
    fn active(&self) -> u32;
    /// Connections that are known and not established (closing ones, UDP flows).
    fn inactive(&self) -> u32;

    /// May have new connections: some weight and not overloaded.
    fn available(&self) -> bool {
        self.weight() > 0 && !self.overloaded()
    }
}

/// The addresses of the packet that opens a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// Who asks.
    pub client: SocketAddr,
    /// The VIP that was asked.
    pub virtual_address: IpAddr,
}

impl<D: Destination + ?Sized> Destination for Arc<D> {
    fn key(&self) -> u64 {
        (**self).key()
    }
    fn address(&self) -> SocketAddr {
        (**self).address()
    }
    fn weight(&self) -> u32 {
        (**self).weight()
    }
    fn overloaded(&self) -> bool {
        (**self).overloaded()
    }
    fn active(&self) -> u32 {
        (**self).active()
    }
    fn inactive(&self) -> u32 {
        (**self).inactive()
    }
}

/// The least loaded of the available destinations; the first one wins a tie, as in the kernel's walks.
///
/// Loads are compared per weight by cross-multiplication (`load_a / weight_a > load_b / weight_b` without division),
/// in 128 bits so that no weight or count overflows.
pub(crate) fn least<D: Destination>(
    destinations: &[D],
    load: impl Fn(&D) -> u64,
    weight: impl Fn(&D) -> u32,
) -> Option<usize> {
    let mut best: Option<(usize, u128, u128)> = None;
    for (index, destination) in destinations.iter().enumerate() {
        if !destination.available() {
            continue;
        }
        let (load, weight) = (u128::from(load(destination)), u128::from(weight(destination)));
        if best.is_none_or(|(_, least, of)| least * weight > load * of) {
            best = Some((index, load, weight));
        }
    }
    best.map(|(index, ..)| index)
}

/// `ip_vs_dest_conn_overhead`: an active connection weighs as much as 256 inactive ones.
pub(crate) fn overhead<D: Destination>(destination: &D) -> u64 {
    (u64::from(destination.active()) << 8) + u64::from(destination.inactive())
}
