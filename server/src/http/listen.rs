//! The pages' listener: accept, TLS, HTTP/1 or 2, an end that lets answers finish.
//!
//! What a stranger can hold has a bound: connections in all and of one address, the time of a TLS handshake, of a request's head, of
//! silence and of a write that nobody takes. What a page may take is the router's own limit. An HTTP/2 connection that has asked
//! for something once and goes on answering pings has no bound in time; the number of its streams has one.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::stall::Stalling;
use crate::config::Proxies;
use crate::seats::Seats;

/// Connections at once; more wait in the kernel's queue. A browser opens up to six for a page with HTTP/1.
const CONNECTIONS: usize = 1024;
/// Connections of one address: an office behind one address, a proxy that nobody named.
const OF_ONE: u32 = 128;
/// How long a TLS handshake may take, and a request's head, and the silence between two requests.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a write may wait for the browser to take anything at all: longer than a change of network, shorter than an
/// operator's patience.
const STALL: Duration = Duration::from_secs(30);
/// How often an HTTP/2 client is asked whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(20);
/// Requests at once of one HTTP/2 connection.
const STREAMS: u32 = 64;
/// How long answers may take to finish after the end was asked for.
const GRACE: Duration = Duration::from_secs(10);
/// Waits before it accepts again when it could not, most likely for want of file descriptors.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Serves `router` on `listener` until `closing` is cancelled, and then until answers have finished (ten seconds at most).
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    router: Router,
    proxies: &Proxies,
    closing: CancellationToken,
) {
    let tls = tls.map(TlsAcceptor::from);
    let turns = Arc::new(Semaphore::new(CONNECTIONS));
    let seats = Seats::new(OF_ONE);
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            () = closing.cancelled() => break,
            accepted = accept(&listener, &turns) => accepted,
        };
        let (stream, peer, turn) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection from a browser; trying again");
                tokio::time::sleep(AFTER_FAILURE).await;
                continue;
            }
        };
        // A proxy brings everybody, so it may have as many as there are.
        let seat = (!proxies.contains(peer.ip())).then(|| seats.take_from(peer.ip()));
        if let Some(None) = seat {
            tracing::debug!(%peer, "too many connections of one address");
            continue;
        }
        let (tls, router, watcher) = (tls.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            if let Err(error) = connection(stream, peer, tls, router, watcher).await {
                tracing::debug!(%peer, error, "a browser's connection ended");
            }
            drop((turn, seat));
        });
    }
    drop(listener);
    if timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some answers did not finish in time");
    }
}

async fn accept(
    listener: &TcpListener,
    turns: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let turn = Arc::clone(turns).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // Pages are one write; what is left of one must not wait for an acknowledgement.
    let _unimportant = stream.set_nodelay(true);
    Ok((stream, peer, turn))
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    watcher: Watcher,
) -> Result<(), String> {
    let stream = Stalling::new(stream, STALL);
    let Some(tls) = tls else { return http_1(stream, peer, router, watcher).await };
    let stream = timeout(PATIENCE, tls.accept(stream)).await;
    let stream = stream
        .map_err(|_| "the TLS handshake took too long".to_owned())?
        .map_err(|error| error.to_string())?;
    match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => http_2(stream, peer, router, watcher).await,
        _ => http_1(stream, peer, router, watcher).await,
    }
}

async fn http_1<S>(stream: S, peer: SocketAddr, router: Router, watcher: Watcher) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |request| answer(router.clone(), peer, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    watcher.watch(connection).await.map_err(|error| error.to_string())
}

async fn http_2<S>(stream: S, peer: SocketAddr, router: Router, watcher: Watcher) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let asked = CancellationToken::new();
    let first = asked.clone();
    let service = hyper::service::service_fn(move |request| {
        first.cancel();
        answer(router.clone(), peer, request)
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PATIENCE)
        .max_concurrent_streams(STREAMS)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(watcher.watch(connection));
    // Unlike HTTP/1 the library has no limit for who says nothing at all.
    tokio::select! {
        ended = &mut connection => return ended.map_err(|error| error.to_string()),
        waited = timeout(PATIENCE, asked.cancelled()) => waited.map_err(|_| "no request came".to_owned())?,
    }
    connection.await.map_err(|error| error.to_string())
}

async fn answer(
    router: Router,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request).await
}
