//! Entries of directors' data planes that somebody else made: what is known of them, and what a director is told to do with one.
//! To ignore one is the console's own affair (`Store::ignore`).

use std::time::Duration;

use model::table::{Foreign, ForeignAction, ForeignKey};
use model::{DirectorId, Why};
use protocol::ForeignCommand;
use protocol::wire::console_message::Kind;

use super::{Fleet, Unanswered};
use crate::store::{Actor, StoreError};

/// The ability that an agent has to name.
const FEATURE: &str = "foreign";

/// A director has so long: it reads its whole table first.
const TIME: Duration = Duration::from_secs(20);

/// What a director's last report told of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignEntries {
    /// The entries, `protocol::MAX_FOREIGN` at most.
    pub entries: Vec<Foreign>,
    /// How many there are in all.
    pub total: u32,
}

/// Why a director did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It did not answer. What timed out or was lost it may have done nevertheless.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    /// It could not.
    #[error("the director could not: {0}")]
    Refused(Why),
    /// The log could not be written, so nothing was sent.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fleet {
    /// Entries of a director's data plane that somebody else made, as of its last report; ignored ones are among them.
    pub fn foreign(&self, director: DirectorId) -> ForeignEntries {
        let observed = self.director(director).observed;
        observed.map_or_else(ForeignEntries::default, |observed| ForeignEntries {
            entries: observed.foreign.clone(),
            total: observed.foreign_total,
        })
    }

    /// Has a director take over an entry of somebody else's. That happens as soon as its desired state has such an entry, which
    /// may be now; until then the entry is left alone.
    pub async fn adopt(
        &self,
        actor: &Actor,
        director: DirectorId,
        entry: &ForeignKey,
    ) -> Result<(), CommandError> {
        self.command(actor, director, entry, ForeignAction::Adopt).await
    }

    /// Has a director remove an entry of somebody else's, and everything in it.
    pub async fn remove(
        &self,
        actor: &Actor,
        director: DirectorId,
        entry: &ForeignKey,
    ) -> Result<(), CommandError> {
        self.command(actor, director, entry, ForeignAction::Remove).await
    }

    async fn command(
        &self,
        actor: &Actor,
        director: DirectorId,
        entry: &ForeignKey,
        action: ForeignAction,
    ) -> Result<(), CommandError> {
        let state = self.director(director);
        if !state.connected {
            return Err(Unanswered::NotConnected.into());
        }
        if !state.features.contains(FEATURE) {
            return Err(Unanswered::TooOld.into());
        }
        // Before it is sent: a command whose answer is lost may have been carried out.
        self.inner.store.commanded(actor, director, entry, action).await?;
        let command = ForeignCommand { entry: entry.clone(), action };
        let registry = &self.inner.registry;
        let commanded = registry.command(director, |id| Kind::Foreign(command.to_wire(id)))?;
        commanded.answer(registry, director, TIME).await?.map_err(CommandError::Refused)
    }
}
