//! What an agent keeps on disk: who it is, and the last good desired state.
//!
//! Each is one file that is replaced as a whole (written beside, flushed, renamed, directory flushed), so that a crash
//! at any moment leaves the old or the new one. Key and certificate share a file: they can only change together.
//! A directory belongs to one agent at a time; a lock keeps a second one out.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use model::{DirectorId, Generation, MachineRole, SpecHash};
use protocol::{Accepted, MAX_SPEC};
use rustix::fs::{FlockOperation, OFlags};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const IDENTITY: &str = "identity.json";
const DESIRED: &str = "desired";
const LOCK: &str = "lock";

/// First line of the file with the desired state; the number is the format's.
const DESIRED_MAGIC: &str = "arapaima desired 1";

/// An identity file has some 3 kB. Whatever is much longer is something else.
const MAX_IDENTITY: u64 = 64 * 1024;

/// An agent's directory.
#[derive(Debug)]
pub struct State {
    directory: PathBuf,
    /// Held for as long as the directory is in use.
    _lock: File,
    identity: Mutex<Option<Arc<Identity>>>,
}

/// Who this agent is.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The director that it runs on.
    pub director: DirectorId,
    /// The director's name at the time.
    pub name: String,
    /// What the machine is.
    pub role: MachineRole,
    /// Where the console listens, `host:port`.
    pub console: String,
    /// The private key, PKCS #8.
    pub key: PrivateKey,
    /// The certificate for it.
    pub certificate: CertificateDer<'static>,
    /// The console's CA.
    pub ca: CertificateDer<'static>,
    /// Which enrolment this comes from: the hash of its token's secret. A desired state belongs to one enrolment.
    pub enrolment: [u8; 32],
}

/// A private key in PKCS #8. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateKey(Vec<u8>);

/// Why the directory cannot be used. Each says what was attempted and on which file.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
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
    /// Another agent uses it.
    #[error(
        "another agent is running with the state directory {0}; stop it, or give this one a directory of its own"
    )]
    InUse(PathBuf),
    /// Others may read or write what holds the private key.
    #[error(
        "{path} is open to others (mode {mode:03o}); run `chmod {wanted} {path}` if nobody has meddled with it"
    )]
    TooOpen {
        /// The file or directory.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
        /// What they should be.
        wanted: &'static str,
    },
    /// The identity cannot be read.
    #[error(
        "the identity in {path} is damaged ({reason}); move the file away and enrol anew with a token from the \
         director's page"
    )]
    DamagedIdentity {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// The identity file's content. Binary values are base64.
#[derive(Serialize, Deserialize)]
struct IdentityFile {
    director: DirectorId,
    name: String,
    #[serde(default)]
    role: MachineRole,
    console: String,
    key: String,
    certificate: String,
    ca: String,
    enrolment: String,
}

// === impl State ===

impl State {
    /// Opens the directory and makes it (owner only) where it does not exist.
    pub fn open(directory: &Path) -> Result<Self, DiskError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
        made.map_err(io_error("make the state directory", directory))?;
        owner_only(directory, 0o077, "700")?;
        let path = directory.join(LOCK);
        let no_link = OFlags::NOFOLLOW.bits().cast_signed();
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .custom_flags(no_link)
            .open(&path);
        let lock = lock.map_err(io_error("open the lock", &path))?;
        give_to_owner(directory, &lock).map_err(io_error("give the directory's owner the lock", &path))?;
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(DiskError::InUse(directory.to_owned())),
            Err(errno) => return Err(io_error("lock", &path)(errno.into())),
        }
        let identity = read_identity(&directory.join(IDENTITY))?.map(Arc::new);
        Ok(Self { directory: directory.to_owned(), _lock: lock, identity: Mutex::new(identity) })
    }

    /// Who this agent is; none before it has enrolled.
    pub fn identity(&self) -> Option<Arc<Identity>> {
        self.identity.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stores who this agent is from now on. Blocks until it is on disk.
    pub fn store_identity(&self, identity: Identity) -> Result<Arc<Identity>, DiskError> {
        let file = IdentityFile {
            director: identity.director,
            name: identity.name.clone(),
            role: identity.role,
            console: identity.console.clone(),
            key: STANDARD.encode(&identity.key.0),
            certificate: STANDARD.encode(&identity.certificate),
            ca: STANDARD.encode(&identity.ca),
            enrolment: STANDARD.encode(identity.enrolment),
        };
        let path = self.directory.join(IDENTITY);
        // Serialising strings and numbers to memory does not fail; if it did, no file would be touched.
        let json =
            serde_json::to_vec_pretty(&file).map_err(|error| io_error("write", &path)(error.into()))?;
        replace(&self.directory, IDENTITY, &[&json])?;
        let identity = Arc::new(identity);
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&identity));
        Ok(identity)
    }

    /// The last good desired state of this enrolment. A damaged file is put aside with a warning: the console sends the
    /// state anew, and until then nothing is better than something wrong.
    pub fn desired(&self) -> Option<Accepted> {
        let identity = self.identity()?;
        let path = self.directory.join(DESIRED);
        let content = match read_bounded(&path, MAX_SPEC as u64 + 1024) {
            Ok(content) => content?,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "cannot read the last desired state; going on without it");
                return None;
            }
        };
        match parse_desired(&content, &identity.enrolment) {
            Ok(accepted) => Some(accepted),
            Err(reason) => {
                let aside = self.directory.join("desired.damaged");
                let kept = fs::rename(&path, &aside);
                tracing::warn!(
                    path = %path.display(), %reason, kept_as = kept.is_ok().then(|| aside.display().to_string()),
                    "the last desired state cannot be used; going on without it until the console sends it anew"
                );
                None
            }
        }
    }

    /// Stores a desired state as the last good one. Blocks until it is on disk.
    pub fn store_desired(&self, accepted: &Accepted) -> Result<(), DiskError> {
        let enrolment = self.identity().map_or([0; 32], |identity| identity.enrolment);
        let header = desired_header(accepted.generation, &enrolment);
        let checksum = checksum(&header, &accepted.spec);
        let first = format!("{DESIRED_MAGIC} {checksum}\n");
        replace(&self.directory, DESIRED, &[first.as_bytes(), header.as_bytes(), &accepted.spec])
    }
}

