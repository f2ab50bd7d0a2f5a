//! People who may log in.

use model::{Field, Name};

use super::audit::{self, Entry};
use super::statements::statements;
use super::{Actor, Result, Store, StoreError, UserId};
use crate::clock;

statements! {
    /// A new user.
    INSERT = "insert into users (name, password_hash, created_ms, password_changed_ms) values (?, ?, ?, ?)";
    /// By name, whatever its case.
    BY_NAME = "select id, name, password_hash from users where name = ?";
    /// By id.
    BY_ID = "select id, name, password_hash from users where id = ?";
    /// How many there are.
    COUNT = "select count(*) from users";
    /// Another password.
    SET_PASSWORD = "update users set password_hash = ?, password_changed_ms = ? where id = ?";
    /// Browsers that knew the old password are strangers.
    FORGET_BROWSERS = "delete from browsers where user_id = ?";
    /// Ends a user's sessions but one.
    END_OTHERS = "delete from sessions where user_id = ? and id_hash <> ?";
}

/// A user. Deliberately not `Serialize`: it carries the password's hash.
#[derive(Clone, Debug)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Its name, as it was made.
    pub name: String,
    /// The password, Argon2id in PHC form.
    pub password_hash: String,
}

impl Store {
    /// Makes a user who may log in with the password of this hash.
    pub async fn create_user(&self, actor: &Actor, name: &Name, password_hash: &str) -> Result<UserId> {
        let mut transaction = self.begin().await?;
        let now = clock::now_ms();
        let inserted = sqlx::query(INSERT)
            .bind(name.as_str())
            .bind(password_hash)
            .bind(now)
            .bind(now)
            .execute(&mut *transaction)
            .await
            .map_err(|error| StoreError::duplicate(error, Field::UserName, name.as_str()))?;
        let entry = Entry { action: "user.create", cluster: None, subject: name.as_str(), detail: "" };
        audit::record(&mut transaction, actor, entry).await?;
        self.commit(transaction).await?;
        Ok(UserId(inserted.last_insert_rowid()))
    }

    /// A user by name; upper and lower case are the same.
    pub async fn user_by_name(&self, name: &str) -> Result<Option<User>> {
        let row: Option<(i64, String, String)> =
            sqlx::query_as(BY_NAME).bind(name).fetch_optional(self.readers()).await?;
        Ok(row.map(User::from))
    }

    /// A user.
    pub async fn user(&self, id: UserId) -> Result<User> {
        let row: Option<(i64, String, String)> =
            sqlx::query_as(BY_ID).bind(id.0).fetch_optional(self.readers()).await?;
        row.map(User::from).ok_or(StoreError::NotFound("user"))
    }

    /// How many users there are; none means that nobody can log in yet.
    pub async fn count_users(&self) -> Result<i64> {
        Ok(sqlx::query_scalar(COUNT).fetch_one(self.readers()).await?)
    }

    /// Sets a user's password, forgets the browsers that it was typed in, and ends all of its sessions but the one kept (by the
    /// hash of its id; zeros keep none).
    /// Returns how many ended.
    pub async fn set_password(
        &self,
        actor: &Actor,
        user: UserId,
        password_hash: &str,
        keep: Option<[u8; 32]>,
    ) -> Result<u64> {
        let name = self.user(user).await?.name;
        let mut transaction = self.begin().await?;
        let changed = sqlx::query(SET_PASSWORD)
            .bind(password_hash)
            .bind(clock::now_ms())
            .bind(user.0)
            .execute(&mut *transaction)
            .await?;
        if changed.rows_affected() == 0 {
            return Err(StoreError::NotFound("user"));
        }
        sqlx::query(FORGET_BROWSERS).bind(user.0).execute(&mut *transaction).await?;
        let keep = keep.unwrap_or_default();
        let ended = sqlx::query(END_OTHERS)
            .bind(user.0)
            .bind(keep.as_slice())
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        let detail = format!("other sessions ended: {ended}");
        let entry = Entry { action: "user.password", cluster: None, subject: &name, detail: &detail };
        audit::record(&mut transaction, actor, entry).await?;
        self.commit(transaction).await?;
        Ok(ended)
    }
}

impl From<(i64, String, String)> for User {
    fn from((id, name, password_hash): (i64, String, String)) -> Self {
        Self { id: UserId(id), name, password_hash }
    }
}
