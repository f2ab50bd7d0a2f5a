//! Whom the agent trusts: before its enrolment whoever has the key that the token names, afterwards the console's CA.

use std::sync::Arc;

use protocol::{CONSOLE_NAME, SpkiHash};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::disk::Identity;

/// HTTP/2 over TLS, RFC 9113 section 3.2.
const ALPN: &[u8] = b"h2";

/// The name that the console's certificate must have.
pub(super) fn console_name() -> Result<ServerName<'static>, rustls::Error> {
    ServerName::try_from(CONSOLE_NAME).map_err(|error| rustls::Error::General(error.to_string()))
}

/// For the enrolment: no certificate of our own yet, theirs by the hash of the CA's key.
pub(crate) fn pinned(spki: SpkiHash) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = provider();
    let verifier = Pinned { spki, provider: Arc::clone(&provider) };
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config =
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(Arc::new(config))
}

/// For sessions: certificates on both sides.
pub(super) fn mutual(identity: &Identity) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(identity.ca.clone())?;
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let key = identity.key.der().clone_key().into();
    let mut config = builder
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![identity.certificate.clone()], key)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(Arc::new(config))
}

/// The hash of a certificate's key, as tokens have it; none where it is no certificate.
pub(crate) fn spki(certificate: &[u8]) -> Option<SpkiHash> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(SpkiHash::of(certificate.public_key().raw))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Looks for the certificate with the pinned key among those that the console shows, and checks the console's own
/// certificate against that one alone.
#[derive(Debug)]
struct Pinned {
    spki: SpkiHash,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(ca) = intermediates.iter().find(|certificate| spki(certificate) == Some(self.spki)) else {
            let text = "what answers there is not the console that made this token (its CA has another key)";
            return Err(rustls::Error::General(text.into()));
        };
        let mut roots = RootCertStore::empty();
        roots.add(ca.clone().into_owned())?;
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider));
        let verifier = verifier.build().map_err(|error| rustls::Error::General(error.to_string()))?;
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
