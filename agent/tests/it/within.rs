//! Tests that run once more in a place of their own.

use std::process::Command;

/// Has `command`, which runs the test `name` once more in a place of its own, pass. What it says comes out where it fails, set in: whoever
/// counts what test runners say counts this test once.
pub(crate) fn passes_within(name: &str, command: &mut Command) {
    let done = command.output().expect("unshare is part of util-linux");
    let said =
        [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).replace('\n', "\n    "));
    assert!(done.status.success(), "{name} failed in its namespace:\n    {}\n    {}", said[0], said[1]);
}
