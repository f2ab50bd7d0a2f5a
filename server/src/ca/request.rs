//! What is wanted of a certificate signing request: a signature by the key in it, and a key of a kind that we know.

use protocol::MAX_CSR;
use rcgen::{
    CertificateSigningRequestParams, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PublicKey,
};
use rustls_pki_types::{CertificateDer, CertificateSigningRequestDer};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Why a request is not signed. The text goes to the agent.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// More than a request for an elliptic key can be.
    #[error("the certificate request has {0} bytes, more than the {MAX_CSR} that one may have")]
    TooLarge(usize),
    /// Not PKCS #10, or not signed by its own key.
    #[error("the certificate request cannot be read, or is not signed by the key in it")]
    Unreadable(#[source] rcgen::Error),
    /// RSA, or worse.
    #[error("the certificate request is for a key that is neither ECDSA (P-256, P-384) nor Ed25519")]
    KeyType,
    /// The signature's algorithm does not fit the key's.
    #[error("the certificate request says one thing of its key and another of its signature")]
    Inconsistent,
    /// Signing failed.
    #[error("the certificate could not be made")]
    Sign(#[from] rcgen::Error),
}

/// The key in a request, checked.
pub(super) fn public_key(csr: &[u8]) -> Result<PublicKey, RequestError> {
    if csr.len() > MAX_CSR {
        return Err(RequestError::TooLarge(csr.len()));
    }
    // Verifies the signature.
    let request = CertificateSigningRequestParams::from_der(&CertificateSigningRequestDer::from(csr));
    let key = request.map_err(RequestError::Unreadable)?.public_key;
    let known = [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384, &PKCS_ED25519];
    if known.contains(&key.algorithm()) { Ok(key) } else { Err(RequestError::KeyType) }
}

/// rcgen names the key's kind after the signature's algorithm; this makes sure that the certificate has the very key.
pub(super) fn same_key(csr: &[u8], certificate: &CertificateDer<'_>) -> Result<(), RequestError> {
    let (_, request) = X509CertificationRequest::from_der(csr).map_err(|_| RequestError::Inconsistent)?;
    let (_, certificate) = X509Certificate::from_der(certificate).map_err(|_| RequestError::Inconsistent)?;
    let same = request.certification_request_info.subject_pki.raw == certificate.public_key().raw;
    if same { Ok(()) } else { Err(RequestError::Inconsistent) }
}
