use std::io::BufRead as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use model::{Cluster, Desired, Name};

use super::*;

fn identity() -> Identity {
    Identity {
        role: MachineRole::RealServer,
        director: DirectorId(4),
        name: "vs1".into(),
        console: "console:3637".into(),
        key: PrivateKey(vec![1; 40]),
        certificate: vec![2; 50].into(),
        ca: vec![3; 60].into(),
        enrolment: [4; 32],
    }
}

fn accepted(generation: u64) -> Accepted {
    let cluster = Cluster::new(Name::parse(&format!("web{generation}")).unwrap());
    let spec = Bytes::from(Desired { running: true, cluster }.canonical());
    Accepted::check(Generation(generation), SpecHash::of(&spec), spec).unwrap()
}

/// A process that another test is just starting holds a copy of every lock until its program begins.
fn open(directory: &Path) -> Result<State, DiskError> {
    let begun = Instant::now();
    loop {
        match State::open(directory) {
            Err(DiskError::InUse(_)) if begun.elapsed() < Duration::from_secs(10) => std::thread::yield_now(),
            outcome => return outcome,
        }
    }
}

fn enrolled(directory: &Path) -> State {
    let state = open(directory).unwrap();
    state.store_identity(identity()).unwrap();
    state
}

#[test]
fn identity_and_desired_state_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("made/here");
    let state = open(&path).unwrap();
    assert_eq!(state.identity(), None);
    assert_eq!(state.desired(), None);
    state.store_identity(identity()).unwrap();
    state.store_desired(&accepted(3)).unwrap();
    drop(state);
    let state = open(&path).unwrap();
    assert_eq!(*state.identity().unwrap(), identity());
    assert_eq!(state.desired(), Some(accepted(3)));
}

#[test]
fn only_the_owner_may_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let state = enrolled(&path);
    state.store_desired(&accepted(1)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    for file in [IDENTITY, DESIRED, LOCK] {
        assert_eq!(mode(&path.join(file)), 0o600, "{file}");
    }
    drop(state);
    fs::set_permissions(path.join(IDENTITY), fs::Permissions::from_mode(0o640)).unwrap();
    let refused = open(&path).unwrap_err();
    assert!(refused.to_string().contains("mode 640"), "{refused}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let refused = open(&path).unwrap_err();
    assert!(refused.to_string().contains("chmod 700"), "{refused}");
}

#[test]
fn a_second_agent_is_kept_out() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let first = open(&path).unwrap();
    assert!(matches!(State::open(&path), Err(DiskError::InUse(_))));
    drop(first);
    assert!(open(&path).is_ok());
}

/// A crash while the new file is written leaves a part of it under the temporary name.
#[test]
fn a_crash_at_any_byte_of_a_write_leaves_the_old_state() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let state = enrolled(&path);
    state.store_desired(&accepted(2)).unwrap();
    let whole = fs::read(path.join(DESIRED)).unwrap();
    state.store_desired(&accepted(1)).unwrap();
    for end in 0..whole.len() {
        fs::write(path.join("desired.new"), &whole[..end]).unwrap();
        assert_eq!(state.desired(), Some(accepted(1)), "cut at {end}");
    }
    state.store_desired(&accepted(3)).unwrap();
    assert_eq!(state.desired(), Some(accepted(3)));
}

/// The test's own program writes states as fast as it can, and is killed in the midst of it, again and again.
#[test]
fn a_kill_at_any_moment_leaves_what_was_stored_or_the_next() {
    const WRITER: &str = "ARAPAIMA_TEST_WRITES_TO";
    if let Some(directory) = std::env::var_os(WRITER) {
        let state = open(Path::new(&directory)).unwrap();
        for generation in state.desired().map_or(0, |accepted| accepted.generation.0) + 1.. {
            state.store_desired(&accepted(generation)).unwrap();
            println!("stored {generation}");
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    drop(enrolled(&path));
    let mut stored = 0;
    for round in 0..20 {
        let this = "disk::tests::a_kill_at_any_moment_leaves_what_was_stored_or_the_next";
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", this, "--nocapture", "--test-threads=1"])
            .env(WRITER, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = io::BufReader::new(child.stdout.take().unwrap()).lines();
        let mut next = || lines.find_map(|line| line.unwrap().strip_prefix("stored ")?.parse::<u64>().ok());
        for _ in 0..=round % 5 {
            stored = next().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it managed to say before it died.
        stored = std::iter::from_fn(next).last().unwrap_or(stored);
        let found = open(&path).unwrap().desired().unwrap().generation.0;
        assert!(found == stored || found == stored + 1, "stored {stored}, found {found}");
    }
    assert!(!path.join("desired.damaged").exists());
}

#[test]
fn a_damaged_desired_state_is_put_aside() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    let state = enrolled(&path);
    state.store_desired(&accepted(1)).unwrap();
    let whole = fs::read(path.join(DESIRED)).unwrap();
    for end in 0..whole.len() {
        fs::write(path.join(DESIRED), &whole[..end]).unwrap();
        assert_eq!(state.desired(), None, "cut at {end}");
    }
    for index in 0..whole.len() {
        let mut changed = whole.clone();
        changed[index] ^= 0x01;
        fs::write(path.join(DESIRED), &changed).unwrap();
        assert_eq!(state.desired(), None, "changed at {index}");
    }
    assert!(path.join("desired.damaged").exists());
    assert!(!path.join(DESIRED).exists());
}

#[test]
fn a_desired_state_belongs_to_its_enrolment() {
    let directory = tempfile::tempdir().unwrap();
    let state = enrolled(&directory.path().join("state"));
    state.store_desired(&accepted(5)).unwrap();
    state.store_identity(Identity { enrolment: [5; 32], ..identity() }).unwrap();
    assert_eq!(state.desired(), None);
}

#[test]
fn a_damaged_identity_is_an_error_in_words() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    drop(enrolled(&path));
    let whole = fs::read(path.join(IDENTITY)).unwrap();
    for end in 0..whole.len() {
        fs::write(path.join(IDENTITY), &whole[..end]).unwrap();
        let refused = open(&path).unwrap_err();
        assert!(matches!(refused, DiskError::DamagedIdentity { .. }), "cut at {end}: {refused}");
        assert!(refused.to_string().contains("enrol anew"), "{refused}");
    }
}

#[test]
fn the_key_is_not_shown_by_accident() {
    assert!(!format!("{:?} {:?}", identity(), identity().key).contains("1, 1"));
}
