//! What this data plane needs of the kernel. Small, so that a test can play the kernel.

use ipvs::{
    Client, Daemon, DestinationEntry, Error, KernelError, Request, ServiceEntry, ServiceKey, Timeouts,
};

/// The whole table.
pub type Entries = Vec<(ServiceEntry, Vec<DestinationEntry>)>;

/// A conversation with the kernel. Every call blocks.
pub trait Transport: Send + 'static {
    /// All services with their destinations.
    fn table(&mut self) -> Result<Entries, Error>;

    /// The same piece by piece, of the services that `wanted` picks: who turns each into something else need not hold all of it.
    fn each(
        &mut self,
        wanted: &mut dyn FnMut(&ServiceEntry) -> bool,
        take: &mut dyn FnMut(&ServiceEntry, &[DestinationEntry]),
    ) -> Result<(), Error> {
        for (service, destinations) in self.table()? {
            if wanted(&service) {
                take(&service, &destinations);
            }
        }
        Ok(())
    }

    /// One service with its destinations; `None` where it is not there.
    fn look_up(&mut self, key: &ServiceKey) -> Result<Option<(ServiceEntry, Vec<DestinationEntry>)>, Error> {
        Ok(self.table()?.into_iter().find(|(service, _)| service.service.key == *key))
    }

    /// The idle times.
    fn timeouts(&mut self) -> Result<Timeouts, Error>;

    /// The sync daemons.
    fn daemons(&mut self) -> Result<Vec<Daemon>, Error>;

    /// Carries out these requests in their order, one result for each.
    fn apply(&mut self, requests: &[Request]) -> Result<Vec<Result<(), KernelError>>, Error>;
}

impl Transport for Client {
    fn table(&mut self) -> Result<Entries, Error> {
        Client::table(self)
    }

    fn each(
        &mut self,
        wanted: &mut dyn FnMut(&ServiceEntry) -> bool,
        take: &mut dyn FnMut(&ServiceEntry, &[DestinationEntry]),
    ) -> Result<(), Error> {
        self.each_of(wanted, |service, destinations| take(&service, &destinations))
    }

    fn look_up(&mut self, key: &ServiceKey) -> Result<Option<(ServiceEntry, Vec<DestinationEntry>)>, Error> {
        let Some(service) = self.service(key)? else { return Ok(None) };
        let destinations = self.destinations(key)?;
        Ok(Some((service, destinations)))
    }

    fn timeouts(&mut self) -> Result<Timeouts, Error> {
        Client::timeouts(self)
    }

    fn daemons(&mut self) -> Result<Vec<Daemon>, Error> {
        Client::daemons(self)
    }

    fn apply(&mut self, requests: &[Request]) -> Result<Vec<Result<(), KernelError>>, Error> {
        Client::apply(self, requests)
    }
}
