//! What a data plane holds: IPVS's own table, whether it is the kernel's or the embedded one.
//!
//! A service is known by its key and a destination by address and port; everything else can be edited in
//! place. [`effective()`] makes the table that should be, a data plane says which one is, [`steps()`] says what to do.

mod effective;
mod entry;
mod foreign;
mod keys;
mod scope;
mod steps;
mod tally;

pub use effective::{Effective, Health, effective, effective_of, sorry_entry};
pub use entry::{
    Role, Table, TableDestination, TableDestinationKey, TableKey, TableService, TableServiceSettings,
};
pub use foreign::{Foreign, ForeignAction, ForeignKey, Taken};
pub use keys::{Marking, Unserved, destination_key, service_key, sorry_key};
pub use scope::Scope;
pub use steps::{Step, steps};
pub use tally::{Tally, touched};

#[cfg(test)]
mod tests;
