//! `sqlx::migrate!` embeds the migrations; a new file must build the crate anew. And what the console says of its own making.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
    println!("cargo:rerun-if-changed=build.rs");
    let given = |name: &str| std::env::var(name).unwrap_or_else(|_| "unknown".to_owned());
    let version = Command::new(given("RUSTC")).arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    println!("cargo:rustc-env=BUILT_FOR={}", given("TARGET"));
    println!("cargo:rustc-env=BUILT_AS={}", given("PROFILE"));
    println!("cargo:rustc-env=BUILT_WITH={}", version.unwrap_or_else(|_| "unknown".to_owned()));
}
