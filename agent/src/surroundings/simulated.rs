//! A machine in memory: for tests.
//!
//! It keeps the trait's promises to the letter, notes included, and can be killed between any two of its writes: what it held then is
//! held by the next one, as a real machine and a real disk would. It tells who touched what was not theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::caution::Caution;
use super::{
    Assigned, EncapPort, Host, Link, Owned, Place, Present, PresentRules, Rules, StepError, SurroundingStep,
    Surroundings, SurroundingsError, Sysctl, Thing, Wanted,
};

/// The surroundings of a machine in memory.
#[derive(Debug, Default)]
pub struct Simulated {
    state: Mutex<State>,
}

/// A machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Interfaces by name.
    pub links: BTreeMap<String, Link>,
    /// Addresses, and whether each carries the agent's mark.
    pub addresses: BTreeMap<Place, bool>,
    /// Gateways of default routes.
    pub gateways: BTreeSet<std::net::IpAddr>,
    /// Every sysctl there is.
    pub sysctls: BTreeMap<Sysctl, String>,
    /// The table of our name.
    pub rules: Option<Table>,
    /// UDP ports for tunnels.
    pub encap_ports: BTreeSet<EncapPort>,
}

/// The table of our name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Table {
    /// Made by an agent.
    Ours(Rules),
    /// Made by an agent, and changed by somebody else.
    Changed,
    /// Made by somebody else.
    Foreign,
}

#[derive(Debug, Default)]
struct State {
    machine: Machine,
    notes: Owned,
    announced: BTreeSet<Place>,
    /// How many writes are left before the agent is killed.
    fuse: Option<u32>,
    killed: bool,
    failing: BTreeSet<&'static str>,
    hidden: BTreeSet<Thing>,
    carried_out: Vec<SurroundingStep>,
    trespasses: Vec<SurroundingStep>,
}

impl Simulated {
    /// On this machine, with nothing noted.
    pub fn new(machine: Machine) -> Self {
        Self { state: Mutex::new(State { machine, ..State::default() }) }
    }

    /// Has the agent killed after so many writes, notes and steps alike; what it was about to write is not written.
    pub fn kill_after(&self, writes: u32) {
        self.state().fuse = Some(writes);
    }

    /// Starts it again: machine and notes are as they were. True where it had been killed.
    pub fn start_again(&self) -> bool {
        let mut state = self.state();
        state.fuse = None;
        state.announced.clear();
        std::mem::take(&mut state.killed)
    }

    /// Makes steps about things of this kind ([`super::Thing::kind`]) fail from now on, or work again.
    pub fn set_failing(&self, kind: &'static str, failing: bool) {
        let mut state = self.state();
        if failing {
            state.failing.insert(kind);
        } else {
            state.failing.remove(kind);
        }
    }

    /// Lets a sysctl, or the table of rules, not be read from now on.
    pub fn hide(&self, thing: Thing) {
        self.state().hidden.insert(thing);
    }

    /// The machine now.
    pub fn machine(&self) -> Machine {
        self.state().machine.clone()
    }

    /// What is noted now.
    pub fn notes(&self) -> Owned {
        self.state().notes.clone()
    }

    /// Has somebody else change the machine.
    pub fn meddle(&self, change: impl FnOnce(&mut Machine)) {
        change(&mut self.state().machine);
    }

    /// The steps carried out since the last call.
    pub fn take_steps(&self) -> Vec<SurroundingStep> {
        std::mem::take(&mut self.state().carried_out)
    }

