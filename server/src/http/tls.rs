//! TLS for the pages: a given certificate, or one of the console's own.
//!
//! The own one is signed by itself and by nobody else. Browsers warn once and remember it, so it is kept on disk. It is not signed by
//! the agents' CA on purpose: whoever told a browser to trust that CA would trust it for every site.

use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, PKCS_ECDSA_P256_SHA256,
};

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::ResolvesServerCert;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::certificate::Certificate;
use crate::clock::Clock;
use crate::config::{Config, Tls};

/// Why the pages cannot be protected.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("cannot read {what} from {path}; it must be a PEM file readable by this user")]
    Read {
        /// Certificate or key.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    /// They do not fit together.
    #[error("cannot use the certificate {path}; do certificate and key belong together?")]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// The own certificate cannot be made.
    #[error("cannot make a certificate for the pages")]
    Own(#[source] rcgen::Error),
    /// The own certificate cannot be kept.
    #[error("cannot write the pages' certificate to {path}")]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Browsers take no more from a public CA since 2020 (Baseline Requirements 6.3.2), and some apply it to all.
const OWN_LIFE: Duration = Duration::from_secs(397 * 86_400);
/// So long before the end a new one is made.
const OWN_RENEW: Duration = Duration::from_secs(30 * 86_400);

/// Where a certificate and its key come from.
#[derive(Clone, Debug)]
pub(super) enum Files {
    /// Somebody else writes them.
    Given {
        /// The certificate and those between it and its root.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// The console writes them, both into one file.
    Own {
        /// Which file.
        path: PathBuf,
        /// Which one somebody has uploaded; while it is there, it counts.
        uploaded: PathBuf,
        /// For the names in it.
        listen: SocketAddr,
        /// For its time.
        clock: Clock,
    },
}

/// What protects the pages.
#[derive(Clone, Debug)]
pub struct Protection {
    /// What the listener needs.
    pub server: Arc<ServerConfig>,
    /// The certificate in it, which is renewed while it is followed.
    pub certificate: Arc<Certificate>,
}

/// What protects the pages; `None` for plain HTTP.
pub fn protection(config: &Config, clock: &Clock) -> Result<Option<Protection>, TlsError> {
    let files = match &config.tls {
        Tls::Off => return Ok(None),
        Tls::Files { certificate, key } => {
            Files::Given { certificate: certificate.clone(), key: key.clone() }
        }
        Tls::Own => {
            let [path, uploaded] = ["pages.pem", "pages-uploaded.pem"].map(|name| config.data.join(name));
            Files::Own { path, uploaded, listen: config.listen, clock: clock.clone() }
        }
    };
    files.renew()?;
    let path = files.certificate().to_owned();
    let certificate = Arc::new(Certificate::open(files)?);
    let unusable = |source| TlsError::Unusable { path: path.clone(), source };
    let mut server = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::clone(&certificate) as Arc<dyn ResolvesServerCert>);
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(Protection { server: Arc::new(server), certificate }))
}

impl Files {
    /// The file with the certificate.
    pub(super) fn certificate(&self) -> &Path {
        match self {
            Self::Given { certificate, .. } => certificate,
            Self::Own { uploaded, .. } if uploaded.exists() => uploaded,
            Self::Own { path, .. } => path,
        }
    }

    /// The file with the key.
    pub(super) fn key(&self) -> &Path {
        match self {
            Self::Given { key, .. } => key,
            Self::Own { .. } => self.certificate(),
        }
    }

    /// Makes an own certificate where there is none, or one that ends soon.
    pub(super) fn renew(&self) -> Result<(), TlsError> {
        match self {
            Self::Given { .. } => Ok(()),
            Self::Own { path, listen, clock, .. } => own(path, *listen, clock),
        }
    }

    /// Certificate chain and key.
    pub(super) fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
        let (chain, key) = (certificates(self.certificate())?, private_key(self.key())?);
        if let (Self::Own { path, .. }, Some(certificate)) = (self, chain.first())
            && self.certificate() == path
        {
            let sha256 = fingerprint(certificate);
            tracing::info!(sha256, "browsers will ask about the console's own certificate");
        }
        Ok((chain, key))
    }
}

