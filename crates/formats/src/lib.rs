//! Readers and writers of other programs' configuration files.
//!
//! Pure: bytes in, values out; no file, socket, clock or name server is touched. [`lvscf`] is Piranha's `lvs.cf`.

pub mod lvscf;
