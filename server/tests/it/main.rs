//! The console from outside: a real server on a free port, a real SQLite file, a browser's requests.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod assets;
mod audit;
mod backup;
mod bulk;
mod changes;
mod cli;
mod clusters;
mod connections;
mod control;
mod crash;
mod csrf;
mod directors;
mod drawing;
mod events;
mod find;
mod fleet_connections;
mod fleet_enrolment;
mod fleet_many;
mod fleet_session;
mod fleet_support;
mod fleet_wire;
mod forms;
mod global;
mod headers;
mod history;
mod ipvsadm;
mod listener;
mod login;
mod machine_pages;
mod machines;
mod merging;
mod monitoring;
mod overview;
mod pages_certificate;
mod password;
mod preferences;
mod proxy;
#[path = "../../../agent/tests/it/real.rs"]
mod real;
mod reverting;
mod roles;
mod routes;
mod servers;
mod services;
mod settings;
mod setup;
mod support;
mod system_director;
mod users;
