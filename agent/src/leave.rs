//! `arapaima-agent leave`: the machine as it would be without the agent.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use model::table::{Scope, Table, steps};
use model::{Cluster, Desired, Name};

use crate::data_plane::kernel::probe;
use crate::data_plane::kernel::registry::Registry;
use crate::data_plane::{DataPlane, StepError};
use crate::disk::State;
use crate::reconcile::wanted;
use crate::surroundings::Surroundings as _;
use crate::surroundings::kernel::Kernel;

/// Undoes all; the exit code is the one that `--help` describes.
pub async fn run(state: &Path) -> ExitCode {
    let said = match leave(state).await {
        Ok(failed) if failed.is_empty() => {
            "left: services, addresses, rules and tunnels that this agent made are gone, and settings are what they were\n".to_owned()
        }
        Ok(failed) => {
            let mut text = format!("{} things of this agent's would not go; try again, or by hand:\n", failed.len());
            for one in &failed {
                // Writing to memory does not fail.
                let _written = writeln!(text, "  {one}");
            }
            return say(&text, ExitCode::from(1));
        }
        Err(error) => {
            tracing::error!("{error:#}");
            return ExitCode::from(1);
        }
    };
    say(&said, ExitCode::SUCCESS)
}

/// Takes away what the agent with this state directory has made, the table first: nobody is directed to an address that is gone. Answers
/// with what would not go. Refuses while the agent runs.
pub async fn leave(directory: &Path) -> anyhow::Result<Vec<String>> {
    // Mistyped, it would be made, and nothing would be undone.
    if !directory.is_dir() {
        anyhow::bail!("there is no directory {}: name the agent's own with --state", directory.display());
    }
    // For as long as this is held, no agent starts.
    let _state = State::open(directory)?;
    let mut failed = Vec::new();
    if Registry::exists(directory) {
        match probe::probe() {
            Ok(found) => failed.extend(table(&found.data_plane("leaving".into(), directory)?).await?),
            // What the kernel cannot tell it does not have: its table went with its module, or with the permission to see it.
            Err(why_not) => failed.push(format!("services in the kernel: {why_not}")),
        }
    }
    let surroundings = Kernel::open(directory)?;
    let left = surroundings.leave().await?;
    failed.extend(left.into_iter().map(|(_, error)| error.to_string()));
    Ok(failed)
}

async fn table(data_plane: &dyn DataPlane) -> anyhow::Result<Vec<String>> {
    let holding = data_plane.read(&Scope::Whole).await?;
    let nothing = Table::default();
    let wanted = wanted(&nothing, &holding);
    let steps = steps(&holding.own, &wanted.table);
    let results = data_plane.apply(&steps).await;
    let failed = steps.iter().zip(results);
    let mut failed: Vec<_> =
        failed.filter_map(|(step, result)| Some(format!("cannot {step}: {}", result.err()?))).collect();
    let cluster = Cluster::new(Name::parse("left").map_err(|reason| anyhow::anyhow!("{reason}"))?);
    if let Err(StepError(why)) = data_plane.synchronise(&Desired { running: false, cluster }).await {
        failed.push(why.to_string());
    }
    // Seen, and not believed; what is gone is forgotten with it.
    let left = data_plane.read(&Scope::Whole).await?;
    for key in left.own.services.keys() {
        failed.push(match wanted.refused.get(&(key.clone(), None)) {
            Some(why) => format!("service {key}: {why}"),
            None => format!("service {key} is still there"),
        });
    }
    Ok(failed)
}

/// Nobody may be reading; what was done is done.
fn say(text: &str, code: ExitCode) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let _written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    code
}
