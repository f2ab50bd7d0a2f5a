//! What a look into the kernel means: whose each entry is, and what it is in the model's words. Pure.

use std::collections::{BTreeMap, BTreeSet};

use ipvs::{Destination, DestinationEntry, ServiceEntry, ServiceKey, Stats, Timeouts};
use model::Seconds;
use model::table::{Foreign, Role, Scope, TableDestinationKey, TableKey, TableService};

use super::convert::{
    ByMark, by_mark, from_destination, from_destination_key, from_service, from_service_key,
};
use super::registry::{Content, Inheritance};
use super::words;
use crate::data_plane::{Counters, Figures, Holding, Rates, Totals};

/// At most so many destinations of somebody else's service are named in words; all of them are in its settings.
const NAMED: usize = 32;

/// A look.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// Whose is what.
    pub(super) holding: Holding,
    /// All that was there, as far as the model has a name for it.
    pub(super) there: There,
    /// Services that the model has no name for: they are left alone, and nobody is told more than their number.
    pub(super) nameless: usize,
}

/// What was there.
#[derive(Clone, Debug, Default)]
pub(super) struct There {
    /// Services and destinations, whoever made them.
    pub(super) services: BTreeMap<TableKey, BTreeSet<TableDestinationKey>>,
    /// The idle times.
    pub(super) timeouts: Option<Timeouts>,
    /// The firewall marks in use.
    pub(super) marks: BTreeSet<u32>,
}

/// Entries that are not where they should be.
pub(super) type Lacking<'a> = BTreeSet<(&'a TableKey, Option<TableDestinationKey>)>;

/// A look in the making: entry by entry.
pub(super) struct Look<'a> {
    content: &'a Content,
    own_marks: ByMark,
    reading: Reading,
}

impl<'a> Look<'a> {
    /// With the notes of what is this agent's.
    pub(super) fn new(content: &'a Content) -> Self {
        Self { content, own_marks: by_mark(&content.marks), reading: Reading::default() }
    }

    /// A service that the kernel has, with all its destinations.
    pub(super) fn take(&mut self, entry: &ServiceEntry, destinations: &[DestinationEntry]) {
        let service = &entry.service;
        if let ServiceKey::Mark { mark, .. } = service.key {
            self.reading.there.marks.insert(mark);
        }
        let Some(key) = from_service_key(&service.key, &self.own_marks) else {
            self.reading.nameless += 1;
            return;
        };
        let mut named: Vec<_> = destinations
            .iter()
            .filter_map(|entry| Some((from_destination_key(entry.destination.key)?, entry.destination)))
            .collect();
        // Maps of what is in order already are made at once.
        named.sort_unstable_by_key(|(place, _)| *place);
        self.reading.there.services.insert(key.clone(), named.iter().map(|(place, _)| *place).collect());
        match self.content.services.get(&key) {
            Some(own) => self.reading.own(&key, service, own, &named, self.content),
            None => {
                let settings = from_service(service).and_then(|settings| {
                    let of_destination = |(place, destination): &(TableDestinationKey, Destination)| {
                        Some((*place, from_destination(destination, Role::RealServer)?))
                    };
                    let all = named.iter().map(of_destination).collect::<Option<BTreeMap<_, _>>>()?;
                    // One without a name is missing in `named`.
                    (all.len() == destinations.len()).then_some(TableService { settings, destinations: all })
                });
                let mut lines = vec![words::service(service)];
                let first = destinations.iter().take(NAMED);
                lines.extend(first.map(|entry| words::destination(&service.key, &entry.destination)));
                if destinations.len() > NAMED {
                    lines.push(format!("… {} more", destinations.len() - NAMED));
                }
                let words = lines.join("\n");
                self.reading.foreign(
                    Foreign { service: settings, words, ..Foreign::unknown(key, None) },
                    self.content,
                );
            }
        }
    }

    /// All of it, with the kernel's idle times.
    pub(super) fn finish(mut self, timeouts: Timeouts) -> Reading {
        self.reading.there.timeouts = Some(timeouts);
        self.reading.holding.own.timeouts = own_timeouts(timeouts, self.content);
        self.reading
    }
}

/// In so many looks at the counters each service's destinations are read at least once, whether it stands still or not: on a backup
/// director, connections come and go by synchronisation, which counts no packets.
const TURNS: u64 = 10;

/// The numbers of this agent's entries, in the making.
pub(super) struct Counting<'a> {
    content: &'a Content,
    own_marks: ByMark,
    counters: Counters,
    /// The services that have come by so far.
    number: u64,
}

impl<'a> Counting<'a> {
    /// With the notes of what is this agent's, and what was found the last time.
    pub(super) fn new(content: &'a Content, mut before: Counters) -> Self {
        before.begin();
        Self { content, own_marks: by_mark(&content.marks), counters: before, number: 0 }
    }

    /// Whether the destinations of a service that the kernel has are worth a question.
    pub(super) fn wants(&mut self, entry: &ServiceEntry) -> bool {
        let Some(key) = from_service_key(&entry.service.key, &self.own_marks) else { return false };
        if !self.content.services.contains_key(&key) {
            return false;
        }
        self.number += 1;
        let figures = figures(&entry.stats);
        let still = self.counters.stands_still(&key, &figures.totals, &figures.rates);
        !still || (self.number + self.counters.look()).is_multiple_of(TURNS)
    }

