//! The tests that need a kernel with IPVS: they make network namespaces of their own, and say "not run" elsewhere.

use crate::run;
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::path::PathBuf;

/// Which tests of which package need it.
const TESTS: &[(&str, &[&str])] = &[("agent", &["kernel::", "machine::"]), ("ipvs", &["examples::"])];

/// One test program with its arguments, for each package.
pub(super) fn commands() -> Result<Vec<Vec<String>>> {
    let examples = ["build", "--quiet", "--package", "ipvs", "--examples"];
    run::run(run::cargo().args(examples)).context(run::COMPILING)?;
    TESTS.iter().map(|(package, tests)| command(package, tests)).collect()
}

fn command(package: &str, tests: &[&str]) -> Result<Vec<String>> {
    let mut cargo = run::cargo();
    cargo.args([
        "test",
        "--no-run",
        "--locked",
        "--message-format=json",
        "--package",
        package,
        "--test",
        "it",
    ]);
    let said = run::read(&mut cargo).context(run::COMPILING)?;
    let program = program(&said).with_context(|| format!("cargo built no tests of {package}"))?;
    // One at a time: the guest has one processor.
    let mut words = vec![program.display().to_string(), "--test-threads=1".to_owned()];
    words.extend(tests.iter().map(|name| (*name).to_owned()));
    Ok(words)
}

/// The test program in what cargo says.
fn program(said: &str) -> Option<PathBuf> {
    let messages = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let tests = messages.filter(|message| message["target"]["kind"][0] == "test");
    tests.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_messages_name_the_test_program() {
        let said = "{\"reason\":\"compiler-artifact\",\"target\":{\"kind\":[\"lib\"]},\"executable\":null}\n\
                    {\"reason\":\"compiler-artifact\",\"target\":{\"kind\":[\"test\"]},\"executable\":\"/t/it-1\"}\n\
                    {\"reason\":\"build-finished\",\"success\":true}\n";
        assert_eq!(program(said), Some("/t/it-1".into()));
        assert_eq!(program("warning: nothing"), None);
    }
}
