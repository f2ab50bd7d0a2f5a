//! `cargo xtask`: the project's tasks, each in a file of its own. It compiles in seconds; what takes minutes to compile
//! (wasm-bindgen) is a program of its own that only the task that needs it builds.

mod bench;
mod demo;
mod lab;
mod licences;
mod node;
mod packages;
mod place;
mod programs;
mod run;
mod say;
mod setup;
mod test;
mod tidy;
mod wasm;
mod web;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's tasks", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Fetch and build what the other tasks need: Rust for the browser, wasm-bindgen, wasm-opt
    Setup,
    /// Build everything that browsers load, into target/site
    Web {
        /// Quickly, without optimisation: for work on the pages
        #[arg(long)]
        dev: bool,
    },
    /// Run everything that must hold: format, lints, tests, the demo, the lab, the browser
    Test(test::Choice),
    /// What the tests have built beside themselves
    #[command(hide = true)]
    Beside(test::beside::Work),
    /// Measure: pages, applies, the embedded data plane beside its peers
    Bench(bench::Choice),
    /// Run the guide's four machines in a kernel with IPVS: scenarios, or a shell
    Lab(lab::Choice),
    /// Write the list of dependencies and their licences anew
    Licences,
    /// Run the guide's cluster on this machine: console, agent, real servers, traffic
    Demo(demo::Choice),
}

fn main() -> ExitCode {
    say::start();
    let done = match Arguments::parse().task {
        Task::Setup => setup::setup().map(|()| true),
        Task::Web { dev } => web(dev).map(|()| true),
        Task::Test(choice) => test::test(&choice),
        Task::Beside(work) => return ExitCode::from(test::beside::carry_out(&work)),
        Task::Bench(choice) => bench::bench(&choice).map(|()| true),
        Task::Lab(choice) => match lab::lab(&choice) {
            Ok(code) => return ExitCode::from(code),
            Err(error) => Err(error),
        },
        Task::Licences => licences::write().map(|()| true),
        Task::Demo(choice) if choice.smoke => smoke().map(|()| true),
        Task::Demo(choice) => demo::demo(&choice).map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say::line(&format!("\nerror: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn smoke() -> anyhow::Result<()> {
    say::heading("the guide's test, from lvs.cf to live traffic");
    demo::smoke(programs::Selection::Alone)
}

fn web(dev: bool) -> anyhow::Result<()> {
    say::heading("Browser part");
    let site = web::build(if dev { web::Mode::Dev } else { web::Mode::Release })?;
    say::note(&format!("in {}", site.display()));
    Ok(())
}
