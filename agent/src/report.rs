//! What the console asks about the data plane, answered in the ids of the desired state.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use model::Why;
use protocol::{
    CheckPrograms, ConnectionsAnswer, ConnectionsQuery, DataPlaneFacts, DoctorAnswer, ForeignCommand, Stats,
    StatsEntry,
};
use tokio::sync::{Notify, watch};

use crate::clock::now_ms;
use crate::connections::Reader;
use crate::data_plane::{Counters, DataPlane, Figures, Rates, StepError, Totals};
use crate::doctor::Doctor;
use crate::link::Reports;
use crate::programs::{DIRECTORY, offered};
use crate::reconcile::Index;

/// Reads the data plane when it is asked, and not else.
pub struct Report {
    data_plane: Arc<dyn DataPlane>,
    index: watch::Receiver<Arc<Index>>,
    wake: Arc<Notify>,
    doctor: Option<Doctor>,
    checks: PathBuf,
    reader: Reader,
    told: Mutex<Told>,
}

/// What the last sample was made of.
#[derive(Default)]
struct Told {
    counters: Counters,
    /// By which its entries were named.
    index: Option<Arc<Index>>,
}

impl Report {
    /// For this data plane, whose entries `index` names.
    ///
    /// `wake` has the reconciler look again after a command.
    pub fn new(
        data_plane: Arc<dyn DataPlane>,
        index: watch::Receiver<Arc<Index>>,
        wake: Arc<Notify>,
    ) -> Self {
        let reader = Reader::new(Arc::clone(&data_plane), index.clone());
        let checks = PathBuf::from(DIRECTORY);
        Self { data_plane, index, wake, doctor: None, checks, reader, told: Mutex::default() }
    }

    /// With a doctor for this machine.
    #[must_use]
    pub fn with_doctor(mut self, doctor: Doctor) -> Self {
        self.doctor = Some(doctor);
        self
    }

    /// With the programs that checks may run in this directory.
    #[must_use]
    pub fn with_checks(mut self, directory: &Path) -> Self {
        self.checks = directory.to_owned();
        self
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Reports for Report {
    fn facts(&self) -> DataPlaneFacts {
        let facts = self.data_plane.facts();
        DataPlaneFacts {
            kind: facts.kind.name().into(),
            reason: facts.reason,
            version: facts.version,
            connection_limit: (facts.connection_limit > 0).then_some(facts.connection_limit),
            schedulers: facts.schedulers.iter().map(|scheduler| scheduler.name().into()).collect(),
            marks: facts.marking == model::table::Marking::ByMark,
            refuses: facts.refuses.into_iter().collect(),
            kernel_release: facts.kernel_release,
            connection_table: facts.connection_table,
        }
    }

    fn programs(&self) -> Option<CheckPrograms> {
        let (programs, left_out) = offered(&self.checks);
        for why in left_out {
            tracing::warn!("a check program is not offered: {why}");
        }
        Some(programs)
    }

    async fn stats(&self, changes: bool) -> Result<Stats, String> {
        // Where this is not finished, nothing has been told, and the next one begins anew.
        let Told { counters, index: told } = std::mem::take(&mut *self.told());
        let counters = self.data_plane.counters(counters).await.map_err(|error| error.to_string())?;
        let index = Arc::clone(&self.index.borrow());
        let changes =
            changes && told.is_some_and(|told| Arc::ptr_eq(&told, &index)) && !counters.has_shrunk();
        let named = |(key, destination, figures): (&_, _, &_)| {
            let (service, destination) = index.object(key, destination)?;
            Some(entry(service, destination, figures))
        };
        let entries = if changes {
            counters.moved().filter_map(named).collect()
        } else {
            counters.iter().filter_map(named).collect()
        };
        let generation = index.generation;
        *self.told() = Told { counters, index: Some(index) };
        Ok(Stats { at_ms: now_ms(), generation, entries, changes })
    }

    async fn examine(&self, console_ms: i64, fix: Option<String>) -> Result<DoctorAnswer, String> {
        let doctor = self.doctor.as_ref().ok_or("this agent has no doctor")?;
        let answer = doctor.answer(console_ms, fix.as_deref()).await;
        // What was mended may be what the reconciler waits for.
        if fix.is_some() {
            self.wake.notify_one();
        }
        answer
    }

    async fn foreign(&self, command: ForeignCommand) -> Result<(), Why> {
        let done = self.data_plane.foreign(&command.entry, command.action).await;
        self.wake.notify_one();
        done.map_err(|StepError(why)| why)
    }

    async fn connections(&self, query: ConnectionsQuery) -> Result<ConnectionsAnswer, String> {
        self.reader.answer(query).await
    }
}

fn entry(
    service: model::ServiceId,
    destination: Option<model::DestinationId>,
    figures: &Figures,
) -> StatsEntry {
    StatsEntry {
        service,
        destination,
        active: figures.active,
        inactive: figures.inactive,
        persistent: figures.persistent,
        total: totals(&figures.totals),
        rate: rates(&figures.rates),
    }
}

fn totals(totals: &Totals) -> protocol::Counters {
    protocol::Counters {
        connections: totals.connections,
        packets_in: totals.packets_in,
        packets_out: totals.packets_out,
        bytes_in: totals.bytes_in,
        bytes_out: totals.bytes_out,
    }
}

/// Whole numbers per second, as the kernel tells them.
fn rates(rates: &Rates) -> protocol::Counters {
    protocol::Counters {
        connections: whole(rates.connections),
        packets_in: whole(rates.packets_in),
        packets_out: whole(rates.packets_out),
        bytes_in: whole(rates.bytes_in),
        bytes_out: whole(rates.bytes_out),
    }
}

fn whole(rate: f64) -> u64 {
    // A cast saturates, and takes what is no number for 0.
    rate.round() as u64
}
