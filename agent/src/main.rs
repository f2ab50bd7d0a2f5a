//! The director's program. Everything is in the library.

use std::process::ExitCode;

use agent::cli::{Cli, Command};
use agent::run;
use clap::Parser as _;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed standard error is no reason to fail otherwise.
            let _written = error.print();
            return if error.use_stderr() { ExitCode::from(run::USAGE) } else { ExitCode::SUCCESS };
        }
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // A file or the journal is no place for colours.
    let colour = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour).init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "cannot start the runtime; raise the limit of threads (ulimit -u)");
            return ExitCode::from(1);
        }
    };
    let code = match cli.command {
        Command::Run(options) => runtime.block_on(run::run(*options)),
        Command::Doctor(options) => runtime.block_on(agent::doctor::run(&options)),
        Command::Leave(options) => runtime.block_on(agent::leave::run(&options.state)),
    };
    // Whatever is still under way has had its time.
    runtime.shutdown_background();
    code
}
