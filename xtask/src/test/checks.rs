//! The checks that pass or fail as a whole: format, lints, documentation.

use super::closing::Tally;
use crate::{run, say, wasm, web};
use anyhow::Result;

/// Every file as rustfmt writes it.
pub(super) fn format(tally: &mut Tally) {
    say::heading("format");
    tally.check("format", || run::run(run::cargo().args(["fmt", "--all", "--check"])));
}

/// clippy for what runs on the machine.
pub(super) fn lint(tally: &mut Tally) {
    say::heading("lint: console, agent, crates");
    tally.check("lint", || {
        let mut command = run::cargo();
        command.args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]);
        run::run(&mut command)
    });
}

/// clippy for the pages as the browser gets them.
pub(super) fn lint_pages() -> Result<()> {
    say::heading("lint: the pages for the browser");
    let toolchain = wasm::ensure()?;
    if !toolchain.has_clippy() {
        anyhow::bail!("the toolchain for the browser ({}) has no clippy", toolchain.words());
    }
    let mut command = toolchain.cargo();
    web::for_browser(&mut command, "clippy", web::Mode::Release);
    run::run(command.args(["--locked", "--", "-D", "warnings"]))
}

/// rustdoc, for its links.
pub(super) fn docs(tally: &mut Tally) {
    say::heading("docs");
    tally.check("docs", || {
        let mut command = run::cargo();
        command
            .args(["doc", "--workspace", "--no-deps", "--document-private-items", "--locked", "--keep-going"])
            // These pages are for people who work on the project: private items are in them, and may be linked to.
            .env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links");
        run::run(&mut command)
    });
}
