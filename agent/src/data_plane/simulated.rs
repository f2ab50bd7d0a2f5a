//! A data plane that is a table in memory: for tests, and for an agent that shall do nothing.
//!
//! It keeps the trait's promises to the letter, and can be told to break what real ones break: steps fail, reads fail, reads
//! lie, everything takes its time. It notes each step that it carried out, each look, and each attempt on
//! what is not the agent's.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use model::connections::{Connection, Seen};
use model::table::{Marking, Scope, Step, Table, TableDestinationKey, TableKey, TableService};
use model::{Code, SchedulerKind, Why};

use super::{
    Counters, DataPlane, DataPlaneError, Facts, Figures, Foreign, Holding, Kind, Leaving, Listener, Passing,
    Scan, StepError,
};

/// The data plane. Clones of an `Arc` of it are the way to keep a hand on it while an agent uses it.
#[derive(Default)]
pub struct Simulated {
    state: Mutex<State>,
}

/// Says for a step why it fails, or nothing where it does not.
pub type StepFault = Box<dyn FnMut(&Step) -> Option<String> + Send>;

/// Changes what is told.
pub type Lie = Box<dyn FnMut(&mut Holding) + Send>;

/// What is wrong with it; by default nothing.
#[derive(Default)]
pub struct Faults {
    /// Which steps fail.
    pub step: Option<StepFault>,
    /// Why reading fails.
    pub read: Option<String>,
    /// What reading tells instead.
    pub lie: Option<Lie>,
    /// How long each step takes.
    pub step_takes: Duration,
    /// How long reading connections takes.
    pub reading_takes: Duration,
    /// After how many connections the time is up.
    pub reading_stops: Option<usize>,
}

#[derive(Default)]
struct State {
    own: Table,
    foreign: Vec<Foreign>,
    faults: Faults,
    carried_out: Vec<Step>,
    looks: Vec<Scope>,
    trespasses: Vec<Step>,
    connections: Vec<(Connection, TableKey)>,
    readings: usize,
}

impl Simulated {
    /// One that holds this already.
    pub fn holding(own: Table, foreign: Vec<Foreign>) -> Self {
        Self { state: Mutex::new(State { own, foreign, ..State::default() }) }
    }

    /// Makes it misbehave from now on; `Faults::default()` mends it.
    pub fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    /// What it holds in truth.
    pub fn own(&self) -> Table {
        self.state().own.clone()
    }

    /// Has somebody change it behind the agent's back.
    pub fn meddle(&self, change: impl FnOnce(&mut Table)) {
        change(&mut self.state().own);
    }

    /// What it says is connected, each to its service.
    pub fn set_connections(&self, connections: Vec<(Connection, TableKey)>) {
        self.state().connections = connections;
    }

    /// How often its connections have been read.
    pub fn readings(&self) -> usize {
        self.state().readings
    }

    /// The steps carried out since the last call.
    pub fn take_steps(&self) -> Vec<Step> {
        std::mem::take(&mut self.state().carried_out)
    }

    /// What was read since the last call.
    pub fn take_looks(&self) -> Vec<Scope> {
        std::mem::take(&mut self.state().looks)
    }

