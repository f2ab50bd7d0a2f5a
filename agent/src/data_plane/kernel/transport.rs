//! What this data plane needs of the kernel. Small, so that a test can play the kernel.

use ipvs::{Client, Daemon, DestinationEntry, Error, KernelError, Request, ServiceEntry, Timeouts};

/// The whole table.
pub type Entries = Vec<(ServiceEntry, Vec<DestinationEntry>)>;

/// A conversation with the kernel. Every call blocks.
pub trait Transport: Send + 'static {
    /// All services with their destinations.
    fn table(&mut self) -> Result<Entries, Error>;

    /// The same piece by piece: who turns each into something else need not hold all of it.
    fn each(&mut self, take: &mut dyn FnMut(&ServiceEntry, &[DestinationEntry])) -> Result<(), Error> {
        for (service, destinations) in self.table()? {
            take(&service, &destinations);
        }
        Ok(())
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

    fn each(&mut self, take: &mut dyn FnMut(&ServiceEntry, &[DestinationEntry])) -> Result<(), Error> {
        Client::each(self, |service, destinations| take(&service, &destinations))
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
