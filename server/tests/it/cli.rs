//! The commands as a shell runs them.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use model::ClusterId;
use server::store::{Actor, Store};

const GOOD: &str = "\
serial_no = 1
primary = 192.0.2.1
service = lvs
network = nat
virtual web {
     active = 1
     address = 192.0.2.80 eth0:1
     port = 80
     protocol = tcp
     scheduler = wlc
     server real1 {
         address = 10.0.0.1
         active = 1
         weight = 1
     }
}
";

fn arapaima(args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arapaima"));
    command
        .args(args)
        .env("RUST_LOG", "warn")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn data(directory: &Path) -> String {
    directory.join("data").to_str().unwrap().to_owned()
}

#[test]
fn a_cluster_from_a_file_to_a_running_generation() {
    let directory = tempfile::tempdir().unwrap();
    let (file, data) = (directory.path().join("shop.cf"), data(directory.path()));
    std::fs::write(&file, GOOD).unwrap();
    let made = arapaima(&["user", "add", "admin", "--data", &data], "");
    assert!(made.status.success(), "{}", err(&made));
    let password = out(&made);
    assert_eq!(password.lines().count(), 1);
    assert!(!err(&made).contains(password.trim()), "shown once");

    let imported = arapaima(&["lvscf", "import", file.to_str().unwrap(), "--data", &data], "");
    assert_eq!(out(&imported), "cluster 1 shop\n", "{}", err(&imported));
    let added = arapaima(&["director", "add", "vs1", "--cluster", "1", "--data", &data], "");
    assert!(out(&added).starts_with("arp1.") && out(&added).lines().count() == 1, "{}", err(&added));
    let server = arapaima(
        &["director", "add", "real1", "--cluster", "1", "--role", "real-server", "--data", &data],
        "",
    );
    assert!(
        out(&server).starts_with("arp1.") && err(&server).contains("Added real-server 2 `real1`"),
        "{}",
        err(&server)
    );
    let applied =
        arapaima(&["apply", "--cluster", "1", "--data", &data, "--message", "first", "--start"], "");
    assert_eq!(out(&applied), "generation 1\n", "{}", err(&applied));
}

#[test]
fn what_is_typed_wrong_is_64_and_what_fails_is_1() {
    let directory = tempfile::tempdir().unwrap();
    let data = data(directory.path());
    for args in [
        &["serve"][..],
        &["no-such-command"],
        &["user", "add", "", "--data", &data],
        &["serve", "--data", &data, "--listen", "0.0.0.0:0"],
        &["serve", "--data", &data, "--site", "/nonexistent"],
        &["serve", "--data", &data, "--tls-cert", "x.pem"],
    ] {
        let output = arapaima(args, "");
        assert_eq!(output.status.code(), Some(64), "{args:?}: {}", err(&output));
        assert!(out(&output).is_empty(), "{args:?}");
    }
    assert!(arapaima(&["user", "add", "ada", "--data", &data], "").status.success());
    for args in [
        &["lvscf", "check", "/nonexistent.cf"][..],
        &["apply", "--cluster", "7", "--data", &data, "--message", "x"],
        &["director", "add", "vs1", "--cluster", "7", "--data", &data],
    ] {
        let output = arapaima(args, "");
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}", err(&output));
        assert!(err(&output).starts_with("arapaima: "), "{args:?}: {}", err(&output));
    }
    assert_eq!(arapaima(&["--help"], "").status.code(), Some(0));
    assert_eq!(arapaima(&["--version"], "").status.code(), Some(0));
}

#[test]
fn a_given_password_comes_from_standard_input_and_has_to_be_long() {
    let directory = tempfile::tempdir().unwrap();
    let data = data(directory.path());
    let short = arapaima(&["user", "add", "ada", "--data", &data, "--password-stdin"], "short\n");
    assert_eq!(short.status.code(), Some(64));
    let long =
        arapaima(&["user", "add", "ada", "--data", &data, "--password-stdin"], "long enough, this one\n");
    assert!(long.status.success() && long.stdout.is_empty(), "{}", err(&long));
    let again =
        arapaima(&["user", "add", "ADA", "--data", &data, "--password-stdin"], "long enough, this one\n");
    assert_eq!(again.status.code(), Some(1));
    assert!(err(&again).contains("user name `ADA`: this name is taken"), "{}", err(&again));
}

