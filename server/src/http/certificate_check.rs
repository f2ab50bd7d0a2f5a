//! A certificate that somebody uploads, looked at before browsers get it: does it fit its key, is it good now, does its chain hold.

use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::tls::fingerprint;

/// More in a chain than any site has.
const MOST: usize = 10;

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// The names and addresses that it is good for.
    pub(super) names: Vec<String>,
    /// Who signed it; empty for itself.
    pub(super) issuer: String,
    /// From when on it is good, in milliseconds since 1970.
    pub(super) from_ms: i64,
    /// Until when.
    pub(super) until_ms: i64,
    /// SHA-256.
    pub(super) fingerprint: String,
}

/// Why a certificate or its key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// No certificate in it.
    NoCertificate,
    /// No private key in it that can be read.
    NoKey,
    /// They do not belong together.
    Mismatch,
    /// It names no host.
    Nameless,
    /// It is over since this moment, in milliseconds since 1970.
    Expired(i64),
    /// It begins at this moment only.
    NotYet(i64),
    /// One is not signed by the next; the library's words.
    Chain(String),
}

/// A certificate that can be used.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    /// Key and chain, PEM, as they are kept.
    pub(super) pem: Vec<u8>,
    /// What the first of the chain says.
    pub(super) facts: Facts,
}

/// Looks at a certificate with those between it and its root, and at its key, both PEM, at a moment in milliseconds since 1970.
pub(super) fn check(certificate: &[u8], key: &[u8], now_ms: i64) -> Result<Fit, Vec<Unfit>> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).take(MOST + 1).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty() && chain.len() <= MOST);
    let facts = chain.as_ref().and_then(|chain| facts(chain.first()?));
    let private = PrivateKeyDer::from_pem_slice(key).ok();
    let mut wrong = Vec::new();
    if facts.is_none() {
        wrong.push(Unfit::NoCertificate);
    }
    if private.is_none() {
        wrong.push(Unfit::NoKey);
    }
    let (Some(chain), Some(facts), Some(private)) = (chain, facts, private) else { return Err(wrong) };
    if CertifiedKey::from_der(chain.clone(), private, &aws_lc_rs::default_provider()).is_err() {
        wrong.push(Unfit::Mismatch);
    }
    if facts.names.is_empty() {
        wrong.push(Unfit::Nameless);
    }
    if facts.until_ms <= now_ms {
        wrong.push(Unfit::Expired(facts.until_ms));
    } else if facts.from_ms > now_ms {
        wrong.push(Unfit::NotYet(facts.from_ms));
    } else if let Err(error) = holds(&chain, &facts, now_ms)
        && !facts.names.is_empty()
    {
        wrong.push(Unfit::Chain(error));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut pem = key.to_vec();
    pem.push(b'\n');
    pem.extend_from_slice(certificate);
    Ok(Fit { pem, facts })
}

/// What a certificate says; none for one that cannot be read.
pub(super) fn facts(certificate: &CertificateDer<'_>) -> Option<Facts> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let names = parsed.subject_alternative_name().ok().flatten().map(|extension| {
        let names = extension.value.general_names.iter().filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(bytes) => address(bytes),
            _ => None,
        });
        names.collect::<Vec<_>>()
    });
    let own = parsed.issuer() == parsed.subject();
    let validity = parsed.validity();
    Some(Facts {
        names: names.unwrap_or_default(),
        issuer: if own { String::new() } else { parsed.issuer().to_string() },
        from_ms: validity.not_before.timestamp().saturating_mul(1000),
        until_ms: validity.not_after.timestamp().saturating_mul(1000),
        fingerprint: fingerprint(certificate),
    })
}