    /// The steps that touched what was not the agent's.
    pub fn trespasses(&self) -> Vec<SurroundingStep> {
        self.state().trespasses.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Surroundings for Simulated {
    async fn host(&self) -> Result<Host, SurroundingsError> {
        Ok(self.state().host())
    }

    async fn read_on(&self, host: Host, scope: &Wanted) -> Result<Present, SurroundingsError> {
        let state = self.state();
        let keys = scope.sysctls.keys().chain(state.notes.sysctls.keys());
        let hidden = |sysctl: &&Sysctl| state.hidden.contains(&Thing::Sysctl((*sysctl).clone()));
        let (hidden, shown): (Vec<_>, Vec<_>) = keys.partition(hidden);
        let sysctls =
            shown.into_iter().map(|sysctl| (sysctl.clone(), state.machine.sysctls.get(sysctl).cloned()));
        let unread =
            hidden.into_iter().map(|sysctl| (Thing::Sysctl(sysctl.clone()), "told to hide it".to_owned()));
        Ok(Present {
            host,
            sysctls: sysctls.collect(),
            unread: unread.collect(),
            rules: match &state.machine.rules {
                _ if state.hidden.contains(&Thing::Rules) => {
                    PresentRules::Unknown("told to hide them".into())
                }
                None => PresentRules::Absent,
                Some(Table::Ours(rules)) => PresentRules::Ours(rules.digest()),
                Some(Table::Changed) => PresentRules::Changed,
                Some(Table::Foreign) => PresentRules::Foreign,
            },
            encap_ports: state.machine.encap_ports.iter().copied().collect(),
            announced: state.announced.clone(),
            owned: state.notes.clone(),
        })
    }

    async fn apply(&self, steps: &[SurroundingStep]) -> Vec<Result<(), StepError>> {
        let mut state = self.state();
        let mut after = state.notes.clone();
        if after.cover(steps) && state.writes() {
            state.notes = after;
        }
        let mut results = Vec::with_capacity(steps.len());
        let mut settled = state.notes.clone();
        let mut caution = Caution::default();
        for step in steps {
            let result = if let Some(refused) = caution.refusal(step) {
                Err(refused)
            } else if state.failing.contains(step.thing().kind()) {
                Err(StepError(format!("cannot {step}: told to fail")))
            } else if state.writes() {
                state.carry_out(step)
            } else {
                Err(StepError("killed".into()))
            };
            match &result {
                Ok(()) => settled.settle(step),
                Err(error) if error.0 == FOREIGN => settled.renounce(step),
                Err(_) => caution.note(step),
            }
            results.push(result.or_else(|error| if error.0 == FOREIGN { Ok(()) } else { Err(error) }));
        }
        if settled != state.notes && state.writes() {
            state.notes = settled;
        }
        results
    }
}

impl Machine {
    /// Whether the address is on the interface, with any prefix.
    fn has(&self, place: &Place) -> bool {
        self.addresses.keys().any(|other| (&other.device, other.address) == (&place.device, place.address))
    }
}

/// What a step says that somebody else has done already.
const FOREIGN: &str = "somebody else has done it";

impl State {
    /// Whether there is life left for one more write.
    fn writes(&mut self) -> bool {
        if let Some(left) = self.fuse.as_mut() {
            match left.checked_sub(1) {
                Some(less) => *left = less,
                None => self.killed = true,
            }
        }
        !self.killed
    }

    fn host(&self) -> Host {
        let assigned = self.machine.addresses.iter().map(|(place, marked)| Assigned {
            place: place.clone(),
            ours: *marked && self.notes.addresses.contains(place),
        });
        Host {
            links: self.machine.links.clone(),
            addresses: assigned.collect(),
            gateways: self.machine.gateways.clone(),
        }
    }

    fn carry_out(&mut self, step: &SurroundingStep) -> Result<(), StepError> {
        self.carried_out.push(step.clone());
        let machine = &mut self.machine;
        let mut theirs = false;
        match step {
            SurroundingStep::AddEncapPort(port) => {
                if !machine.encap_ports.insert(*port) {
                    return Err(StepError(FOREIGN.into()));
                }
            }
            SurroundingStep::AddTunnel(tunnel) => {
                if tunnel.rival().is_some_and(|rival| machine.links.contains_key(&rival.name())) {
                    return Err(StepError("another tunnel device takes in the same packets".into()));
                }
                let link = Link { up: true, kind: Some(tunnel.link_kind().into()), ..Link::default() };
                machine.links.insert(tunnel.name(), link);
                machine.sysctls.insert(Sysctl::conf_v4(&tunnel.name(), "rp_filter"), "1".into());
            }
            SurroundingStep::SetSysctl { sysctl, value, .. } => match machine.sysctls.get_mut(sysctl) {
                Some(present) => *present = value.clone(),
                None => return Err(StepError(format!("there is no {sysctl}"))),
            },
            SurroundingStep::SetRules(rules) => {
                theirs = machine.rules == Some(Table::Foreign);
                machine.rules = Some(Table::Ours(rules.clone()));
            }
            SurroundingStep::AddAddress(place) => {
                if !machine.links.contains_key(&place.device) {
                    return Err(StepError(format!("there is no interface {}", place.device)));
                }
                match machine.addresses.get(place) {
                    Some(true) => {}
                    Some(false) => return Err(StepError(FOREIGN.into())),
                    // As the kernel has it: an IPv6 address once on an interface.
                    None if place.address.is_ipv6() && machine.has(place) => {
                        return Err(StepError(format!("{} is on {} already", place.address, place.device)));
                    }
                    None => {
                        machine.addresses.insert(place.clone(), true);
                    }
                }
            }
            SurroundingStep::Announce(place) => {
                self.announced.insert(place.clone());
            }
            SurroundingStep::RemoveAddress(place) => theirs = machine.addresses.remove(place) == Some(false),
            SurroundingStep::RestoreSysctl { sysctl, former } => {
                if let Some(present) = machine.sysctls.get_mut(sysctl) {
                    *present = former.clone();
                }
            }
            SurroundingStep::RemoveRules => theirs = machine.rules.take() == Some(Table::Foreign),
            SurroundingStep::RemoveTunnel(name) => {
                theirs = !self.notes.tunnels.contains(name);
                machine.links.remove(name);
                machine.sysctls.remove(&Sysctl::conf_v4(name, "rp_filter"));
            }
            SurroundingStep::RemoveEncapPort(port) => {
                theirs = !self.notes.encap_ports.contains(port);
                machine.encap_ports.remove(port);
            }
            SurroundingStep::ForgetAddress(_)
            | SurroundingStep::ForgetSysctl(_)
            | SurroundingStep::ForgetRules
            | SurroundingStep::ForgetTunnel(_)
            | SurroundingStep::ForgetEncapPort(_) => {}
        }
        if theirs {
            self.trespasses.push(step.clone());
        }
        Ok(())
    }
}
