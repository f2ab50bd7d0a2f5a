//! `arapaima backup` and `arapaima restore`, as a shell runs them.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use model::Name;
use rand::Rng;
use server::store::{Actor, Store};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

fn arapaima(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_arapaima")).args(args).env("RUST_LOG", "warn").output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What protects the pages: the console's own certificate, and one that was uploaded.
const PROTECTING: [&str; 2] = ["pages.pem", "pages-uploaded.pem"];

/// A data directory with a cluster of this name, a CA and certificates for the pages.
async fn data(directory: &Path, cluster: &str) {
    let store = Store::open(directory.join("arapaima.db")).await.unwrap();
    store.create_cluster(&Actor::command_line(), Name::parse(cluster).unwrap()).await.unwrap();
    store.close().await;
    server::ca::Ca::open(&directory.join("ca")).unwrap();
    for name in PROTECTING {
        std::fs::write(directory.join(name), format!("{name} of {cluster}")).unwrap();
    }
}

async fn clusters(directory: &Path) -> Vec<String> {
    let store = Store::open(directory.join("arapaima.db")).await.unwrap();
    let names = store.clusters().await.unwrap().into_iter().map(|cluster| cluster.name.to_string()).collect();
    store.close().await;
    names
}

#[tokio::test]
async fn what_was_backed_up_is_restored_elsewhere_with_the_agents_ca() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let [from, to, file] = ["from", "to", "x.backup"].map(|name| directory.path().join(name));
    data(&from, "shop").await;
    let made = arapaima(&["backup", "--data", text(&from), text(&file)]);
    assert!(made.status.success(), "{}", said(&made));
    assert!(said(&made).contains("private keys"), "{}", said(&made));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let again = arapaima(&["backup", "--data", text(&from), text(&file)]);
    assert!(!again.status.success() && said(&again).contains("exists already"), "{}", said(&again));

    let restored = arapaima(&["restore", text(&file), "--data", text(&to)]);
    assert!(restored.status.success(), "{}", said(&restored));
    assert_eq!(clusters(&to).await, ["shop"]);
    let ca = |data: &Path| std::fs::read(data.join("ca/agents-ca.pem")).unwrap();
    assert_eq!(ca(&from), ca(&to));
    for name in PROTECTING {
        assert_eq!(std::fs::read_to_string(to.join(name)).unwrap(), format!("{name} of shop"));
    }
    for (path, mode) in [
        ("", 0o700),
        ("ca", 0o700),
        ("arapaima.db", 0o600),
        ("ca/agents-ca.pem", 0o600),
        ("pages.pem", 0o600),
    ] {
        let found = std::fs::metadata(to.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{path}");
    }
    server::ca::Ca::open(&to.join("ca")).unwrap();
}

#[tokio::test]
async fn existing_data_is_refused_and_with_force_kept_as_a_copy() {
    let directory = tempfile::tempdir().unwrap();
    let [from, to, file] = ["from", "to", "x.backup"].map(|name| directory.path().join(name));
    data(&from, "shop").await;
    data(&to, "mail").await;
    assert!(arapaima(&["backup", "--data", text(&from), text(&file)]).status.success());
    let refused = arapaima(&["restore", text(&file), "--data", text(&to)]);
    assert_eq!(refused.status.code(), Some(64));
    assert!(said(&refused).contains("--force"), "{}", said(&refused));
    assert_eq!(clusters(&to).await, ["mail"]);

    let forced = arapaima(&["restore", text(&file), "--data", text(&to), "--force"]);
    assert!(forced.status.success(), "{}", said(&forced));
    assert_eq!(clusters(&to).await, ["shop"]);
    let kept = kept(&to);
    assert_eq!(kept.len(), 1);
    assert!(said(&forced).contains(text(&kept[0])), "{}", said(&forced));
    assert_eq!(clusters(&kept[0]).await, ["mail"]);
    assert!(kept[0].join("ca/agents-ca.pem").exists());
}

/// What restores have kept, the oldest first.
fn kept(data: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    let mut kept: Vec<_> = entries
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("before-restore-"))
        .collect();
    kept.sort();
    kept
}

