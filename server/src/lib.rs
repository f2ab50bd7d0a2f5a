//! The console: pages' handlers, sessions, store, the agents' listener.
//!
//! A map, from the outside in:
//! * [`cli`] reads what was typed and runs one command; [`config`] is what `serve` was told, [`console`] all that it runs;
//! * [`http`] answers browsers: one list of routes that denies by default, pages in `http/pages`;
//! * `search` finds things by what is typed;
//! * [`fleet`] answers agents, [`ca`] signs their certificates;
//! * `live` composes what browsers see change; `observer` writes down what happened, and lets go of what is too old;
//! * [`backup`] makes one file of everything that lasts, and restores it;
//! * [`auth`] checks passwords; [`store`] is the only place with SQL; [`clock`] the only one that reads the wall clock.

pub mod auth;
pub mod backup;
pub mod ca;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod fleet;
pub mod http;
pub mod live;
mod observer;
mod search;
mod seats;
pub mod store;
