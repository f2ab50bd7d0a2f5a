//! Compiles agent.proto without a `protoc` program.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=agent.proto");
    let descriptors = protox::compile(["agent.proto"], ["."])?;
    tonic_prost_build::configure()
        // A specification can be megabytes; as `Bytes` a hundred sessions share one.
        .bytes(".arapaima.agent.v1.Desired.spec")
        .btree_map(".")
        .emit_rerun_if_changed(false)
        .compile_fds(descriptors)?;
    Ok(())
}
