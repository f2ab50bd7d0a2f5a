//! `arapaima director`.

use anyhow::{Context, anyhow};
use clap::{Subcommand, ValueEnum};
use model::{ClusterId, MachineRole, Name};

use super::{Data, Failure, Outcome, say};
use crate::ca::Ca;
use crate::clock::Clock;
use crate::fleet::new_token;
use crate::store::Actor;

/// Machines that carry a cluster.
#[derive(Debug, Subcommand)]
pub(super) enum Director {
    /// Add a machine to a cluster; prints the one-time token that its agent enrols with.
    Add {
        /// A label, unique in the cluster.
        name: String,
        /// The cluster's number.
        #[arg(long, value_name = "ID")]
        cluster: ClusterId,
        /// What the machine is to be.
        #[arg(long, value_enum, default_value_t = Role::Director)]
        role: Role,
        #[command(flatten)]
        data: Data,
    },
}

/// What a machine is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Role {
    /// It balances.
    Director,
    /// It serves; its agent puts VIPs on loopback, keeps them quiet, and takes tunnels in.
    RealServer,
}

impl From<Role> for MachineRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Director => Self::Director,
            Role::RealServer => Self::RealServer,
        }
    }
}

impl Director {
    pub(super) async fn run(self) -> Outcome {
        let Self::Add { name, cluster, role, data } = self;
        let role = MachineRole::from(role);
        let name = Name::parse(&name).map_err(|reason| {
            Failure::Usage(anyhow!("director name `{name}`: {reason}: {}", reason.remedy()))
        })?;
        let store = data.open().await?;
        let ca = Ca::open(&data.directory.join("ca"))?;
        let actor = Actor::command_line();
        let added = store.create_machine(&actor, cluster, name.clone(), role).await;
        let id = added.with_context(|| format!("cannot add the {role} `{name}` to cluster {cluster}"))?;
        let token = new_token(&store, &ca, &Clock::system(), &actor, id).await?;
        store.close().await;
        say::to_people(&format!(
            "Added {role} {id} `{name}`. Its agent enrols with this token, once, within an hour:"
        ));
        say::to_scripts(&token.to_string())?;
        Ok(())
    }
}
