//! One connection to the console: TCP, TLS, HTTP/2.
//!
//! TCP and TLS are done here and not by tonic, so that a failure says which of them it was, and so that one channel is
//! one connection: it never redials behind our back.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};

use super::tls;

/// For TCP and for TLS, each.
const DIAL_TIMEOUT: Duration = Duration::from_secs(10);

/// HTTP/2 PING frames find a peer that vanished without a word, even while nothing else is sent.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Large specifications should not wait for a window update per 64 KiB.
const STREAM_WINDOW: u32 = 1024 * 1024;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// Nobody answers there.
    #[error("cannot reach the console at {console}: {source}; is it running, and is the address right?")]
    Unreachable {
        /// The address.
        console: String,
        /// Why.
        source: io::Error,
    },
    /// Somebody answers, but it is not (or does not want to be) our console.
    #[error("no trusted connection to the console at {console}: {}", tls_words(source))]
    Untrusted {
        /// The address.
        console: String,
        /// Why.
        source: io::Error,
    },
    /// Our own key or certificate cannot be used.
    #[error("cannot set up TLS: {0}")]
    Setup(#[from] rustls::Error),
    /// TLS went well, HTTP/2 did not.
    #[error("the console at {console} does not speak our protocol")]
    Http2 {
        /// The address.
        console: String,
        /// Why.
        #[source]
        source: tonic::transport::Error,
    },
}

/// Connects to `console` (`host:port`).
pub(crate) async fn dial(console: &str, config: Arc<ClientConfig>) -> Result<Channel, DialError> {
    let unreachable = |source| DialError::Unreachable { console: console.to_owned(), source };
    let tcp = tokio::time::timeout(DIAL_TIMEOUT, TcpStream::connect(console)).await;
    let tcp = tcp.unwrap_or_else(|_| Err(timed_out())).map_err(unreachable)?;
    tcp.set_nodelay(true).map_err(unreachable)?;

    let handshake = TlsConnector::from(config).connect(tls::console_name()?, tcp);
    let stream = tokio::time::timeout(DIAL_TIMEOUT, handshake).await.unwrap_or_else(|_| Err(timed_out()));
    let stream = stream.map_err(|source| DialError::Untrusted { console: console.to_owned(), source })?;

    let stream = Mutex::new(Some(TokioIo::new(stream)));
    let once = tower::service_fn(move |_| {
        let stream = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
        std::future::ready(stream.ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected)))
    });
    Endpoint::from_static("http://arapaima-console")
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(2 * STREAM_WINDOW)
        .connect_timeout(DIAL_TIMEOUT)
        .connect_with_connector(once)
        .await
        .map_err(|source| DialError::Http2 { console: console.to_owned(), source })
}

fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {} s", DIAL_TIMEOUT.as_secs()))
}

/// What TLS says, with what to do where the cause is usually on our side.
fn tls_words(error: &io::Error) -> String {
    use rustls::CertificateError;
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::General(text)) => text.clone(),
        Some(rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        )) => "what answers there has no certificate from the CA that this director was enrolled with; is it another \
               console, or one with a new data directory? Then enrol this director anew"
            .into(),
        Some(rustls::Error::InvalidCertificate(
            reason @ (CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. }
            | CertificateError::Expired
            | CertificateError::ExpiredContext { .. }),
        )) => format!("its certificate is not valid now ({reason}); do both clocks tell the same time?"),
        _ => error.to_string(),
    }
}
