//! Runs wasm-bindgen at the version that Cargo.lock names: `xtask-bindgen MODULE OUT [--keep-names]` writes
//! `app_bg.wasm`, `app.js` and snippets into the directory OUT, for `<script type="module">`.
//!
//! A program of its own, since what it depends on takes minutes to compile and only the browser part needs it.

use anyhow::{Context as _, Result, bail};
use std::env;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let (module, out, keep_names) = match &arguments[..] {
        [module, out] => (module, out, false),
        [module, out, flag] if flag == "--keep-names" => (module, out, true),
        _ => bail!("usage: xtask-bindgen MODULE OUT [--keep-names]"),
    };
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(module)
        .out_name("app")
        .typescript(false)
        .keep_debug(false)
        .remove_name_section(!keep_names)
        .remove_producers_section(true);
    bindgen.web(true)?;
    bindgen.generate(out).with_context(|| {
        format!("wasm-bindgen could not turn {} into a module for browsers", module.to_string_lossy())
    })
}
