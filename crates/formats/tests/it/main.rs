//! `lvs.cf` against the recorded answers of Piranha's own parser, `ipvsadm-save` against what ipvsadm 1.31 wrote, and both against everything
//! else.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which may panic")]

mod export;
mod import;
mod ipvsadm;
mod listing;
mod refusals;
mod round_trip;
mod samples;
