//! Connections from agents: TCP accepted, TLS shaken, then given to gRPC.
//!
//! Strangers may connect here, so everything before a certificate has been seen is bounded: how many connections there
//! are, how long a handshake may take, how long one without a certificate may stay.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use model::DirectorId;
use rustls::ServerConfig;
use rustls_pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;

use crate::ca::holder;
use crate::seats::{Seat, Seats};

/// For the TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a connection without a certificate may stay: an enrolment takes a second.
const STRANGER: Duration = Duration::from_secs(60);

/// Connections at a time: four thousand directors and some strangers. Each costs some tens of kilobytes.
const MAX_CONNECTIONS: usize = 4096;

/// Connections at a time that have no certificate (yet).
const MAX_STRANGERS: usize = 256;

/// Of them, those from one address: more directors than this seldom come back through one at the same moment, and who is sent
/// away comes again.
const STRANGERS_OF_ONE: u32 = 64;

/// Connections at a time with one director's certificate, revoked or not: the one in use, and those that it has lost and that
/// nobody has noticed yet.
const OF_ONE_DIRECTOR: u32 = 8;

/// After an error of `accept` (no file descriptors left, mostly) that will not be better at once.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Who is at the other end.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    /// Its address.
    pub(crate) address: SocketAddr,
    /// Its certificate, verified against our CA; none where it showed none.
    pub(crate) certificate: Option<CertificateDer<'static>>,
}

/// A TLS connection.
pub(crate) struct Connection {
    stream: TlsStream<TcpStream>,
    peer: Peer,
    /// When it ends, where it has no certificate.
    deadline: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

/// What a connection takes of what there is for all.
struct Place {
    _permit: OwnedSemaphorePermit,
    _stranger: Option<Stranger>,
    _director: Option<Seat<DirectorId>>,
}

/// The place of one that has no certificate (yet).
struct Stranger {
    _permit: OwnedSemaphorePermit,
    _seat: Seat<IpAddr>,
}

/// Accepts connections until `shutdown`. Handshakes run beside each other: a slow one keeps nobody waiting.
pub(crate) fn accept(
    listener: TcpListener,
    config: ServerConfig,
    shutdown: CancellationToken,
) -> ReceiverStream<io::Result<Connection>> {
    let (ready, connections) = mpsc::channel(64);
    tokio::spawn(accept_all(listener, TlsAcceptor::from(Arc::new(config)), ready, shutdown));
    ReceiverStream::new(connections)
}

async fn accept_all(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    ready: mpsc::Sender<io::Result<Connection>>,
    shutdown: CancellationToken,
) {
    let all = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let strangers = Arc::new(Semaphore::new(MAX_STRANGERS));
    let (addresses, directors) = (Seats::new(STRANGERS_OF_ONE), Seats::new(OF_ONE_DIRECTOR));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => return,
            () = ready.closed() => return,
        };
        let (tcp, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept an agent's connection");
                tokio::time::sleep(ACCEPT_AGAIN).await;
                continue;
            }
        };
        // Dropping the connection tells the agent to come again later; it has a back-off.
        let Ok(permit) = Arc::clone(&all).try_acquire_owned() else {
            tracing::warn!(%address, "more than {MAX_CONNECTIONS} agents' connections; refused one");
            continue;
        };
        let Some(seat) = addresses.take_from(address.ip()) else {
            tracing::debug!(%address, "too many connections without a certificate from one address; refused one");
            continue;
        };
        let Ok(stranger) = Arc::clone(&strangers).try_acquire_owned() else {
            tracing::warn!(%address, "more than {MAX_STRANGERS} connections without a certificate; refused one");
            continue;
        };
        let stranger = Stranger { _permit: stranger, _seat: seat };
        let (acceptor, ready, directors) = (acceptor.clone(), ready.clone(), directors.clone());
        tokio::spawn(async move {
            match shake(&acceptor, tcp, address).await {
                Ok((stream, peer)) => {
                    let director = peer.certificate.as_ref().and_then(holder).map(|holder| holder.director);
                    let seat = director.map(|director| directors.take(director));
                    if let Some(None) = seat {
                        tracing::warn!(%address, director = director.map(|id| id.0), "too many connections of one director; refused one");
                        return;
                    }
                    let seat = seat.flatten();
                    // A director's connection leaves its place among the strangers to the next one.
                    let stranger = seat.is_none().then_some(stranger);
                    let deadline = stranger.is_some().then(|| Box::pin(tokio::time::sleep(STRANGER)));
                    let place = Place { _permit: permit, _stranger: stranger, _director: seat };
                    let connection = Connection { stream, peer, deadline, _place: place };
                    // Fails where the listener has ended meanwhile.
                    let _ended = ready.send(Ok(connection)).await;
                }
                Err(error) => tracing::debug!(%address, %error, "no TLS connection with an agent"),
            }
        });
    }
}

async fn shake(
    acceptor: &TlsAcceptor,
    tcp: TcpStream,
    address: SocketAddr,
) -> io::Result<(TlsStream<TcpStream>, Peer)> {
    tcp.set_nodelay(true)?;
    let stream = tokio::time::timeout(HANDSHAKE, acceptor.accept(tcp)).await;
    let stream = stream.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    let certificates = stream.get_ref().1.peer_certificates();
    let certificate = certificates.and_then(<[_]>::first).map(|certificate| certificate.clone().into_owned());
    Ok((stream, Peer { address, certificate }))
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(deadline) = &mut self.deadline
            && deadline.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(Err(io::Error::from(io::ErrorKind::TimedOut)));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
