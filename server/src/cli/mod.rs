//! The commands. Standard output has what a script wants, and only that; everything for people goes to standard error.
//!
//! Exit codes: 0 done, 1 not done, 64 (`EX_USAGE`) typed wrong.

mod apply;
mod backup;
mod director;
mod ipvsadm;
mod lvscf;
mod say;
mod serve;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::store::Store;

/// A web console for Linux Virtual Server clusters.
#[derive(Debug, Parser)]
#[command(name = "arapaima", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the console.
    Serve(serve::Serve),
    /// People who may log in.
    #[command(subcommand)]
    User(user::User),
    /// Piranha's configuration files.
    #[command(subcommand)]
    Lvscf(lvscf::Lvscf),
    /// Tables as `ipvsadm-save` writes them.
    #[command(subcommand)]
    Ipvsadm(ipvsadm::Ipvsadm),
    /// Machines that carry a cluster.
    #[command(subcommand)]
    Director(director::Director),
    /// Apply a cluster's draft.
    Apply(apply::Apply),
    /// Write everything that lasts into one file.
    Backup(backup::Backup),
    /// Make a data directory of such a file.
    Restore(backup::Restore),
}

/// Where the console keeps what lasts.
#[derive(Debug, clap::Args)]
struct Data {
    /// The console's data directory.
    #[arg(long = "data", value_name = "DIR", env = "ARAPAIMA_DATA")]
    directory: PathBuf,
}

/// Why a command was not done.
#[derive(Debug)]
enum Failure {
    /// Typed wrong: 64.
    Usage(anyhow::Error),
    /// Anything else: 1.
    Failed(anyhow::Error),
    /// Said already: 1.
    Said,
}

/// What a command returns.
type Outcome = Result<(), Failure>;

/// Runs what was typed.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too, and are no failure.
            let _nobody_reads_it = error.print();
            return if error.use_stderr() { ExitCode::from(64) } else { ExitCode::SUCCESS };
        }
    };
    say::log();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(cli.command)),
        Err(error) => Err(Failure::Failed(anyhow::Error::new(error).context("cannot start the runtime"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Said) => ExitCode::FAILURE,
        Err(Failure::Failed(error)) => {
            say::to_people(&format!("arapaima: {error:#}"));
            ExitCode::FAILURE
        }
        Err(Failure::Usage(error)) => {
            say::to_people(&format!("arapaima: {error:#}"));
            ExitCode::from(64)
        }
    }
}

async fn run(command: Command) -> Outcome {
    match command {
        Command::Serve(serve) => serve.run().await,
        Command::User(user) => user.run().await,
        Command::Lvscf(lvscf) => lvscf.run().await,
        Command::Ipvsadm(ipvsadm) => ipvsadm.run().await,
        Command::Director(director) => director.run().await,
        Command::Apply(apply) => apply.run().await,
        Command::Backup(backup) => backup.run().await,
        Command::Restore(restore) => restore.run().await,
    }
}

impl Data {
    /// The store that is there. Only `serve` and `user add` begin one: elsewhere its absence means that the directory was typed wrong.
    async fn open(&self) -> Result<Store, Failure> {
        self.whole()?;
        let path = self.file();
        if !path.try_exists().unwrap_or(true) {
            return Err(Failure::Failed(anyhow::anyhow!(
                "there is no store at {}; is --data the directory that `arapaima serve` uses?",
                path.display()
            )));
        }
        Ok(Store::open(path).await?)
    }

    /// The store, new where there is none.
    async fn open_or_make(&self) -> Result<Store, Failure> {
        self.whole()?;
        Ok(Store::open(self.file()).await?)
    }

    /// Refuses a directory in which a restore was cut off.
    fn whole(&self) -> Outcome {
        if crate::backup::interrupted(&self.directory) {
            let error = crate::console::StartError::Interrupted(self.directory.clone());
            return Err(Failure::Failed(error.into()));
        }
        Ok(())
    }

    fn file(&self) -> PathBuf {
        self.directory.join("arapaima.db")
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
