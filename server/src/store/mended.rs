//! What agents were told to mend: the log alone knows.

use model::DirectorId;

use super::audit::{self, Entry};
use super::directors::one;
use super::{Actor, Result, Store};

impl Store {
    /// Notes that a machine's agent is told to mend something, by the agent's own name for it.
    pub async fn mended(&self, actor: &Actor, director: DirectorId, fix: &str) -> Result<()> {
        let mut transaction = self.begin().await?;
        let director = one(&mut transaction, director).await?;
        let (cluster, subject) = (Some(director.cluster), director.name.as_str());
        let entry = Entry { action: "director.mend", cluster, subject, detail: fix };
        audit::record(&mut transaction, actor, entry).await?;
        self.commit(transaction).await
    }
}
