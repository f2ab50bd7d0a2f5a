//! Streams: TCP, and SCTP's one-to-one kind, which is used in the same way.

use anyhow::{Context as _, Result};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// How long one step of a conversation may take. A lost first packet is sent again after a second.
const LIMIT: Duration = Duration::from_secs(4);

/// What carries a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Tcp,
    Sctp,
}

impl Transport {
    fn protocol(self) -> Protocol {
        match self {
            Self::Tcp => Protocol::TCP,
            Self::Sctp => Protocol::SCTP,
        }
    }

    /// Listens on all addresses of the namespace, of both families.
    pub(super) fn listen(self, port: u16) -> Result<TcpListener> {
        let socket = Socket::new(Domain::IPV6, Type::STREAM, Some(self.protocol()))
            .with_context(|| format!("no {self:?} socket"))?;
        socket.set_only_v6(false)?;
        socket.set_reuse_address(true)?;
        let address: SocketAddr = ([0u16; 8], port).into();
        socket.bind(&SockAddr::from(address)).with_context(|| format!("could not bind {address}"))?;
        socket.listen(256)?;
        Ok(socket.into())
    }
}

/// Connects from `source`, or from whatever address the kernel chooses. To be called within the client's namespace.
pub(crate) fn open(transport: Transport, source: Option<IpAddr>, to: SocketAddr) -> Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, Some(transport.protocol()))
        .with_context(|| format!("no {transport:?} socket"))?;
    if let Some(source) = source {
        socket
            .bind(&SockAddr::from(SocketAddr::new(source, 0)))
            .with_context(|| format!("could not bind {source}"))?;
    }
    match transport {
        Transport::Tcp => socket.connect_timeout(&SockAddr::from(to), LIMIT),
        // What `connect_timeout` does with poll(2) suits TCP alone.
        Transport::Sctp => {
            socket.set_write_timeout(Some(LIMIT)).and_then(|()| socket.connect(&SockAddr::from(to)))
        }
    }
    .with_context(|| format!("could not connect to {to}"))?;
    socket.set_read_timeout(Some(LIMIT))?;
    socket.set_write_timeout(Some(LIMIT))?;
    Ok(socket.into())
}
