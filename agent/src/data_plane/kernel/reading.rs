//! What a look into the kernel means: whose each entry is, and what it is in the model's words. Pure.

use std::collections::{BTreeMap, BTreeSet};

use ipvs::{Destination, DestinationEntry, ServiceEntry, ServiceKey, Stats, Timeouts};
use model::Seconds;
use model::table::{Foreign, Role, TableDestinationKey, TableKey, TableService};

use super::convert::{
    ByMark, by_mark, from_destination, from_destination_key, from_service, from_service_key,
};
use super::registry::Content;
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
        let named: Vec<_> = destinations
            .iter()
            .filter_map(|entry| Some((from_destination_key(entry.destination.key)?, entry.destination)))
            .collect();
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

/// The numbers of this agent's entries, in the making.
pub(super) struct Counting<'a> {
    content: &'a Content,
    own_marks: ByMark,
    /// Those so far.
    pub(super) counters: Counters,
}

impl<'a> Counting<'a> {
    /// With the notes of what is this agent's.
    pub(super) fn new(content: &'a Content) -> Self {
        Self { content, own_marks: by_mark(&content.marks), counters: Counters::new() }
    }

    /// A service that the kernel has, with all its destinations.
    pub(super) fn take(&mut self, entry: &ServiceEntry, destinations: &[DestinationEntry]) {
        let key = from_service_key(&entry.service.key, &self.own_marks);
        let Some((key, own)) =
            key.and_then(|key| Some((self.content.services.get(&key)?, key))).map(|(own, key)| (key, own))
        else {
            return;
        };
        let mut of_service = figures(&entry.stats);
        for entry in destinations {
            let mut of_destination = figures(&entry.stats);
            of_destination.active = entry.active_connections.into();
            of_destination.inactive = entry.inactive_connections.into();
            of_destination.persistent = entry.persistent_connections.into();
            of_service.active += of_destination.active;
            of_service.inactive += of_destination.inactive;
            of_service.persistent += of_destination.persistent;
            if let Some(place) =
                from_destination_key(entry.destination.key).filter(|place| own.contains_key(place))
            {
                self.counters.insert((key.clone(), Some(place)), of_destination);
            }
        }
        self.counters.insert((key, None), of_service);
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
