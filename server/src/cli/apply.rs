//! `arapaima apply`.

use anyhow::Context;
use model::ClusterId;
use model::plan::Impact;

use super::{Data, Outcome, say};
use crate::store::Actor;

/// Apply a cluster's draft as its next generation. A running console pushes it to the directors within a second. Without a
/// change there is no new generation, and the newest one is printed.
#[derive(Debug, clap::Args)]
pub(super) struct Apply {
    /// The cluster's number.
    #[arg(long, value_name = "ID")]
    cluster: ClusterId,
    #[command(flatten)]
    data: Data,
    /// Why, for the history.
    #[arg(long, value_name = "TEXT")]
    message: String,
    /// Start the balancing too; without it a stopped cluster stays stopped.
    #[arg(long)]
    start: bool,
    /// How many virtual services end: asked for where that is all of them, or more than a quarter.
    #[arg(long, value_name = "N")]
    confirm: Option<u64>,
}

impl Apply {
    pub(super) async fn run(self) -> Outcome {
        let store = self.data.open().await?;
        let cluster = self.cluster;
        let draft = store.draft(cluster).await.with_context(|| format!("cannot apply cluster {cluster}"))?;
        let applied = draft.applied.as_deref();
        let running = self.start || applied.is_some_and(|revision| revision.desired.running);
        if let Some(revision) = applied
            && !draft.has_changes()
            && revision.desired.running == running
        {
            let generation = revision.generation;
            store.close().await;
            say::to_people(&format!(
                "There is nothing to apply: cluster {cluster} is as generation {generation} has it."
            ));
            say::to_scripts(&format!("generation {generation}"))?;
            return Ok(());
        }
        let impact = Impact::between(applied.map(|revision| &revision.desired), &draft.cluster);
        if let Some(ending) = impact.to_confirm().filter(|ending| self.confirm != Some(*ending)) {
            store.close().await;
            return Err(anyhow::anyhow!(
                "this ends {ending} of {} virtual services that cluster {cluster} offers: nothing was applied. Look at its changes in the \
                 console; if that is what you want, say --confirm {ending}",
                impact.offered
            )
            .into());
        }
        let base = applied.map(|revision| revision.generation);
        let actor = Actor::command_line();
        let made = store.apply(&actor, cluster, base, draft.version, &self.message, running).await;
        store.close().await;
        let revision = made.with_context(|| format!("cannot apply cluster {cluster}"))?;
        let state = if running { "running" } else { "stopped" };
        say::to_people(&format!("Applied cluster {cluster} as generation {}, {state}.", revision.generation));
        say::to_scripts(&format!("generation {}", revision.generation))?;
        Ok(())
    }
}
