//! Opening the file: pragmas, one writer and several readers, migrations with a copy aside.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};
use tokio::time::Instant;

use super::cache::Cache;
use super::statements::statements;
use super::{OpenError, Result};

/// How long a write waits for another process's write.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// How long to wait for another program that opens the same database: it may copy and change gigabytes.
const TURN: Duration = Duration::from_secs(60);
/// How often to look whether it is done.
const TURN_EVERY: Duration = Duration::from_millis(50);
/// Readers: pages are short, and SQLite reads from memory; more would only hold more files open.
const READERS: u32 = 4;
/// Takes the write lock at once.
const BEGIN: &str = "begin immediate";

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

statements! {
    /// Whether there is a table of migrations at all.
    HAS_MIGRATIONS = "select count(*) from sqlite_master where type = 'table' and name = '_sqlx_migrations'";
    /// Writes a consistent copy of the whole database, whatever else goes on.
    COPY = "vacuum into ?";
    /// Changes when another connection has committed.
    DATA_VERSION = "pragma data_version";
    /// The least that shows the database answers.
    ALIVE = "select 1";
}

/// Kept apart: before the first migration there is no such table, and no statement can be prepared.
const SCHEMA_VERSION: &str = "select coalesce(max(version), 0) from _sqlx_migrations where success";

/// The console's database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
    /// One connection that stays and never writes: `data_version` counts the commits of others.
    watcher: SqlitePool,
    cache: Cache,
}

impl Store {
    /// Opens the database file at `path`, makes it (and its directory) if there is none, and brings it up to date. Before a
    /// migration the file is copied aside as `<file>.before-schema-<n>`. A file from a newer program is refused.
    pub async fn open(path: impl AsRef<Path>) -> std::result::Result<Self, OpenError> {
        Self::open_with(path.as_ref(), &MIGRATIONS).await
    }

    /// The same with other migrations.
    pub(super) async fn open_with(
        path: &Path,
        migrations: &Migrator,
    ) -> std::result::Result<Self, OpenError> {
        let path = path.to_owned();
        make_directory(&path)?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let cannot_open = |source| OpenError::Open { path: path.clone(), source };
        let _turn = turn(&path, TURN).await?;
        let writer = staying().connect_with(options.clone()).await.map_err(cannot_open)?;
        owner_only(&path);
        migrate(&path, &writer, migrations).await?;
        let options = options.read_only(true).create_if_missing(false);
        let readers = SqlitePoolOptions::new().max_connections(READERS).connect_with(options.clone()).await;
        let readers = readers.map_err(cannot_open)?;
        let watcher = staying().connect_with(options).await.map_err(cannot_open)?;
        Ok(Self(Arc::new(Inner { path, writer, readers, watcher, cache: Cache::default() })))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Whether the database answers.
    pub async fn alive(&self) -> Result<()> {
        sqlx::query(ALIVE).execute(self.readers()).await?;
        Ok(())
    }

    /// The database's schema: the newest step of its making.
    pub async fn schema(&self) -> Result<i64> {
        Ok(sqlx::query_scalar(SCHEMA_VERSION).fetch_one(self.readers()).await?)
    }

    /// Ends all connections, after what runs on them; the last one tidies the log into the file.
    pub async fn close(&self) {
        self.0.readers.close().await;
        self.0.watcher.close().await;
        self.0.writer.close().await;
    }

    /// Changes whenever anybody has written, this process included: SQLite's `data_version`, asked on a connection that never
    /// writes itself. Who polls it sees the writes of the commands too.
    pub async fn data_version(&self) -> Result<i64> {
        Ok(sqlx::query_scalar(DATA_VERSION).fetch_one(&self.0.watcher).await?)
    }

    pub(super) fn readers(&self) -> &SqlitePool {
        &self.0.readers
    }

    #[cfg(test)]
    pub(super) fn writer(&self) -> &SqlitePool {
        &self.0.writer
    }

    pub(super) fn cache(&self) -> &Cache {
        &self.0.cache
    }

    /// A transaction that may write: it takes the write lock at once, so that what it reads stays true until it commits.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>> {
        match self.0.writer.begin_with(BEGIN).await {
            // On a full disk SQLite ends a transaction by itself. The driver does not know, takes it for still open, and would
            // refuse every write from then on; another connection starts clean.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.0.writer.acquire().await?.close().await?;
                Ok(self.0.writer.begin_with(BEGIN).await?)
            }
            begun => Ok(begun?),
        }
    }

    /// Ends a transaction; from here on what it wrote survives anything but a broken disk.
    pub(super) async fn commit(&self, transaction: Transaction<'static, Sqlite>) -> Result<()> {
        Ok(transaction.commit().await?)
    }
}

