use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};

use rcgen::{PKCS_ECDSA_P384_SHA384, PKCS_ED25519};
use rustls::crypto::aws_lc_rs;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, client::WebPkiServerVerifier};
use rustls_pki_types::{ServerName, UnixTime};

use super::*;

/// 2026-11-22.
const NOW_MS: i64 = 1_795_305_600_000;

struct Fixture {
    ca: Ca,
    path: PathBuf,
    now_ms: Arc<AtomicI64>,
    _directory: tempfile::TempDir,
}

fn fixture() -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ca");
    let now_ms = Arc::new(AtomicI64::new(NOW_MS));
    let read = Arc::clone(&now_ms);
    let clock = Clock::from_fn(move || read.load(Ordering::Relaxed));
    let ca = Ca::open_with(&path, Terms::default(), clock).unwrap();
    Fixture { ca, path, now_ms, _directory: directory }
}

fn csr(params: &CertificateParams, algorithm: &'static rcgen::SignatureAlgorithm) -> Vec<u8> {
    params.serialize_request(&KeyPair::generate_for(algorithm).unwrap()).unwrap().der().to_vec()
}

fn at(ms: i64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_millis(ms.unsigned_abs()))
}

fn roots(ca: &Ca) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(ca.certificate().clone()).unwrap();
    Arc::new(roots)
}

fn verify_client(ca: &Ca, certificate: &CertificateDer<'_>, ms: i64) -> Result<(), rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(roots(ca), provider).build().unwrap();
    verifier.verify_client_cert(certificate, &[], at(ms)).map(drop)
}

fn verify_console(ca: &Ca, certificate: &CertificateDer<'_>, ms: i64) -> Result<(), rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots(ca), provider).build().unwrap();
    let name = ServerName::try_from(CONSOLE_NAME).unwrap();
    rustls::client::danger::ServerCertVerifier::verify_server_cert(
        &*verifier,
        certificate,
        &[],
        &name,
        &[],
        at(ms),
    )
    .map(drop)
}

#[test]
fn the_ca_is_made_once_and_found_again() {
    let fixture = fixture();
    let again = Ca::open(&fixture.path).unwrap();
    assert_eq!(again.spki(), fixture.ca.spki());
    assert_eq!(again.certificate(), fixture.ca.certificate());
    let files: Vec<_> =
        fs::read_dir(&fixture.path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["agents-ca.pem"]);
}

#[test]
fn only_the_owner_may_read_the_key() {
    let fixture = fixture();
    let file = fixture.path.join("agents-ca.pem");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&fixture.path), mode(&file)), (0o700, 0o600));
    for (path, open, shut) in [(&file, 0o640, 0o600), (&file, 0o604, 0o600), (&fixture.path, 0o750, 0o700)] {
        fs::set_permissions(path, fs::Permissions::from_mode(open)).unwrap();
        let refused = Ca::open(&fixture.path).err().unwrap().to_string();
        assert!(refused.contains(&format!("mode {open:o}")) && refused.contains("chmod"), "{refused}");
        fs::set_permissions(path, fs::Permissions::from_mode(shut)).unwrap();
    }
    assert!(Ca::open(&fixture.path).is_ok());
}

#[test]
fn a_damaged_file_is_an_error_in_words_and_is_never_replaced() {
    let fixture = fixture();
    let file = fixture.path.join("agents-ca.pem");
    let whole = fs::read(&file).unwrap();
    for end in (0..whole.len() - 1).step_by(37) {
        fs::write(&file, &whole[..end]).unwrap();
        let refused = Ca::open(&fixture.path).err().unwrap();
        assert!(matches!(refused, CaError::Damaged { .. }), "cut at {end}: {refused}");
        assert_eq!(fs::read(&file).unwrap(), whole[..end]);
    }
    let other = self::fixture();
    let foreign = fs::read_to_string(other.path.join("agents-ca.pem")).unwrap();
    let certificate = foreign.find("-----BEGIN CERT").unwrap();
    let own = String::from_utf8(whole).unwrap();
    let mixed = format!("{}{}", &own[..own.find("-----BEGIN CERT").unwrap()], &foreign[certificate..]);
    fs::write(&file, mixed).unwrap();
    let refused = Ca::open(&fixture.path).err().unwrap().to_string();
    assert!(refused.contains("do not belong together"), "{refused}");
}