/// Sees to it that there is a usable certificate with its key in `path`.
fn own(path: &Path, listen: SocketAddr, clock: &Clock) -> Result<(), TlsError> {
    let soon = clock.now_ms() / 1000 + i64::try_from(OWN_RENEW.as_secs()).unwrap_or(0);
    let usable = certificates(path).is_ok_and(|chain| chain.first().is_some_and(|own| ends(own) > soon));
    if usable && private_key(path).is_ok() {
        return Ok(());
    }
    make(path, listen, clock)
}

/// Makes an own certificate with its key in `path`, in place of any before.
pub(super) fn make(path: &Path, listen: SocketAddr, clock: &Clock) -> Result<(), TlsError> {
    let now = Duration::from_millis(u64::try_from(clock.now_ms()).unwrap_or(0));
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(TlsError::Own)?;
    let mut params = CertificateParams::new(names(listen)).map_err(TlsError::Own)?;
    // An hour of it for clocks that are behind.
    params.not_before = rcgen::date_time_ymd(1970, 1, 1) + now.saturating_sub(Duration::from_secs(3600));
    params.not_after = rcgen::date_time_ymd(1970, 1, 1) + now + OWN_LIFE;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Arapaima console");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.self_signed(&key).map_err(TlsError::Own)?;
    let text = format!("{}{}", key.serialize_pem(), certificate.pem());
    write(path, text.as_bytes()).map_err(|source| TlsError::Write { path: path.to_owned(), source })
}

/// Beside, flushed, renamed: a crash leaves the old file or the new one.
pub(super) fn write(path: &Path, text: &[u8]) -> std::io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let beside = path.with_extension("new");
    let mut file =
        std::fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

/// When a certificate ends, in seconds since 1970; 0 for one that cannot be read.
fn ends(certificate: &CertificateDer<'_>) -> i64 {
    X509Certificate::from_der(certificate).map_or(0, |(_, parsed)| parsed.validity().not_after.timestamp())
}

pub(super) fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let bytes = Sha256::digest(certificate);
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// The names that a browser may use for this machine.
fn names(listen: SocketAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if !host.is_empty() && host.is_ascii() && !names.contains(&host) {
        names.push(host);
    }
    let address = listen.ip().to_string();
    if !listen.ip().is_unspecified() && !names.contains(&address) {
        names.push(address);
    }
    names
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |source| TlsError::Read { what: "a certificate", path: path.to_owned(), source };
    let chain: Vec<_> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<_, _>>).map_err(failed)?;
    if chain.is_empty() { Err(failed(rustls_pki_types::pem::Error::NoItemsFound)) } else { Ok(chain) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let failed = |source| TlsError::Read { what: "a private key", path: path.to_owned(), source };
    PrivateKeyDer::from_pem_file(path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 3636);
    const YEAR_MS: i64 = 365 * 86_400_000;

    #[test]
    fn the_own_certificate_is_kept_and_renewed_before_its_end() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data/pages.pem");
        let at = |ms| Clock::from_fn(move || ms);
        own(&path, LISTEN, &at(50 * YEAR_MS)).unwrap();
        let first = std::fs::read(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        own(&path, LISTEN, &at(51 * YEAR_MS)).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), first, "kept");
        own(&path, LISTEN, &at(51 * YEAR_MS + 10 * 86_400_000)).unwrap();
        assert_ne!(std::fs::read(&path).unwrap(), first, "renewed");
        std::fs::write(&path, "damaged").unwrap();
        own(&path, LISTEN, &at(51 * YEAR_MS)).unwrap();
        assert_eq!(certificates(&path).unwrap().len(), 1);
    }
}
