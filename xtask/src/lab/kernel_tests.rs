//! The tests that need a kernel with IPVS: they make network namespaces of their own, and say "not run" elsewhere.

use crate::programs::Selection;
use crate::run;
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::path::PathBuf;

/// Which tests of which package need it.
const TESTS: &[(&str, &[&str])] = &[("agent", &["kernel::", "machine::"]), ("ipvs", &["examples::"])];

/// One test program with its arguments, for each package. Everything is built as the unit tests build it: another selection
/// of packages would give the dependencies other features, and compile them all anew.
pub(super) fn commands() -> Result<Vec<Vec<String>>> {
    let mut cargo = run::cargo();
    cargo
        .args(["test", "--no-run", "--locked", "--message-format=json"])
        .args(Selection::WithTests.packages());
    let said = run::read(&mut cargo).context(run::COMPILING)?;
    TESTS.iter().map(|(package, tests)| command(&said, package, tests)).collect()
}

fn command(said: &str, package: &str, tests: &[&str]) -> Result<Vec<String>> {
    let program = program(said, package).with_context(|| format!("cargo built no tests of {package}"))?;
    // One at a time: the guest has one processor.
    let mut words = vec![program.display().to_string(), "--test-threads=1".to_owned()];
    words.extend(tests.iter().map(|name| (*name).to_owned()));
    Ok(words)
}

/// The integration tests' program of a package in what cargo says. A package's id ends in `/{name}#{version}`.
fn program(said: &str, package: &str) -> Option<PathBuf> {
    let of_package = format!("/{package}#");
    let messages = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let tests = messages.filter(|message| {
        message["target"]["kind"][0] == "test"
            && message["package_id"].as_str().is_some_and(|id| id.contains(&of_package))
    });
    tests.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_messages_name_the_test_program() {
        let of = |package: &str, kind: &str, executable: &str| {
            let id = format!("path+file:///w/{package}#0.1.0");
            format!(
                "{{\"reason\":\"compiler-artifact\",\"package_id\":\"{id}\",\"target\":{{\"kind\":[\"{kind}\"]}},\
                 \"executable\":{executable}}}\n"
            )
        };
        let said = of("agent", "lib", "null")
            + &of("agent", "test", "\"/t/it-1\"")
            + &of("ipvs", "test", "\"/t/it-2\"")
            + "{\"reason\":\"build-finished\",\"success\":true}\n";
        assert_eq!(program(&said, "agent"), Some("/t/it-1".into()));
        assert_eq!(program(&said, "ipvs"), Some("/t/it-2".into()));
        assert_eq!(program(&said, "model"), None);
        assert_eq!(program("warning: nothing", "agent"), None);
    }
}
