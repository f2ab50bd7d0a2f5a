//! The three programs in `examples/`, run against the kernel in a network namespace of the test's own, with `ipvsadm` as the witness.
//!
//! Where the kernel has no IPVS, this is not root, or the programs are not built (`cargo build -p ipvs --examples`), nothing is
//! tried, and said so.

use std::path::PathBuf;
use std::process::{Command, Output};

/// Set for the process that runs the test in its namespace.
const INSIDE: &str = "IPVS_TEST_NAMESPACE";

#[test]
fn they_add_list_and_watch() {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    let Some(not_run) = ["add", "list", "watch"].iter().find(|name| !program(name).exists()) else {
        if let Err(why_not) = ipvs::Client::connect() {
            return eprintln!("not run: {why_not}");
        }
        let own = std::env::current_exe().unwrap();
        let name = "examples::they_add_list_and_watch";
        let mut command = Command::new("unshare");
        command.args(["--net", "--"]).arg(own).args(["--exact", name, "--nocapture"]).env(INSIDE, "1");
        let done = command.output().expect("unshare is part of util-linux");
        // Set in: whoever counts what test runners say counts this test once.
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).replace('\n', "\n    ");
        assert!(done.status.success(), "failed in its namespace:\n    {said}");
        return;
    };
    eprintln!("not run: the example {not_run} is not built");
}

fn inside() {
    said("ip", &["link", "set", "lo", "up"]);
    let add = program("add");
    let add = add.to_str().unwrap();
    said(add, &["10.0.0.2:80", "192.168.10.100:80", "192.168.10.101:80"]);
    let table = said("ipvsadm", &["-S", "-n"]);
    for line in [
        "-A -t 10.0.0.2:80 -s wlc",
        "-a -t 10.0.0.2:80 -r 192.168.10.100:80 -m -w 1",
        "-a -t 10.0.0.2:80 -r 192.168.10.101:80 -m -w 1",
    ] {
        assert!(table.lines().any(|other| other.trim() == line), "no `{line}` in\n{table}");
    }
    let listed = said(program("list").to_str().unwrap(), &[]);
    for words in ["TCP 10.0.0.2:80 wlc", "-> 192.168.10.101:80", "weight 1", "timeouts: tcp 900 s"] {
        assert!(listed.contains(words), "no `{words}` in\n{listed}");
    }
    let watched = said(program("watch").to_str().unwrap(), &["10.0.0.2:80", "1"]);
    assert!(watched.starts_with("0 connections in all, 0/s, 0 B/s in; 0 in the table"), "{watched}");
    // What the kernel refuses is told, with what to do.
    let again = run(add, &["10.0.0.2:80"]);
    assert!(!again.status.success());
    let refusal = String::from_utf8_lossy(&again.stderr);
    assert!(refusal.contains("could not add the virtual service TCP 10.0.0.2:80"), "{refusal}");
    said(add, &["10.0.0.2:80", "--remove"]);
    assert_eq!(said("ipvsadm", &["-S", "-n"]).trim(), "");
    let gone = said(program("watch").to_str().unwrap(), &["10.0.0.2:80", "1"]);
    assert_eq!(gone.trim(), "TCP 10.0.0.2:80 is not there");
}

/// Cargo puts examples beside the directory of the tests.
fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.ancestors().nth(2).unwrap().join("examples").join(name)
}

fn run(program: &str, words: &[&str]) -> Output {
    Command::new(program).args(words).output().unwrap_or_else(|error| panic!("{program}: {error}"))
}

/// What a program says; it must succeed.
fn said(program: &str, words: &[&str]) -> String {
    let done = run(program, words);
    assert!(done.status.success(), "{program} {words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}
