//! Browsers that somebody has logged in with before.

use super::statements::statements;
use super::{Result, Store, UserId};

/// How long a browser is remembered after its last login.
pub const REMEMBERED_MS: i64 = 180 * 24 * 60 * 60 * 1000;
/// The most of a user; one more forgets the one whose login is longest ago.
const MOST: i64 = 20;

statements! {
    /// Whether somebody of this name has logged in with it.
    KNOWN = "select count(*) from browsers join users on users.id = browsers.user_id where users.name = ? and browsers.id_hash = ? and browsers.last_login_ms > ?";
    /// A browser has another id now: the old one is nobody's.
    FORGET_ID = "delete from browsers where id_hash = ?";
    /// Somebody has logged in with it.
    PUT = "insert into browsers (id_hash, user_id, last_login_ms) values (?, ?, ?) on conflict (user_id, id_hash) do update set last_login_ms = excluded.last_login_ms";
    /// The oldest ones of a user, and those that are too old.
    FORGET_OLD = "delete from browsers where user_id = ?1 and (last_login_ms <= ?2 or id_hash not in (select id_hash from browsers where user_id = ?1 order by last_login_ms desc limit ?3))";
}

impl Store {
    /// Whether the user of this name has logged in with the browser of this id (by its hash) in the last half year, and has had
    /// the same password since.
    pub async fn knows_browser(&self, user: &str, id_hash: [u8; 32], now_ms: i64) -> Result<bool> {
        let known: i64 = sqlx::query_scalar(KNOWN)
            .bind(user)
            .bind(id_hash.as_slice())
            .bind(now_ms - REMEMBERED_MS)
            .fetch_one(self.readers())
            .await?;
        Ok(known > 0)
    }

    /// Remembers a browser by a new id (by its hash); `before` is the id that it had. An id that is not known here, because
    /// somebody else planted it, comes to nothing, and so does one that somebody else has read. Others who have logged in with
    /// this browser are strangers again: under the new id they would have none of the failures that they had under the old one.
    /// Not for the audit log: the login itself is there.
    pub async fn remember_browser(
        &self,
        user: UserId,
        before: Option<[u8; 32]>,
        id_hash: [u8; 32],
        now_ms: i64,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        if let Some(before) = before {
            sqlx::query(FORGET_ID).bind(before.as_slice()).execute(&mut *transaction).await?;
        }
        let put = sqlx::query(PUT).bind(id_hash.as_slice()).bind(user.0).bind(now_ms);
        put.execute(&mut *transaction).await?;
        let forget = sqlx::query(FORGET_OLD).bind(user.0).bind(now_ms - REMEMBERED_MS).bind(MOST);
        forget.execute(&mut *transaction).await?;
        self.commit(transaction).await
    }
}