    /// The steps that somebody wanted to do to foreign entries.
    pub fn trespasses(&self) -> Vec<Step> {
        self.state().trespasses.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl DataPlane for Simulated {
    fn facts(&self) -> Facts {
        Facts {
            kind: Kind::Simulated,
            reason: "asked for: nothing is balanced, a table in memory is kept".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            connection_limit: 0,
            schedulers: SchedulerKind::ALL.to_vec(),
            kernel_release: String::new(),
            connection_table: 0,
            marking: Marking::ByMark,
            refuses: Vec::new(),
        }
    }

    async fn read(&self, scope: &Scope) -> Result<Holding, DataPlaneError> {
        let mut state = self.state();
        if let Some(reason) = state.faults.read.clone() {
            return Err(DataPlaneError { attempt: "read the table", reason });
        }
        state.looks.push(scope.clone());
        let foreign = state.foreign.iter().filter(|foreign| scope.contains(&foreign.key)).cloned();
        let mut holding = Holding { own: state.own.within(scope), foreign: foreign.collect() };
        if let Some(lie) = &mut state.faults.lie {
            lie(&mut holding);
        }
        Ok(holding)
    }

    async fn apply(&self, steps: &[Step]) -> Vec<Result<(), StepError>> {
        let mut results = Vec::with_capacity(steps.len());
        for step in steps {
            let takes = self.state().faults.step_takes;
            if !takes.is_zero() {
                tokio::time::sleep(takes).await;
            }
            results.push(self.state().carry_out(step));
        }
        results
    }

    async fn counters(&self, mut counters: Counters) -> Result<Counters, DataPlaneError> {
        counters.begin();
        for (key, service) in &self.state().own.services {
            let destinations = service.destinations.keys().map(|place| (*place, Figures::default()));
            counters.put(key, Figures::default(), destinations.collect());
        }
        counters.end();
        Ok(counters)
    }

    async fn connections(&self, _within: Duration, mut listen: Listener) -> Result<Scan, DataPlaneError> {
        let (connections, stops, takes) = {
            let mut state = self.state();
            state.readings += 1;
            (state.connections.clone(), state.faults.reading_stops, state.faults.reading_takes)
        };
        tokio::time::sleep(takes).await;
        let all = connections.len();
        let read = stops.unwrap_or(all).min(all);
        for (connection, service) in &connections[..read] {
            let Connection { client, virtual_address, protocol, destination, .. } = *connection;
            let (state, expires_s) = (connection.state.as_str(), connection.expires_s);
            let seen = Seen { protocol, client, virtual_address, destination, state, expires_s };
            listen(&Passing { seen, services: &[service] });
        }
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let finished = read == all;
        let expected = (!finished).then_some(count(all));
        Ok(Scan { read: count(read), expected, unreadable: 0, finished })
    }

    async fn leave(&self, _deadline: Duration) -> Leaving {
        Leaving::default()
    }
}

impl State {
    fn carry_out(&mut self, step: &Step) -> Result<(), StepError> {
        if self.is_foreign(step) {
            self.trespasses.push(step.clone());
            return Err(StepError(Why::of("somebody else made this entry", Code::Foreign)));
        }
        if let Some(reason) = self.faults.step.as_mut().and_then(|fails| fails(step)) {
            return Err(StepError(reason.into()));
        }
        take(&mut self.own, step)?;
        self.carried_out.push(step.clone());
        Ok(())
    }

    fn is_foreign(&self, step: &Step) -> bool {
        let (key, destination) = step.object();
        let removes_all = matches!(step, Step::RemoveService { .. });
        self.foreign.iter().any(|foreign| {
            Some(&foreign.key) == key
                && (foreign.destination.is_none() || foreign.destination == destination || removes_all)
        })
    }
}

/// Does to a table what a step says; refuses what a data plane would refuse.
fn take(table: &mut Table, step: &Step) -> Result<(), StepError> {
    match step {
        Step::SetTimeouts(timeouts) => table.timeouts = *timeouts,
        Step::RemoveService { key } => {
            table.services.remove(key);
        }
        Step::AddService { key, settings } => {
            let service = || TableService { settings: *settings, destinations: Default::default() };
            table.services.entry(key.clone()).or_insert_with(service).settings = *settings;
        }
        Step::EditService { key, settings } => service(table, key)?.settings = *settings,
        Step::AddDestination { key, destination, settings } => {
            service(table, key)?.destinations.insert(*destination, *settings);
        }
        Step::EditDestination { key, destination, settings } => {
            let missing = || no_destination(key, *destination);
            *service(table, key)?.destinations.get_mut(destination).ok_or_else(missing)? = *settings;
        }
        Step::RemoveDestination { key, destination } => {
            service(table, key)?.destinations.remove(destination);
        }
    }
    Ok(())
}

fn service<'a>(table: &'a mut Table, key: &TableKey) -> Result<&'a mut TableService, StepError> {
    table
        .services
        .get_mut(key)
        .ok_or_else(|| StepError(Why::of(format!("there is no service {key}"), Code::TableMoved)))
}

fn no_destination(key: &TableKey, destination: TableDestinationKey) -> StepError {
    StepError(Why::of(format!("there is no destination {destination} of {key}"), Code::TableMoved))
}
