//! Copies of the whole database, with the other files of a data directory packed into them: a backup is one file.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use super::audit::{self, Entry};
use super::open::{BUSY, MIGRATIONS};
use super::statements::statements;
use super::{Actor, Result, Store};

statements! {
    /// A consistent copy, whatever else goes on.
    COPY = "vacuum into ?";
    /// Sessions that the backup knows.
    END_SESSIONS = "delete from sessions";
    /// Browsers from which somebody has logged in.
    FORGET_BROWSERS = "delete from browsers";
    /// Enrolment commands that nobody has run yet.
    END_TOKENS = "delete from director_tokens";
    /// Whether the file is whole.
    CHECK = "pragma integrity_check(1)";
    /// Whether a file has a table.
    HAS_TABLE = "select count(*) from sqlite_master where type = 'table' and name = ?";
    /// Leaves the log, which fails while another program has the database open.
    LEAVE_LOG = "pragma journal_mode = delete";
}

/// Kept apart: only backups have this table.
const PACK: &str = "create table backup_files (name text primary key, content blob not null) strict";
const PUT: &str = "insert into backup_files (name, content) values (?, ?)";
const FILES: &str = "select name, content from backup_files order by name";
const UNPACK: &str = "drop table backup_files";
const SCHEMA: &str = "select coalesce(max(version), 0) from _sqlx_migrations where success";

/// A file beside the database: its name within the data directory, and what is in it.
pub(crate) type Packed = (String, Vec<u8>);

/// Why a file is no backup that this program can restore.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It is something else.
    #[error("this is no backup of arapaima; `arapaima backup` and the console's settings make one")]
    NotOne(#[source] Option<sqlx::Error>),
    /// It is broken.
    #[error("the backup is damaged ({0}); was it copied as a whole?")]
    Damaged(String),
    /// It was made by a newer program.
    #[error(
        "the backup was made by a newer version of arapaima (schema {found}, this program knows {known}); install that version"
    )]
    Newer {
        /// Its schema.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// Another program has it open.
    #[error("a console has {0} open; stop it first")]
    InUse(String),
}

impl Store {
    /// Writes a consistent copy of the database, with these files packed into it, to a path where nothing is yet. On a connection of
    /// its own: nobody has to wait for it.
    pub async fn backup(&self, actor: &Actor, to: &Path, files: &[Packed]) -> Result<()> {
        let mut source = options(self.path()).connect().await?;
        let target = to.to_string_lossy().into_owned();
        let copied = sqlx::query(COPY).bind(target).execute(&mut source).await;
        source.close().await?;
        copied?;
        let mut copy = options(to).journal_mode(SqliteJournalMode::Delete).connect().await?;
        let mut transaction = copy.begin().await?;
        sqlx::query(PACK).execute(&mut *transaction).await?;
        for (name, content) in files {
            sqlx::query(PUT).bind(name).bind(content).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        copy.close().await?;
        let detail = format!("files packed: {}", files.len());
        let mut transaction = self.begin().await?;
        let entry = Entry { action: "backup.make", cluster: None, subject: "backup", detail: &detail };
        audit::record(&mut transaction, actor, entry).await?;
        self.commit(transaction).await
    }
}

impl Store {
    /// After a restore: what was ended since the backup was made must not live again. Everybody logs in anew, and enrolment commands that
    /// were shown are worth nothing.
    pub(crate) async fn restored(&self, actor: &Actor) -> Result<()> {
        let mut transaction = self.begin().await?;
        let sessions = sqlx::query(END_SESSIONS).execute(&mut *transaction).await?.rows_affected();
        sqlx::query(FORGET_BROWSERS).execute(&mut *transaction).await?;
        let tokens = sqlx::query(END_TOKENS).execute(&mut *transaction).await?.rows_affected();
        let detail = format!("sessions ended: {sessions}\nenrolment commands ended: {tokens}");
        let entry = Entry { action: "backup.restore", cluster: None, subject: "backup", detail: &detail };
        audit::record(&mut transaction, actor, entry).await?;
        self.commit(transaction).await
    }
}

/// What is packed into a backup. The file is looked at as a whole first, and not changed.
pub(crate) async fn read(path: &Path) -> std::result::Result<Vec<Packed>, BackupError> {
    let not_one = |error| BackupError::NotOne(Some(error));
    let mut backup = options(path).read_only(true).connect().await.map_err(not_one)?;
    for table in ["_sqlx_migrations", "backup_files"] {
        let tables: i64 =
            sqlx::query_scalar(HAS_TABLE).bind(table).fetch_one(&mut backup).await.map_err(not_one)?;
        if tables == 0 {
            return Err(BackupError::NotOne(None));
        }
    }
    let damaged = |error: sqlx::Error| BackupError::Damaged(error.to_string());
    let whole: String = sqlx::query_scalar(CHECK).fetch_one(&mut backup).await.map_err(damaged)?;
    if whole != "ok" {
        return Err(BackupError::Damaged(whole));
    }
    let found: i64 = sqlx::query_scalar(SCHEMA).fetch_one(&mut backup).await.map_err(damaged)?;
    let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    if found > known {
        return Err(BackupError::Newer { found, known });
    }
    let files = sqlx::query_as(FILES).fetch_all(&mut backup).await.map_err(damaged)?;
    backup.close().await.map_err(damaged)?;
    Ok(files)
}

/// Makes a database of a copy of a backup: what was packed into it goes.
pub(crate) async fn unpack(copy: &Path) -> std::result::Result<(), BackupError> {
    let damaged = |error: sqlx::Error| BackupError::Damaged(error.to_string());
    let mut database =
        options(copy).journal_mode(SqliteJournalMode::Delete).connect().await.map_err(damaged)?;
    sqlx::query(UNPACK).execute(&mut database).await.map_err(damaged)?;
    database.close().await.map_err(damaged)
}

/// Refuses a database that another program has open: SQLite lets nobody leave its log then.
pub(crate) async fn nobody_has(database: &Path) -> std::result::Result<(), BackupError> {
    let in_use = |_| BackupError::InUse(database.display().to_string());
    let Ok(mut connection) = options(database).busy_timeout(std::time::Duration::ZERO).connect().await else {
        // What cannot be opened is nobody's database.
        return Ok(());
    };
    let mode: std::result::Result<String, sqlx::Error> =
        sqlx::query_scalar(LEAVE_LOG).fetch_one(&mut connection).await;
    let left = match mode {
        Ok(mode) if mode == "wal" => Err(BackupError::InUse(database.display().to_string())),
        Ok(_) => Ok(()),
        Err(error) if is_busy(&error) => Err(in_use(error)),
        Err(_) => Ok(()),
    };
    // Nothing was written.
    let _closed = connection.close().await;
    left
}

fn is_busy(error: &sqlx::Error) -> bool {
    const SQLITE_BUSY: i64 = 5;
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<i64>().ok());
    code.map(|code| code & 0xff) == Some(SQLITE_BUSY)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .disable_statement_logging()
}
