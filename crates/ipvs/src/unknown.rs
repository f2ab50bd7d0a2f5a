//! What a newer kernel says and this crate does not know yet.

/// An attribute kept as it came, so that nothing the kernel said is lost.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unknown {
    /// The attribute's number, with its flag bits.
    pub kind: u16,
    /// Its value, without padding.
    pub value: Vec<u8>,
}
