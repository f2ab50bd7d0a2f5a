//! `arapaima`: the console and its commands.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::main()
}
