//! Who is to be checked, and what is known of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use health::{Judge, Judgement, Rule, Subject, Subjects, Target};
use model::table::Health;
use model::{Code, Destination, DestinationId, Protocol, ServiceSettings, Why};
use protocol::Accepted;

/// The destinations that take part, as far as checks go.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// Who is to be checked.
    pub subjects: Arc<Subjects>,
    /// What is known of every destination that takes part.
    pub known: BTreeMap<DestinationId, Known>,
}

/// What is known of a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// A check has been or is to be made.
    Checked(Judgement),
    /// It is to be checked, and the checks have not heard of it yet.
    New,
    /// It cannot be checked, for this reason, and takes part unchecked.
    Unchecked(Why),
}

/// The destinations of active services that are active themselves. A stopped cluster has none.
pub fn checks(desired: Option<&Accepted>, judge: &Judge) -> Checks {
    let Some(desired) = desired else { return Checks::default() };
    let mut subjects = Subjects { generation: desired.generation, ..Subjects::default() };
    let mut all = BTreeMap::new();
    if !desired.desired.running {
        return Checks { subjects: Arc::new(subjects), known: all };
    }
    for service in desired.desired.cluster.services().values().filter(|service| service.settings.active) {
        for (&id, destination) in service.destinations.iter().filter(|(_, destination)| destination.active) {
            let known = match target(&service.settings, destination) {
                Ok(target) => {
                    let known = judge.judgement(id, &target).cloned().map_or(Known::New, Known::Checked);
                    let rule = Rule { timeout: service.settings.timeout, reentry: service.settings.reentry };
                    subjects.destinations.insert(id, Subject { target, rule });
                    known
                }
                Err(reason) => Known::Unchecked(reason),
            };
            all.insert(id, known);
        }
    }
    Checks { subjects: Arc::new(subjects), known: all }
}

/// What is asked; or why nothing can be.
fn target(settings: &ServiceSettings, destination: &Destination) -> Result<Target, Why> {
    let frontend = settings.key.frontend();
    // Rules made by hand mark what they like; TCP is what nearly all of it is.
    let protocol = frontend.map_or(Protocol::Tcp, |frontend| frontend.protocol);
    if protocol == Protocol::Sctp {
        return Err(Why::of("not checked: this agent cannot check SCTP ports", Code::UncheckedSctp));
    }
    let port = destination.port.or_else(|| frontend.and_then(|frontend| frontend.ports.lowest()));
    let no_port = "not checked: neither the real server nor its service names a port to ask";
    let port = port.ok_or_else(|| Why::of(no_port, Code::UncheckedPort))?;
    Ok(Target {
        protocol,
        socket: (destination.address.get(), port.get()).into(),
        check: settings.check.clone(),
    })
}

impl Checks {
    /// What the effective table is computed from. Who cannot be checked counts as up.
    pub fn health(&self) -> BTreeMap<DestinationId, Health> {
        self.known.iter().map(|(&id, known)| (id, known.health())).collect()
    }
}

impl Known {
    /// The verdict.
    pub fn health(&self) -> Health {
        match self {
            Self::Checked(judgement) => judgement.health,
            Self::New => Health::Unknown,
            Self::Unchecked(_) => Health::Up,
        }
    }
}
