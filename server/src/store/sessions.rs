//! Sessions, as `tower-sessions` wants them kept, in real columns: who, since when, from where.
//!
//! Only people who have logged in have a row; an anonymous visitor writes nothing. The row holds a hash of the cookie's value.
//! How long a session lives is decided here and not by the cookie, which is one for the browser's session.

use std::collections::BTreeMap;

use async_trait::async_trait;
use model::{EventKind, Roles};
use sha2::{Digest, Sha256};
use sqlx::{Sqlite, Transaction};
use tower_sessions::SessionStore;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result as SessionResult};

use super::audit::{self, Entry};
use super::statements::statements;
use super::{Actor, Happening, REPEATS_MS, Result, Store, UserId, events, people, users};
use crate::clock::Clock;

/// A session ends when nothing was asked for so long.
pub const IDLE_MS: i64 = 24 * 60 * 60 * 1000;
/// A session ends so long after the login, whatever happens.
pub const LIFETIME_MS: i64 = 14 * 24 * 60 * 60 * 1000;
/// How exact `last seen` is: reading a page writes at most so often.
const SEEN_EVERY_MS: i64 = 60 * 1000;
/// The most sessions of a user; one more ends the one that was unused for longest.
const MOST: i64 = 100;
/// Failed logins that get rows of their own within the time in which repeats are counted: a guesser with many addresses must not
/// fill the timeline.
const FAILED_ROWS: i64 = 50;
/// The most rows that one sweep deletes: it shares the one writer with everybody.
const SWEEP_ROWS: i64 = 500;

/// The keys of a session's record that are columns.
pub mod key {
    /// The user's id; a record without it is not kept.
    pub const USER: &str = "user";
    /// The address that logged in.
    pub const ADDRESS: &str = "address";
    /// The program that logged in, as it calls itself.
    pub const AGENT: &str = "agent";
}

statements! {
    /// A new session.
    INSERT = "insert into sessions (id_hash, user_id, created_ms, last_seen_ms, expires_ms, address, agent, data) values (?, ?, ?, ?, ?, ?, ?, ?)";
    /// Room for one more among a user's.
    MAKE_ROOM = "delete from sessions where user_id = ? and id_hash not in (select id_hash from sessions where user_id = ? order by last_seen_ms desc limit ?)";
    /// What it carries changed. An ended session stays ended: this never inserts.
    UPDATE = "update sessions set data = ? where id_hash = ?";
    /// An unexpired session.
    LOAD = "select user_id, created_ms, last_seen_ms, expires_ms, address, agent, data from sessions where id_hash = ? and expires_ms > ?";
    /// It was used.
    SEEN = "update sessions set last_seen_ms = ?, expires_ms = ? where id_hash = ?";
    /// It ends.
    DELETE = "delete from sessions where id_hash = ?";
    /// Some of the expired ones.
    SWEEP = "delete from sessions where id_hash in (select id_hash from sessions where expires_ms <= ? limit ?)";
    /// What its user may do, while it lives.
    ROLES = "select users.role, user_roles.cluster_id, user_roles.role from sessions join users on users.id = sessions.user_id left join user_roles on user_roles.user_id = users.id where sessions.id_hash = ? and sessions.expires_ms > ? and users.disabled_ms is null";
    /// A user ends one of its own, or somebody else does.
    END = "delete from sessions where user_id = ? and id_hash = ?";
    /// All but one.
    END_OTHERS = "delete from sessions where user_id = ? and id_hash <> ?";
    /// How many rows failed logins have made lately.
    FAILED_LATELY = "select count(*) from events where kind = ? and first_ms > ?";
    /// A user's.
    OF_USER = "select id_hash, created_ms, last_seen_ms, address, agent from sessions where user_id = ? and expires_ms > ? order by last_seen_ms desc limit 100";
}

/// The sessions of a store, by a clock.
#[derive(Clone, Debug)]
pub struct Sessions {
    store: Store,
    clock: Clock,
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSummary {
    /// Names it in a list; not the cookie's value.
    pub id_hash: [u8; 32],
    /// Login, in milliseconds since 1970.
    pub created_ms: i64,
    /// Last use, to the minute.
    pub last_seen_ms: i64,
    /// The address that logged in.
    pub address: String,
    /// The program that logged in.
    pub agent: String,
}

type Row = (i64, i64, i64, i64, String, String, String);
type RoleRow = (Option<String>, Option<u32>, Option<String>);

impl Sessions {
    /// The sessions of `store`.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// How a session's id is stored.
    pub fn hash(id: &Id) -> [u8; 32] {
        Sha256::digest(id.0.to_le_bytes()).into()
    }

