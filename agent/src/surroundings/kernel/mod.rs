//! The surroundings on this machine: rtnetlink, `/proc/sys`, `nft`, generic netlink, and a packet socket.
//!
//! All of it works with CAP_NET_ADMIN and CAP_NET_RAW alone, as any user, in the machine's own network namespace or another. `nft` is a
//! program: for it the two have to be *ambient* (systemd's `AmbientCapabilities=`), file capabilities of the agent do not reach it.

mod announcements;
mod fou;
mod net;
mod nft;
mod notes;
mod packet;
mod sysctl;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use model::MachineRole;

use super::caution::Caution;
use super::rules::{BRIDGE, TABLE};
use super::{
    Assigned, EncapPort, Host, Link, Place, Present, PresentRules, Rules, StepError, SurroundingStep,
    Surroundings, SurroundingsError, Thing, Tunnel, Wanted,
};
use crate::disk::DiskError;
use announcements::Announcements;
use net::{Found, Net};
use notes::{Content, Notes};

/// This machine's surroundings, in the network namespace of the agent's threads. Every look and every list of steps has a conversation of
/// its own with the kernel: one that broke costs no more than that.
pub struct Kernel {
    notes: Arc<Notes>,
    role: MachineRole,
    announced: Mutex<BTreeSet<Place>>,
}

/// Why there are none.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The notes.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The kernel.
    #[error("cannot talk to the kernel about interfaces and addresses")]
    Kernel(#[from] io::Error),
}

impl Kernel {
    /// Opens them, with notes in the agent's `directory`, for a machine of any role. Must be called within a runtime.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        let notes = Arc::new(Notes::open(directory, &crate::data_plane::kernel::probe::boot())?);
        // To find out at the start whether it can be had.
        Net::open()?;
        // Real servers are told about their gateways.
        Ok(Self { notes, role: MachineRole::RealServer, announced: Mutex::default() })
    }

    /// For a machine of this role alone: what does not matter to it is not looked at.
    pub fn in_role(self, role: MachineRole) -> Self {
        Self { role, ..self }
    }

    async fn look(&self) -> Result<Found, SurroundingsError> {
        let failed = |error: io::Error| SurroundingsError {
            attempt: "list interfaces, addresses and routes",
            reason: error.to_string(),
        };
        let gateways = self.role == MachineRole::RealServer;
        Net::open().map_err(failed)?.look(gateways).await.map_err(failed)
    }

    /// Changes the notes where nobody else waits for the thread.
    async fn note(&self, change: impl FnOnce(&mut Content) + Send + 'static) -> Result<(), String> {
        let notes = Arc::clone(&self.notes);
        let done = tokio::task::spawn_blocking(move || notes.update(change)).await;
        done.map_err(|error| error.to_string()).and_then(|done| done)
    }

    async fn carry_out(
        &self,
        net: &Net,
        step: &SurroundingStep,
        links: &BTreeMap<String, Link>,
        announcements: &mut Announcements,
    ) -> Result<Done, StepError> {
        match step {
            SurroundingStep::AddEncapPort(port) => add_encap_port(*port).await,
            SurroundingStep::AddTunnel(tunnel) => add_tunnel(net, tunnel, links).await,
            SurroundingStep::SetSysctl { sysctl, value, .. } => {
                sysctl::write(sysctl, value).map(|()| Done::Done)
            }
            SurroundingStep::SetRules(rules) => self.set_rules(rules).await,
            SurroundingStep::AddAddress(place) => add_address(net, place, links).await,
            SurroundingStep::Announce(place) => {
                let told = announcements.tell(place, links);
                told.map_err(|reason| failed(step, &reason))?;
                self.announced.lock().unwrap_or_else(PoisonError::into_inner).insert(place.clone());
                Ok(Done::Done)
            }
            SurroundingStep::RemoveAddress(place) => {
                self.announced.lock().unwrap_or_else(PoisonError::into_inner).remove(place);
                let Some(link) = links.get(&place.device) else { return Ok(Done::Done) };
                unless_gone(net.remove_address(link, place).await, step)
            }
            SurroundingStep::RestoreSysctl { sysctl, former } => match sysctl::read(sysctl) {
                Ok(None) => Ok(Done::Done),
                _ => sysctl::write(sysctl, former).map(|()| Done::Done),
            },
            SurroundingStep::RemoveRules => self.remove_rules().await,
            SurroundingStep::RemoveTunnel(name) => {
                let Some(link) = links.get(name) else { return Ok(Done::Done) };
                unless_gone(net.remove_link(link).await, step)
            }
            SurroundingStep::RemoveEncapPort(port) => {
                let port = *port;
                let done = tokio::task::spawn_blocking(move || fou::remove(port)).await;
                unless_gone(done.map_err(io::Error::other).and_then(|done| done), step)
            }
            SurroundingStep::ForgetAddress(_)
            | SurroundingStep::ForgetSysctl(_)
            | SurroundingStep::ForgetRules
            | SurroundingStep::ForgetTunnel(_)
            | SurroundingStep::ForgetEncapPort(_) => Ok(Done::Done),
        }
    }

    async fn set_rules(&self, rules: &Rules) -> Result<Done, StepError> {
        let failed = |reason: String| failed(&SurroundingStep::SetRules(Rules::default()), &reason);
        if let Some(nft::Listing { digest: None, .. }) = nft::list(BRIDGE).await.map_err(failed)? {
            return Err(failed(format!("somebody else has a table `inet {BRIDGE}`: rename it or remove it")));
        }
        // Cut off in between, the table beside ours would count on: the next look finds the note, and sets the rules anew.
        self.note(|content| content.bridged = true).await.map_err(failed)?;
        nft::carry_out(&rules.bridge()).await.map_err(failed)?;
        let replaced = nft::carry_out(&rules.render()).await;
        nft::carry_out(&Rules::unbridge()).await.map_err(failed)?;
        replaced.map_err(failed)?;
        let listing = nft::list(TABLE).await.map_err(failed)?;
        let hash = listing.map(|listing| listing.hash);
        let noted = self.note(move |content| (content.listing, content.bridged) = (hash, false));
        noted.await.map_err(failed)?;
        Ok(Done::Done)
    }

    async fn remove_rules(&self) -> Result<Done, StepError> {
        let failed = |reason: String| failed(&SurroundingStep::RemoveRules, &reason);
        nft::carry_out(&Rules::removal()).await.map_err(failed)?;
        if self.notes.content().bridged {
            nft::carry_out(&Rules::unbridge()).await.map_err(failed)?;
            self.note(|content| content.bridged = false).await.map_err(failed)?;
        }
        Ok(Done::Done)
    }
}

