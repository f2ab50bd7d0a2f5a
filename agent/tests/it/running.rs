//! The reconciler's loop on virtual time: what activates it, and what ends an activation.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use agent::data_plane::simulated::{Faults, Simulated};
use agent::reconcile::{Channels, Index, LIMIT, PERIOD, Reconciler, run};
use health::{Judge, Outcome, Subjects};
use model::{Cluster, DestinationId, Generation};
use protocol::{Accepted, Applied, Health, Observed, Phase};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::support::{accepted, cluster, destination, service};

struct Rig {
    data_plane: Arc<Simulated>,
    desired: watch::Sender<Option<Arc<Accepted>>>,
    judge: watch::Sender<Judge>,
    subjects: watch::Receiver<Arc<Subjects>>,
    observed: watch::Receiver<Arc<Observed>>,
    index: watch::Receiver<Arc<Index>>,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Rig {
    fn start() -> Self {
        let data_plane = Arc::new(Simulated::default());
        let (desired, desired_in) = watch::channel(None);
        let (judge, judge_in) = watch::channel(Judge::default());
        let (subjects_out, subjects) = watch::channel(Arc::default());
        let (observed_out, observed) = watch::channel(Arc::new(Observed::nothing(0)));
        let (index_out, index) = watch::channel(Arc::default());
        let shutdown = CancellationToken::new();
        let channels = Channels {
            desired: desired_in,
            judge: judge_in,
            subjects: subjects_out,
            observed: observed_out,
            index: index_out,
            wake: Arc::default(),
        };
        let begun = Instant::now();
        let clock = Arc::new(move || i64::try_from(begun.elapsed().as_millis()).unwrap());
        let reconciler = Reconciler::new(data_plane.clone(), clock);
        let task = tokio::spawn(run(reconciler, channels, shutdown.clone()));
        Self { data_plane, desired, judge, subjects, observed, index, shutdown, task }
    }

    fn send(&self, generation: u64, cluster: &Cluster) {
        self.desired.send_replace(Some(accepted(generation, true, cluster)));
    }

    async fn reaches(&mut self, what: &str, until: impl Fn(&Observed) -> bool) -> Arc<Observed> {
        let found =
            timeout(Duration::from_secs(3_600), self.observed.wait_for(|observed| until(observed))).await;
        found.unwrap_or_else(|_| panic!("never {what}")).unwrap().clone()
    }

    fn pass(&self, id: u32, passes: bool) {
        let subjects = self.subjects.borrow().clone();
        self.judge.send_if_modified(|judge| {
            judge.assign(&subjects, 0);
            let outcome = if passes {
                Outcome::Passed { latency: Duration::ZERO }
            } else {
                Outcome::Failed { reason: "connection refused".into() }
            };
            judge.take(DestinationId(id), subjects.generation, outcome, 7)
        });
    }
}

fn web(weight: u32) -> Cluster {
    let reals = (1..=2u8).map(|n| {
        let address = ([192, 168, 10, 100 + n], 80).into();
        (DestinationId(u32::from(n)), destination(&format!("real{n}"), address, weight))
    });
    cluster([(1, service("http", ([10, 0, 0, 2], 80).into()), reals.collect::<BTreeMap<_, _>>())])
}

fn verified(generation: u64) -> impl Fn(&Observed) -> bool {
    move |observed| observed.generation == Generation(generation) && observed.phase == Phase::Verified
}

#[tokio::test(start_paused = true)]
async fn before_the_first_desired_state_nothing_is_reported_and_nothing_touched() {
    let mut rig = Rig::start();
    rig.reaches("a report of the timer", |observed| observed.at_ms >= 10_000).await;
    assert_eq!(rig.observed.borrow().phase, Phase::Nothing);
    assert!(rig.data_plane.take_steps().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_desired_state_is_applied_and_a_verdict_reported() {
    let mut rig = Rig::start();
    rig.send(1, &web(3));
    let observed = rig.reaches("verified", verified(1)).await;
    assert!(observed.objects.iter().all(|object| object.health == Health::Unjudged));
    assert!(observed.objects.iter().all(|object| object.applied == Applied::Applied));
    let begun = Instant::now();
    rig.pass(1, true);
    let up = |observed: &Observed| {
        observed.objects.iter().any(|object| object.health == Health::Up && object.destination.is_some())
    };
    let observed = rig.reaches("up", up).await;
    assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
    let real1 = &observed.objects[1];
    assert_eq!(
        (real1.weight.map(|weight| weight.get()), real1.applied, real1.since_ms),
        (Some(3), Applied::Applied, Some(7))
    );
    // Nobody served before: the second one keeps the place that it was given, and is not known to serve.
    assert_eq!(
        (observed.objects[2].health, observed.objects[2].applied),
        (Health::Unjudged, Applied::Applied)
    );
    assert_eq!(observed.objects[0].health, Health::Up);
    assert_eq!(rig.index.borrow().generation, Generation(1));
    assert!(rig.index.borrow().destination(DestinationId(1)).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_report_comes_each_period_without_a_write() {
    let mut rig = Rig::start();
    rig.send(1, &web(3));
    let at_ms = rig.reaches("verified", verified(1)).await.at_ms;
    rig.data_plane.take_steps();
    let later = at_ms + i64::try_from(PERIOD.as_millis()).unwrap() * 10;
    rig.reaches("ten reports", |observed| observed.at_ms >= later).await;
    assert!(rig.data_plane.take_steps().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_removed_is_back_within_a_period() {
    let mut rig = Rig::start();
    rig.send(1, &web(3));
    rig.reaches("verified", verified(1)).await;
    let before = rig.data_plane.own();
    rig.data_plane.meddle(|table| table.services.clear());
    tokio::time::sleep(PERIOD + Duration::from_secs(1)).await;
    assert_eq!(rig.data_plane.own(), before);
}

#[tokio::test(start_paused = true)]
async fn a_newer_generation_ends_the_stuck_apply_of_an_older_one() {
    let mut rig = Rig::start();
    rig.data_plane.set_faults(Faults { step_takes: Duration::from_secs(3_600), ..Faults::default() });
    rig.send(1, &web(3));
    let applying =
        |observed: &Observed| observed.generation == Generation(1) && observed.phase == Phase::Applying;
    rig.reaches("applying", applying).await;
    rig.data_plane.set_faults(Faults::default());
    let moved = cluster([(2, service("other", ([10, 0, 0, 2], 81).into()), BTreeMap::new())]);
    let begun = Instant::now();
    rig.send(2, &moved);
    rig.reaches("verified", verified(2)).await;
    assert!(begun.elapsed() < Duration::from_secs(1));
    tokio::time::sleep(Duration::from_secs(7_200)).await;
    let keys: Vec<_> = rig.data_plane.own().services.into_keys().map(|key| key.to_string()).collect();
    assert_eq!(keys, ["tcp 10.0.0.2:81"]);
}

#[tokio::test(start_paused = true)]
async fn a_data_plane_that_does_not_answer_is_reported_and_asked_again() {
    let mut rig = Rig::start();
    rig.data_plane.set_faults(Faults { step_takes: LIMIT * 2, ..Faults::default() });
    rig.send(1, &web(3));
    let observed = rig.reaches("partial", |observed| observed.phase == Phase::Partial).await;
    assert!(observed.error.as_deref().is_some_and(|error| error.contains("did not answer within 60 s")));
    rig.data_plane.set_faults(Faults::default());
    rig.reaches("verified", verified(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_failed_object_says_why_and_is_tried_again() {
    let mut rig = Rig::start();
    let step = |step: &model::table::Step| {
        matches!(step, model::table::Step::AddService { .. }).then(|| "no such device".to_owned())
    };
    rig.data_plane.set_faults(Faults { step: Some(Box::new(step)), ..Faults::default() });
    rig.send(1, &web(3));
    let observed = rig.reaches("partial", |observed| observed.phase == Phase::Partial).await;
    assert_eq!(observed.objects[0].error.as_deref(), Some("no such device"));
    assert_eq!(observed.objects[0].applied, Applied::Failed);
    rig.data_plane.set_faults(Faults::default());
    let observed = rig.reaches("verified", verified(1)).await;
    assert_eq!(observed.objects[0].error, None);
}

#[tokio::test(start_paused = true)]
async fn its_end_leaves_the_data_plane_as_it_is() {
    let mut rig = Rig::start();
    rig.send(1, &web(3));
    rig.reaches("verified", verified(1)).await;
    let before = rig.data_plane.own();
    rig.shutdown.cancel();
    timeout(Duration::from_secs(5), rig.task).await.unwrap().unwrap();
    assert_eq!(rig.data_plane.own(), before);
    assert!(!before.services.is_empty());
}
