//! `arapaima backup` and `arapaima restore`.

use std::path::PathBuf;

use super::{Data, Failure, Outcome, say};
use crate::backup::{self, Error};
use crate::clock::now_ms;
use crate::store::Actor;

/// Write everything that lasts into one file, also while a console runs.
#[derive(Debug, clap::Args)]
pub(super) struct Backup {
    /// The file to make. It holds private keys and password hashes: keep it like them.
    file: PathBuf,
    #[command(flatten)]
    data: Data,
}

/// Make a data directory of a backup. No console may run on it.
#[derive(Debug, clap::Args)]
pub(super) struct Restore {
    /// What `arapaima backup` or the console's settings made.
    file: PathBuf,
    #[command(flatten)]
    data: Data,
    /// Also where there is data already; it is kept as a copy.
    #[arg(long)]
    force: bool,
}

impl Backup {
    pub(super) async fn run(self) -> Outcome {
        let store = self.data.open().await?;
        let made = backup::make(&store, &Actor::command_line(), &self.data.directory, &self.file).await;
        store.close().await;
        made?;
        say::to_people(&format!(
            "Wrote {}. It holds password hashes and the private keys of the agents' CA and of the pages: keep it like them.",
            self.file.display()
        ));
        Ok(())
    }
}

impl Restore {
    pub(super) async fn run(self) -> Outcome {
        let data = &self.data.directory;
        // In a name a moment has no colons.
        let now = app::time::iso(now_ms()).replace([':', '-'], "");
        let restored =
            backup::restore(&self.file, data, self.force, &now).await.map_err(|error| match error {
                Error::Occupied(_) => Failure::Usage(error.into()),
                other => Failure::Failed(other.into()),
            })?;
        say::to_people(&format!("Restored {} into {}.", self.file.display(), data.display()));
        if let Some(kept) = restored.kept {
            say::to_people(&format!("What was there before is in {}.", kept.display()));
        }
        say::to_people(
            "Directors that have a newer generation than the backup refuse what it applies until its generations have passed theirs; their pages say so.",
        );
        Ok(())
    }
}
