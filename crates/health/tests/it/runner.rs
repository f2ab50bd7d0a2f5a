//! The runner on virtual time: intervals, the bound, edits that disturb nobody, results of former targets.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use health::{Check, Judge, Outcome, Pace, Rule, Subject, Subjects, Target, run};
use model::table::Health;
use model::{DestinationId, Generation, Protocol, ReentrySeconds, Seconds};
use proptest::prelude::*;
use tokio::sync::watch;
use tokio::time::Instant;

/// Servers whose answers are set from outside; notes when it was asked.
#[derive(Default)]
struct Script {
    up: Mutex<BTreeMap<u16, bool>>,
    took: Mutex<BTreeMap<u16, Duration>>,
    asked: Mutex<BTreeMap<u16, Vec<Instant>>>,
    now: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait]
impl Check for Script {
    async fn check(&self, target: &Target, limit: Duration) -> Outcome {
        let port = target.socket.port();
        self.asked.lock().unwrap().entry(port).or_default().push(Instant::now());
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let took = self.took.lock().unwrap().get(&port).copied().unwrap_or(Duration::from_millis(3));
        tokio::time::sleep(took.min(limit)).await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        if took < limit && self.up.lock().unwrap().get(&port).copied().unwrap_or(true) {
            Outcome::Passed { latency: took }
        } else {
            Outcome::Failed { reason: "dead".into() }
        }
    }
}

struct Rig {
    script: Arc<Script>,
    subjects: watch::Sender<Arc<Subjects>>,
    judge: watch::Receiver<Judge>,
}

impl Rig {
    fn start(at_a_time: usize) -> Self {
        let script = Arc::new(Script::default());
        let (subjects, subjects_in) = watch::channel(Arc::default());
        let (judge_out, judge) = watch::channel(Judge::default());
        let pace = Pace { at_a_time, start_within: Duration::from_millis(250) };
        let mut turn = 0u32;
        // Some share that differs from call to call, without randomness.
        let share = move |whole: Duration| {
            turn = (turn + 37) % 100;
            whole * turn / 100
        };
        let begun = Instant::now();
        let clock = move || i64::try_from(begun.elapsed().as_millis()).unwrap();
        tokio::spawn(run(Arc::clone(&script) as Arc<dyn Check>, subjects_in, judge_out, pace, share, clock));
        Self { script, subjects, judge }
    }

    fn assign(&self, generation: u64, list: impl IntoIterator<Item = (u32, u16, u32)>) {
        let destinations =
            list.into_iter().map(|(id, port, timeout)| (DestinationId(id), subject(port, timeout))).collect();
        self.subjects.send_replace(Arc::new(Subjects { generation: Generation(generation), destinations }));
    }

    fn health(&self, id: u32, port: u16, timeout: u32) -> Option<Health> {
        let target = subject(port, timeout).target;
        self.judge.borrow().judgement(DestinationId(id), &target).map(|known| known.health)
    }

    fn asked(&self, port: u16) -> Vec<Instant> {
        self.script.asked.lock().unwrap().get(&port).cloned().unwrap_or_default()
    }
}

fn subject(port: u16, timeout: u32) -> Subject {
    Subject {
        target: Target {
            protocol: Protocol::Tcp,
            socket: ([10, 0, 0, 1], port).into(),
            check: model::Check::Connect,
        },
        rule: Rule {
            timeout: Seconds::try_new(timeout.into()).unwrap(),
            reentry: ReentrySeconds::try_new(0).unwrap(),
        },
    }
}