/// What came of a step that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Done,
    /// Somebody else has done it meanwhile.
    Foreign,
}

#[async_trait]
impl Surroundings for Kernel {
    async fn host(&self) -> Result<Host, SurroundingsError> {
        let found = self.look().await?;
        Ok(host(found, &self.notes.content().owned.addresses))
    }

    async fn read_on(&self, host: Host, scope: &Wanted) -> Result<Present, SurroundingsError> {
        let mut unread = BTreeMap::new();
        let Content { owned, listing, bridged, .. } = self.notes.content();
        let mut sysctls = BTreeMap::new();
        for sysctl in scope.sysctls.keys().chain(owned.sysctls.keys()) {
            match sysctl::read(sysctl) {
                Ok(value) => drop(sysctls.insert(sysctl.clone(), value)),
                Err(error) => drop(unread.insert(Thing::Sysctl(sysctl.clone()), error.to_string())),
            }
        }
        let rules = if scope.rules.is_empty() && !owned.rules {
            PresentRules::Absent
        } else {
            match nft::list(TABLE).await {
                Err(reason) => PresentRules::Unknown(reason),
                Ok(Some(nft::Listing { digest: Some(_), .. }) | None) if bridged => PresentRules::Changed,
                Ok(None) => PresentRules::Absent,
                Ok(Some(nft::Listing { digest: None, .. })) => PresentRules::Foreign,
                Ok(Some(nft::Listing { digest: Some(digest), hash })) if listing.as_ref() == Some(&hash) => {
                    PresentRules::Ours(digest)
                }
                Ok(Some(_)) => PresentRules::Changed,
            }
        };
        let encap_ports = if scope.encap_ports.is_empty() && owned.encap_ports.is_empty() {
            Vec::new()
        } else {
            let listed = tokio::task::spawn_blocking(fou::list)
                .await
                .map_err(io::Error::other)
                .and_then(|listed| listed);
            listed.unwrap_or_else(|error| {
                let ports = scope.encap_ports.iter().chain(&owned.encap_ports);
                unread.extend(ports.map(|port| (Thing::EncapPort(*port), error.to_string())));
                Vec::new()
            })
        };
        let announced = {
            let mut announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
            // Behind a cable that was pulled, neighbours may be others by now: they are told anew.
            announced.retain(|place| host.links.get(&place.device).is_some_and(Link::hears));
            announced.clone()
        };
        Ok(Present { host, sysctls, rules, encap_ports, announced, owned, unread })
    }