/// One connection, for as long as the store is open.
fn staying() -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None)
}

fn make_directory(path: &Path) -> std::result::Result<(), OpenError> {
    let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) else {
        return Ok(());
    };
    if directory.is_dir() {
        return Ok(());
    }
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
    made.map_err(|source| OpenError::Directory { path: directory.to_owned(), source })
}

/// Password hashes are in it. A file system without owners is no reason to fail.
fn owner_only(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if let Err(error) = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)) {
        tracing::warn!(path = %path.display(), %error, "cannot make the database readable by its owner alone");
    }
}

async fn migrate(
    path: &Path,
    writer: &SqlitePool,
    migrations: &Migrator,
) -> std::result::Result<(), OpenError> {
    let cannot_open = |source| OpenError::Open { path: path.to_owned(), source };
    let known = migrations.iter().map(|migration| migration.version).max().unwrap_or(0);
    let found = schema(writer).await.map_err(cannot_open)?;
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    if found > 0 && found < known {
        copy_aside(path, writer, found).await?;
    }
    let migrated = migrations.run(writer).await;
    migrated.map_err(|source| OpenError::Migrate { path: path.to_owned(), source })
}

/// Held by who opens a database and brings it up to date: programs that are started at one moment would trip over each other's
/// steps and copies. On the directory, so that nothing is left behind; the system frees it when the program ends, however it does.
async fn turn(path: &Path, limit: Duration) -> std::result::Result<std::fs::File, OpenError> {
    let failed = |error| OpenError::Open { path: path.to_owned(), source: sqlx::Error::Io(error) };
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    let file = std::fs::File::open(directory.unwrap_or(Path::new("."))).map_err(failed)?;
    let until = Instant::now() + limit;
    let mut said = false;
    loop {
        match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(file),
            Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) => {}
            Err(error) => return Err(failed(error.into())),
        }
        if Instant::now() >= until {
            return Err(OpenError::Busy { path: path.to_owned(), seconds: limit.as_secs() });
        }
        if !said {
            said = true;
            tracing::info!(path = %path.display(), "waiting for another program that is opening the database");
        }
        tokio::time::sleep(TURN_EVERY).await;
    }
}

/// The newest migration that the file has seen; 0 for a new file.
async fn schema(writer: &SqlitePool) -> std::result::Result<i64, sqlx::Error> {
    let tables: i64 = sqlx::query_scalar(HAS_MIGRATIONS).fetch_one(writer).await?;
    match tables {
        0 => Ok(0),
        _ => sqlx::query_scalar(SCHEMA_VERSION).fetch_one(writer).await,
    }
}

/// Replaces a copy of an attempt before: a migration that fails leaves the file at its schema, and whole, so the newest is best.
async fn copy_aside(path: &Path, writer: &SqlitePool, schema: i64) -> std::result::Result<(), OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".before-schema-{}", schema + 1));
    let copy = PathBuf::from(name);
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| OpenError::Copy {
        path: path.to_owned(),
        copy: copy.clone(),
        source,
    };
    // To a temporary name first: a copy that carries the name is complete.
    let unfinished = path.with_extension("unfinished-copy");
    let made = remove_if_there(&unfinished).and_then(|()| {
        use std::os::unix::fs::OpenOptionsExt;
        // SQLite copies into an empty file as well as into a new one, which would be readable as the umask has it.
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)
    });
    made.map_err(|error| failed(error.into()))?;
    let target = unfinished.to_string_lossy().into_owned();
    sqlx::query(COPY).bind(target).execute(writer).await.map_err(|error| failed(error.into()))?;
    let finish = || {
        std::fs::File::open(&unfinished)?.sync_all()?;
        std::fs::rename(&unfinished, &copy)
    };
    finish().map_err(|error: std::io::Error| failed(error.into()))?;
    tracing::info!(copy = %copy.display(), "copied the database aside before bringing it up to date");
    Ok(())
}

fn remove_if_there(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_turn_that_never_comes_is_said() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("arapaima.db");
        let held = turn(&path, TURN).await.unwrap();
        let refused = turn(&path, 3 * TURN_EVERY).await.unwrap_err();
        assert!(matches!(refused, OpenError::Busy { .. }), "{refused}");
        let waiting = turn(&path, TURN);
        let ending = async {
            tokio::time::sleep(2 * TURN_EVERY).await;
            drop(held);
        };
        let (turn, ()) = tokio::join!(waiting, ending);
        turn.unwrap();
    }
}
