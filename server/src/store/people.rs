//! People: what each may do, shutting one out, deleting one. There is always an administrator who can log in.

use std::collections::BTreeMap;

use model::{ClusterId, Role, Roles};
use serde_json::Value;
use sqlx::{Sqlite, Transaction};

use super::audit::{self, Entry};
use super::statements::statements;
use super::{Actor, Changed, Result, Store, StoreError, UserId, users};
use crate::clock;

statements! {
    /// Everybody, with every role.
    EVERY = "select users.id, users.name, users.created_ms, users.password_changed_ms, users.disabled_ms, users.role, user_roles.cluster_id, user_roles.role from users left join user_roles on user_roles.user_id = users.id order by users.name collate nocase, users.id";
    /// One, with every role.
    ONE = "select users.id, users.name, users.created_ms, users.password_changed_ms, users.disabled_ms, users.role, user_roles.cluster_id, user_roles.role from users left join user_roles on user_roles.user_id = users.id where users.id = ?";
    /// When each was last there.
    LAST_SEEN = "select user_id, max(last_seen_ms), count(*) from sessions where expires_ms > ? group by user_id";
    /// The names of those who can give roles.
    ADMINISTRATORS = "select name from users where role = 'administrator' and disabled_ms is null order by name collate nocase limit ?";
    /// Another console-wide role.
    SET_ROLE = "update users set role = ? where id = ?";
    /// Roles in clusters, which are put anew then.
    CLEAR_ROLES = "delete from user_roles where user_id = ?";
    /// A role in a cluster that is there.
    PUT_ROLE = "insert into user_roles (user_id, cluster_id, role) select ?, id, ? from clusters where id = ?";
    /// Shut out since, or let in again.
    SET_DISABLED = "update users set disabled_ms = ? where id = ?";
    /// Gone, with sessions and roles.
    DELETE = "delete from users where id = ?";
    /// How many administrators can log in.
    COUNT_ADMINISTRATORS = "select count(*) from users where role = 'administrator' and disabled_ms is null";
}

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The account's id.
    pub id: UserId,
    /// Its name, as it was made.
    pub name: String,
    /// What the person may do.
    pub roles: Roles,
    /// When the account was made, in milliseconds since 1970, as all times here.
    pub created_ms: i64,
    /// When its password was set.
    pub password_changed_ms: i64,
    /// Since when nobody can log in with it.
    pub disabled_ms: Option<i64>,
}

/// What a person's unexpired sessions say together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The latest use.
    pub last_ms: Option<i64>,
    /// How many there are.
    pub sessions: i64,
}

impl Person {
    /// Whether the person can log in and administer the console.
    pub fn administers(&self) -> bool {
        self.disabled_ms.is_none() && self.roles.may(Role::Administrator, None)
    }
}

type Row = (i64, String, i64, i64, Option<i64>, Option<String>, Option<u32>, Option<String>);

impl Store {
    /// Everybody, by name; [`MOST_USERS`](super::MOST_USERS) at most.
    pub async fn people(&self) -> Result<Vec<Person>> {
        let rows: Vec<Row> = sqlx::query_as(EVERY).fetch_all(self.readers()).await?;
        gathered(rows)
    }

    /// A person.
    pub async fn person(&self, id: UserId) -> Result<Person> {
        let rows: Vec<Row> = sqlx::query_as(ONE).bind(id.0).fetch_all(self.readers()).await?;
        gathered(rows)?.pop().ok_or(StoreError::NotFound("user"))
    }

    /// When everybody who has a session was last there.
    pub async fn people_seen(&self, now_ms: i64) -> Result<BTreeMap<UserId, Seen>> {
        let rows: Vec<(i64, Option<i64>, i64)> =
            sqlx::query_as(LAST_SEEN).bind(now_ms).fetch_all(self.readers()).await?;
        Ok(rows
            .into_iter()
            .map(|(user, last_ms, sessions)| (UserId(user), Seen { last_ms, sessions }))
            .collect())
    }

