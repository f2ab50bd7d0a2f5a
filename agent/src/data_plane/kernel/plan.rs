//! What steps mean for the kernel and for the registry, and what cannot work is refused before the kernel does. Pure.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use ipvs::{Request, Timeouts};
use model::table::{Step, TableDestination, TableDestinationKey, TableKey, TableServiceSettings};
use model::{Cause, Code, Forwarding, Ports, SchedulerKind, Seconds, Why};

use super::convert::{needs_mark, to_destination, to_destination_key, to_service, to_service_key};
use super::reading::There;
use super::registry::{Content, FIRST_MARK, Former, MARKS, NoMark};

/// One step: what to ask the kernel (nothing, where its work is done already), or why not to.
pub(super) type Planned = Result<Option<Request>, Why>;

/// In which order the kernel carries steps out, by their numbers: services go last. Nothing that is added waits for an address here,
/// and one that takes over another's traffic is there before that one goes.
pub(super) fn order(steps: &[Step]) -> Vec<usize> {
    let goes = |n: &usize| matches!(steps.get(*n), Some(Step::RemoveService { .. }));
    let (going, others): (Vec<_>, Vec<_>) = (0..steps.len()).partition(goes);
    others.into_iter().chain(going).collect()
}

/// Plans a list of steps and notes in `content` what the kernel is about to be asked for. `there` is what the kernel held when
/// it was last read, `missing` are schedulers that it is known not to have.
pub(super) fn plan(
    steps: &[Step],
    content: &mut Cow<'_, Content>,
    there: &There,
    missing: &BTreeSet<SchedulerKind>,
) -> Vec<Planned> {
    // What the list itself has changed by then; else what was read counts.
    let there = Cow::Borrowed(there);
    let mut planner = Planner { there, missing, refused: BTreeMap::new(), content };
    steps.iter().map(|step| planner.step(step)).collect()
}

/// Notes and view may be large, and an edit changes neither: they are copied by the first step that does.
struct Planner<'a, 'c> {
    content: &'a mut Cow<'c, Content>,
    there: Cow<'a, There>,
    missing: &'a BTreeSet<SchedulerKind>,
    /// Services that were refused: their destinations cannot be added either.
    refused: BTreeMap<TableKey, Why>,
}

impl Planner<'_, '_> {
    fn step(&mut self, step: &Step) -> Planned {
        let (key, destination) = step.object();
        if let Some(key) = key {
            self.touchable(key, destination)?;
        }
        match step {
            Step::SetTimeouts(timeouts) => Ok(self.timeouts(*timeouts)),
            Step::RemoveService { key } => self.remove_service(key),
            Step::AddService { key, settings } | Step::EditService { key, settings } => {
                let planned = self.service(key, settings, matches!(step, Step::AddService { .. }));
                if let Err(why) = &planned {
                    self.refused.insert(key.clone(), why.clone());
                }
                planned
            }
            Step::AddDestination { key, destination, settings } => {
                self.destination(key, *destination, settings, true)
            }
            Step::EditDestination { key, destination, settings } => {
                self.destination(key, *destination, settings, false)
            }
            Step::RemoveDestination { key, destination } => self.remove_destination(key, *destination),
        }
    }

    /// Refuses what would touch somebody else's entry.
    fn touchable(&self, key: &TableKey, destination: Option<TableDestinationKey>) -> Result<(), Why> {
        let foreign = |destination| self.there.has(key, destination) && !self.content.owns(key, destination);
        if foreign(None) || destination.is_some() && foreign(destination) {
            let words = "somebody else made this entry in the kernel: adopt it or remove it";
            return Err(Why::of(words, Code::Foreign));
        }
        Ok(())
    }

    // === services ===

    fn service(&mut self, key: &TableKey, settings: &TableServiceSettings, add: bool) -> Planned {
        self.possible(key, settings)?;
        let mark = if needs_mark(key) { self.mark(key).map(Some)? } else { None };
        let kernel_key = self.kernel_key(key)?;
        let service = to_service(kernel_key, settings).map_err(|error| Why::from(error.to_string()))?;
        let present = self.there.has(key, None);
        if !self.content.owns(key, None) {
            self.content.to_mut().services.entry(key.clone()).or_default();
        }
        if present || !add {
            return Ok(Some(Request::EditService(service)));
        }
        let there = self.there.to_mut();
        there.services.entry(key.clone()).or_default();
        there.marks.extend(mark);
        Ok(Some(Request::AddService(service)))
    }

    fn remove_service(&mut self, key: &TableKey) -> Planned {
        let Some(of_service) = self.there.services.get(key) else { return Ok(None) };
        if let Some(destination) = of_service.iter().find(|place| !self.content.owns(key, Some(**place))) {
            let words = format!("kept, since somebody else has put destination {destination} into it");
            return Err(Why::new(words, Cause::new(Code::ForeignWithin, [("destination", &destination)])));
        }
        let kernel_key = self.kernel_key(key)?;
        self.there.to_mut().services.remove(key);
        Ok(Some(Request::RemoveService(kernel_key)))
    }

