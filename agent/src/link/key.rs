//! Keys and requests for certificates. A key is made here and never leaves the machine.

use model::DirectorId;
use protocol::DIRECTOR_URI;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls_pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::disk::PrivateKey;

/// A new key and the request for a certificate for it.
pub(crate) struct Request {
    /// The key.
    pub(crate) key: PrivateKey,
    /// Its SubjectPublicKeyInfo.
    public: Vec<u8>,
    /// PKCS #10, DER. Who we are is not in it: the console knows, and would not believe us.
    pub(crate) csr: Vec<u8>,
}

/// When a certificate is good: seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
}

/// Makes a key (ECDSA on P-256) and a request.
pub(crate) fn request() -> Result<Request, rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    let csr = params.serialize_request(&key)?;
    let public = rcgen::PublicKeyData::subject_public_key_info(&key);
    Ok(Request { csr: csr.der().to_vec(), public, key: PrivateKey::new(key.serialize_der()) })
}

impl Request {
    /// Checks that `certificate` is the answer to this request, for this director. An error is a sentence.
    pub(crate) fn check(&self, certificate: &CertificateDer<'_>, director: DirectorId) -> Result<(), String> {
        let (_, parsed) =
            X509Certificate::from_der(certificate).map_err(|error| format!("it cannot be read: {error}"))?;
        if parsed.public_key().raw != self.public {
            return Err("it is for another key".into());
        }
        let expected = format!("{DIRECTOR_URI}{director}");
        let names = parsed
            .subject_alternative_name()
            .map_err(|error| format!("its names cannot be read: {error}"))?;
        let named = names.is_some_and(|names| {
            names
                .value
                .general_names
                .iter()
                .any(|name| matches!(name, GeneralName::URI(uri) if *uri == expected))
        });
        if named { Ok(()) } else { Err(format!("it is not for {expected}")) }
    }
}

/// When a certificate is good.
pub(crate) fn validity(certificate: &[u8]) -> Option<Validity> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let validity = parsed.validity();
    Some(Validity { not_before: validity.not_before.timestamp(), not_after: validity.not_after.timestamp() })
}

impl Validity {
    /// When to renew, seconds since 1970: after two thirds of its life.
    pub(crate) fn renew_at(self) -> i64 {
        self.not_before + (self.not_after - self.not_before) / 3 * 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_for_new_keys_and_name_nobody() {
        let (one, other) = (request().unwrap(), request().unwrap());
        assert_ne!(one.public, other.public);
        let read = rcgen::CertificateSigningRequestParams::from_der(&one.csr.as_slice().into()).unwrap();
        assert!(read.params.subject_alt_names.is_empty());
    }

    #[test]
    fn a_certificate_must_be_ours() {
        let request = request().unwrap();
        let uri = format!("{DIRECTOR_URI}7");
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![rcgen::SanType::URI(uri.try_into().unwrap())];
        let other_key = KeyPair::generate().unwrap();
        let other = params.self_signed(&other_key).unwrap();
        assert_eq!(request.check(other.der(), DirectorId(7)), Err("it is for another key".into()));
        let own = KeyPair::try_from(request.key.der().secret_pkcs8_der()).unwrap();
        let ours = params.self_signed(&own).unwrap();
        assert_eq!(request.check(ours.der(), DirectorId(7)), Ok(()));
        assert!(request.check(ours.der(), DirectorId(8)).is_err());
        assert!(request.check(&vec![1, 2, 3].into(), DirectorId(7)).is_err());
    }

    #[test]
    fn renewal_is_due_after_two_thirds() {
        let day = 86_400;
        let validity = Validity { not_before: 1_000, not_after: 1_000 + 30 * day };
        assert_eq!(validity.renew_at(), 1_000 + 20 * day);
    }
}
