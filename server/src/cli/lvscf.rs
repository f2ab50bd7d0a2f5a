//! `arapaima lvscf`: look at a Piranha file, or take it over.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::{Subcommand, ValueEnum};
use formats::lvscf;
use formats::report::LossReport;
use model::{Cluster, Name};

use super::ipvsadm::Export;
use super::{Data, Failure, Outcome, say};
use crate::http::IMPORT_LIMIT;
use crate::store::Actor;

/// Piranha's configuration files.
#[derive(Debug, Subcommand)]
pub(super) enum Lvscf {
    /// Say what a file means, or where and why Piranha would refuse it.
    Check {
        /// The file.
        file: PathBuf,
        /// For a person or for a program.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Make a cluster of a file: a draft, of which nothing is applied yet.
    Import {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        data: Data,
        /// The cluster's name; without it the file's.
        #[arg(long)]
        name: Option<String>,
    },
    /// Write a cluster as Piranha would have.
    Export(Export),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

impl Lvscf {
    pub(super) async fn run(self) -> Outcome {
        match self {
            Self::Check { file, format } => check(&file, format),
            Self::Import { file, data, name } => import(&file, &data, name.as_deref()).await,
            Self::Export(export) => {
                let exported = lvscf::export(&export.cluster().await?);
                if !exported.report.is_empty() {
                    say::to_people(exported.report.to_string().trim_end());
                }
                Ok(say::to_scripts(String::from_utf8_lossy(&lvscf::print(&exported.values)).trim_end())?)
            }
        }
    }
}

fn check(file: &Path, format: Format) -> Outcome {
    let source = read(file)?;
    let outcome = lvscf::parse(&source);
    match format {
        Format::Json => say::to_scripts(&lvscf::to_json(&outcome)?)?,
        Format::Text => match &outcome {
            Ok(_) => {
                let imported = lvscf::import(&source, name_of(file, None)?);
                let report = imported.map(|imported| imported.report.to_string()).unwrap_or_default();
                say::to_scripts(&format!("{}: Piranha reads this file", file.display()))?;
                if !report.is_empty() {
                    say::to_scripts(report.trim_end())?;
                }
            }
            Err(diagnostic) => say::to_people(&diagnostic.render(&file.to_string_lossy(), &source)),
        },
    }
    if outcome.is_ok() { Ok(()) } else { Err(Failure::Said) }
}

async fn import(file: &Path, data: &Data, name: Option<&str>) -> Outcome {
    let source = read(file)?;
    let name = name_of(file, name)?;
    let imported = match lvscf::import(&source, name.clone()) {
        Ok(imported) => imported,
        Err(diagnostic) => {
            say::to_people(&diagnostic.render(&file.to_string_lossy(), &source));
            return Err(Failure::Said);
        }
    };
    keep(imported.cluster, &imported.report, &name, data).await
}

/// Puts an imported cluster into the store, and says what it does not keep.
pub(super) async fn keep(cluster: Cluster, report: &LossReport, name: &Name, data: &Data) -> Outcome {
    let store = data.open().await?;
    let made = store.import_cluster(&Actor::command_line(), cluster).await;
    store.close().await;
    let id = made.with_context(|| format!("cannot make the cluster `{name}`"))?;
    if !report.is_empty() {
        say::to_people(report.to_string().trim_end());
    }
    say::to_scripts(&format!("cluster {id} {name}"))?;
    Ok(())
}

pub(super) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let source = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    if source.len() > IMPORT_LIMIT {
        let limit = IMPORT_LIMIT / 1024;
        return Err(Failure::Failed(anyhow!(
            "{} is larger than {limit} KiB; is it the right file?",
            file.display()
        )));
    }
    Ok(source)
}

pub(super) fn name_of(file: &Path, given: Option<&str>) -> Result<Name, Failure> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let text = given.unwrap_or(&stem);
    Name::parse(text).map_err(|reason| {
        Failure::Usage(anyhow!("cluster name `{text}`: {reason}: {}; --name sets it", reason.remedy()))
    })
}
