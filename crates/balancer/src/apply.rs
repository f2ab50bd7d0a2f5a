//! Steps of a plan, carried out one by one on the running data plane.
//!
//! Nothing here touches an open connection, and a new one never meets a service that is half edited away: sockets are
//! opened at once (so that a step can fail), but what they lead to changes after the whole list of steps. Until then a
//! removed service goes on, a new one has time to get its destinations, and one that takes another's address over (the
//! ports of a service were edited, say) takes the very sockets over.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use model::Protocol;
use model::table::{Step, TableDestination, TableDestinationKey, TableKey, TableServiceSettings};
use socket2::Socket;

use crate::balancer::Inner;
use crate::connections::ConnectionQuery;
use crate::cycle::returns;
use crate::error::StepError;
use crate::listener::{Front, sockets_each};
use crate::lock::Lock;
use crate::persistence::Templates;
use crate::registry::Registry;
use crate::service::Service;
use crate::supported::{addresses, cannot_listen, supported};

/// What a list of steps leaves to its end.
#[derive(Default)]
struct Batch {
    handovers: BTreeMap<(Protocol, SocketAddr), Handover>,
    removed: Vec<Arc<Service>>,
    /// Services came or went, or tried to: there may be addresses that lead nowhere.
    addresses_changed: bool,
}

/// An address that is to lead to another service.
struct Handover {
    front: Arc<Front>,
    service: Arc<Service>,
    /// New sockets, by worker.
    sockets: Vec<(usize, Socket)>,
}

impl Inner {
    /// One result per step; a failed step does not stop the rest.
    pub(crate) fn apply(&self, steps: &[Step]) -> Vec<Result<(), StepError>> {
        let mut registry = self.registry.hold();
        let mut batch = Batch::default();
        let results = steps.iter().map(|step| self.step(&mut registry, &mut batch, step)).collect();
        self.finish(&mut registry, batch);
        results
    }

    fn finish(&self, registry: &mut Registry, batch: Batch) {
        for Handover { front, service, sockets } in batch.handovers.into_values() {
            front.set_service(service);
            for (worker, socket) in sockets {
                self.workers[worker].listen(Arc::clone(&front), socket);
            }
        }
        if !batch.addresses_changed {
            return;
        }
        for front in registry.fronts.values().filter(|front| !front.closing() && front.service().removed()) {
            front.close();
        }
        for service in batch.removed.iter().filter(|service| service.removed()) {
            service.remove();
        }
        registry.tidy();
    }

    fn step(&self, registry: &mut Registry, batch: &mut Batch, step: &Step) -> Result<(), StepError> {
        if registry.shutting_down {
            return Err(StepError::ShuttingDown);
        }
        match step {
            Step::SetTimeouts(timeouts) => {
                registry.timeouts = *timeouts;
                self.shared.set_timeouts(timeouts);
                Ok(())
            }
            Step::AddService { key, settings } => self.add_service(registry, batch, key, *settings),
            Step::EditService { key, settings } => {
                let service = found(registry, key)?;
                service.edit(*settings, supported(key, service.protocol(), settings)?);
                Ok(())
            }
            Step::RemoveService { key } => {
                let service = registry.services.remove(key).ok_or_else(|| no_service(key))?;
                service.set_removed(true);
                batch.addresses_changed = true;
                batch.removed.push(Arc::clone(&service));
                if self.shared.options.expire_nodest_conn {
                    self.cut(&ConnectionQuery { service: Some(key.clone()), ..ConnectionQuery::default() });
                }
                registry.leaving.push(service);
                Ok(())
            }
            Step::AddDestination { key, destination, settings } => {
                add_destination(registry, key, *destination, *settings)
            }
            Step::EditDestination { key, destination, settings } => {
                let edited = found(registry, key)?.edit_destination(*destination, *settings);
                if edited { Ok(()) } else { Err(no_destination(key, *destination)) }
            }
            Step::RemoveDestination { key, destination } => {
                let removed = found(registry, key)?.remove_destination(*destination);
                removed.ok_or_else(|| no_destination(key, *destination))?;
                if self.shared.options.expire_nodest_conn {
                    self.cut(&ConnectionQuery {
                        service: Some(key.clone()),
                        destination: Some(*destination),
                        ..ConnectionQuery::default()
                    });
                }
                Ok(())
            }
        }
    }

