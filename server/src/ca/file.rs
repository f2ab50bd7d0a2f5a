//! The CA's file: key and certificate together, so that a crash leaves both or neither.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};

const NAME: &str = "agents-ca.pem";

/// A private key (PKCS #8) and its certificate, both DER.
pub(super) struct Pair {
    pub(super) key: Vec<u8>,
    pub(super) certificate: Vec<u8>,
}

/// Why there is no CA.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// The system refused.
    #[error("cannot {attempt} {path}")]
    Io {
        /// What was attempted.
        attempt: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// Others may read or write the key.
    #[error(
        "{path} is open to others (mode {mode:03o}); whoever read the key in it can pose as a director or as this \
         console. If nobody did, run `chmod {wanted} {path}`; if in doubt, move it away and enrol all directors anew"
    )]
    TooOpen {
        /// The file or directory.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
        /// What they should be.
        wanted: &'static str,
    },
    /// The file cannot be used.
    #[error(
        "the agents' CA in {path} is damaged ({reason}); restore it from a copy, or move it away and enrol all directors \
         anew"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No key could be made.
    #[error("cannot make the agents' CA")]
    Make(#[source] rcgen::Error),
    /// TLS cannot be set up with it.
    #[error("cannot set up TLS for the agents' listener")]
    Tls(#[source] rustls::Error),
}

impl CaError {
    pub(super) fn damaged(directory: &Path, reason: &dyn std::fmt::Display) -> Self {
        Self::Damaged { path: directory.join(NAME), reason: reason.to_string() }
    }
}

/// Reads the CA in `directory`, or writes the one that `make` makes.
pub(super) fn open(
    directory: &Path,
    make: impl FnOnce() -> Result<Pair, rcgen::Error>,
) -> Result<Pair, CaError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
    made.map_err(io_error("make the directory", directory))?;
    owner_only(directory, "700")?;
    let path = directory.join(NAME);
    match fs::read(&path) {
        Ok(text) => {
            owner_only(&path, "600")?;
            parse(&text).map_err(|reason| CaError::damaged(directory, &reason))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            write(directory, &path, &make().map_err(CaError::Make)?)?;
            // Another process may have been first (`serve` and a command at the same moment); the file decides.
            let text = fs::read(&path).map_err(io_error("read", &path))?;
            parse(&text).map_err(|reason| CaError::damaged(directory, &reason))
        }
        Err(error) => Err(io_error("read", &path)(error)),
    }
}

fn parse(text: &[u8]) -> Result<Pair, String> {
    let key = PrivatePkcs8KeyDer::from_pem_slice(text).map_err(|error| format!("private key: {error}"))?;
    let certificate =
        CertificateDer::from_pem_slice(text).map_err(|error| format!("certificate: {error}"))?;
    Ok(Pair { key: key.secret_pkcs8_der().to_vec(), certificate: certificate.to_vec() })
}

/// Writes beside, flushes, and links: unlike a rename, this never replaces a CA that is there.
fn write(directory: &Path, path: &Path, pair: &Pair) -> Result<(), CaError> {
    let text = format!("{}{}", pem("PRIVATE KEY", &pair.key), pem("CERTIFICATE", &pair.certificate));
    let temporary = directory.join(format!("{NAME}.{}", std::process::id()));
    let written = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&temporary);
    let written = written.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(io_error("write", &temporary))?;
    let linked = match fs::hard_link(&temporary, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(io_error("write", path)(error)),
        _ => Ok(()),
    };
    fs::remove_file(&temporary).map_err(io_error("remove", &temporary))?;
    linked?;
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(io_error("flush", directory))
}

/// RFC 7468: base64 in lines of 64 characters between two marks.
fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: String = text
        .as_bytes()
        .chunks(64)
        .flat_map(|line| line.iter().chain(b"\n"))
        .map(|&b| char::from(b))
        .collect();
    format!("-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
}

fn owner_only(path: &Path, wanted: &'static str) -> Result<(), CaError> {
    let mode = fs::metadata(path).map_err(io_error("look at", path))?.mode() & 0o777;
    if mode & 0o077 != 0 { Err(CaError::TooOpen { path: path.to_owned(), mode, wanted }) } else { Ok(()) }
}

fn io_error(attempt: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CaError {
    let path = path.to_owned();
    move |source| CaError::Io { attempt, path, source }
}
