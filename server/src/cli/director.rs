//! `arapaima director`.

use anyhow::{Context, anyhow};
use clap::Subcommand;
use model::{ClusterId, Name};

use super::{Data, Failure, Outcome, say};
use crate::ca::Ca;
use crate::clock::Clock;
use crate::fleet::new_token;
use crate::store::Actor;

/// Machines that carry a cluster.
#[derive(Debug, Subcommand)]
pub(super) enum Director {
    /// Add a director to a cluster; prints the one-time token that its agent enrols with.
    Add {
        /// A label, unique in the cluster.
        name: String,
        /// The cluster's number.
        #[arg(long, value_name = "ID")]
        cluster: ClusterId,
        #[command(flatten)]
        data: Data,
    },
}

impl Director {
    pub(super) async fn run(self) -> Outcome {
        let Self::Add { name, cluster, data } = self;
        let name = Name::parse(&name).map_err(|reason| {
            Failure::Usage(anyhow!("director name `{name}`: {reason}: {}", reason.remedy()))
        })?;
        let store = data.open().await?;
        let ca = Ca::open(&data.directory.join("ca"))?;
        let actor = Actor::command_line();
        let added = store.create_director(&actor, cluster, name.clone()).await;
        let id = added.with_context(|| format!("cannot add the director `{name}` to cluster {cluster}"))?;
        let token = new_token(&store, &ca, &Clock::system(), &actor, id).await?;
        store.close().await;
        say::to_people(&format!(
            "Added director {id} `{name}`. Its agent enrols with this token, once, within an hour:"
        ));
        say::to_scripts(&token.to_string())?;
        Ok(())
    }
}
