//! The embedded data plane: the `balancer` crate, in this process.

use std::time::Duration;

use async_trait::async_trait;
use balancer::Balancer;
use model::connections::Seen;
use model::table::{Marking, Scope, Step};
use model::{SchedulerKind, Why};

use super::{
    Counters, DataPlane, DataPlaneError, Facts, Figures, Holding, Kind, Leaving, Listener, Passing, Rates,
    Scan, StepError, Totals,
};

/// A balancer in this process. All that it holds is this agent's.
pub struct User {
    balancer: Balancer,
    facts: Facts,
}

impl User {
    /// For a started balancer, with the reason why this data plane was chosen.
    pub fn new(balancer: Balancer, reason: String) -> Self {
        let of_balancer = balancer.facts();
        let known = |name: &&'static str| SchedulerKind::parse(name).ok();
        let facts = Facts {
            kind: Kind::User,
            reason,
            version: of_balancer.version.into(),
            connection_limit: of_balancer.connection_limit as u64,
            schedulers: of_balancer.schedulers.iter().filter_map(known).collect(),
            kernel_release: String::new(),
            connection_table: 0,
            marking: Marking::ByFrontend,
            refuses: balancer::REFUSES.to_vec(),
        };
        Self { balancer, facts }
    }
}

#[async_trait]
impl DataPlane for User {
    fn facts(&self) -> Facts {
        self.facts.clone()
    }

    async fn read(&self, scope: &Scope) -> Result<Holding, DataPlaneError> {
        let table = self.balancer.table();
        let own = if *scope == Scope::Whole { table } else { table.within(scope) };
        Ok(Holding { own, foreign: Vec::new() })
    }

    async fn apply(&self, steps: &[Step]) -> Vec<Result<(), StepError>> {
        // As one list, however long (10,000 services take less than a second): a service that changes its ports goes and
        // comes, and within a list the address is listened on all the time. It opens sockets: not on a thread that others
        // wait for.
        let (balancer, list) = (self.balancer.clone(), steps.to_vec());
        match tokio::task::spawn_blocking(move || balancer.apply(&list)).await {
            Ok(results) => {
                results.into_iter().map(|result| result.map_err(|error| StepError(why(&error)))).collect()
            }
            Err(error) => {
                let error = StepError(format!("the data plane broke off: {error}").into());
                vec![Err(error); steps.len()]
            }
        }
    }

    async fn counters(&self, mut counters: Counters) -> Result<Counters, DataPlaneError> {
        counters.begin();
        for (key, service) in self.balancer.counters().services {
            let own = Figures {
                active: service.active,
                inactive: service.inactive,
                persistent: service.persistent,
                totals: totals(&service.totals),
                rates: rates(&service.rates),
            };
            let destinations = service.destinations.into_iter().map(|(place, of_destination)| {
                let figures = Figures {
                    active: of_destination.active.into(),
                    inactive: of_destination.inactive.into(),
                    persistent: of_destination.persistent.into(),
                    totals: totals(&of_destination.totals),
                    rates: rates(&of_destination.rates),
                };
                (place, figures)
            });
            counters.put(&key, own, destinations.collect());
        }
        counters.end();
        Ok(counters)
    }

    async fn connections(&self, _within: Duration, mut listen: Listener) -> Result<Scan, DataPlaneError> {
        // It looks at every open connection: not on a thread that others wait for. They are in memory, and open files bound
        // their number, so that it never takes long.
        let balancer = self.balancer.clone();
        let told = tokio::task::spawn_blocking(move || {
            let mut read = 0;
            balancer.connections(|row| {
                read += 1;
                let seen = Seen {
                    protocol: row.protocol,
                    client: row.client,
                    virtual_address: row.virtual_address,
                    destination: row.destination,
                    state: row.state.name(),
                    expires_s: u32::try_from(row.expires.as_secs()).unwrap_or(u32::MAX),
                };
                listen(&Passing { seen, services: &[&row.service] });
            });
            Scan { read, finished: true, ..Scan::default() }
        });
        told.await.map_err(|error| DataPlaneError { attempt: "list connections", reason: error.to_string() })
    }

    async fn leave(&self, deadline: Duration) -> Leaving {
        Leaving { cut: self.balancer.shut_down(deadline).await as u64 }
    }
}

fn why(error: &balancer::StepError) -> Why {
    Why::new(error.to_string(), error.cause())
}

fn totals(totals: &balancer::Totals) -> Totals {
    Totals {
        connections: totals.connections,
        packets_in: totals.packets_in,
        packets_out: totals.packets_out,
        bytes_in: totals.bytes_in,
        bytes_out: totals.bytes_out,
    }
}

fn rates(rates: &balancer::Rates) -> Rates {
    Rates {
        connections: rates.connections,
        packets_in: rates.packets_in,
        packets_out: rates.packets_out,
        bytes_in: rates.bytes_in,
        bytes_out: rates.bytes_out,
    }
}
