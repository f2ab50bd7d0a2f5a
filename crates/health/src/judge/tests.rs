//! The judge against plain statements of its rules, and against a model over thousands of random histories.

use model::{Protocol, ReentrySeconds, Seconds};
use proptest::prelude::*;

use super::*;
use crate::Rule;

const ID: DestinationId = DestinationId(7);

fn subject(port: u16, timeout: u32, reentry: u32) -> Subject {
    Subject {
        target: Target {
            protocol: Protocol::Tcp,
            socket: ([127, 0, 0, 1], port).into(),
            check: model::Check::Connect,
        },
        rule: Rule { timeout: Seconds::new_const(timeout), reentry: ReentrySeconds::new_const(reentry) },
    }
}

fn subjects(generation: u64, subject: &Subject) -> Subjects {
    Subjects { generation: Generation(generation), destinations: [(ID, subject.clone())].into() }
}

fn passed() -> Outcome {
    Outcome::Passed { latency: Duration::from_millis(1) }
}

fn failed() -> Outcome {
    Outcome::Failed { reason: "connection refused".into() }
}

#[test]
fn the_first_result_is_the_first_verdict() {
    for (outcome, expected) in [(passed(), Health::Up), (failed(), Health::Down)] {
        let (mut judge, subject) = (Judge::default(), subject(80, 6, 60));
        judge.assign(&subjects(1, &subject), 1_000);
        assert_eq!(judge.judgement(ID, &subject.target).map(|known| known.health), Some(Health::Unknown));
        assert!(judge.take(ID, Generation(1), outcome, 1_005));
        let known = judge.judgement(ID, &subject.target).unwrap();
        assert_eq!((known.health, known.since_ms, known.judged), (expected, 1_005, Generation(1)));
    }
}

#[test]
fn one_failure_takes_out_and_reentry_brings_back() {
    let (mut judge, subject) = (Judge::default(), subject(80, 6, 15));
    judge.assign(&subjects(1, &subject), 0);
    judge.take(ID, Generation(1), passed(), 0);
    assert!(judge.take(ID, Generation(1), failed(), 6_000));
    // 15 / 6 is two passes in a row; a failure between starts the count anew and keeps the since-when.
    assert!(!judge.take(ID, Generation(1), passed(), 12_000));
    assert!(!judge.take(ID, Generation(1), failed(), 18_000));
    assert!(!judge.take(ID, Generation(1), passed(), 24_000));
    let known = judge.judgement(ID, &subject.target).unwrap().clone();
    assert_eq!((known.health, known.since_ms, &*known.reason), (Health::Down, 6_000, "connection refused"));
    assert!(judge.take(ID, Generation(1), passed(), 30_000));
    let known = judge.judgement(ID, &subject.target).unwrap();
    assert_eq!((known.health, known.since_ms, &*known.reason), (Health::Up, 30_000, ""));
}

#[test]
fn the_directors_own_trouble_is_not_the_servers() {
    let (mut judge, subject) = (Judge::default(), subject(80, 6, 0));
    judge.assign(&subjects(1, &subject), 0);
    judge.take(ID, Generation(1), passed(), 0);
    assert!(!judge.take(ID, Generation(1), Outcome::Unasked { reason: "too many open files".into() }, 1));
    assert_eq!(judge.judgement(ID, &subject.target).unwrap().health, Health::Up);
}

#[test]
fn a_result_for_an_older_target_changes_nothing() {
    let (mut judge, old, new) = (Judge::default(), subject(80, 6, 0), subject(8080, 6, 0));
    judge.assign(&subjects(1, &old), 0);
    judge.take(ID, Generation(1), passed(), 0);
    judge.assign(&subjects(2, &new), 10);
    assert_eq!(judge.judgement(ID, &old.target), None);
    assert!(!judge.take(ID, Generation(1), failed(), 20));
    assert_eq!(judge.judgement(ID, &new.target).unwrap().health, Health::Unknown);
    // The same target under a newer generation keeps its verdict, and a check that was under way counts.
    judge.take(ID, Generation(2), passed(), 30);
    judge.assign(&subjects(5, &new), 40);
    assert!(judge.take(ID, Generation(3), failed(), 50));
}

/// The rules once more, as a fold over the whole history since the target was assigned.
fn by_the_book(history: &[bool], passes_needed: usize) -> Health {
    let Some(&first) = history.first() else { return Health::Unknown };
    let mut up = first;
    for (index, &passed) in history.iter().enumerate() {
        let run = history[..=index].iter().rev().take_while(|&&earlier| earlier).count();
        up = if up { passed } else { run >= passes_needed };
    }
    if up { Health::Up } else { Health::Down }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn random_histories_end_as_the_book_says(
        timeout in 1u32..10,
        reentry in 0u32..40,
        events in proptest::collection::vec((any::<bool>(), 0u8..12), 0..60),
    ) {
        let mut judge = Judge::default();
        let (mut generation, mut port) = (1, 80);
        judge.assign(&subjects(generation, &subject(port, timeout, reentry)), 0);
        let mut history: Vec<bool> = Vec::new();
        let mut since = 0;
        let mut before = Health::Unknown;
        for (step, (passes, kind)) in events.into_iter().enumerate() {
            let now = 1_000 * (step as i64 + 1);
            match kind {
                // The target changes: a new server. Late results of the old one follow.
                0 => {
                    (generation, port) = (generation + 1, port + 1);
                    judge.assign(&subjects(generation, &subject(port, timeout, reentry)), now);
                    history.clear();
                    (since, before) = (now, Health::Unknown);
                    let late = if passes { passed() } else { failed() };
                    prop_assert!(!judge.take(ID, Generation(generation - 1), late, now));
                }
                // An apply that does not touch this server.
                1 => {
                    generation += 1;
                    judge.assign(&subjects(generation, &subject(port, timeout, reentry)), now);
                }
                2 => {
                    let unasked = Outcome::Unasked { reason: "too many open files".into() };
                    prop_assert!(!judge.take(ID, Generation(generation), unasked, now));
                }
                _ => {
                    history.push(passes);
                    let changed = judge.take(ID, Generation(generation), if passes { passed() } else { failed() }, now);
                    let expected = by_the_book(&history, (reentry / timeout).max(1) as usize);
                    prop_assert_eq!(changed, expected != before);
                    if changed {
                        (since, before) = (now, expected);
                    }
                }
            }
            let target = subject(port, timeout, reentry).target;
            let known = judge.judgement(ID, &target).unwrap();
            prop_assert_eq!((known.health, known.since_ms), (before, since));
            prop_assert_eq!(known.health == Health::Down, !known.reason.is_empty() && before == Health::Down);
        }
    }
}
