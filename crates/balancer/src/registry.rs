//! What is configured and what is still running of earlier configurations.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use model::table::{Table, TableKey};
use model::{Protocol, Timeouts};

use crate::listener::Front;
use crate::persistence::Room;
use crate::service::Service;

#[derive(Default)]
pub(crate) struct Registry {
    pub(crate) timeouts: Timeouts,
    /// The services of the table.
    pub(crate) services: BTreeMap<TableKey, Arc<Service>>,
    /// Removed services whose connections are still open.
    pub(crate) leaving: Vec<Arc<Service>>,
    /// Every address that a worker listens on, also those about to close.
    pub(crate) fronts: BTreeMap<(Protocol, SocketAddr), Arc<Front>>,
    pub(crate) shutting_down: bool,
    /// For the templates of all services.
    pub(crate) templates: Room,
}

impl Registry {
    pub(crate) fn table(&self) -> Table {
        let services = self.services.iter().map(|(key, service)| (key.clone(), service.table())).collect();
        Table { timeouts: self.timeouts, services }
    }

    /// Forgets what is over.
    pub(crate) fn tidy(&mut self) {
        self.leaving.retain(|service| service.open() > 0);
        self.fronts.retain(|_, front| !(front.closing() && front.closed()));
    }

    /// Every service that is or was.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Service>> {
        self.services.values().chain(&self.leaving)
    }
}
