//! Restoring: everything is prepared in a directory of its own within the data directory, then put in its place, the database last.
//! Killed at any moment it has left what was there, or the whole of what was restored, or the directory by which `serve` knows that
//! it has to be done again; and what was there before is never lost.

use std::io;
use std::path::{Component, Path, PathBuf};

use tokio::fs;

use super::{DATABASE, Error, remove};
use crate::store::backup::{self, BackupError, Packed};
use crate::store::{Actor, Store};

/// Where it is prepared.
const STAGE: &str = "restoring";

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where what was there before is, where something was.
    pub kept: Option<PathBuf>,
    /// How many files came with the database.
    pub files: usize,
}

/// Whether a restore into this data directory was cut off: nobody may begin a new console there.
pub fn interrupted(data: &Path) -> bool {
    data.join(STAGE).exists()
}

/// Restores the backup `from` into `data`. What is there is refused, or with `force` moved to a directory beside it, named by `now`,
/// which names a moment.
pub async fn restore(from: &Path, data: &Path, force: bool, now: &str) -> Result<Restored, Error> {
    let wrong = |source| Error::Backup { path: from.to_owned(), source };
    if !fs::try_exists(from).await.unwrap_or(false) {
        let missing = io::Error::from(io::ErrorKind::NotFound);
        return Err(Error::io("read", from)(missing));
    }
    let packed = backup::read(from).await.map_err(wrong)?;
    if let Some((name, _)) = packed.iter().find(|(name, _)| !is_within(name)) {
        return Err(wrong(BackupError::Damaged(format!("it has a file {name}"))));
    }
    let database = data.join(DATABASE);
    let occupied = occupied(data).await;
    if occupied && !force {
        return Err(Error::Occupied(data.to_owned()));
    }
    if fs::try_exists(&database).await.unwrap_or(false) {
        backup::nobody_has(&database).await.map_err(wrong)?;
    }
    let stage = data.join(STAGE);
    prepare(from, data, &stage, &packed).await?;
    let kept = if occupied { Some(keep(data, now).await?) } else { None };
    // The database last: without it there is no console to begin.
    for name in packed.iter().map(|(name, _)| name.as_str()).chain([DATABASE]) {
        let (staged, place) = (stage.join(name), data.join(name));
        if let Some(parent) = place.parent() {
            directory(parent).await?;
        }
        fs::rename(&staged, &place).await.map_err(Error::io("move into its place", &staged))?;
        flush(place.parent().unwrap_or(data)).await?;
    }
    // Opens, brings up to date, and closes again: what does not open is found now.
    let store = Store::open(&database).await?;
    let restored = store.restored(&Actor::command_line()).await;
    store.close().await;
    restored?;
    fs::remove_dir_all(&stage).await.map_err(Error::io("remove", &stage))?;
    flush(data).await?;
    Ok(Restored { kept, files: packed.len() })
}

async fn prepare(from: &Path, data: &Path, stage: &Path, packed: &[Packed]) -> Result<(), Error> {
    directory(data).await?;
    // Of an attempt before: it holds copies from a backup alone.
    match fs::remove_dir_all(stage).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Error::io("remove", stage)(error));
        }
        _ => {}
    }
    directory(stage).await?;
    for (name, content) in packed {
        let path = stage.join(name);
        if let Some(parent) = path.parent() {
            directory(parent).await?;
        }
        write(&path, content).await?;
    }
    let copy = stage.join(DATABASE);
    write(&copy, &[]).await?;
    fs::copy(from, &copy).await.map_err(Error::io("copy the backup to", &copy))?;
    use std::os::unix::fs::PermissionsExt;
    let owner = std::fs::Permissions::from_mode(0o600);
    fs::set_permissions(&copy, owner).await.map_err(Error::io("protect", &copy))?;
    backup::unpack(&copy).await.map_err(|source| Error::Backup { path: from.to_owned(), source })?;
    flush(&copy).await?;
    flush(stage).await
}

/// Moves what is there to a directory of its own. The database first: from then on there is no console to begin.
async fn keep(data: &Path, now: &str) -> Result<PathBuf, Error> {
    let mut kept = data.join(format!("before-restore-{now}"));
    for n in 2.. {
        if !fs::try_exists(&kept).await.unwrap_or(true) {
            break;
        }
        kept = data.join(format!("before-restore-{now}-{n}"));
    }
    directory(&kept).await?;
    for name in there(data).await {
        let (place, aside) = (data.join(&name), kept.join(&name));
        fs::rename(&place, &aside).await.map_err(Error::io("move aside", &place))?;
    }
    flush(&kept).await?;
    flush(data).await?;
    Ok(kept)
}

/// A console's data in a directory, by name: the database with its log, then everything beside it.
async fn there(data: &Path) -> Vec<String> {
    let mut there = Vec::new();
    let log = [DATABASE.to_owned(), format!("{DATABASE}-wal"), format!("{DATABASE}-shm")];
    for name in log.into_iter().chain(["ca".into(), "pages.pem".into(), "pages-uploaded.pem".into()]) {
        if fs::try_exists(data.join(&name)).await.unwrap_or(false) {
            there.push(name);
        }
    }
    there
}

async fn occupied(data: &Path) -> bool {
    !there(data).await.is_empty()
}

/// Whether a packed file's name stays within the data directory.
fn is_within(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    !name.is_empty() && name != DATABASE && parts.all(|part| matches!(part, Component::Normal(_)))
}

async fn directory(path: &Path) -> Result<(), Error> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).await.map_err(Error::io("make", path))
}

async fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    use tokio::io::AsyncWriteExt;
    remove(path).await?;
    let made = async {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).await?;
        file.write_all(content).await?;
        file.sync_all().await
    };
    made.await.map_err(Error::io("write", path))
}

/// Onto the disk: a file's content, or a directory's names.
async fn flush(path: &Path) -> Result<(), Error> {
    let flushed = async { fs::File::open(path).await?.sync_all().await };
    flushed.await.map_err(Error::io("flush", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_file_cannot_leave_the_data_directory() {
        assert!(is_within("ca/agents-ca.pem") && is_within("pages.pem"));
        for name in ["", "../x", "/etc/passwd", "ca/../../x", "arapaima.db", "./x"] {
            assert!(!is_within(name), "{name}");
        }
    }
}
