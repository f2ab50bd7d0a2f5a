//! The pages' certificate as it is now: read again when its files change, so that nobody has to restart the console to renew one.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_util::sync::CancellationToken;

use super::tls::{Files, TlsError, fingerprint};

/// How often the files are looked at.
pub const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A certificate with its key, and where they come from.
#[derive(Debug)]
pub struct Certificate {
    files: Files,
    current: RwLock<Arc<CertifiedKey>>,
    seen: Mutex<Stamp>,
}

/// What is different after a file was written or replaced: inode, size and time of change, of each.
type Stamp = [Option<(u64, u64, i64, i64)>; 2];

impl Certificate {
    /// The certificate in these files.
    pub(super) fn open(files: Files) -> Result<Self, TlsError> {
        let seen = stamp(&files);
        let current = read(&files)?;
        Ok(Self { files, current: RwLock::new(current), seen: Mutex::new(seen) })
    }

    /// Looks at the files until `closing`.
    pub async fn follow(self: Arc<Self>, closing: CancellationToken) {
        while closing.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
            let this = Arc::clone(&self);
            // Files may be slow.
            if let Err(error) = tokio::task::spawn_blocking(move || this.look()).await {
                tracing::error!(%error, "cannot look at the pages' certificate");
            }
        }
    }

    /// Takes the files' certificate up where they have changed. One that cannot be used changes nothing: browsers get the one
    /// before.
    pub(super) fn look(&self) {
        let path = self.files.certificate().display();
        if let Err(error) = self.files.renew() {
            tracing::error!(%path, error = &error as &dyn std::error::Error, "cannot renew the pages' own certificate");
        }
        // Before reading: what changes meanwhile is found the next time.
        let now = stamp(&self.files);
        if std::mem::replace(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner), now) == now {
            return;
        }
        match read(&self.files) {
            Ok(certificate) => {
                let sha256 = certificate.cert.first().map(fingerprint);
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = certificate;
                tracing::info!(%path, sha256, "took up the pages' new certificate");
            }
            Err(error) => tracing::error!(
                %path, error = &error as &dyn std::error::Error,
                "the pages' new certificate cannot be used; browsers still get the one before"
            ),
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn read(files: &Files) -> Result<Arc<CertifiedKey>, TlsError> {
    let (chain, key) = files.read()?;
    let certified = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider());
    let unusable = |source| TlsError::Unusable { path: files.certificate().to_owned(), source };
    Ok(Arc::new(certified.map_err(unusable)?))
}

fn stamp(files: &Files) -> Stamp {
    let of = |path: &Path| {
        let data = std::fs::metadata(path).ok()?;
        Some((data.ino(), data.len(), data.mtime(), data.mtime_nsec()))
    };
    [of(files.certificate()), of(files.key())]
}
