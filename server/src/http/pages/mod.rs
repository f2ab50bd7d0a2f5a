//! The pages' handlers, one file each: load data, give it to the page's view; read a form, give it to the store.
//!
//! A form posts to its own page's address. Bad input renders the page again (422) with what was typed and the problems beside their
//! fields; success leads on (303) with a message that is shown once.

mod account;
mod audit;
mod changes;
mod clusters;
mod connections;
mod control;
mod directors;
mod events;
mod forms;
mod global;
mod help;
mod history;
mod login;
mod machines;
mod merging;
mod overview;
mod paging;
mod people;
mod redundancy;
mod search;
mod servers;
mod services;
mod sessions;
mod settings;
mod setup;
mod span;

use super::Routes;

/// Every page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .and(login::routes())
        .and(setup::routes())
        .and(account::routes())
        .and(people::routes())
        .and(overview::routes())
        .and(clusters::routes())
        .and(global::routes())
        .and(redundancy::routes())
        .and(services::routes())
        .and(servers::routes())
        .and(machines::routes())
        .and(changes::routes())
        .and(history::routes())
        .and(control::routes())
        .and(connections::routes())
        .and(directors::routes())
        .and(search::routes())
        .and(help::routes())
        .and(events::routes())
        .and(audit::routes())
        .and(settings::routes())
}
