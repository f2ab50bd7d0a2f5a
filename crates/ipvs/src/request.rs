//! What the kernel can be asked to change.

use crate::{
    Daemon, DaemonState, Destination, DestinationKey, KernelError, Name, Service, ServiceKey, Timeouts,
};
use std::fmt;

/// One change. Its `Display` completes "could not …".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A new service; refused where its key is there already.
    AddService(Service),
    /// All but the key of a service in place: connections and destinations stay.
    EditService(Service),
    /// A service and its destinations; established connections go on until they end, unless `expire_nodest_conn` is set.
    RemoveService(ServiceKey),
    /// A new destination; refused where its address and port are there already.
    AddDestination {
        /// Its service.
        service: ServiceKey,
        /// What it is to be.
        destination: Destination,
    },
    /// All but the address and port of a destination in place.
    EditDestination {
        /// Its service.
        service: ServiceKey,
        /// What it is to be.
        destination: Destination,
    },
    /// A destination. The kernel remembers its counters for a while in case it comes back.
    RemoveDestination {
        /// Its service.
        service: ServiceKey,
        /// Which one.
        destination: DestinationKey,
    },
    /// The namespace's timeouts; a 0 leaves that one as it is.
    SetTimeouts(Timeouts),
    /// A sync daemon; refused where one of the same state runs.
    StartDaemon(Daemon),
    /// Ends the sync daemon of that state.
    StopDaemon {
        /// Which one.
        state: DaemonState,
        /// The interface it was started on.
        interface: Name,
        /// Its group of directors.
        sync_id: u8,
    },
    /// Counters back to 0: of one service and its destinations, or (`None`) of all.
    Zero(Option<ServiceKey>),
    /// Every service of the network namespace, whoever made it.
    Flush,
}

impl Request {
    /// What usually stands behind a refusal, and what to do; `None` where the error says all there is.
    #[must_use]
    pub fn remedy(&self, refusal: &KernelError) -> Option<&'static str> {
        use rustix::io::Errno;
        let errno = Errno::from_raw_os_error(refusal.errno);
        Some(match (self, errno) {
            (_, Errno::PERM | Errno::ACCESS) => "the process needs CAP_NET_ADMIN in this network namespace",
            (Self::AddService(_) | Self::EditService(_), Errno::NOENT) => {
                "the kernel has no such scheduler or persistence engine: load the module ip_vs_NAME or choose another"
            }
            (Self::AddService(_), Errno::EXIST) => {
                "somebody made this service before: edit it or choose another key"
            }
            (Self::AddService(_) | Self::EditService(_), Errno::AFNOSUPPORT) => {
                "this kernel's IPVS was built without IPv6"
            }
            (Self::AddService(_), Errno::INVAL) => {
                "a port of 0 needs persistence, a mark must not be 0, an IPv6 netmask is 1 to 128, one-packet scheduling is for UDP and marks"
            }
            (Self::EditService(_) | Self::RemoveService(_), Errno::SRCH) => {
                "there is no such service: somebody removed it"
            }
            (Self::AddDestination { .. }, Errno::EXIST) => {
                "the service has this destination already: edit it"
            }
            (Self::AddDestination { .. }, Errno::SRCH) => {
                "there is no such service: it was refused or somebody removed it"
            }
            (Self::AddDestination { .. } | Self::EditDestination { .. }, Errno::RANGE) => {
                "the weight is at most 2147483647 and the lower threshold at most the upper"
            }
            (Self::AddDestination { .. } | Self::EditDestination { .. }, Errno::INVAL) => {
                "the address must be a unicast one the director can use; of another family than the service only with a tunnel and without a sync daemon"
            }
            (Self::EditDestination { .. } | Self::RemoveDestination { .. }, Errno::NOENT) => {
                "the service has no such destination: somebody removed it"
            }
            (Self::EditDestination { .. } | Self::RemoveDestination { .. }, Errno::SRCH) => {
                "there is no such service: somebody removed it"
            }
            (Self::StartDaemon(_), Errno::INVAL) => {
                "the kernel cannot synchronise while a destination's address is not of its service's family; an interface without an address is refused too"
            }
            (Self::StartDaemon(_), Errno::NODEV) => "there is no such interface",
            (Self::StartDaemon(_), Errno::EXIST) => "a sync daemon of this state runs already: stop it first",
            (Self::StopDaemon { .. }, Errno::SRCH) => "no sync daemon of this state runs",
            (_, Errno::NOMEM) => "the kernel is out of memory",
            _ => return None,
        })
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddService(service) => {
                write!(f, "add the virtual service {} ({})", service.key, service.scheduler)
            }
            Self::EditService(service) => {
                write!(f, "edit the virtual service {} ({})", service.key, service.scheduler)
            }
            Self::RemoveService(key) => write!(f, "remove the virtual service {key}"),
            Self::AddDestination { service, destination } => {
                write!(f, "add {} to {service}", destination.key)
            }
            Self::EditDestination { service, destination } => {
                write!(f, "edit {} of {service}", destination.key)
            }
            Self::RemoveDestination { service, destination } => {
                write!(f, "remove {destination} from {service}")
            }
            Self::SetTimeouts(to) => write!(f, "set the timeouts to {} {} {} s", to.tcp, to.tcp_fin, to.udp),
            Self::StartDaemon(daemon) => {
                write!(f, "start the {} sync daemon {} on {}", daemon.state, daemon.sync_id, daemon.interface)
            }
            Self::StopDaemon { state, interface, sync_id } => {
                write!(f, "stop the {state} sync daemon {sync_id} on {interface}")
            }
            Self::Zero(Some(key)) => write!(f, "zero the counters of {key}"),
            Self::Zero(None) => f.write_str("zero all counters"),
            Self::Flush => f.write_str("remove every virtual service"),
        }
    }
}
