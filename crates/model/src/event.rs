//! What can happen to a cluster, to its machines and to the console: the kinds of rows of a timeline.
//!
//! Names are stable: they stand in databases and addresses. Some kinds come in pairs, where something begins and is over
//! ([`EventKind::over`]): between the two it stands.

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $topic:ident;)*) => {
        /// What kind of thing happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind {
            $($(#[$doc])* $kind,)*
        }

        impl EventKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The name in databases and addresses.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// What it belongs to.
            pub fn topic(self) -> Topic {
                match self {
                    $(Self::$kind => Topic::$topic,)*
                }
            }
        }
    };
}

kinds! {
    /// A configuration was applied.
    Applied = "applied", Changes;
    /// A cluster was started.
    Started = "started", Changes;
    /// A cluster was stopped.
    Stopped = "stopped", Changes;

    /// A real server takes no more connections of a virtual service.
    ServerOut = "server-out", Services;
    /// It takes them again.
    ServerBack = "server-back", Services;
    /// No real server of a virtual service takes connections.
    ServiceFailing = "service-failing", Services;
    /// One takes them again.
    ServiceServing = "service-serving", Services;
    /// The sorry server stands in.
    SorryIn = "sorry-in", Services;
    /// It stands back.
    SorryOut = "sorry-out", Services;

    /// A machine's agent is away.
    AgentAway = "agent-away", Directors;
    /// It is back.
    AgentBack = "agent-back", Directors;
    /// An agent enrolled.
    AgentEnrolled = "agent-enrolled", Directors;
    /// A machine was shut out.
    AgentRevoked = "agent-revoked", Directors;
    /// An agent's certificate was renewed.
    CertificateRenewed = "certificate-renewed", Directors;
    /// A data plane holds about as many connections as it can.
    DataPlaneFull = "data-plane-full", Directors;
    /// It has room again.
    DataPlaneEased = "data-plane-eased", Directors;
    /// A director has applied some of a configuration, and some not.
    ApplyPartial = "apply-partial", Directors;
    /// A director did not take a configuration.
    ApplyRefused = "apply-refused", Directors;
    /// A director that had not, or only in part, applied its configuration now has.
    ApplyVerified = "apply-verified", Directors;

    /// Somebody logged in.
    LogIn = "log-in", People;
    /// Somebody tried to log in and could not.
    LogInFailed = "log-in-failed", People;

    /// The console began to watch. Before it, nobody did.
    ConsoleStarted = "console-started", Console;
}

/// What events belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Virtual services and real servers.
    Services,
    /// Directors and other machines with an agent.
    Directors,
    /// What was applied.
    Changes,
    /// Log-ins.
    People,
    /// The console itself.
    Console,
}

// === impl EventKind ===

impl EventKind {
    /// Takes what [`EventKind::name`] gives.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// What says that it is over, where it is something that lasts.
    pub fn over(self) -> Option<Self> {
        match self {
            Self::ServerOut => Some(Self::ServerBack),
            Self::ServiceFailing => Some(Self::ServiceServing),
            Self::SorryIn => Some(Self::SorryOut),
            Self::AgentAway => Some(Self::AgentBack),
            Self::DataPlaneFull => Some(Self::DataPlaneEased),
            Self::ApplyPartial | Self::ApplyRefused => Some(Self::ApplyVerified),
            _ => None,
        }
    }
}

// === impl Topic ===

impl Topic {
    /// All of them, in the order of a menu.
    pub const ALL: &[Self] = &[Self::Services, Self::Directors, Self::Changes, Self::People, Self::Console];

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Services => "services",
            Self::Directors => "directors",
            Self::Changes => "changes",
            Self::People => "people",
            Self::Console => "console",
        }
    }

    /// The kinds that belong to it.
    pub fn kinds(self) -> impl Iterator<Item = EventKind> {
        EventKind::ALL.iter().copied().filter(move |kind| kind.topic() == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_are_nobody_elses() {
        for &kind in EventKind::ALL {
            assert_eq!(EventKind::parse(kind.name()), Some(kind));
            assert!(Topic::ALL.iter().all(|topic| topic.name() != kind.name()), "{kind:?}");
        }
        assert_eq!(EventKind::parse("moonrise"), None);
    }

    #[test]
    fn every_kind_has_a_topic_and_every_topic_a_kind() {
        let all: Vec<EventKind> = Topic::ALL.iter().flat_map(|topic| topic.kinds()).collect();
        assert_eq!(all.len(), EventKind::ALL.len());
        assert!(Topic::ALL.iter().all(|topic| topic.kinds().next().is_some()));
    }
}
