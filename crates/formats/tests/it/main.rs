//! `lvs.cf` against the recorded answers of Piranha's own parser, and against everything else.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which may panic")]

mod export;
mod import;
mod refusals;
mod round_trip;
mod samples;
