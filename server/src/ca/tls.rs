//! TLS for the agents' listener, with a certificate that renews itself.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::PrivateKeyDer;

use super::{Ca, CaError};

/// The console's certificate towards agents. The key lives in memory alone: agents trust the CA, so each start makes a
/// new one.
#[derive(Debug)]
pub(crate) struct ConsoleCertificate {
    now: RwLock<Current>,
}

#[derive(Debug)]
struct Current {
    key: Arc<CertifiedKey>,
    /// After this moment it should be renewed, in milliseconds since 1970.
    renew_at_ms: i64,
}

impl Ca {
    /// TLS 1.3 for the agents' listener: our certificate and, where the client shows one, a certificate of this CA.
    pub(crate) fn tls(&self) -> Result<(ServerConfig, Arc<ConsoleCertificate>), CaError> {
        let certificate = Arc::new(ConsoleCertificate { now: RwLock::new(self.console_certificate()?) });
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate().clone()).map_err(tls)?;
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()
            .map_err(|error| tls(rustls::Error::General(error.to_string())))?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(tls)?
            .with_client_cert_verifier(clients)
            .with_cert_resolver(Arc::clone(&certificate) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec()];
        // A resumed session would carry on a certificate that was looked at long ago.
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok((config, certificate))
    }

    /// Renews the console's certificate where two thirds of its life are over. Established connections do not notice.
    pub(crate) fn renew(&self, certificate: &ConsoleCertificate) -> Result<bool, CaError> {
        let due = certificate.now.read().unwrap_or_else(PoisonError::into_inner).renew_at_ms;
        if self.0.clock.now_ms() < due {
            return Ok(false);
        }
        let fresh = self.console_certificate()?;
        *certificate.now.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(true)
    }

    fn console_certificate(&self) -> Result<Current, CaError> {
        let (certificate, key, not_after_ms) = self.sign_console().map_err(CaError::Make)?;
        let life = i64::try_from(self.0.terms.console.as_millis()).unwrap_or(i64::MAX);
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let key = aws_lc_rs::sign::any_supported_type(&key).map_err(tls)?;
        // The CA goes along: an agent that enrols finds the pinned key in it.
        let chain = vec![certificate, self.certificate().clone()];
        Ok(Current { key: Arc::new(CertifiedKey::new(chain, key)), renew_at_ms: not_after_ms - life / 3 })
    }
}

fn tls(source: rustls::Error) -> CaError {
    CaError::Tls(source)
}

impl ResolvesServerCert for ConsoleCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.key())
    }
}

impl ConsoleCertificate {
    /// The one in use.
    pub(crate) fn key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner).key)
    }
}
