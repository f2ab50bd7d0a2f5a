//! `cargo xtask setup`: what the other tasks need that cargo does not fetch by itself.

use crate::{lab, say, wasm, web};
use anyhow::Result;

/// Sets everything up that can be; asking twice costs nothing.
pub(crate) fn setup() -> Result<()> {
    say::heading("Rust for the browser");
    let toolchain = wasm::ensure()?;
    say::note(&format!("{}: {}", wasm::TARGET, toolchain.words()));
    say::heading("wasm-bindgen and wasm-opt");
    web::tools()?;
    say::heading("the lab's kernel and witnesses");
    if let Err(error) = lab::prepare() {
        // Everything else works without it.
        say::note(&format!("{error:#}"));
    }
    say::line("\nAll set. Next: cargo xtask demo");
    Ok(())
}