#[tokio::test]
async fn a_wrong_damaged_or_newer_file_is_refused_in_words() {
    let directory = tempfile::tempdir().unwrap();
    let [from, to, file] = ["from", "to", "x.backup"].map(|name| directory.path().join(name));
    data(&from, "shop").await;
    assert!(arapaima(&["backup", "--data", text(&from), text(&file)]).status.success());
    let restore = |file: &Path| {
        let output = arapaima(&["restore", text(file), "--data", text(&to)]);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(!to.join("arapaima.db").exists());
        said(&output)
    };
    assert!(restore(&directory.path().join("nothing")).contains("cannot read"));
    let letter = directory.path().join("letter");
    std::fs::write(&letter, "This is a letter to my aunt.".repeat(90)).unwrap();
    assert!(restore(&letter).contains("no backup of arapaima"), "{}", restore(&letter));
    assert!(
        restore(&from.join("arapaima.db")).contains("no backup of arapaima"),
        "a bare database has no CA"
    );

    let bytes = std::fs::read(&file).unwrap();
    let cut = directory.path().join("cut");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let words = restore(&cut);
    assert!(words.contains("damaged") || words.contains("no backup"), "{words}");

    let newer = directory.path().join("newer");
    std::fs::write(&newer, &bytes).unwrap();
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&newer)).await.unwrap();
    let sql = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (999, 'later', 1, x'', 0)";
    sqlx::query(sql).execute(&pool).await.unwrap();
    pool.close().await;
    assert!(restore(&newer).contains("newer version of arapaima"), "{}", restore(&newer));
}

#[tokio::test]
async fn a_directory_that_a_console_has_open_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let [from, file] = ["from", "x.backup"].map(|name| directory.path().join(name));
    data(&from, "shop").await;
    assert!(arapaima(&["backup", "--data", text(&from), text(&file)]).status.success());
    let open = Store::open(from.join("arapaima.db")).await.unwrap();
    let refused = arapaima(&["restore", text(&file), "--data", text(&from), "--force"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("stop it first"), "{}", said(&refused));
    open.create_cluster(&Actor::command_line(), Name::parse("goes on").unwrap()).await.unwrap();
    open.close().await;
    assert_eq!(clusters(&from).await, ["goes on", "shop"]);
}

/// Killed at any moment: what was there is there or kept, and the restore can be done again.
#[tokio::test]
async fn a_restore_that_is_killed_loses_nothing_and_can_be_done_again() {
    let directory = tempfile::tempdir().unwrap();
    let [from, file] = ["from", "x.backup"].map(|name| directory.path().join(name));
    data(&from, "shop").await;
    assert!(arapaima(&["backup", "--data", text(&from), text(&file)]).status.success());
    // As long as one takes that nobody kills, on this machine as it is now.
    let begun = std::time::Instant::now();
    let whole = arapaima(&["restore", text(&file), "--data", text(&directory.path().join("whole"))]);
    assert!(whole.status.success(), "{}", said(&whole));
    let longest = u64::try_from(begun.elapsed().as_millis()).unwrap() * 3 / 2;
    let (mut cut_off, mut done) = (0, 0);
    for round in 0..24 {
        let to = directory.path().join(format!("to-{round}"));
        data(&to, "mail").await;
        let mut command = Command::new(env!("CARGO_BIN_EXE_arapaima"));
        command.args(["restore", text(&file), "--data", text(&to), "--force"]).env("RUST_LOG", "off");
        command.stderr(std::process::Stdio::null());
        let mut child = command.spawn().unwrap();
        let moment = rand::rng().random_range(0..=longest);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        // It may have ended by itself.
        let _ended = child.kill();
        child.wait().unwrap();

        if server::backup::interrupted(&to) {
            cut_off += 1;
            let refused = arapaima(&["user", "add", "ada", "--data", text(&to)]);
            assert!(
                said(&refused).contains("cut off"),
                "nobody begins a new console there: {}",
                said(&refused)
            );
            assert!(arapaima(&["restore", text(&file), "--data", text(&to), "--force"]).status.success());
            assert_eq!(clusters(&to).await, ["shop"]);
        } else {
            let found = clusters(&to).await;
            done += usize::from(found == ["shop"]);
            assert!(found == ["mail"] || found == ["shop"], "{found:?}");
            if found == ["mail"] {
                continue;
            }
        }
        let mut old = Vec::new();
        for kept in kept(&to).iter().filter(|kept| kept.join("arapaima.db").exists()) {
            old.extend(clusters(kept).await);
        }
        assert!(old.contains(&"mail".to_owned()), "round {round}: {old:?}");
    }
    assert!(cut_off + done > 0, "every one was killed before it began");
}
