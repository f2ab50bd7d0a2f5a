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
use model::{DirectorId, Generation, SpecHash};
use protocol::{Accepted, MAX_SPEC};
use rustix::fs::FlockOperation;
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
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let lock = lock.map_err(io_error("open the lock", &path))?;
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
fn replace(directory: &Path, name: &str, parts: &[&[u8]]) -> Result<(), DiskError> {
    let path = directory.join(name);
    let temporary = directory.join(format!("{name}.new"));
    let written = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&temporary);
    let written = written.and_then(|mut file| {
        parts.iter().try_for_each(|part| file.write_all(part))?;
        file.sync_all()
    });
    written.map_err(io_error("write", &temporary))?;
    fs::rename(&temporary, &path).map_err(io_error("replace", &path))?;
    // Without this a power cut may bring back the old name.
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(io_error("flush", directory))
}

/// The file's content; none where there is no file.
fn read_bounded(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
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
mod tests {
    use std::io::BufRead as _;
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::{Command, Stdio};

    use model::{Cluster, Desired, Name};

    use super::*;

    fn identity() -> Identity {
        Identity {
            director: DirectorId(4),
            name: "vs1".into(),
            console: "console:3637".into(),
            key: PrivateKey(vec![1; 40]),
            certificate: vec![2; 50].into(),
            ca: vec![3; 60].into(),
            enrolment: [4; 32],
        }
    }

    fn accepted(generation: u64) -> Accepted {
        let cluster = Cluster::new(Name::parse(&format!("web{generation}")).unwrap());
        let spec = Bytes::from(Desired { running: true, cluster }.canonical());
        Accepted::check(Generation(generation), SpecHash::of(&spec), spec).unwrap()
    }

    fn enrolled(directory: &Path) -> State {
        let state = State::open(directory).unwrap();
        state.store_identity(identity()).unwrap();
        state
    }

    #[test]
    fn identity_and_desired_state_survive_a_restart() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("made/here");
        let state = State::open(&path).unwrap();
        assert_eq!(state.identity(), None);
        assert_eq!(state.desired(), None);
        state.store_identity(identity()).unwrap();
        state.store_desired(&accepted(3)).unwrap();
        drop(state);
        let state = State::open(&path).unwrap();
        assert_eq!(*state.identity().unwrap(), identity());
        assert_eq!(state.desired(), Some(accepted(3)));
    }

    #[test]
    fn only_the_owner_may_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        let state = enrolled(&path);
        state.store_desired(&accepted(1)).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        for file in [IDENTITY, DESIRED, LOCK] {
            assert_eq!(mode(&path.join(file)), 0o600, "{file}");
        }
        drop(state);
        fs::set_permissions(path.join(IDENTITY), fs::Permissions::from_mode(0o640)).unwrap();
        let refused = State::open(&path).unwrap_err();
        assert!(refused.to_string().contains("mode 640"), "{refused}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let refused = State::open(&path).unwrap_err();
        assert!(refused.to_string().contains("chmod 700"), "{refused}");
    }

    #[test]
    fn a_second_agent_is_kept_out() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        let first = State::open(&path).unwrap();
        assert!(matches!(State::open(&path), Err(DiskError::InUse(_))));
        drop(first);
        assert!(State::open(&path).is_ok());
    }

    /// A crash while the new file is written leaves a part of it under the temporary name.
    #[test]
    fn a_crash_at_any_byte_of_a_write_leaves_the_old_state() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        let state = enrolled(&path);
        state.store_desired(&accepted(2)).unwrap();
        let whole = fs::read(path.join(DESIRED)).unwrap();
        state.store_desired(&accepted(1)).unwrap();
        for end in 0..whole.len() {
            fs::write(path.join("desired.new"), &whole[..end]).unwrap();
            assert_eq!(state.desired(), Some(accepted(1)), "cut at {end}");
        }
        state.store_desired(&accepted(3)).unwrap();
        assert_eq!(state.desired(), Some(accepted(3)));
    }

    /// The test's own program writes states as fast as it can, and is killed in the midst of it, again and again.
    #[test]
    fn a_kill_at_any_moment_leaves_what_was_stored_or_the_next() {
        const WRITER: &str = "ARAPAIMA_TEST_WRITES_TO";
        if let Some(directory) = std::env::var_os(WRITER) {
            let state = State::open(Path::new(&directory)).unwrap();
            for generation in state.desired().map_or(0, |accepted| accepted.generation.0) + 1.. {
                state.store_desired(&accepted(generation)).unwrap();
                println!("stored {generation}");
            }
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        drop(enrolled(&path));
        let mut stored = 0;
        for round in 0..20 {
            let this = "disk::tests::a_kill_at_any_moment_leaves_what_was_stored_or_the_next";
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", this, "--nocapture", "--test-threads=1"])
                .env(WRITER, &path)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = io::BufReader::new(child.stdout.take().unwrap()).lines();
            let mut next =
                || lines.find_map(|line| line.unwrap().strip_prefix("stored ")?.parse::<u64>().ok());
            for _ in 0..=round % 5 {
                stored = next().unwrap();
            }
            child.kill().unwrap();
            child.wait().unwrap();
            // What it managed to say before it died.
            stored = std::iter::from_fn(next).last().unwrap_or(stored);
            let found = State::open(&path).unwrap().desired().unwrap().generation.0;
            assert!(found == stored || found == stored + 1, "stored {stored}, found {found}");
        }
        assert!(!path.join("desired.damaged").exists());
    }

    #[test]
    fn a_damaged_desired_state_is_put_aside() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        let state = enrolled(&path);
        state.store_desired(&accepted(1)).unwrap();
        let whole = fs::read(path.join(DESIRED)).unwrap();
        for end in 0..whole.len() {
            fs::write(path.join(DESIRED), &whole[..end]).unwrap();
            assert_eq!(state.desired(), None, "cut at {end}");
        }
        for index in 0..whole.len() {
            let mut changed = whole.clone();
            changed[index] ^= 0x01;
            fs::write(path.join(DESIRED), &changed).unwrap();
            assert_eq!(state.desired(), None, "changed at {index}");
        }
        assert!(path.join("desired.damaged").exists());
        assert!(!path.join(DESIRED).exists());
    }

    #[test]
    fn a_desired_state_belongs_to_its_enrolment() {
        let directory = tempfile::tempdir().unwrap();
        let state = enrolled(&directory.path().join("state"));
        state.store_desired(&accepted(5)).unwrap();
        state.store_identity(Identity { enrolment: [5; 32], ..identity() }).unwrap();
        assert_eq!(state.desired(), None);
    }

    #[test]
    fn a_damaged_identity_is_an_error_in_words() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        drop(enrolled(&path));
        let whole = fs::read(path.join(IDENTITY)).unwrap();
        for end in 0..whole.len() {
            fs::write(path.join(IDENTITY), &whole[..end]).unwrap();
            let refused = State::open(&path).unwrap_err();
            assert!(matches!(refused, DiskError::DamagedIdentity { .. }), "cut at {end}: {refused}");
            assert!(refused.to_string().contains("enrol anew"), "{refused}");
        }
    }

    #[test]
    fn the_key_is_not_shown_by_accident() {
        assert!(!format!("{:?} {:?}", identity(), identity().key).contains("1, 1"));
    }
}
