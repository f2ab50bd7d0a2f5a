//! The program's two voices.

use std::io::Write;

use tracing_subscriber::EnvFilter;

/// One line for scripts, on standard output. A reader that has gone away (`| head`) is not a failure.
pub(super) fn to_scripts(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// One line for people, on standard error. If even that fails there is nobody to tell.
pub(super) fn to_people(line: &str) {
    let _nobody = writeln!(std::io::stderr().lock(), "{line}");
}

/// The log, on standard error; `RUST_LOG` says how much.
pub(super) fn log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let colour = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour).init();
}