/// Whether each certificate is signed by the next one. Whether browsers trust the last one's signer is theirs to say.
fn holds(chain: &[CertificateDer<'static>], facts: &Facts, now_ms: i64) -> Result<(), String> {
    let [leaf, between @ ..] = chain else { return Ok(()) };
    // Alone, and signed by somebody else: there is nothing to follow.
    if between.is_empty() && !facts.issuer.is_empty() {
        return Ok(());
    }
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let mut roots = RootCertStore::empty();
    let last = between.last().unwrap_or(leaf);
    roots.add(last.clone()).map_err(|error| said(&error))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    let verifier = verifier.map_err(|error| said(&error))?;
    let name = facts.names.first().map_or("localhost", String::as_str).replace('*', "any");
    let name = ServerName::try_from(name).map_err(|error| said(&error))?;
    let now = UnixTime::since_unix_epoch(Duration::from_millis(u64::try_from(now_ms).unwrap_or(0)));
    verifier.verify_server_cert(leaf, between, &name, &[], now).map_err(|error| said(&error))?;
    Ok(())
}

fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(std::net::Ipv4Addr::from(four).to_string());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|sixteen| std::net::Ipv6Addr::from(sixteen).to_string())
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};

    use super::*;

    const NOW: i64 = 1_795_347_605_000;

    fn params(name: &str, days: u32) -> CertificateParams {
        let day = |n: u32| rcgen::date_time_ymd(2026, 11, 22) + Duration::from_secs(86_400) * n;
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = day(0);
        params.not_after = day(days);
        params.distinguished_name.push(DnType::CommonName, name);
        params
    }

    fn own(name: &str) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        (params(name, 90).self_signed(&key).unwrap(), key)
    }

    /// A leaf, the CA that signed it, and the leaf's key.
    fn signed() -> (Certificate, Certificate, KeyPair) {
        let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let mut ca = params("ca.test", 90);
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_certificate = ca.self_signed(&ca_key).unwrap();
        let issuer = Issuer::from_params(&ca, &ca_key);
        let leaf = params("console.test", 90).signed_by(&key, &issuer).unwrap();
        (leaf, ca_certificate, key)
    }

    #[test]
    fn a_certificate_that_fits_is_kept_with_its_facts() {
        let (certificate, key) = own("console.test");
        let fit = check(certificate.pem().as_bytes(), key.serialize_pem().as_bytes(), NOW).unwrap();
        assert_eq!(
            (fit.facts.names.as_slice(), fit.facts.issuer.as_str()),
            (&["console.test".to_owned()][..], "")
        );
        assert!(fit.facts.from_ms < NOW && fit.facts.until_ms > NOW);
        let (leaf, ca, key) = signed();
        let chain = format!("{}{}", leaf.pem(), ca.pem());
        let fit = check(chain.as_bytes(), key.serialize_pem().as_bytes(), NOW).unwrap();
        assert!(fit.facts.issuer.contains("ca.test"), "{}", fit.facts.issuer);
        assert!(check(leaf.pem().as_bytes(), key.serialize_pem().as_bytes(), NOW).is_ok(), "alone");
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let (certificate, key) = own("console.test");
        let (pem, key_pem) = (certificate.pem(), key.serialize_pem());
        let check = |certificate: &str, key: &str, now| {
            check(certificate.as_bytes(), key.as_bytes(), now).unwrap_err()
        };
        assert_eq!(check("", "", NOW), [Unfit::NoCertificate, Unfit::NoKey]);
        assert_eq!(check(&key_pem, &pem, NOW), [Unfit::NoCertificate, Unfit::NoKey], "the one for the other");
        let (_, other) = own("other.test");
        assert_eq!(check(&pem, &other.serialize_pem(), NOW), [Unfit::Mismatch]);
        let late = NOW + 100 * 86_400_000;
        assert!(matches!(check(&pem, &key_pem, late)[..], [Unfit::Expired(_)]));
        assert!(matches!(check(&pem, &key_pem, NOW - 86_400_000)[..], [Unfit::NotYet(_)]));
        let (leaf, _, key) = signed();
        let (stranger, _) = own("stranger.test");
        let broken = format!("{}{}", leaf.pem(), stranger.pem());
        assert!(matches!(check(&broken, &key.serialize_pem(), NOW)[..], [Unfit::Chain(_)]));
    }
}
