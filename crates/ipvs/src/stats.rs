//! Counters of a service or a destination.

/// Counters since the entry was made or zeroed, and rates the kernel estimates every two seconds. The kernel copies counters
/// into what it reports at that pace too: right after traffic they may still be old.
///
/// Read from the 64-bit attributes; kernels before 4.1 have 32-bit ones only, which wrap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Connections scheduled.
    pub connections: u64,
    /// Packets from clients.
    pub in_packets: u64,
    /// Packets to clients; 0 with direct routing and tunneling, whose answers do not pass the director.
    pub out_packets: u64,
    /// Bytes from clients.
    pub in_bytes: u64,
    /// Bytes to clients.
    pub out_bytes: u64,
    /// New connections per second.
    pub connection_rate: u64,
    /// Packets from clients per second.
    pub in_packet_rate: u64,
    /// Packets to clients per second.
    pub out_packet_rate: u64,
    /// Bytes from clients per second.
    pub in_byte_rate: u64,
    /// Bytes to clients per second.
    pub out_byte_rate: u64,
}
