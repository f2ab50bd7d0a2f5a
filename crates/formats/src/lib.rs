//! Readers and writers of other programs' configuration files.
//!
//! Pure: bytes in, values out; no file, socket, clock or name server is touched. [`lvscf`] is Piranha's `lvs.cf`, [`ipvsadm`] what
//! `ipvsadm-save` writes; [`Format::detect`] tells one from the other, and a [`report::LossReport`] says what a move could not keep.

mod assemble;
mod detect;
mod excerpt;
pub mod ipvsadm;
pub mod lvscf;
pub mod report;

pub use detect::Format;