    /// A service that it wants, with all its destinations.
    pub(super) fn take(&mut self, entry: &ServiceEntry, destinations: &[DestinationEntry]) {
        let key = from_service_key(&entry.service.key, &self.own_marks);
        let Some(key) = key else { return };
        let Some(noted) = self.content.services.get(&key) else { return };
        let mut own = figures(&entry.stats);
        let mut of_service = Vec::with_capacity(destinations.len());
        for entry in destinations {
            let mut figures = figures(&entry.stats);
            figures.active = entry.active_connections.into();
            figures.inactive = entry.inactive_connections.into();
            figures.persistent = entry.persistent_connections.into();
            own.active += figures.active;
            own.inactive += figures.inactive;
            own.persistent += figures.persistent;
            let place = from_destination_key(entry.destination.key);
            of_service.extend(place.filter(|place| noted.contains_key(place)).map(|place| (place, figures)));
        }
        self.counters.put(&key, own, of_service);
    }

    /// All of them.
    pub(super) fn finish(mut self) -> Counters {
        self.counters.end();
        self.counters
    }
}

impl Reading {
    fn own(
        &mut self,
        key: &TableKey,
        service: &ipvs::Service,
        own: &BTreeMap<TableDestinationKey, Role>,
        named: &[(TableDestinationKey, Destination)],
        content: &Content,
    ) {
        let mut of_service = BTreeMap::new();
        for (place, destination) in named {
            match own.get(place) {
                Some(role) => {
                    if let Some(settings) = from_destination(destination, *role) {
                        of_service.insert(*place, settings);
                    }
                }
                None => {
                    let settings = from_destination(destination, Role::RealServer);
                    let words = words::destination(&service.key, destination);
                    let foreign = Foreign { settings, words, ..Foreign::unknown(key.clone(), Some(*place)) };
                    self.foreign(foreign, content);
                }
            }
        }
        if let Some(settings) = from_service(service) {
            let service = TableService { settings, destinations: of_service };
            self.holding.own.services.insert(key.clone(), service);
        }
    }

    fn foreign(&mut self, foreign: Foreign, content: &Content) {
        let adopting = content.adopting.contains(&foreign.place());
        self.holding.foreign.push(Foreign { adopting, ..foreign });
    }
}

impl There {
    /// Puts what a look within `scope` has seen in the place of what was known.
    pub(super) fn replace(&mut self, scope: &Scope, seen: Self) {
        scope.replace(&mut self.services, seen.services);
        self.timeouts = seen.timeouts;
        match scope {
            Scope::Whole => self.marks = seen.marks,
            // Whose marks are gone, the next whole look shows; until then they are not given away.
            Scope::Only(_) => self.marks.extend(seen.marks),
        }
    }

    /// What was known as another service is this one's from here on.
    pub(super) fn inherit(&mut self, Inheritance { former, heir }: Inheritance) {
        if let Some(destinations) = self.services.remove(&former) {
            self.services.insert(heir, destinations);
        }
    }

    /// What this agent has made within `scope`, and is not there.
    pub(super) fn lacks<'a>(&self, content: &'a Content, scope: &'a Scope) -> Lacking<'a> {
        let mut lacking = Lacking::new();
        for (key, own) in scope.of(&content.services) {
            match self.services.get(key) {
                Some(there) if own.keys().eq(there) => {}
                Some(there) => {
                    let missed = own.keys().filter(|place| !there.contains(place));
                    lacking.extend(missed.map(|place| (key, Some(*place))));
                }
                None => {
                    lacking.insert((key, None));
                    lacking.extend(own.keys().map(|place| (key, Some(*place))));
                }
            }
        }
        lacking
    }

    /// Whether the entry is there.
    pub(super) fn has(&self, key: &TableKey, destination: Option<TableDestinationKey>) -> bool {
        self.services
            .get(key)
            .is_some_and(|of_service| destination.is_none_or(|destination| of_service.contains(&destination)))
    }
}

/// Those that this agent has set. A value that the model cannot say is none that it has set: it is set again.
fn own_timeouts(timeouts: Timeouts, content: &Content) -> model::Timeouts {
    let own =
        |former: Option<u32>, now: u32| former.map(|_| Seconds::try_new(now.into()).unwrap_or(Seconds::MAX));
    model::Timeouts {
        tcp: own(content.former.tcp, timeouts.tcp),
        tcp_fin: own(content.former.tcp_fin, timeouts.tcp_fin),
        udp: own(content.former.udp, timeouts.udp),
    }
}

fn figures(stats: &Stats) -> Figures {
    // Rates are whole numbers far below 2⁵³.
    let rate = |number: u64| number as f64;
    Figures {
        totals: Totals {
            connections: stats.connections,
            packets_in: stats.in_packets,
            packets_out: stats.out_packets,
            bytes_in: stats.in_bytes,
            bytes_out: stats.out_bytes,
        },
        rates: Rates {
            connections: rate(stats.connection_rate),
            packets_in: rate(stats.in_packet_rate),
            packets_out: rate(stats.out_packet_rate),
            bytes_in: rate(stats.in_byte_rate),
            bytes_out: rate(stats.out_byte_rate),
        },
        ..Figures::default()
    }
}
