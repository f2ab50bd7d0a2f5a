//! The console from outside: a real server on a free port, a real SQLite file, a browser's requests.

#![expect(missing_docs, reason = "tests")]

mod assets;
mod audit;
mod cli;
mod crash;
mod csrf;
mod forms;
mod headers;
mod listener;
mod login;
mod password;
mod preferences;
mod routes;
mod support;
