//! What can go wrong, in an operator's words.

use std::io;
use std::net::SocketAddr;

use model::table::{TableDestinationKey, TableKey};
use model::{Cause, Code};

/// The data plane could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A worker's thread or runtime.
    #[error(
        "could not start worker thread {index} of the data plane: {source}; raise the limit of threads (ulimit -u)"
    )]
    Worker {
        /// Which.
        index: usize,
        /// Why.
        source: io::Error,
    },
    /// The descriptor kept back for hard times.
    #[error(
        "could not open /dev/null as the data plane's reserve descriptor: {0}; raise the limit of open files (ulimit -n)"
    )]
    Reserve(#[source] io::Error),
}

/// A step was not carried out; the data plane is as before it.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The embedded data plane cannot do this; the kernel's can.
    #[error("{object}: the user-space data plane cannot serve {what}: {remedy}")]
    Unsupported {
        /// The service.
        object: TableKey,
        /// What it cannot do.
        what: String,
        /// The same as a code.
        cause: Cause,
        /// What to do instead.
        remedy: &'static str,
    },
    /// A virtual address could not be listened on.
    #[error("{object}: could not listen on {address}: {source}; {remedy}")]
    Listen {
        /// The service.
        object: TableKey,
        /// The virtual address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
        /// What to do.
        remedy: &'static str,
    },
    /// More listening sockets than a process may have.
    #[error(
        "{object}: {wanted} more listening sockets would make {total}, and the limit of open files ({limit}) allows half \
         of it; use fewer ports or raise the limit (ulimit -n, LimitNOFILE=)"
    )]
    TooManySockets {
        /// The service.
        object: TableKey,
        /// How many sockets it needs.
        wanted: usize,
        /// How many there would be.
        total: usize,
        /// The limit of descriptors.
        limit: usize,
    },
    /// Another service of this data plane has the address.
    #[error(
        "{object}: {address} is taken by service {other}; remove that service first or choose another port"
    )]
    Taken {
        /// The service.
        object: TableKey,
        /// The virtual address.
        address: SocketAddr,
        /// Whose it is.
        other: Box<TableKey>,
    },
    /// The destination is the service itself, or leads back to it through other services.
    #[error(
        "{object}: destination {destination} leads back to this virtual service and would connect to itself for ever; \
         give the real server's own address or port"
    )]
    Loop {
        /// The service.
        object: TableKey,
        /// The destination.
        destination: TableDestinationKey,
    },
    /// The service is there already.
    #[error("{object}: cannot add the service, it exists; read the table again and plan anew")]
    ServiceExists {
        /// The service.
        object: TableKey,
    },
    /// There is no such service.
    #[error("{object}: no such service; read the table again and plan anew")]
    NoService {
        /// The service.
        object: TableKey,
    },
    /// The destination is there already.
    #[error("{object}: cannot add destination {destination}, it exists; read the table again and plan anew")]
    DestinationExists {
        /// The service.
        object: TableKey,
        /// The destination.
        destination: TableDestinationKey,
    },
    /// There is no such destination.
    #[error("{object}: no destination {destination}; read the table again and plan anew")]
    NoDestination {
        /// The service.
        object: TableKey,
        /// The destination.
        destination: TableDestinationKey,
    },
    /// The data plane has been shut down.
    #[error("the data plane is shutting down and takes no changes; start it again")]
    ShuttingDown,
}

// === impl StepError ===

impl StepError {
    /// Why, as a code.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Unsupported { cause, .. } => cause.clone(),
            Self::Listen { address, source, .. } => {
                let code = match source.kind() {
                    io::ErrorKind::AddrInUse => Code::PortTaken,
                    io::ErrorKind::AddrNotAvailable => Code::AddressMissing,
                    io::ErrorKind::PermissionDenied => Code::NotPermitted,
                    _ => Code::CannotListen,
                };
                Cause::new(code, [("address", address)])
            }
            Self::TooManySockets { wanted, limit, .. } => {
                Cause::new(Code::TooManySockets, [("wanted", wanted), ("limit", limit)])
            }
            Self::Taken { address, other, .. } => {
                Cause::new(Code::TakenByService, [("address", address), ("other", other)])
            }
            Self::Loop { destination, .. } => Cause::new(Code::Loop, [("destination", destination)]),
            Self::ServiceExists { .. }
            | Self::NoService { .. }
            | Self::DestinationExists { .. }
            | Self::NoDestination { .. } => Cause::new(Code::TableMoved, []),
            Self::ShuttingDown => Cause::new(Code::ShuttingDown, []),
        }
    }
}