#[tokio::test(start_paused = true)]
async fn thousands_are_checked_at_their_intervals_within_the_bound() {
    let rig = Rig::start(64);
    let list = || (0..5_000u32).map(|n| (n, u16::try_from(n).unwrap() + 1, 6));
    rig.assign(1, list());
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(rig.script.most.load(Ordering::SeqCst) <= 64);
    for (id, port, timeout) in list() {
        assert_eq!(rig.health(id, port, timeout), Some(Health::Up));
        let asked = rig.asked(port);
        assert!((10..=12).contains(&asked.len()), "{} checks in a minute", asked.len());
        for pair in asked.windows(2).skip(1) {
            let gap = pair[1] - pair[0];
            assert!(gap >= Duration::from_secs(6) && gap < Duration::from_millis(6_500), "{gap:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_edit_restarts_only_what_it_touches() {
    let rig = Rig::start(16);
    rig.assign(1, [(1, 80, 6), (2, 81, 6), (3, 82, 6)]);
    tokio::time::sleep(Duration::from_secs(20)).await;
    let before = rig.asked(80);
    // 2 gets another port, 3 goes, 4 comes.
    rig.assign(2, [(1, 80, 6), (2, 91, 6), (4, 84, 6)]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(rig.health(2, 91, 6), Some(Health::Up));
    assert_eq!(rig.health(3, 82, 6), None);
    assert_eq!(rig.health(4, 84, 6), Some(Health::Up));
    let gone = rig.asked(82).len();
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(rig.asked(82).len(), gone);
    let after = rig.asked(80);
    assert_eq!(after[before.len()] - after[before.len() - 1], Duration::from_secs(6));
    assert_eq!(after[before.len() + 1] - after[before.len()], Duration::from_secs(6));
    // A shorter interval holds from the last check on.
    rig.assign(3, [(1, 80, 2)]);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let shorter = rig.asked(80);
    assert!(shorter.len() >= after.len() + 4, "{} checks", shorter.len() - after.len());
}

#[tokio::test(start_paused = true)]
async fn a_late_result_of_a_former_target_changes_nothing() {
    let rig = Rig::start(16);
    rig.script.took.lock().unwrap().insert(80, Duration::from_secs(5));
    rig.script.up.lock().unwrap().insert(80, false);
    rig.assign(1, [(1, 80, 6)]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(rig.asked(80).len(), 1);
    rig.assign(2, [(1, 90, 6)]);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(rig.health(1, 90, 6), Some(Health::Up));
    assert_eq!(rig.asked(80).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_is_out_within_an_interval_and_dead_ones_do_not_starve_the_living() {
    let rig = Rig::start(8);
    for port in 1..=8 {
        rig.script.took.lock().unwrap().insert(port, Duration::from_secs(3_600));
    }
    rig.assign(1, (1..=16).map(|n| (n, u16::try_from(n).unwrap(), 2)));
    tokio::time::sleep(Duration::from_secs(30)).await;
    for n in 1..=8 {
        assert_eq!(rig.health(n, u16::try_from(n).unwrap(), 2), Some(Health::Down));
    }
    for n in 9..=16 {
        assert_eq!(rig.health(n, u16::try_from(n).unwrap(), 2), Some(Health::Up));
        assert!(rig.asked(u16::try_from(n).unwrap()).len() >= 7);
    }
    rig.script.up.lock().unwrap().insert(16, false);
    let mut judge = rig.judge.clone();
    judge.mark_unchanged();
    tokio::time::timeout(Duration::from_secs(5), judge.changed()).await.unwrap().unwrap();
    assert_eq!(rig.health(16, 16, 2), Some(Health::Down));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Edits and flips at random; when all is quiet, every verdict is right and everybody is asked in time.
    #[test]
    fn random_schedules_end_with_the_truth(
        events in proptest::collection::vec((1u32..12, 1u16..6, 1u32..5, any::<bool>(), 0u64..4_000), 1..60),
        at_a_time in 1usize..6,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let verdict: Result<(), TestCaseError> = runtime.block_on(async move {
            let rig = Rig::start(at_a_time);
            let mut list: BTreeMap<u32, (u16, u32)> = BTreeMap::new();
            for (index, (id, port, timeout, up, pause)) in events.into_iter().enumerate() {
                match index % 3 {
                    0 if list.contains_key(&id) && !up => {
                        list.remove(&id);
                    }
                    1 => {
                        rig.script.up.lock().unwrap().insert(port, up);
                    }
                    _ => {
                        list.insert(id, (port, timeout));
                    }
                }
                rig.assign(index as u64 + 1, list.iter().map(|(&id, &(port, timeout))| (id, port, timeout)));
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            tokio::time::sleep(Duration::from_secs(12)).await;
            let up = rig.script.up.lock().unwrap().clone();
            for (&id, &(port, timeout)) in &list {
                let expected = if up.get(&port).copied().unwrap_or(true) { Health::Up } else { Health::Down };
                prop_assert_eq!(rig.health(id, port, timeout), Some(expected));
            }
            prop_assert_eq!(rig.judge.borrow().verdicts().count(), list.len());
            prop_assert!(rig.script.most.load(Ordering::SeqCst) <= at_a_time);
            Ok(())
        });
        verdict?;
    }
}