#[test]
fn a_check_prints_what_the_reader_makes_of_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("lvs.cf");
    std::fs::write(&file, GOOD).unwrap();
    let path = file.to_str().unwrap();
    let json = arapaima(&["lvscf", "check", path, "--format", "json"], "");
    let expected = formats::lvscf::to_json(&formats::lvscf::parse(GOOD.as_bytes())).unwrap();
    assert_eq!(out(&json), format!("{expected}\n"));
    assert!(json.status.success());

    std::fs::write(&file, GOOD.replace("weight = 1", "weight = heavy")).unwrap();
    let json = arapaima(&["lvscf", "check", path, "--format", "json"], "");
    assert!(out(&json).starts_with("{\"ok\":0,\"line\":"), "{}", out(&json));
    assert_eq!(json.status.code(), Some(1));
    let text = arapaima(&["lvscf", "check", path], "");
    assert_eq!(text.status.code(), Some(1));
    assert!(err(&text).contains("lvs.cf:") && err(&text).contains('^'), "{}", err(&text));
}

#[test]
fn a_console_says_where_it_listens_and_how_to_get_in_and_ends_when_asked() {
    let directory = tempfile::tempdir().unwrap();
    let site = crate::support::write_site(&directory.path().join("site"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_arapaima"));
    command.args([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--fleet",
        "127.0.0.1:0",
        "--data",
        &data(directory.path()),
    ]);
    command.arg("--site").arg(site).env("RUST_LOG", "warn").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut console = command.spawn().unwrap();
    let mut lines = BufReader::new(console.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    assert!(next().starts_with("listening http://127.0.0.1:"));
    assert!(next().starts_with("fleet 127.0.0.1:"));
    let id = rustix::process::Pid::from_child(&console);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    let output = console.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("arapaima user add admin --data"), "{}", err(&output));
    assert!(err(&output).contains("/setup with this code:\n\n    "), "{}", err(&output));
}

#[test]
fn people_are_seen_to_from_the_command_line() {
    let directory = tempfile::tempdir().unwrap();
    let (file, data) = (directory.path().join("shop.cf"), data(directory.path()));
    std::fs::write(&file, GOOD).unwrap();
    let user = |args: &[&str]| arapaima(&[&["user"], args, &["--data", &data]].concat(), "");
    let done = |args: &[&str]| {
        let output = user(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", err(&output));
        out(&output)
    };
    let refused = |args: &[&str], code: i32, why: &str| {
        let output = user(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", err(&output));
        assert!(err(&output).contains(why), "{args:?}: {}", err(&output));
    };
    done(&["add", "ada"]);
    done(&["add", "grace", "--role", "viewer"]);
    assert!(arapaima(&["lvscf", "import", file.to_str().unwrap(), "--data", &data], "").status.success());
    done(&["role", "grace", "operator", "--cluster", "1"]);
    assert_eq!(
        done(&["list"]),
        "ada\tadministrator\tenabled\ngrace\tviewer; operator of cluster 1\tenabled\n"
    );
    refused(&["role", "grace", "root"], 64, "administrator, none");
    refused(&["role", "grace", "viewer", "--cluster", "7"], 1, "no such cluster");
    refused(&["role", "bob", "viewer"], 1, "there is no account `bob`");
    refused(&["role", "ada", "none"], 1, "last administrator");
    refused(&["disable", "ada"], 1, "last administrator");
    refused(&["delete", "ada"], 1, "last administrator");
    done(&["role", "grace", "none"]);
    done(&["role", "grace", "none", "--cluster", "1"]);
    done(&["disable", "grace"]);
    assert_eq!(done(&["list"]), "ada\tadministrator\tenabled\ngrace\tnone\tdisabled\n");
    done(&["enable", "grace"]);
    done(&["delete", "grace"]);
    assert_eq!(done(&["list"]), "ada\tadministrator\tenabled\n");
}

#[test]
fn a_lost_password_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let data = data(directory.path());
    arapaima(&["user", "add", "ada", "--data", &data], "");
    let unknown = arapaima(&["user", "password", "bob", "--data", &data], "");
    assert_eq!(unknown.status.code(), Some(1));
    assert!(err(&unknown).contains("arapaima user add"), "{}", err(&unknown));
    let changed = arapaima(&["user", "password", "ada", "--data", &data], "");
    assert!(changed.status.success(), "{}", err(&changed));
    assert!(err(&changed).contains("ended its sessions"), "{}", err(&changed));
    assert_eq!(String::from_utf8_lossy(&changed.stdout).trim().len(), 24);
}

#[test]
fn a_mistyped_directory_is_refused_and_not_made() {
    let directory = tempfile::tempdir().unwrap();
    let (file, data) = (directory.path().join("shop.cf"), data(directory.path()));
    std::fs::write(&file, GOOD).unwrap();
    for args in [
        &["user", "password", "ada"][..],
        &["lvscf", "import", file.to_str().unwrap()],
        &["director", "add", "vs1", "--cluster", "1"],
        &["apply", "--cluster", "1", "--message", "x"],
    ] {
        let output = arapaima(&[args, &["--data", &data]].concat(), "");
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}", err(&output));
        assert!(err(&output).contains("no store at"), "{args:?}: {}", err(&output));
        assert!(!Path::new(&data).exists(), "{args:?}");
    }
}

#[tokio::test]
async fn a_draft_that_ends_everything_is_applied_with_its_number_only() {
    let directory = tempfile::tempdir().unwrap();
    let (file, data) = (directory.path().join("shop.cf"), data(directory.path()));
    std::fs::write(&file, GOOD).unwrap();
    assert!(arapaima(&["user", "add", "admin", "--data", &data], "").status.success());
    arapaima(&["lvscf", "import", file.to_str().unwrap(), "--data", &data], "");
    let apply = |more: &[&str]| {
        arapaima(&[&["apply", "--cluster", "1", "--data", &data, "--message", "x"], more].concat(), "")
    };
    assert!(apply(&["--start"]).status.success());
    let store = Store::open(Path::new(&data).join("arapaima.db")).await.unwrap();
    let cluster = ClusterId(1);
    let service = *store.draft(cluster).await.unwrap().cluster.services().keys().next().unwrap();
    let actor = Actor::command_line();
    let emptied =
        store.edit_draft(&actor, cluster, None, "", |editing| editing.remove_service(service).map(drop));
    emptied.await.unwrap();
    store.close().await;
    for wrong in [&[][..], &["--confirm", "2"]] {
        let refused = apply(wrong);
        assert_eq!(refused.status.code(), Some(1), "{}", err(&refused));
        assert!(err(&refused).contains("--confirm 1"), "{}", err(&refused));
    }
    assert_eq!(out(&apply(&["--confirm", "1"])), "generation 2\n");
}

#[test]
fn applying_what_is_applied_makes_no_generation() {
    let directory = tempfile::tempdir().unwrap();
    let (file, data) = (directory.path().join("shop.cf"), data(directory.path()));
    std::fs::write(&file, GOOD).unwrap();
    assert!(arapaima(&["user", "add", "admin", "--data", &data], "").status.success());
    arapaima(&["lvscf", "import", file.to_str().unwrap(), "--data", &data], "");
    let apply = |start: &[&str]| {
        let args = [&["apply", "--cluster", "1", "--data", &data, "--message", "x"], start].concat();
        let output = arapaima(&args, "");
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        (out(&output), err(&output))
    };
    assert_eq!(apply(&[]).0, "generation 1\n");
    let (generation, said) = apply(&[]);
    assert_eq!(generation, "generation 1\n");
    assert!(said.contains("nothing to apply"), "{said}");
    assert_eq!(apply(&["--start"]).0, "generation 2\n", "to start is a change");
    let (generation, said) = apply(&["--start"]);
    assert_eq!(generation, "generation 2\n");
    assert!(said.contains("nothing to apply"), "{said}");
}
