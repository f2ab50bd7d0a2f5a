//! Counters.

use super::numbers::stats as number;
use super::read::attributes;
use crate::{Malformed, Stats};

/// Reads a `STATS` or `STATS64` attribute. What a newer kernel counts besides is left out: it is no setting, nothing is lost by it.
pub(super) fn read(bytes: &[u8]) -> Result<Stats, Malformed> {
    let mut stats = Stats::default();
    for attribute in attributes("counters", bytes) {
        let attribute = attribute?;
        let place = match attribute.kind {
            number::CONNS => &mut stats.connections,
            number::INPKTS => &mut stats.in_packets,
            number::OUTPKTS => &mut stats.out_packets,
            number::INBYTES => &mut stats.in_bytes,
            number::OUTBYTES => &mut stats.out_bytes,
            number::CPS => &mut stats.connection_rate,
            number::INPPS => &mut stats.in_packet_rate,
            number::OUTPPS => &mut stats.out_packet_rate,
            number::INBPS => &mut stats.in_byte_rate,
            number::OUTBPS => &mut stats.out_byte_rate,
            _ => continue,
        };
        *place = attribute.counter()?;
    }
    Ok(stats)
}
