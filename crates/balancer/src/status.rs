//! The numbers of every service and destination at one moment.

use std::collections::BTreeMap;

use model::table::{TableDestinationKey, TableKey};

use crate::counters::{Rates, Totals};
use crate::destination::Destination;
use crate::registry::Registry;
use crate::service::Service;

/// All counters.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counters {
    /// By service. Removed services are here until their last connection ends.
    pub services: BTreeMap<TableKey, ServiceCounters>,
}

/// The counters of a service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServiceCounters {
    /// No longer in the table; its connections go on until they end.
    pub removed: bool,
    /// Established connections to all its destinations.
    pub active: u64,
    /// Closing connections and UDP flows to all its destinations.
    pub inactive: u64,
    /// Clients that are remembered.
    pub persistent: u64,
    /// Connections that no destination took.
    pub refused: u64,
    /// Counts since it was added.
    pub totals: Totals,
    /// Per second.
    pub rates: Rates,
    /// By destination. Removed ones are here until their last connection ends.
    pub destinations: BTreeMap<TableDestinationKey, DestinationCounters>,
}

/// The counters of a destination.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DestinationCounters {
    /// No longer in the table; its connections go on until they end.
    pub removed: bool,
    /// At its upper threshold, and not yet below the lower one: takes no new connections.
    pub overloaded: bool,
    /// Established connections.
    pub active: u32,
    /// Closing connections and UDP flows.
    pub inactive: u32,
    /// Clients that are remembered.
    pub persistent: u32,
    /// Connections that it did not take.
    pub connect_failures: u64,
    /// Counts since it was added.
    pub totals: Totals,
    /// Per second.
    pub rates: Rates,
}

impl Registry {
    pub(crate) fn counters(&self) -> Counters {
        let services = self.all().map(|service| (service.key().clone(), of_service(service))).collect();
        Counters { services }
    }
}

fn of_service(service: &Service) -> ServiceCounters {
    let mut counters = ServiceCounters {
        removed: service.removed(),
        refused: service.refused(),
        totals: service.meter.totals(),
        rates: service.meter.rates(),
        ..ServiceCounters::default()
    };
    for destination in service.leaving().iter().chain(&service.destinations()) {
        let of_destination = of_destination(destination);
        counters.active += u64::from(of_destination.active);
        counters.inactive += u64::from(of_destination.inactive);
        counters.persistent += u64::from(of_destination.persistent);
        counters.destinations.insert(destination.key(), of_destination);
    }
    counters
}

fn of_destination(destination: &Destination) -> DestinationCounters {
    DestinationCounters {
        removed: destination.removed(),
        overloaded: destination.overloaded(),
        active: destination.active(),
        inactive: destination.inactive(),
        persistent: destination.persistent(),
        connect_failures: destination.connect_failures(),
        totals: destination.meter.totals(),
        rates: destination.meter.rates(),
    }
}
