//! The pages' certificate as it is now: read again when its files change, so that nobody has to restart the console to renew one.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::CertificateDer;
use tokio_util::sync::CancellationToken;

use super::tls::{Files, TlsError, fingerprint, make, write};

/// How often the files are looked at.
pub const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A certificate with its key, and where they come from.
#[derive(Debug)]
pub struct Certificate {
    files: Files,
    current: RwLock<Arc<CertifiedKey>>,
    /// The files of `current`, and those that were looked at last.
    seen: Mutex<(Stamp, Stamp)>,
}

/// Where the pages' certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The console has made it.
    Own,
    /// Somebody has uploaded it.
    Uploaded,
    /// It lies in files that the command line names.
    Given(PathBuf),
}

/// What is different after a file was written or replaced, or made readable: inode, size, time of writing and of change (seconds
/// and nanoseconds), of each.
type Stamp = [Option<(u64, u64, [i64; 4])>; 2];

impl Certificate {
    /// The certificate in these files.
    pub(super) fn open(files: Files) -> Result<Self, TlsError> {
        let seen = stamp(&files);
        let current = read(&files)?;
        Ok(Self { files, current: RwLock::new(current), seen: Mutex::new((seen, seen)) })
    }

    /// The certificate that browsers get now, followed by those between it and its root.
    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).cert.clone()
    }

    /// Where it comes from.
    pub fn origin(&self) -> Origin {
        match &self.files {
            Files::Given { certificate, .. } => Origin::Given(certificate.clone()),
            Files::Own { uploaded, .. } if uploaded.exists() => Origin::Uploaded,
            Files::Own { .. } => Origin::Own,
        }
    }

    /// Takes up a certificate with its key, PEM, which has been checked. Not where the command line names the files.
    pub(super) fn upload(&self, pem: &[u8]) -> Result<(), TlsError> {
        let Files::Own { uploaded, .. } = &self.files else { return Ok(()) };
        write(uploaded, pem).map_err(|source| TlsError::Write { path: uploaded.clone(), source })?;
        self.look();
        Ok(())
    }

    /// Goes back to the own certificate, from an uploaded one.
    pub(super) fn withdraw(&self) -> Result<(), TlsError> {
        let Files::Own { uploaded, .. } = &self.files else { return Ok(()) };
        match std::fs::remove_file(uploaded) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(TlsError::Write { path: uploaded.clone(), source });
            }
            _ => {}
        }
        self.look();
        Ok(())
    }

    /// Makes a new own certificate now.
    pub(super) fn renew(&self) -> Result<(), TlsError> {
        let Files::Own { path, listen, clock, .. } = &self.files else { return Ok(()) };
        make(path, *listen, clock)?;
        self.look();
        Ok(())
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
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (taken, tried) = *seen;
        if taken == now {
            return;
        }
        seen.1 = now;
        match read(&self.files) {
            Ok(certificate) => {
                seen.0 = now;
                let sha256 = certificate.cert.first().map(fingerprint);
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = certificate;
                tracing::info!(%path, sha256, "took up the pages' new certificate");
            }
            // It is tried again each time, and said once.
            Err(error) if tried == now => {
                tracing::debug!(%path, %error, "the pages' new certificate still cannot be used");
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
        let times = [data.mtime(), data.mtime_nsec(), data.ctime(), data.ctime_nsec()];
        Some((data.ino(), data.len(), times))
    };
    [of(files.certificate()), of(files.key())]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a certificate with its key; says which one it is.
    fn write(directory: &Path) -> Vec<u8> {
        let key = rcgen::KeyPair::generate().unwrap();
        let made =
            rcgen::CertificateParams::new(vec!["console.test".into()]).unwrap().self_signed(&key).unwrap();
        std::fs::write(directory.join("cert.pem"), made.pem()).unwrap();
        std::fs::write(directory.join("key.pem"), key.serialize_pem()).unwrap();
        made.der().to_vec()
    }

    #[test]
    fn what_could_not_be_read_is_tried_again() {
        let directory = tempfile::tempdir().unwrap();
        let [certificate, key] = ["cert.pem", "key.pem"].map(|name| directory.path().join(name));
        let first = write(directory.path());
        let followed = Certificate::open(Files::Given { certificate, key: key.clone() }).unwrap();
        let shown = || followed.current.read().unwrap().cert[0].to_vec();
        let second = write(directory.path());
        // For a while there is a directory where the key was: the stamp of what was read must not pass for it.
        let aside = directory.path().join("aside.pem");
        std::fs::rename(&key, &aside).unwrap();
        std::fs::create_dir(&key).unwrap();
        followed.look();
        assert_eq!(shown(), first);
        let (taken, tried) = *followed.seen.lock().unwrap();
        assert!(taken != tried && tried == stamp(&followed.files));
        std::fs::remove_dir(&key).unwrap();
        std::fs::rename(&aside, &key).unwrap();
        followed.look();
        assert_eq!(shown(), second);
        let (taken, tried) = *followed.seen.lock().unwrap();
        assert_eq!(taken, tried);
    }

    #[test]
    fn files_that_became_readable_have_another_stamp() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        write(directory.path());
        let [certificate, key] = ["cert.pem", "key.pem"].map(|name| directory.path().join(name));
        let files = Files::Given { certificate, key: key.clone() };
        let before = stamp(&files);
        // The clock of a file system may stand still for some milliseconds.
        let until = std::time::Instant::now() + Duration::from_secs(5);
        while stamp(&files) == before && std::time::Instant::now() < until {
            std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        assert_ne!(stamp(&files), before);
    }
}