    /// Deletes expired sessions, a bounded number; returns how many. Not for the audit log: they had ended already.
    pub async fn sweep(&self) -> Result<u64> {
        let mut transaction = self.store.begin().await?;
        let deleted =
            sqlx::query(SWEEP).bind(self.clock.now_ms()).bind(SWEEP_ROWS).execute(&mut *transaction).await?;
        self.store.commit(transaction).await?;
        Ok(deleted.rows_affected())
    }

    /// What the user of this session may do; `None` where it has ended. For streams, which outlive the request that they began
    /// with.
    pub async fn roles(&self, id_hash: &[u8; 32]) -> Result<Option<Roles>> {
        let query = sqlx::query_as(ROLES).bind(id_hash.as_slice()).bind(self.clock.now_ms());
        let rows: Vec<RoleRow> = query.fetch_all(self.store.readers()).await?;
        people::roles(rows)
    }

    /// Ends one of a user's sessions (by the hash of its id); `false` where it has ended already.
    pub async fn end(&self, actor: &Actor, user: UserId, id_hash: &[u8; 32]) -> Result<bool> {
        let mut transaction = self.store.begin().await?;
        let name = users::name_of(&mut transaction, user).await?;
        let query = sqlx::query(END).bind(user.0).bind(id_hash.as_slice());
        let ended = query.execute(&mut *transaction).await?.rows_affected();
        if ended > 0 {
            record_end(&mut transaction, actor, &name, ended).await?;
            self.store.commit(transaction).await?;
        }
        Ok(ended > 0)
    }

    /// Ends all of a user's sessions but the one kept, where that is one of them; returns how many ended.
    pub async fn end_others(&self, actor: &Actor, user: UserId, keep: [u8; 32]) -> Result<u64> {
        let mut transaction = self.store.begin().await?;
        let name = users::name_of(&mut transaction, user).await?;
        let query = sqlx::query(END_OTHERS).bind(user.0).bind(keep.as_slice());
        let ended = query.execute(&mut *transaction).await?.rows_affected();
        if ended > 0 {
            record_end(&mut transaction, actor, &name, ended).await?;
            self.store.commit(transaction).await?;
        }
        Ok(ended)
    }

    /// The user's unexpired sessions, a hundred at most, the latest used first.
    pub async fn of_user(&self, user: UserId) -> Result<Vec<SessionSummary>> {
        let rows: Vec<(Vec<u8>, i64, i64, String, String)> = sqlx::query_as(OF_USER)
            .bind(user.0)
            .bind(self.clock.now_ms())
            .fetch_all(self.store.readers())
            .await?;
        Ok(rows
            .into_iter()
            .map(|(id_hash, created_ms, last_seen_ms, address, agent)| SessionSummary {
                id_hash: id_hash.try_into().unwrap_or_default(),
                created_ms,
                last_seen_ms,
                address,
                agent,
            })
            .collect())
    }

    /// Puts a login or a logout into the audit log; the session's own row is written by the layer around the pages.
    pub async fn record(&self, actor: &Actor, action: &'static str, detail: &str) -> Result<()> {
        let mut transaction = self.store.begin().await?;
        audit::record(&mut transaction, actor, Entry { action, cluster: None, subject: &actor.name, detail })
            .await?;
        if action == "session.login" {
            events::record(
                &mut transaction,
                &told(EventKind::LogIn, self.clock.now_ms(), &actor.name, &actor.from),
            )
            .await?;
        }
        self.store.commit(transaction).await
    }

    /// Puts a failed login into the timeline. `name` is that of an account, or empty: what was typed instead of one may be a
    /// password. Many from one address are counted in one row, and beyond some rows an hour those from all addresses.
    pub async fn login_failed(&self, name: &str, from: &str) -> Result<()> {
        let now = self.clock.now_ms();
        let mut transaction = self.store.begin().await?;
        let lately: i64 = sqlx::query_scalar(FAILED_LATELY)
            .bind(EventKind::LogInFailed.name())
            .bind(now - REPEATS_MS)
            .fetch_one(&mut *transaction)
            .await?;
        let told = match lately {
            ..FAILED_ROWS => told(EventKind::LogInFailed, now, name, from),
            _ => told(EventKind::LogInFailed, now, "", "*"),
        };
        events::record(&mut transaction, &told).await?;
        self.store.commit(transaction).await
    }

