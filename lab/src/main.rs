//! The lab: the guide's four machines and a client as network namespaces of one kernel that has IPVS, with the real
//! console and the real agents, and the scenarios that hold there. `cargo xtask lab` starts this program, in the guest
//! kernel or, where the machine's own kernel has IPVS, in namespaces of its own.
//!
//! What a scenario claims is checked by others: `ipvsadm`, `ip`, `nft`, `curl`, `tcpdump`, and who answered a client.

mod guide;
mod init;
mod measure;
mod net;
mod process;
mod scenarios;
mod shell;
mod tap;
mod time;
mod traffic;
mod witness;

use anyhow::Result;
use clap::{Parser, Subcommand};
use guide::{Plane, Programs};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "lab",
    about = "Runs the lab's scenarios as root of a kernel with IPVS",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run scenarios and print TAP
    Run {
        #[command(flatten)]
        programs: Programs,
        /// What the agents drive; without it each scenario runs with every data plane that it makes sense for
        #[arg(long)]
        data_plane: Option<Plane>,
        /// Every second one of them only: each half gets a kernel of its own
        #[arg(long)]
        half: Option<scenarios::Half>,
        /// The scenarios' names; none: all of them
        names: Vec<String>,
    },
    /// Name the scenarios
    List,
    /// Measure, for `cargo xtask bench ipvs`
    Measure(measure::Choice),
    /// Set the guide's machines up and leave them so
    Shell {
        #[command(flatten)]
        programs: Programs,
        /// What the agents drive
        #[arg(long, default_value = "kernel")]
        data_plane: Plane,
        /// Ends when this file appears
        #[arg(long)]
        until: PathBuf,
    },
}

fn main() -> ExitCode {
    if let Some(shared) = init::shared() {
        return init::run(&shared);
    }
    let done = match Arguments::parse().task {
        Task::Run { programs, data_plane, half, names } => run(&programs, data_plane, half, &names),
        Task::List => {
            scenarios::list();
            Ok(true)
        }
        Task::Measure(choice) => measure::measure(&choice).map(|()| true),
        Task::Shell { programs, data_plane, until } => {
            shell::shell(&programs, data_plane, &until).map(|()| true)
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            tap::line(&format!("Bail out! {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(
    programs: &Programs,
    plane: Option<Plane>,
    half: Option<scenarios::Half>,
    names: &[String],
) -> Result<bool> {
    let mut chosen = scenarios::choose(names, plane)?;
    if let Some(half) = half {
        chosen = half.of(&chosen);
    }
    net::prepare()?;
    scenarios::run(programs, &chosen)
}
