//! One-time tokens: an agent that shows one becomes the director it was made for.

use model::{DirectorId, EventKind};
use sqlx::{Sqlite, Transaction};

use super::directors::{self, Director};
use super::statements::statements;
use super::{Actor, Result, Store, StoreError};
use crate::clock;

statements! {
    /// A new token; the one before it is worth nothing from here on.
    PUT = "insert into director_tokens (director_id, token_hash, created_ms, expires_ms) values (?, ?, ?, ?) on conflict (director_id) do update set token_hash = excluded.token_hash, created_ms = excluded.created_ms, expires_ms = excluded.expires_ms";
    /// Whose it is, if it is still good.
    OWNER = "select director_id from director_tokens where token_hash = ? and expires_ms > ?";
    /// Uses it up.
    TAKE = "delete from director_tokens where token_hash = ? and expires_ms > ? returning director_id";
    /// Drops a director's.
    FORGET = "delete from director_tokens where director_id = ?";
}

impl Store {
    /// Gives a director a one-time token (by the hash of its secret), in place of any before.
    pub async fn new_token(
        &self,
        actor: &Actor,
        director: DirectorId,
        token_hash: [u8; 32],
        expires_at_ms: i64,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let owner = directors::one(&mut transaction, director).await?;
        sqlx::query(PUT)
            .bind(director.0)
            .bind(token_hash.as_slice())
            .bind(clock::now_ms())
            .bind(expires_at_ms)
            .execute(&mut *transaction)
            .await?;
        directors::record(&mut transaction, actor, "director.token", &owner).await?;
        self.commit(transaction).await
    }

    /// Whose token this is; `None` for one that is unknown, used or too old. Uses nothing up: the certificate has to be made
    /// with the director's id before [`Store::redeem_token`] can note it.
    pub async fn token_owner(&self, token_hash: [u8; 32], now_ms: i64) -> Result<Option<Director>> {
        let id: Option<u32> = sqlx::query_scalar(OWNER)
            .bind(token_hash.as_slice())
            .bind(now_ms)
            .fetch_optional(self.readers())
            .await?;
        match id {
            Some(id) => self.director(DirectorId(id)).await.map(Some),
            None => Ok(None),
        }
    }

    /// Uses a token up and notes the certificate that its director got for it, both or neither. A token that is unknown, used
    /// or too old is [`StoreError::NotFound`]. `from` is the agent's address.
    pub async fn redeem_token(
        &self,
        from: &str,
        token_hash: [u8; 32],
        now_ms: i64,
        fingerprint: [u8; 32],
        not_after_ms: i64,
    ) -> Result<Director> {
        let mut transaction = self.begin().await?;
        let id: Option<u32> = sqlx::query_scalar(TAKE)
            .bind(token_hash.as_slice())
            .bind(now_ms)
            .fetch_optional(&mut *transaction)
            .await?;
        let id = DirectorId(id.ok_or(StoreError::NotFound("token"))?);
        let director = directors::enrolled(&mut transaction, id, fingerprint, now_ms, not_after_ms).await?;
        let actor = Actor::director(director.name.as_str(), from);
        directors::record(&mut transaction, &actor, "director.enrol", &director).await?;
        directors::tell(&mut transaction, &actor, EventKind::AgentEnrolled, &director).await?;
        self.commit(transaction).await?;
        Ok(director)
    }
}

/// Drops a director's unused token.
pub(super) async fn forget(
    transaction: &mut Transaction<'static, Sqlite>,
    director: DirectorId,
) -> Result<()> {
    sqlx::query(FORGET).bind(director.0).execute(&mut **transaction).await?;
    Ok(())
}