    async fn insert(&self, record: &Record) -> SessionResult<()> {
        let user = record.data.get(key::USER).and_then(serde_json::Value::as_i64);
        let user = user.ok_or_else(|| Error::Backend("a session without a user is not kept".into()))?;
        let text =
            |key| record.data.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let now = self.clock.now_ms();
        let mut transaction = self.store.begin().await.map_err(backend)?;
        sqlx::query(MAKE_ROOM)
            .bind(user)
            .bind(user)
            .bind(MOST - 1)
            .execute(&mut *transaction)
            .await
            .map_err(backend)?;
        sqlx::query(INSERT)
            .bind(Self::hash(&record.id).as_slice())
            .bind(user)
            .bind(now)
            .bind(now)
            .bind(now + IDLE_MS)
            .bind(text(key::ADDRESS))
            .bind(text(key::AGENT))
            .bind(rest(record)?)
            .execute(&mut *transaction)
            .await
            .map_err(backend)?;
        self.store.commit(transaction).await.map_err(backend)
    }

    async fn seen(&self, id: &[u8; 32], created_ms: i64, now: i64) -> Result<()> {
        let expires = (now + IDLE_MS).min(created_ms + LIFETIME_MS);
        let mut transaction = self.store.begin().await?;
        sqlx::query(SEEN).bind(now).bind(expires).bind(id.as_slice()).execute(&mut *transaction).await?;
        self.store.commit(transaction).await
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> SessionResult<()> {
        // 128 random bits do not collide; were they to, the unique key turns it into an error.
        self.insert(record).await
    }

    async fn save(&self, record: &Record) -> SessionResult<()> {
        let mut transaction = self.store.begin().await.map_err(backend)?;
        sqlx::query(UPDATE)
            .bind(rest(record)?)
            .bind(Self::hash(&record.id).as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(backend)?;
        self.store.commit(transaction).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> SessionResult<Option<Record>> {
        let hash = Self::hash(id);
        let now = self.clock.now_ms();
        let row: Option<Row> = sqlx::query_as(LOAD)
            .bind(hash.as_slice())
            .bind(now)
            .fetch_optional(self.store.readers())
            .await
            .map_err(backend)?;
        let Some((user, created_ms, last_seen_ms, expires_ms, address, agent, data)) = row else {
            return Ok(None);
        };
        if now - last_seen_ms >= SEEN_EVERY_MS {
            // A full disk must not keep people from reading.
            if let Err(error) = self.seen(&hash, created_ms, now).await {
                tracing::warn!(%error, "cannot note that a session was used");
            }
        }
        let mut data: BTreeMap<String, serde_json::Value> =
            serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?;
        data.insert(key::USER.into(), user.into());
        data.insert(key::ADDRESS.into(), address.into());
        data.insert(key::AGENT.into(), agent.into());
        let expiry_date =
            OffsetDateTime::from_unix_timestamp(expires_ms / 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Ok(Some(Record { id: *id, data: data.into_iter().collect(), expiry_date }))
    }

    async fn delete(&self, id: &Id) -> SessionResult<()> {
        let mut transaction = self.store.begin().await.map_err(backend)?;
        sqlx::query(DELETE)
            .bind(Self::hash(id).as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(backend)?;
        self.store.commit(transaction).await.map_err(backend)
    }
}

async fn record_end(
    transaction: &mut Transaction<'static, Sqlite>,
    actor: &Actor,
    subject: &str,
    ended: u64,
) -> Result<()> {
    let detail = format!("sessions ended: {ended}");
    audit::record(
        transaction,
        actor,
        Entry { action: "session.revoke", cluster: None, subject, detail: &detail },
    )
    .await
}

fn told(kind: EventKind, at_ms: i64, name: &str, from: &str) -> Happening {
    Happening { actor: name.to_owned(), origin: from.to_owned(), ..Happening::new(kind, at_ms) }
}

/// What is not a column.
fn rest(record: &Record) -> SessionResult<String> {
    let columns = [key::USER, key::ADDRESS, key::AGENT];
    let rest: BTreeMap<_, _> =
        record.data.iter().filter(|(key, _)| !columns.contains(&key.as_str())).collect();
    serde_json::to_string(&rest).map_err(|error| Error::Encode(error.to_string()))
}

fn backend(error: impl Into<super::StoreError>) -> Error {
    let error = error.into();
    tracing::error!(error = &error as &dyn std::error::Error, "the session store failed");
    Error::Backend(error.to_string())
}