    /// What the kernel would refuse, or take and not do.
    fn possible(&self, key: &TableKey, settings: &TableServiceSettings) -> Result<(), Why> {
        let kind = settings.scheduler.kind();
        if settings.proxy_protocol {
            let words = "the kernel sends no PROXY protocol headers: switch them off, or run this director with \
                         --data-plane user";
            return Err(Why::of(words, Code::NoProxyProtocol));
        }
        if self.missing.contains(&kind) {
            let words = format!(
                "this kernel has no scheduler {kind}: choose another, or install the module ip_vs_{kind}"
            );
            return Err(Why::new(words, Cause::new(Code::NoScheduler, [("scheduler", &kind)])));
        }
        match key {
            TableKey::Address { ports: Ports::All, .. } if settings.persistence.is_none() => {
                let words = "the kernel takes all ports of an address with persistence only: switch it on, or list the ports";
                Err(Why::of(words, Code::AllPortsUnpinned))
            }
            TableKey::Mark { mark, .. } if is_own(mark.get()) => {
                let words = format!(
                    "firewall marks from {FIRST_MARK:#x} to {:#x} are the agent's own, for services with several ports: \
                     choose another",
                    FIRST_MARK + (MARKS - 1)
                );
                Err(Why::of(words, Code::OwnMark))
            }
            _ => Ok(()),
        }
    }

    fn mark(&mut self, key: &TableKey) -> Result<u32, Why> {
        if let Some(&mark) = self.content.marks.get(key) {
            return Ok(mark);
        }
        let there = &self.there;
        let mark = self.content.to_mut().mark(key, |mark| there.marks.contains(&mark));
        mark.map(model::FirewallMark::get).map_err(|error: NoMark| error.to_string().into())
    }

    fn kernel_key(&self, key: &TableKey) -> Result<ipvs::ServiceKey, Why> {
        // Only a service that this agent did not make has none.
        let missing =
            || Why::of("it has several ports and no firewall mark of the agent's own", Code::TableMoved);
        to_service_key(key, &self.content.marks).ok_or_else(missing)
    }

    // === destinations ===

    fn destination(
        &mut self,
        key: &TableKey,
        place: TableDestinationKey,
        settings: &TableDestination,
        add: bool,
    ) -> Planned {
        if let Some(why) = self.refused.get(key) {
            return Err(Why { text: format!("its service was refused: {why}"), ..why.clone() });
        }
        reachable(key, place, settings.forwarding)?;
        let service = self.kernel_key(key)?;
        let destination = to_destination(place, settings);
        let present = self.there.has(key, Some(place));
        let noted = self.content.services.get(key).and_then(|of_service| of_service.get(&place));
        if noted != Some(&settings.role) {
            self.content.to_mut().services.entry(key.clone()).or_default().insert(place, settings.role);
        }
        if present || !add {
            return Ok(Some(Request::EditDestination { service, destination }));
        }
        self.there.to_mut().services.entry(key.clone()).or_default().insert(place);
        Ok(Some(Request::AddDestination { service, destination }))
    }

    fn remove_destination(&mut self, key: &TableKey, place: TableDestinationKey) -> Planned {
        if !self.there.has(key, Some(place)) {
            return Ok(None);
        }
        let service = self.kernel_key(key)?;
        if let Some(of_service) = self.there.to_mut().services.get_mut(key) {
            of_service.remove(&place);
        }
        Ok(Some(Request::RemoveDestination { service, destination: to_destination_key(place) }))
    }

    // === idle times ===

    /// A value that is no longer wanted goes back to what it was before. The note of that goes when the kernel has it.
    fn timeouts(&mut self, wanted: model::Timeouts) -> Option<Request> {
        let now = self.there.timeouts?;
        let Former { tcp, tcp_fin, udp } = &mut self.content.to_mut().former;
        let request = Timeouts {
            tcp: timeout(tcp, wanted.tcp, now.tcp),
            tcp_fin: timeout(tcp_fin, wanted.tcp_fin, now.tcp_fin),
            udp: timeout(udp, wanted.udp, now.udp),
        };
        // The kernel leaves what is 0.
        (request != Timeouts { tcp: 0, tcp_fin: 0, udp: 0 }).then_some(Request::SetTimeouts(request))
    }
}

/// What was set, and is not wanted any more: to be forgotten once the kernel has the former values again.
pub(super) fn given_back(former: &mut Former, wanted: model::Timeouts) {
    former.tcp = former.tcp.filter(|_| wanted.tcp.is_some());
    former.tcp_fin = former.tcp_fin.filter(|_| wanted.tcp_fin.is_some());
    former.udp = former.udp.filter(|_| wanted.udp.is_some());
}

fn timeout(former: &mut Option<u32>, wanted: Option<Seconds>, now: u32) -> u32 {
    match (wanted, *former) {
        (Some(wanted), before) => {
            *former = before.or(Some(now));
            wanted.get()
        }
        (None, Some(before)) => before,
        (None, None) => 0,
    }
}

/// Whether a mark is one of the agent's own.
fn is_own(mark: u32) -> bool {
    (FIRST_MARK..FIRST_MARK + MARKS).contains(&mark)
}

/// Whether a packet for the service can reach the destination by this method.
fn reachable(key: &TableKey, place: TableDestinationKey, forwarding: Forwarding) -> Result<(), Why> {
    if place.address.family() != key.family() && !forwarding.is_tunnel() {
        let words = format!(
            "an {} service reaches an {} real server through a tunnel only: choose ipip, gue or gre for it",
            key.family(),
            place.address.family()
        );
        return Err(Why::of(words, Code::MixedFamilies));
    }
    if let TableKey::Address { ports, .. } = key
        && let Some(port) = place.port
        && ports.only() != Some(port)
        && !forwarding.rewrites_ports()
    {
        let words = format!(
            "{forwarding} leaves packets as they are, so port {port} cannot take the place of the service's ({ports}): \
             use the same port, or masquerading"
        );
        let cause = Cause::new(Code::PortKept, [("port", &port), ("method", &forwarding)]);
        return Err(Why::new(words, cause));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
