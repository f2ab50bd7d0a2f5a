//! Backups: one file with everything that lasts. It is the console's database with one table more, which holds the other files of
//! the data directory: the agents' CA, without whose key no agent would know the restored console, and the pages' certificates.

mod restore;

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs;

use crate::store::backup::{BackupError, Packed};
use crate::store::{Actor, OpenError, Store, StoreError};

pub use restore::{Restored, interrupted, restore};

/// The files beside the database, by their names within the data directory; those that are there are packed.
const BESIDE: &[&str] = &["ca/agents-ca.pem", "pages.pem", "pages-uploaded.pem"];
/// The database.
const DATABASE: &str = "arapaima.db";

/// Why no backup was made, or none restored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is something where the backup should be.
    #[error("{0} exists already; choose another name, or move it away")]
    Exists(PathBuf),
    /// The data directory holds a console's data.
    #[error(
        "{0} holds a console's data already; restore into another directory, or add --force, which keeps what is there as a copy"
    )]
    Occupied(PathBuf),
    /// The file is no backup that can be restored.
    #[error("cannot restore {path}")]
    Backup {
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: BackupError,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The restored database.
    #[error("the restored database cannot be opened")]
    Open(#[from] OpenError),
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
}

impl Error {
    pub(self) fn io(attempt: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { attempt, path, source }
    }
}

/// Writes a backup of `store`, whose data directory is `data`, to a file that is not there yet: its owner's alone, on the disk when
/// this returns, and under its name only when it is whole.
pub async fn make(store: &Store, actor: &Actor, data: &Path, to: &Path) -> Result<(), Error> {
    if fs::try_exists(to).await.unwrap_or(true) {
        return Err(Error::Exists(to.to_owned()));
    }
    let mut unfinished = to.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    remove(&unfinished).await?;
    // SQLite copies into an empty file as well as into a new one, which would be readable as the umask has it.
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished).await;
    drop(file.map_err(Error::io("write", &unfinished))?);
    let made = async {
        store.backup(actor, &unfinished, &beside(data).await?).await?;
        let file = fs::File::open(&unfinished).await.map_err(Error::io("read", &unfinished))?;
        file.sync_all().await.map_err(Error::io("flush", &unfinished))?;
        fs::rename(&unfinished, to).await.map_err(Error::io("rename", &unfinished))
    };
    let made = made.await;
    if made.is_err() {
        // What is not whole is not left behind; why it is not is the better message.
        let _gone = fs::remove_file(&unfinished).await;
    }
    made
}

async fn beside(data: &Path) -> Result<Vec<Packed>, Error> {
    let mut packed = Vec::new();
    for name in BESIDE {
        let path = data.join(name);
        match fs::read(&path).await {
            Ok(content) => packed.push(((*name).to_owned(), content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io("read", &path)(error)),
        }
    }
    Ok(packed)
}

async fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", path)(error)),
        _ => Ok(()),
    }
}