    /// The names of administrators who can log in, so many at most.
    pub async fn administrators(&self, most: u32) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar(ADMINISTRATORS).bind(most).fetch_all(self.readers()).await?)
    }

    /// Gives a person other roles; takes effect with the next request of each session. `base` are the roles that the change
    /// was decided by: where they are others by now the answer is [`StoreError::RolesMoved`] and nothing changes.
    pub async fn set_roles(
        &self,
        actor: &Actor,
        user: UserId,
        roles: &Roles,
        base: Option<&Roles>,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let before = one(&mut transaction, user).await?;
        if before.roles == *roles {
            return Ok(());
        }
        if base.is_some_and(|base| before.roles != *base) {
            return Err(StoreError::RolesMoved(before.roles));
        }
        let role = roles.everywhere.map(Role::name);
        sqlx::query(SET_ROLE).bind(role).bind(user.0).execute(&mut *transaction).await?;
        sqlx::query(CLEAR_ROLES).bind(user.0).execute(&mut *transaction).await?;
        put_cluster_roles(&mut transaction, user, roles).await?;
        keep_an_administrator(&mut transaction, &before).await?;
        let detail = format!("roles: {} -> {roles}", before.roles);
        let entry = Entry { action: "user.roles", cluster: None, subject: &before.name, detail: &detail };
        let changed = vec![Changed::field("roles", before.roles.to_string(), roles.to_string())];
        audit::record_with(&mut transaction, actor, entry, changed).await?;
        self.commit(transaction).await
    }

    /// Shuts a person out, whose sessions end, or lets the person in again. Twice is as good as once.
    pub async fn set_disabled(&self, actor: &Actor, user: UserId, disabled: bool) -> Result<()> {
        let mut transaction = self.begin().await?;
        let before = one(&mut transaction, user).await?;
        if before.disabled_ms.is_some() == disabled {
            return Ok(());
        }
        let since = disabled.then(clock::now_ms);
        sqlx::query(SET_DISABLED).bind(since).bind(user.0).execute(&mut *transaction).await?;
        let (action, detail) = if disabled {
            let ended = users::shut_out(&mut transaction, user, None).await?;
            keep_an_administrator(&mut transaction, &before).await?;
            ("user.disable", audit::with_changes(&format!("sessions ended: {ended}"), &[]))
        } else {
            ("user.enable", String::new())
        };
        let entry = Entry { action, cluster: None, subject: &before.name, detail: &detail };
        let changed = vec![Changed::field("disabled", !disabled, disabled)];
        audit::record_with(&mut transaction, actor, entry, changed).await?;
        self.commit(transaction).await
    }

    /// Deletes a person's account with its sessions and roles. Revisions and the audit log keep the name.
    pub async fn delete_user(&self, actor: &Actor, user: UserId) -> Result<()> {
        let mut transaction = self.begin().await?;
        let before = one(&mut transaction, user).await?;
        sqlx::query(DELETE).bind(user.0).execute(&mut *transaction).await?;
        keep_an_administrator(&mut transaction, &before).await?;
        let detail = format!("roles: {}", before.roles);
        let entry = Entry { action: "user.delete", cluster: None, subject: &before.name, detail: &detail };
        let changed = vec![Changed::field("roles", before.roles.to_string(), Value::Null)];
        audit::record_with(&mut transaction, actor, entry, changed).await?;
        self.commit(transaction).await
    }
}

/// A person's roles in clusters, where there are none yet. A cluster that is gone has nobody's role any more.
pub(super) async fn put_cluster_roles(
    transaction: &mut Transaction<'static, Sqlite>,
    user: UserId,
    roles: &Roles,
) -> Result<()> {
    for (cluster, role) in &roles.clusters {
        let put = sqlx::query(PUT_ROLE).bind(user.0).bind(role.name()).bind(cluster.0);
        put.execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Refuses to take the last administrator who can log in away; the transaction is dropped then.
async fn keep_an_administrator(
    transaction: &mut Transaction<'static, Sqlite>,
    before: &Person,
) -> Result<()> {
    let left: i64 = sqlx::query_scalar(COUNT_ADMINISTRATORS).fetch_one(&mut **transaction).await?;
    if left == 0 && before.administers() { Err(StoreError::LastAdministrator) } else { Ok(()) }
}

async fn one(transaction: &mut Transaction<'static, Sqlite>, user: UserId) -> Result<Person> {
    let rows: Vec<Row> = sqlx::query_as(ONE).bind(user.0).fetch_all(&mut **transaction).await?;
    gathered(rows)?.pop().ok_or(StoreError::NotFound("user"))
}

/// A row for each role of a person, or one where there is none: rows of one person stand together.
fn gathered(rows: Vec<Row>) -> Result<Vec<Person>> {
    let mut people: Vec<Person> = Vec::new();
    for (id, name, created_ms, password_changed_ms, disabled_ms, everywhere, cluster, role) in rows {
        let id = UserId(id);
        if people.last().is_none_or(|person| person.id != id) {
            let roles = Roles { everywhere: everywhere.map(parsed).transpose()?, ..Roles::default() };
            people.push(Person { id, name, roles, created_ms, password_changed_ms, disabled_ms });
        }
        if let (Some(person), Some(cluster), Some(role)) = (people.last_mut(), cluster, role) {
            person.roles.clusters.insert(ClusterId(cluster), parsed(role)?);
        }
    }
    Ok(people)
}

/// The roles of one person, a row for each in a cluster or one where there is none; `None` without a row.
pub(super) fn roles(rows: Vec<(Option<String>, Option<u32>, Option<String>)>) -> Result<Option<Roles>> {
    let mut roles = None;
    for (everywhere, cluster, role) in rows {
        let everywhere = everywhere.map(parsed).transpose()?;
        let roles = roles.get_or_insert_with(|| Roles { everywhere, ..Roles::default() });
        if let (Some(cluster), Some(role)) = (cluster, role) {
            roles.clusters.insert(ClusterId(cluster), parsed(role)?);
        }
    }
    Ok(roles)
}

fn parsed(role: String) -> Result<Role> {
    Role::try_from(role).map_err(|error| StoreError::damaged("role", error))
}
