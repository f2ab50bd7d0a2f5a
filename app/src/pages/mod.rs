//! The pages: a `view` per page, from plain data that the console's handlers load.

pub mod account;
mod address;
pub mod audit;
pub mod changes;
pub mod clusters;
pub mod connections;
pub mod control;
pub mod directors;
pub mod error;
pub mod events;
pub mod global;
pub mod help;
pub mod history;
mod inputs;
pub mod login;
pub mod machines;
pub mod merging;
pub mod overview;
pub mod people;
mod plan_table;
pub mod redundancy;
pub mod search;
pub mod servers;
pub mod services;
pub mod settings;
pub mod setup;
mod values;

pub use address::address;