    fn add_service(
        &self,
        registry: &mut Registry,
        batch: &mut Batch,
        key: &TableKey,
        settings: TableServiceSettings,
    ) -> Result<(), StepError> {
        batch.addresses_changed = true;
        if registry.services.contains_key(key) {
            return Err(StepError::ServiceExists { object: key.clone() });
        }
        let (protocol, addresses) = addresses(key)?;
        let kind = supported(key, protocol, &settings)?;
        // While its connections drain, a service that comes back takes up its counters again.
        let service = match registry.leaving.iter().find(|service| service.key() == key) {
            Some(service) => {
                service.edit(settings, kind);
                Arc::clone(service)
            }
            None => {
                let expire = self.shared.options.expire_quiescent_template;
                let templates = Templates::new(registry.templates.clone());
                Arc::new(Service::new(key.clone(), protocol, settings, kind, templates, expire))
            }
        };
        self.listen(registry, batch, &service, protocol, &addresses)?;
        if service.removed() {
            // Empty again, in case it was removed by this very list of steps.
            service.remove();
            service.set_removed(false);
        }
        registry.leaving.retain(|leaving| !Arc::ptr_eq(leaving, &service));
        registry.services.insert(key.clone(), service);
        Ok(())
    }

    /// Has every address listened on for this service, or none.
    fn listen(
        &self,
        registry: &mut Registry,
        batch: &mut Batch,
        service: &Arc<Service>,
        protocol: Protocol,
        addresses: &[SocketAddr],
    ) -> Result<(), StepError> {
        let object = service.key();
        for address in addresses {
            let claimed =
                batch.handovers.get(&(protocol, *address)).map(|handover| Arc::clone(&handover.service));
            let serving = || registry.fronts.get(&(protocol, *address)).map(|front| front.service());
            if let Some(other) = claimed.or_else(serving).filter(|other| !other.removed()) {
                let other = Box::new(other.key().clone());
                return Err(StepError::Taken { object: object.clone(), address: *address, other });
            }
        }
        let n_workers = self.workers.len();
        let limits = &self.shared.limits;
        let each =
            sockets_each(limits, addresses.len(), n_workers).ok_or_else(|| StepError::TooManySockets {
                object: object.clone(),
                wanted: addresses.len(),
                total: limits.listening() + addresses.len(),
                limit: limits.descriptors(),
            })?;
        let mut opened = Vec::with_capacity(addresses.len());
        for address in addresses {
            let known = registry.fronts.get(&(protocol, *address)).cloned();
            let front = known.unwrap_or_else(|| self.front(protocol, *address, service));
            // With one socket each, addresses are dealt out to the workers in turn.
            let first = if each == n_workers { 0 } else { usize::from(address.port()) % n_workers };
            match front.open(first..first + each) {
                Ok(sockets) => opened.push(Handover { front, service: Arc::clone(service), sockets }),
                Err(source) => {
                    for Handover { front, sockets, .. } in &opened {
                        sockets.iter().for_each(|(worker, _)| front.forget_socket(*worker));
                    }
                    return Err(cannot_listen(object, *address, source));
                }
            }
        }
        for handover in opened {
            let key = (protocol, handover.front.address());
            registry.fronts.insert(key, Arc::clone(&handover.front));
            batch.handovers.insert(key, handover);
        }
        Ok(())
    }

    fn front(&self, protocol: Protocol, address: SocketAddr, service: &Arc<Service>) -> Arc<Front> {
        let shared = Arc::clone(&self.shared);
        let counted = move |opened| {
            if opened { shared.limits.listening_opened() } else { shared.limits.listening_closed() }
        };
        Arc::new(Front::new(protocol, address, Arc::clone(service), self.workers.len(), Arc::new(counted)))
    }
}

fn found<'a>(registry: &'a Registry, key: &TableKey) -> Result<&'a Arc<Service>, StepError> {
    registry.services.get(key).ok_or_else(|| no_service(key))
}

fn add_destination(
    registry: &Registry,
    key: &TableKey,
    destination: TableDestinationKey,
    settings: TableDestination,
) -> Result<(), StepError> {
    let service = found(registry, key)?;
    if returns(registry, key, destination) {
        return Err(StepError::Loop { object: key.clone(), destination });
    }
    if service.add_destination(destination, settings) {
        Ok(())
    } else {
        Err(StepError::DestinationExists { object: key.clone(), destination })
    }
}

fn no_service(key: &TableKey) -> StepError {
    StepError::NoService { object: key.clone() }
}

fn no_destination(key: &TableKey, destination: TableDestinationKey) -> StepError {
    StepError::NoDestination { object: key.clone(), destination }
}
