//! Accounts: making one, finding one, passwords.

use model::{Field, Name, Role, Roles};
use serde_json::Value;
use sqlx::{Sqlite, Transaction};

use super::audit::{self, Entry};
use super::statements::statements;
use super::{Actor, Changed, Result, Store, StoreError, UserId, people};
use crate::clock;

/// The most accounts of a console. Ours: a site's whole staff, and a list that one query answers.
pub const MOST_USERS: i64 = 1_000;

statements! {
    /// A new user.
    INSERT = "insert into users (name, password_hash, created_ms, password_changed_ms, role) values (?, ?, ?, ?, ?)";
    /// By name, whatever its case.
    BY_NAME = "select id, name, password_hash, disabled_ms from users where name = ?";
    /// How many there are.
    COUNT = "select count(*) from users";
    /// The name of one.
    NAME_OF = "select name from users where id = ?";
    /// Another password.
    SET_PASSWORD = "update users set password_hash = ?, password_changed_ms = ? where id = ?";
    /// Browsers that knew the old password are strangers.
    FORGET_BROWSERS = "delete from browsers where user_id = ?";
    /// Ends a user's sessions but one.
    END_OTHERS = "delete from sessions where user_id = ? and id_hash <> ?";
}

/// An account, to log in with. Deliberately not `Serialize`: it carries the password's hash.
#[derive(Clone, Debug)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Its name, as it was made.
    pub name: String,
    /// The password, Argon2id in PHC form.
    pub password_hash: String,
    /// Since when nobody can log in with it, in milliseconds since 1970.
    pub disabled_ms: Option<i64>,
}

impl Store {
    /// Makes a user who may log in with the password of this hash, and may do what these roles allow.
    pub async fn create_user(
        &self,
        actor: &Actor,
        name: &Name,
        password_hash: &str,
        roles: &Roles,
    ) -> Result<UserId> {
        let mut transaction = self.begin().await?;
        let count: i64 = sqlx::query_scalar(COUNT).fetch_one(&mut *transaction).await?;
        if count >= MOST_USERS {
            return Err(StoreError::TooManyUsers);
        }
        let id = insert(&mut transaction, actor, name, password_hash, roles).await?;
        self.commit(transaction).await?;
        Ok(id)
    }

    /// Makes the first user, an administrator; `None` where there is one already, whoever was faster.
    pub async fn create_first_user(
        &self,
        from: &str,
        name: &Name,
        password_hash: &str,
    ) -> Result<Option<UserId>> {
        let mut transaction = self.begin().await?;
        let count: i64 = sqlx::query_scalar(COUNT).fetch_one(&mut *transaction).await?;
        if count > 0 {
            return Ok(None);
        }
        let actor = Actor { user: None, name: name.to_string(), from: from.to_owned() };
        let roles = Roles::everywhere(Role::Administrator);
        let id = insert(&mut transaction, &actor, name, password_hash, &roles).await?;
        self.commit(transaction).await?;
        Ok(Some(id))
    }

    /// A user by name; upper and lower case are the same.
    pub async fn user_by_name(&self, name: &str) -> Result<Option<User>> {
        let row: Option<(i64, String, String, Option<i64>)> =
            sqlx::query_as(BY_NAME).bind(name).fetch_optional(self.readers()).await?;
        Ok(row.map(|(id, name, password_hash, disabled_ms)| User {
            id: UserId(id),
            name,
            password_hash,
            disabled_ms,
        }))
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
        let mut transaction = self.begin().await?;
        let name = name_of(&mut transaction, user).await?;
        sqlx::query(SET_PASSWORD)
            .bind(password_hash)
            .bind(clock::now_ms())
            .bind(user.0)
            .execute(&mut *transaction)
            .await?;
        let ended = shut_out(&mut transaction, user, keep).await?;
        let detail = format!("other sessions ended: {ended}");
        let entry = Entry { action: "user.password", cluster: None, subject: &name, detail: &detail };
        audit::record(&mut transaction, actor, entry).await?;
        self.commit(transaction).await?;
        Ok(ended)
    }
}

/// The name of a user that is there.
pub(super) async fn name_of(transaction: &mut Transaction<'static, Sqlite>, user: UserId) -> Result<String> {
    let name = sqlx::query_scalar(NAME_OF).bind(user.0).fetch_optional(&mut **transaction).await?;
    name.ok_or(StoreError::NotFound("user"))
}

/// Forgets a user's browsers and ends all sessions but the one kept; returns how many ended.
pub(super) async fn shut_out(
    transaction: &mut Transaction<'static, Sqlite>,
    user: UserId,
    keep: Option<[u8; 32]>,
) -> Result<u64> {
    sqlx::query(FORGET_BROWSERS).bind(user.0).execute(&mut **transaction).await?;
    let keep = keep.unwrap_or_default();
    let ended =
        sqlx::query(END_OTHERS).bind(user.0).bind(keep.as_slice()).execute(&mut **transaction).await?;
    Ok(ended.rows_affected())
}

async fn insert(
    transaction: &mut Transaction<'static, Sqlite>,
    actor: &Actor,
    name: &Name,
    password_hash: &str,
    roles: &Roles,
) -> Result<UserId> {
    let now = clock::now_ms();
    let inserted = sqlx::query(INSERT)
        .bind(name.as_str())
        .bind(password_hash)
        .bind(now)
        .bind(now)
        .bind(roles.everywhere.map(Role::name))
        .execute(&mut **transaction)
        .await
        .map_err(|error| StoreError::duplicate(error, Field::UserName, name.as_str()))?;
    let id = UserId(inserted.last_insert_rowid());
    people::put_cluster_roles(transaction, id, roles).await?;
    let detail = format!("roles: {roles}");
    let entry = Entry { action: "user.create", cluster: None, subject: name.as_str(), detail: &detail };
    let changed = vec![Changed::field("roles", Value::Null, roles.to_string())];
    audit::record_with(transaction, actor, entry, changed).await?;
    Ok(id)
}
