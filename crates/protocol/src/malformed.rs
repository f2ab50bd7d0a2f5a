//! What can be wrong with a message that decodes.

use std::net::AddrParseError;

use model::{Reason, SpecHash};

use crate::MAX_TEXT;

/// A message whose bytes decode, but whose values mean nothing. The session that brought it ends.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    /// A `oneof` without content: nothing, or something from a newer protocol.
    #[error("an empty message, or one of a kind that this version does not know; upgrade the older side")]
    Empty,
    /// A part that must be there is not.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// An enumeration's number that this version does not know.
    #[error("`{field}` has the unknown value {value}; upgrade the older side")]
    UnknownValue {
        /// The field.
        field: &'static str,
        /// The number.
        value: i32,
    },
    /// A number outside its range.
    #[error("`{field}` is {value}, which is out of range")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// The number.
        value: i64,
    },
    /// More than a message may hold.
    #[error("`{field}` has {size}, more than the limit of {limit}")]
    TooLarge {
        /// The field.
        field: &'static str,
        /// How much there is: bytes or entries.
        size: usize,
        /// How much there may be.
        limit: usize,
    },
    /// Not as long as it must be.
    #[error("`{field}` has {size} bytes instead of {expected}")]
    WrongLength {
        /// The field.
        field: &'static str,
        /// How long it is.
        size: usize,
        /// How long it must be.
        expected: usize,
    },
    /// A part of a specification that does not follow the one before it.
    #[error(
        "a part of generation {generation} is missing or out of place: offset {offset} after {had} bytes"
    )]
    OutOfOrder {
        /// The generation.
        generation: u64,
        /// Where the part belongs.
        offset: u64,
        /// How much was there.
        had: u64,
    },
    /// The specification is not the one that the hash was made of.
    #[error(
        "the specification of generation {generation} has the hash {actual}, but {announced} was announced"
    )]
    WrongHash {
        /// The generation.
        generation: u64,
        /// The hash beside it.
        announced: SpecHash,
        /// The hash that it has.
        actual: SpecHash,
    },
    /// The specification cannot be read.
    #[error(
        "the specification of generation {generation} cannot be read; is the console newer than this agent?"
    )]
    UnreadableSpec {
        /// The generation.
        generation: u64,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// Not an address with a port.
    #[error("`{field}` is not an address with a port")]
    NotAnAddress {
        /// The field.
        field: &'static str,
        /// Why.
        #[source]
        source: AddrParseError,
    },
    /// Not a network.
    #[error("`{field}` is not a network in CIDR notation")]
    NotANetwork {
        /// The field.
        field: &'static str,
        /// Why.
        #[source]
        source: ipnet::AddrParseError,
    },
    /// A value that the model refuses.
    #[error("`{field}` cannot be: {reason}")]
    Wrong {
        /// The field.
        field: &'static str,
        /// Why.
        reason: Reason,
    },
    /// Not an entry of a table.
    #[error("`{field}` is not an entry of a table")]
    NotAnEntry {
        /// The field.
        field: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Neither tcp, udp nor sctp.
    #[error("`{0}` is neither tcp, udp nor sctp")]
    NotAProtocol(&'static str),
}

/// `text`, unless it is longer than [`MAX_TEXT`].
pub(crate) fn text(field: &'static str, text: String) -> Result<String, Malformed> {
    if text.len() > MAX_TEXT {
        return Err(Malformed::TooLarge { field, size: text.len(), limit: MAX_TEXT });
    }
    Ok(text)
}

/// A hash, where the wire's empty bytes stand for none.
pub(crate) fn optional_hash(field: &'static str, bytes: &[u8]) -> Result<Option<SpecHash>, Malformed> {
    if bytes.is_empty() {
        return Ok(None);
    }
    hash(field, bytes).map(Some)
}

/// A hash.
pub(crate) fn hash(field: &'static str, bytes: &[u8]) -> Result<SpecHash, Malformed> {
    let wrong = |_| Malformed::WrongLength { field, size: bytes.len(), expected: 32 };
    bytes.try_into().map(SpecHash).map_err(wrong)
}

/// Refuses more than `limit` entries.
pub(crate) fn at_most(field: &'static str, size: usize, limit: usize) -> Result<(), Malformed> {
    if size > limit { Err(Malformed::TooLarge { field, size, limit }) } else { Ok(()) }
}