// === impl Identity ===

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { director, name, console, .. } = self;
        f.debug_struct("Identity")
            .field("director", director)
            .field("name", name)
            .field("console", console)
            .finish_non_exhaustive()
    }
}

// === impl PrivateKey ===

impl PrivateKey {
    /// A key in PKCS #8.
    pub fn new(der: Vec<u8>) -> Self {
        Self(der)
    }

    /// For TLS.
    pub fn der(&self) -> PrivatePkcs8KeyDer<'_> {
        self.0.as_slice().into()
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

// === identity ===

/// Who an agent is and its last good state, read beside it: it may be running, and nothing is touched.
pub fn look(directory: &Path) -> Result<(Option<Identity>, Option<Accepted>), DiskError> {
    let identity = read_identity(&directory.join(IDENTITY))?;
    let content = read_bounded(&directory.join(DESIRED), MAX_SPEC as u64 + 1024).ok().flatten();
    let desired = identity.as_ref().zip(content).and_then(|(identity, content)| {
        parse_desired(&content, &identity.enrolment)
            .inspect_err(|reason| tracing::warn!(%reason, "the last desired state cannot be used"))
            .ok()
    });
    Ok((identity, desired))
}

fn read_identity(path: &Path) -> Result<Option<Identity>, DiskError> {
    let damaged = |reason: String| DiskError::DamagedIdentity { path: path.to_owned(), reason };
    let Some(content) = read_bounded(path, MAX_IDENTITY).map_err(io_error("read the identity in", path))?
    else {
        return Ok(None);
    };
    owner_only(path, 0o077, "600")?;
    let file: IdentityFile = serde_json::from_slice(&content).map_err(|error| damaged(error.to_string()))?;
    let decode =
        |field: &str, text: &str| STANDARD.decode(text).map_err(|error| damaged(format!("{field}: {error}")));
    let enrolment = decode("enrolment", &file.enrolment)?;
    Ok(Some(Identity {
        director: file.director,
        role: file.role,
        key: PrivateKey(decode("key", &file.key)?),
        certificate: decode("certificate", &file.certificate)?.into(),
        ca: decode("ca", &file.ca)?.into(),
        enrolment: enrolment.try_into().map_err(|_| damaged("enrolment: not 32 bytes".into()))?,
        name: file.name,
        console: file.console,
    }))
}

// === desired state ===

/// `arapaima desired 1 CHECKSUM`, `generation N`, `enrolment HEX`, an empty line, the specification. The checksum covers
/// everything after it.
fn parse_desired(content: &[u8], enrolment: &[u8; 32]) -> Result<Accepted, String> {
    let line = |content: &mut &[u8]| -> Option<String> {
        let end = content.iter().take(200).position(|&byte| byte == b'\n')?;
        let (line, rest) = content.split_at(end);
        *content = &rest[1..];
        String::from_utf8(line.to_vec()).ok()
    };
    let mut rest = content;
    let first = line(&mut rest).ok_or("no first line")?;
    let announced =
        first.strip_prefix(DESIRED_MAGIC).map(str::trim).ok_or("another format, or cut off at its start")?;
    if announced != checksum("", rest) {
        return Err("its checksum does not match: it was cut short or changed".into());
    }
    let generation =
        line(&mut rest).as_deref().and_then(|text| text.strip_prefix("generation ")?.parse().ok());
    let generation = Generation(generation.ok_or("no generation")?);
    let of = line(&mut rest).ok_or("no enrolment")?;
    if of != format!("enrolment {}", SpecHash(*enrolment)) {
        return Err("it belongs to an earlier enrolment of this machine".into());
    }
    line(&mut rest).filter(String::is_empty).ok_or("no empty line after the header")?;
    let spec = Bytes::copy_from_slice(rest);
    Accepted::check(generation, SpecHash::of(&spec), spec).map_err(|error| error.to_string())
}

fn desired_header(generation: Generation, enrolment: &[u8; 32]) -> String {
    format!("generation {generation}\nenrolment {}\n\n", SpecHash(*enrolment))
}

fn checksum(header: &str, rest: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::new().chain_update(header).chain_update(rest).finalize().into();
    SpecHash(digest).to_string()
}

// === files ===

/// Replaces `directory/name` by a file with these parts, or leaves it as it is.
pub(crate) fn replace(directory: &Path, name: &str, parts: &[&[u8]]) -> Result<(), DiskError> {
    let path = directory.join(name);
    let temporary = directory.join(format!("{name}.new"));
    // Anew each time: whoever owns the directory may have put a link there, and root would follow it.
    let gone = fs::remove_file(&temporary);
    gone.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
        .map_err(io_error("replace", &temporary))?;
    let written = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&temporary);
    let written = written.and_then(|mut file| {
        give_to_owner(directory, &file)?;
        parts.iter().try_for_each(|part| file.write_all(part))?;
        file.sync_all()
    });
    written.map_err(io_error("write", &temporary))?;
    fs::rename(&temporary, &path).map_err(io_error("replace", &path))?;
    // Without this a power cut may bring back the old name.
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(io_error("flush", directory))
}

/// What root writes in the agent's directory (`sudo arapaima-agent leave`) is the agent's, or it could not start again.
fn give_to_owner(directory: &Path, file: &File) -> io::Result<()> {
    let (owner, own) = (fs::metadata(directory)?, file.metadata()?);
    if rustix::process::geteuid().is_root() && (owner.uid(), owner.gid()) != (own.uid(), own.gid()) {
        std::os::unix::fs::fchown(file, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(())
}

/// The file's content; none where there is no file.
pub(crate) fn read_bounded(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut content = Vec::new();
    file.take(limit + 1).read_to_end(&mut content)?;
    if content.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {limit} bytes")));
    }
    Ok(Some(content))
}

fn owner_only(path: &Path, forbidden: u32, wanted: &'static str) -> Result<(), DiskError> {
    let mode = fs::metadata(path).map_err(io_error("look at", path))?.mode() & 0o777;
    if mode & forbidden != 0 {
        Err(DiskError::TooOpen { path: path.to_owned(), mode, wanted })
    } else {
        Ok(())
    }
}

fn io_error(attempt: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DiskError {
    let path = path.to_owned();
    move |source| DiskError::Io { attempt, path, source }
}

#[cfg(test)]
mod tests;