#[test]
fn a_director_is_who_the_console_says_and_not_who_it_says() {
    let fixture = fixture();
    let mut params = CertificateParams::new(vec![CONSOLE_NAME.to_owned()]).unwrap();
    params.subject_alt_names.push(SanType::URI(format!("{DIRECTOR_URI}1").try_into().unwrap()));
    params.distinguished_name.push(DnType::CommonName, "director 1");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let signed = fixture.ca.sign_director(&csr(&params, &PKCS_ECDSA_P256_SHA256), DirectorId(7)).unwrap();
    let holder = holder(&signed.certificate).unwrap();
    assert_eq!((holder.director, holder.fingerprint), (DirectorId(7), signed.fingerprint));
    assert_eq!(holder.not_after_ms, NOW_MS + 30 * 86_400_000);
    let (_, parsed) = X509Certificate::from_der(&signed.certificate).unwrap();
    let names = parsed.subject_alternative_name().unwrap().unwrap();
    assert_eq!(names.value.general_names.len(), 1);
    assert!(!parsed.is_ca());
    verify_client(&fixture.ca, &signed.certificate, NOW_MS).unwrap();
    verify_console(&fixture.ca, &signed.certificate, NOW_MS).unwrap_err();
}

#[test]
fn certificates_end() {
    let fixture = fixture();
    let csr = csr(&CertificateParams::default(), &PKCS_ED25519);
    let signed = fixture.ca.sign_director(&csr, DirectorId(7)).unwrap();
    verify_client(&fixture.ca, &signed.certificate, signed.not_after_ms - 1).unwrap();
    verify_client(&fixture.ca, &signed.certificate, signed.not_after_ms + 1000).unwrap_err();
    verify_client(&fixture.ca, &signed.certificate, NOW_MS - 3_700_000).unwrap_err();
}

#[test]
fn another_ca_is_not_trusted() {
    let (fixture, other) = (fixture(), fixture());
    assert_ne!(fixture.ca.spki(), other.ca.spki());
    let csr = csr(&CertificateParams::default(), &PKCS_ECDSA_P256_SHA256);
    let signed = other.ca.sign_director(&csr, DirectorId(1)).unwrap();
    verify_client(&fixture.ca, &signed.certificate, NOW_MS).unwrap_err();
}

#[test]
fn requests_are_checked() {
    let fixture = fixture();
    let sign = |csr: &[u8]| fixture.ca.sign_director(csr, DirectorId(1));
    let good = csr(&CertificateParams::default(), &PKCS_ECDSA_P384_SHA384);
    sign(&good).unwrap();
    for index in [good.len() - 1, good.len() / 2] {
        let mut changed = good.clone();
        changed[index] ^= 1;
        assert!(matches!(sign(&changed), Err(RequestError::Unreadable(_))), "changed at {index}");
    }
    for end in 0..good.len() {
        assert!(sign(&good[..end]).is_err(), "cut at {end}");
    }
    assert!(matches!(sign(&vec![0; MAX_CSR_PLUS_ONE]), Err(RequestError::TooLarge(MAX_CSR_PLUS_ONE))));
    let rsa = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let rsa = CertificateParams::default().serialize_request(&rsa).unwrap();
    assert!(matches!(sign(rsa.der()), Err(RequestError::KeyType)));
}

const MAX_CSR_PLUS_ONE: usize = protocol::MAX_CSR + 1;

#[test]
fn the_consoles_certificate_renews_itself_in_time() {
    let fixture = fixture();
    let (_, certificate) = fixture.ca.tls().unwrap();
    let first = certificate.key();
    let leaf = |key: &rustls::sign::CertifiedKey| key.cert[0].clone();
    verify_console(&fixture.ca, &leaf(&first), NOW_MS).unwrap();
    verify_client(&fixture.ca, &leaf(&first), NOW_MS).unwrap_err();
    assert_eq!(first.cert[1], *fixture.ca.certificate());

    let day = 86_400_000;
    fixture.now_ms.store(NOW_MS + 59 * day, Ordering::Relaxed);
    assert!(!fixture.ca.renew(&certificate).unwrap());
    fixture.now_ms.store(NOW_MS + 61 * day, Ordering::Relaxed);
    assert!(fixture.ca.renew(&certificate).unwrap());
    let second = certificate.key();
    assert_ne!(leaf(&first), leaf(&second));
    verify_console(&fixture.ca, &leaf(&second), NOW_MS + 100 * day).unwrap();
    verify_console(&fixture.ca, &leaf(&first), NOW_MS + 100 * day).unwrap_err();
}
