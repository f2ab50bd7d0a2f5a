//! The director's program: makes the machine match the desired state and reports.
//!
//! Reading order: [`data_plane`] is what is driven, [`reconcile`] drives it, [`director`] is both with the checks of the `health`
//! crate, [`link`] connects it to the console, [`run`] puts all of it together.

pub mod cli;
pub mod clock;
mod connections;
pub mod data_plane;
pub mod director;
pub mod disk;
pub mod doctor;
pub mod enrol;
pub mod leave;
pub mod link;
pub mod programs;
pub mod reconcile;
pub mod report;
pub mod run;
pub mod surroundings;
