//! `arapaima user`.

mod password;

use anyhow::anyhow;
use clap::Subcommand;
use model::{ClusterId, Name, Problems, Role, Roles};

use super::{Data, Failure, Outcome, say};
use crate::auth::Auth;
use crate::store::{self, Actor, Store, StoreError};

use password::{chosen, tell};

/// People who may log in.
#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Make an account; prints its generated password once.
    Add {
        /// The name to log in with.
        name: String,
        /// What it may do in the whole console: viewer, operator, administrator or none.
        #[arg(long, default_value = "administrator")]
        role: GivenRole,
        #[command(flatten)]
        data: Data,
        /// Read the password from standard input (its first line) instead of making one.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give an account a new password and end its sessions; prints the generated password once.
    Password {
        /// The name to log in with.
        name: String,
        #[command(flatten)]
        data: Data,
        /// Read the password from standard input (its first line) instead of making one.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Print every account: name, roles, and whether it is enabled, with tabs between them.
    List {
        #[command(flatten)]
        data: Data,
    },
    /// Change what an account may do.
    Role {
        /// The name to log in with.
        name: String,
        /// viewer, operator, administrator or none.
        role: GivenRole,
        /// In this cluster alone; without it in the whole console.
        #[arg(long, value_name = "ID")]
        cluster: Option<ClusterId>,
        #[command(flatten)]
        data: Data,
    },
    /// Keep somebody from logging in, and end the account's sessions.
    Disable {
        /// The name to log in with.
        name: String,
        #[command(flatten)]
        data: Data,
    },
    /// Let somebody log in again.
    Enable {
        /// The name to log in with.
        name: String,
        #[command(flatten)]
        data: Data,
    },
    /// Delete an account with its sessions and roles. Revisions and the audit log keep its name.
    Delete {
        /// The name to log in with.
        name: String,
        #[command(flatten)]
        data: Data,
    },
}

/// A role as typed, or `none`.
#[derive(Clone, Copy, Debug)]
pub(super) struct GivenRole(Option<Role>);

impl std::str::FromStr for GivenRole {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" {
            return Ok(Self(None));
        }
        Role::parse(text).map(|role| Self(Some(role))).map_err(|_| {
            let roles: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
            format!("it is one of {}, none", roles.join(", "))
        })
    }
}

impl User {
    pub(super) async fn run(self) -> Outcome {
        match self {
            Self::Add { name, role, data, password_stdin } => add(&name, role, &data, password_stdin).await,
            Self::Password { name, data, password_stdin } => password(&name, &data, password_stdin).await,
            Self::List { data } => list(&data).await,
            Self::Role { name, role, cluster, data } => set_role(&name, role, cluster, &data).await,
            Self::Disable { name, data } => set_disabled(&name, &data, true).await,
            Self::Enable { name, data } => set_disabled(&name, &data, false).await,
            Self::Delete { name, data } => delete(&name, &data).await,
        }
    }
}

async fn add(name: &str, role: GivenRole, data: &Data, password_stdin: bool) -> Outcome {
    let name = parsed(name)?;
    let password = chosen(password_stdin)?;
    let store = data.open_or_make().await?;
    let hash = Auth::new()?.hash(&password).await?;
    let roles = Roles { everywhere: role.0, ..Roles::default() };
    let made = store.create_user(&Actor::command_line(), &name, &hash, &roles).await;
    store.close().await;
    match made {
        Ok(_) => tell(&format!("Made the account `{name}` (role: {roles})."), &password, password_stdin),
        Err(StoreError::Invalid(problems)) => Err(taken(&name, &problems)),
        Err(error) => Err(error.into()),
    }
}

async fn password(name: &str, data: &Data, password_stdin: bool) -> Outcome {
    let name = parsed(name)?;
    let password = chosen(password_stdin)?;
    let store = data.open().await?;
    let hash = Auth::new()?.hash(&password).await?;
    let user = found(&store, &name).await?;
    let changed = store.set_password(&Actor::command_line(), user.id, &hash, None).await;
    store.close().await;
    changed?;
    tell(&format!("Changed the password of `{name}` and ended its sessions."), &password, password_stdin)
}

async fn list(data: &Data) -> Outcome {
    let store = data.open().await?;
    let people = store.people().await;
    store.close().await;
    for person in people? {
        let state = if person.disabled_ms.is_some() { "disabled" } else { "enabled" };
        say::to_scripts(&format!("{}\t{}\t{state}", person.name, person.roles))?;
    }
    Ok(())
}

async fn set_role(name: &str, role: GivenRole, cluster: Option<ClusterId>, data: &Data) -> Outcome {
    let name = parsed(name)?;
    let store = data.open().await?;
    let user = found(&store, &name).await?;
    let mut roles = store.person(user.id).await?.roles;
    match (cluster, role.0) {
        (None, role) => roles.everywhere = role,
        (Some(cluster), Some(role)) => {
            store.summary(cluster).await?;
            roles.clusters.insert(cluster, role);
        }
        (Some(cluster), None) => _ = roles.clusters.remove(&cluster),
    }
    let set = store.set_roles(&Actor::command_line(), user.id, &roles, None).await;
    store.close().await;
    set?;
    say::to_people(&format!("`{name}` has the roles: {roles}."));
    Ok(())
}

async fn set_disabled(name: &str, data: &Data, disabled: bool) -> Outcome {
    let name = parsed(name)?;
    let store = data.open().await?;
    let user = found(&store, &name).await?;
    let set = store.set_disabled(&Actor::command_line(), user.id, disabled).await;
    store.close().await;
    set?;
    let done = if disabled { "Disabled" } else { "Enabled" };
    let more = if disabled { " and ended its sessions" } else { "" };
    say::to_people(&format!("{done} the account `{name}`{more}."));
    Ok(())
}

async fn delete(name: &str, data: &Data) -> Outcome {
    let name = parsed(name)?;
    let store = data.open().await?;
    let user = found(&store, &name).await?;
    let deleted = store.delete_user(&Actor::command_line(), user.id).await;
    store.close().await;
    deleted?;
    say::to_people(&format!("Deleted the account `{name}`."));
    Ok(())
}

fn parsed(name: &str) -> Result<Name, Failure> {
    Name::parse(name)
        .map_err(|reason| Failure::Usage(anyhow!("user name `{name}`: {reason}: {}", reason.remedy())))
}

async fn found(store: &Store, name: &Name) -> Result<store::User, Failure> {
    let found = store.user_by_name(name.as_str()).await?;
    found.ok_or_else(|| {
        Failure::Failed(anyhow!(
            "there is no account `{name}`; `arapaima user list` shows all, `arapaima user add` makes one"
        ))
    })
}

fn taken(name: &Name, problems: &Problems) -> Failure {
    Failure::Failed(anyhow!("cannot make the account `{name}`: {problems}"))
}