    async fn apply(&self, steps: &[SurroundingStep]) -> Vec<Result<(), StepError>> {
        let refuse = |reason: &str| vec![Err(StepError(format!("nothing was done: {reason}"))); steps.len()];
        if steps.is_empty() {
            return Vec::new();
        }
        let to_cover = steps.to_vec();
        let noted = self.note(move |content| {
            content.owned.cover(&to_cover);
        });
        if let Err(reason) = noted.await {
            return refuse(&reason);
        }
        let conversation = match Net::open() {
            Ok(net) => net.links().await.map(|links| (net, links)),
            Err(error) => Err(error),
        };
        let (net, mut links) = match conversation {
            Ok(conversation) => conversation,
            Err(error) => return refuse(&format!("cannot list interfaces: {error}")),
        };
        let mut results = Vec::with_capacity(steps.len());
        let (mut settled, mut foreign) = (Vec::new(), Vec::new());
        let (mut caution, mut announcements) = (Caution::default(), Announcements::default());
        for step in steps {
            let done = match caution.refusal(step) {
                Some(refused) => Err(refused),
                None => self.carry_out(&net, step, &links, &mut announcements).await,
            };
            results.push(match done {
                Ok(Done::Done) => {
                    // What follows may be about the new device.
                    if matches!(step, SurroundingStep::AddTunnel(_)) {
                        links = net.links().await.unwrap_or(links);
                    }
                    settled.push(step.clone());
                    Ok(())
                }
                Ok(Done::Foreign) => {
                    foreign.push(step.clone());
                    Ok(())
                }
                Err(error) => {
                    caution.note(step);
                    Err(error)
                }
            });
        }
        announcements.repeat();
        let noted = self.note(move |content| {
            for step in &settled {
                content.owned.settle(step);
            }
            for step in &foreign {
                content.owned.renounce(step);
            }
        });
        if let Err(error) = noted.await {
            // What was taken away is still noted as ours: the next look finds that it is gone, and it is noted then.
            tracing::warn!(error, "cannot note what was done around the table");
        }
        results
    }
}

fn host(found: Found, owned: &BTreeSet<Place>) -> Host {
    let Found { links, addresses, gateways } = found;
    let assigned = addresses.into_iter().map(|(place, marked)| {
        let ours = marked != Some(false) && owned.contains(&place);
        Assigned { place, ours }
    });
    Host { links, addresses: assigned.collect(), gateways }
}

async fn add_address(net: &Net, place: &Place, links: &BTreeMap<String, Link>) -> Result<Done, StepError> {
    let step = || SurroundingStep::AddAddress(place.clone());
    let Some(link) = links.get(&place.device) else {
        return Err(failed(&step(), &format!("there is no interface {}", place.device)));
    };
    match net.add_address(link, place).await {
        Ok(()) => Ok(Done::Done),
        // Since the last look: by a step of ours that was cut off, or by somebody else.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let found = net.look(false).await.map_err(|error| failed(&step(), &error))?;
            let ours = found.addresses.iter().any(|(other, marked)| other == place && *marked != Some(false));
            Ok(if ours { Done::Done } else { Done::Foreign })
        }
        Err(error) => Err(failed(&step(), &error)),
    }
}

async fn add_tunnel(net: &Net, tunnel: &Tunnel, links: &BTreeMap<String, Link>) -> Result<Done, StepError> {
    let step = || SurroundingStep::AddTunnel(tunnel.clone());
    if let Some(link) = links.get(&tunnel.name()) {
        return net.switch_on(link).await.map(|()| Done::Done).map_err(|error| failed(&step(), &error));
    }
    net.add_tunnel(tunnel).await.map(|()| Done::Done).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            failed(&step(), &"another tunnel device takes in the same packets already; remove that one")
        }
        io::ErrorKind::Unsupported => {
            failed(&step(), &format!("the kernel has no tunnels of kind {}", tunnel.link_kind()))
        }
        _ => failed(&step(), &error),
    })
}

async fn add_encap_port(port: EncapPort) -> Result<Done, StepError> {
    let done = tokio::task::spawn_blocking(move || fou::add(port))
        .await
        .map_err(io::Error::other)
        .and_then(|done| done);
    let step = SurroundingStep::AddEncapPort(port);
    match done {
        Ok(()) => Ok(Done::Done),
        Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::AddrInUse) => {
            let there = tokio::task::spawn_blocking(fou::list)
                .await
                .map_err(io::Error::other)
                .and_then(|listed| listed);
            match there {
                Ok(ports) if ports.contains(&port) => Ok(Done::Foreign),
                _ => Err(failed(&step, &"a program of this machine uses the port")),
            }
        }
        Err(error) => Err(failed(&step, &error)),
    }
}

/// What is to be taken away and is not there is taken away.
fn unless_gone(done: io::Result<()>, step: &SurroundingStep) -> Result<Done, StepError> {
    match done {
        Ok(()) => Ok(Done::Done),
        Err(error) if matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::NotFound) => {
            Ok(Done::Done)
        }
        // ENODEV, for which the standard library has no kind.
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NODEV.raw_os_error()) => Ok(Done::Done),
        Err(error) => Err(failed(step, &error)),
    }
}

fn failed(step: &SurroundingStep, reason: &dyn std::fmt::Display) -> StepError {
    StepError(format!("cannot {step}: {reason}"))
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
