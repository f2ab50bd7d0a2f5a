//! What can go wrong.

use std::io;
use thiserror::Error;

/// The kernel understood a request and refused it; the others of its batch are not affected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}{}", io::Error::from_raw_os_error(*errno), text.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
pub struct KernelError {
    /// The kernel's error number, positive (`ESRCH` is 3).
    pub errno: i32,
    /// The kernel's own words (extended acknowledgement), where it has any.
    pub text: Option<String>,
    /// Which byte of the request it points at, where it says so.
    pub offset: Option<u32>,
}

/// Bytes from the kernel that make no sense.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("could not read the kernel's {what}: {why}")]
pub struct Malformed {
    /// What was being read.
    pub what: &'static str,
    /// What is wrong with it.
    pub why: String,
}

impl Malformed {
    pub(crate) fn new(what: &'static str, why: impl Into<String>) -> Self {
        Self { what, why: why.into() }
    }
}

/// The conversation with the kernel failed; what was asked for may or may not have happened. The next call opens a new socket.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// This kernel has no IPVS, or its module is not loaded.
    #[error("the kernel has no IPVS: load the module (modprobe ip_vs) or use a kernel that has it")]
    NoIpvs,
    /// A system call failed.
    #[error("could not {doing}: {source}")]
    Socket {
        /// What was attempted.
        doing: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// The kernel refused to answer a question.
    #[error("could not {doing}: {refusal}")]
    Refused {
        /// What was attempted.
        doing: &'static str,
        /// What the kernel said.
        refusal: KernelError,
    },
    /// The kernel did not answer in time.
    #[error("could not {doing}: the kernel did not answer within {seconds} s")]
    Silent {
        /// What was attempted.
        doing: &'static str,
        /// How long was waited.
        seconds: u64,
    },
    /// The table changed during every attempt to read it, or answers were lost.
    #[error(
        "could not {doing} completely in {attempts} attempts: {why}; try again when the table is at rest"
    )]
    Torn {
        /// What was attempted.
        doing: &'static str,
        /// How often.
        attempts: u32,
        /// What spoilt the last one.
        why: &'static str,
    },
    /// The answer makes no sense.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}
