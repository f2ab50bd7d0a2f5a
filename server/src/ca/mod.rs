//! The console's own certificate authority, for agents alone.
//!
//! It is made at the first start and lives in one file that its owner alone may read. It signs two kinds of certificates,
//! told apart by what they may be used for: the console's (server authentication, a fixed name, so that any address of
//! the console works) and directors' (client authentication, `lvs://director/<id>`). A director's certificate cannot pose
//! as the console's.
//!
//! Who a director is comes from the console's own records. Nothing that a request says about its sender is taken over.

mod file;
mod request;
mod tls;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use model::DirectorId;
use protocol::{CONSOLE_NAME, DIRECTOR_URI, SpkiHash};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SanType, SerialNumber, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

pub use file::CaError;
pub use request::RequestError;

use crate::clock::Clock;

const DAY: Duration = Duration::from_secs(86_400);

/// How long certificates are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// A director's; it renews after two thirds of it.
    pub director: Duration,
    /// The console's own; renewed by itself, likewise.
    pub console: Duration,
    /// How far before its making a certificate begins, for clocks that are behind.
    pub backdate: Duration,
}

/// The certificate authority. Cheap to clone.
#[derive(Clone)]
pub struct Ca(Arc<Inner>);

struct Inner {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    spki: SpkiHash,
    terms: Terms,
    clock: Clock,
}

/// A certificate for a director.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The certificate, DER.
    pub certificate: CertificateDer<'static>,
    /// Its SHA-256.
    pub fingerprint: [u8; 32],
    /// When it ends, in milliseconds since 1970.
    pub not_after_ms: i64,
}

/// Who shows a certificate that this CA has signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The director.
    pub director: DirectorId,
    /// The certificate's SHA-256.
    pub fingerprint: [u8; 32],
    /// When it ends, in milliseconds since 1970.
    pub not_after_ms: i64,
}

// === impl Ca ===

impl Ca {
    /// Opens the CA in `directory` (`DATA/ca`), or makes one there.
    pub fn open(directory: &Path) -> Result<Self, CaError> {
        Self::open_with(directory, Terms::default(), Clock::system())
    }

    /// The same with other terms and another clock.
    pub fn open_with(directory: &Path, terms: Terms, clock: Clock) -> Result<Self, CaError> {
        let pair = file::open(directory, || new_ca(&clock))?;
        let damaged = |reason: &dyn std::fmt::Display| CaError::damaged(directory, reason);
        let key = KeyPair::try_from(&PrivatePkcs8KeyDer::from(pair.key)).map_err(|error| damaged(&error))?;
        let certificate = CertificateDer::from(pair.certificate);
        let (_, parsed) = X509Certificate::from_der(&certificate).map_err(|error| damaged(&error))?;
        if parsed.public_key().raw != rcgen::PublicKeyData::subject_public_key_info(&key) {
            return Err(damaged(&"key and certificate do not belong together"));
        }
        let spki = SpkiHash::of(parsed.public_key().raw);
        let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(|error| damaged(&error))?;
        Ok(Self(Arc::new(Inner { issuer, spki, certificate: certificate.clone(), terms, clock })))
    }

    /// The hash of its key, as tokens carry it.
    pub fn spki(&self) -> SpkiHash {
        self.0.spki
    }

    /// Its certificate.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.0.certificate
    }

    /// Signs a request (PKCS #10, DER) for a director. From the request comes the key and nothing else.
    pub fn sign_director(&self, csr: &[u8], director: DirectorId) -> Result<Signed, RequestError> {
        let key = request::public_key(csr)?;
        let (mut params, not_after_ms) = self.params(self.0.terms.director);
        params.distinguished_name.push(DnType::CommonName, format!("director {director}"));
        params.subject_alt_names = vec![SanType::URI(format!("{DIRECTOR_URI}{director}").try_into()?)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = CertificateDer::from(params.signed_by(&key, &self.0.issuer)?);
        request::same_key(csr, &certificate)?;
        Ok(Signed { fingerprint: fingerprint(&certificate), certificate, not_after_ms })
    }

    /// A certificate for the console with a key of its own, which is never stored. With it, when it ends.
    fn sign_console(&self) -> Result<(CertificateDer<'static>, KeyPair, i64), rcgen::Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let (mut params, not_after_ms) = self.params(self.0.terms.console);
        params.distinguished_name.push(DnType::CommonName, CONSOLE_NAME);
        params.subject_alt_names = vec![SanType::DnsName(CONSOLE_NAME.try_into()?)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        Ok((params.signed_by(&key, &self.0.issuer)?.into(), key, not_after_ms))
    }

    /// What all certificates have in common; with it, when they end in milliseconds since 1970.
    fn params(&self, life: Duration) -> (CertificateParams, i64) {
        let now = epoch(&self.0.clock);
        let mut params = CertificateParams::default();
        params.not_before = date_time_ymd(1970, 1, 1) + now.saturating_sub(self.0.terms.backdate);
        params.not_after = date_time_ymd(1970, 1, 1) + now + life;
        params.serial_number = Some(SerialNumber::from_slice(&serial()));
        params.distinguished_name = DistinguishedName::new();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let not_after_ms = i64::try_from((now + life).as_millis()).unwrap_or(i64::MAX);
        (params, not_after_ms)
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self { director: 30 * DAY, console: 90 * DAY, backdate: DAY / 24 }
    }
}

/// Who shows this certificate; none where it names no director. Call it for certificates that TLS has verified.
pub fn holder(certificate: &CertificateDer<'_>) -> Option<Holder> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let names = parsed.subject_alternative_name().ok()??;
    let director = names.value.general_names.iter().find_map(|name| match name {
        GeneralName::URI(uri) => uri.strip_prefix(DIRECTOR_URI)?.parse().ok(),
        _ => None,
    })?;
    let not_after_ms = parsed.validity().not_after.timestamp().saturating_mul(1000);
    Some(Holder { director, fingerprint: fingerprint(certificate), not_after_ms })
}

fn fingerprint(certificate: &CertificateDer<'_>) -> [u8; 32] {
    Sha256::digest(certificate).into()
}

fn new_ca(clock: &Clock) -> Result<file::Pair, rcgen::Error> {
    // Longer than the machine will live: replacing a CA means enrolling every director anew.
    const LIFE: Duration = Duration::from_secs(20 * 365 * 86_400);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let now = epoch(clock);
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(1970, 1, 1) + now.saturating_sub(DAY);
    params.not_after = date_time_ymd(1970, 1, 1) + now + LIFE;
    params.serial_number = Some(SerialNumber::from_slice(&serial()));
    params.distinguished_name = DistinguishedName::new();
    // Distinct names keep two consoles' CAs apart in logs and trust stores.
    params
        .distinguished_name
        .push(DnType::CommonName, format!("Arapaima agents' CA {}", hex(&serial()[..4])));
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let certificate = params.self_signed(&key)?;
    Ok(file::Pair { key: key.serialize_der(), certificate: certificate.der().to_vec() })
}

/// Sixteen random bytes, positive as RFC 5280 section 4.1.2.2 wants it.
fn serial() -> [u8; 16] {
    let mut serial: [u8; 16] = rand::random();
    serial[0] = serial[0] & 0x7f | 0x40;
    serial
}

fn epoch(clock: &Clock) -> Duration {
    Duration::from_millis(u64::try_from(clock.now_ms()).unwrap_or(0))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
