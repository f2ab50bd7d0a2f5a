//! Reading connections for whoever asks.
//!
//! Reading costs as much as there are connections, evaluating a question about them next to nothing. So there is one reading at a
//! time, and each answers all questions that came while the one before was under way. While nobody asks nothing is read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::ServiceId;
use model::connections::{Evaluation, Question};
use protocol::{ConnectionsAnswer, ConnectionsQuery, Reading};
use tokio::sync::{Mutex as Turn, oneshot, watch};

use crate::data_plane::{DataPlane, DataPlaneError, Passing, Scan};
use crate::reconcile::Index;

/// The one who reads.
pub(crate) struct Reader {
    data_plane: Arc<dyn DataPlane>,
    index: watch::Receiver<Arc<Index>>,
    /// As many as the link lets wait.
    waiting: Mutex<Vec<Waiting>>,
    /// Whoever holds it reads.
    turn: Turn<()>,
}

struct Waiting {
    question: Question,
    within: Duration,
    answer: oneshot::Sender<Result<ConnectionsAnswer, String>>,
}

impl Reader {
    /// Reads from this data plane, whose entries `index` names.
    pub(crate) fn new(data_plane: Arc<dyn DataPlane>, index: watch::Receiver<Arc<Index>>) -> Self {
        Self { data_plane, index, waiting: Mutex::default(), turn: Turn::new(()) }
    }

    /// The answer, from a reading that begins after the question came.
    pub(crate) async fn answer(&self, query: ConnectionsQuery) -> Result<ConnectionsAnswer, String> {
        let within = query.within;
        let Some(question) = self.question(query) else {
            // Nothing in the data plane stands for what is asked for.
            let reading = Some(Reading { finished: true, ..Reading::default() });
            return Ok(ConnectionsAnswer { complete: true, reading, ..ConnectionsAnswer::default() });
        };
        loop {
            let (answer, mut answered) = oneshot::channel();
            lock(&self.waiting).push(Waiting { question: question.clone(), within, answer });
            let turn = self.turn.lock().await;
            match answered.try_recv() {
                Ok(answer) => return answer,
                // Whoever read for us has gone before the end.
                Err(oneshot::error::TryRecvError::Closed) => {}
                Err(oneshot::error::TryRecvError::Empty) => {
                    self.read().await;
                    drop(turn);
                    if let Ok(answer) = answered.try_recv() {
                        return answer;
                    }
                }
            }
        }
    }

    /// Reads once for all who wait.
    async fn read(&self) {
        let (mut evaluations, mut answers) = (Vec::new(), Vec::new());
        let mut within = Duration::ZERO;
        let waiting = std::mem::take(&mut *lock(&self.waiting));
        for waiting in waiting.into_iter().filter(|waiting| !waiting.answer.is_closed()) {
            within = within.max(waiting.within);
            answers.push((waiting.question.rows, waiting.answer));
            evaluations.push(Evaluation::new(waiting.question));
        }
        let evaluations = Arc::new(Mutex::new(evaluations));
        let (listening, index) = (Arc::clone(&evaluations), Arc::clone(&self.index.borrow()));
        let mut services: Vec<ServiceId> = Vec::new();
        let listen = move |passing: &Passing<'_>| {
            services.clear();
            services.extend(passing.services.iter().filter_map(|key| Some(index.object(key, None)?.0)));
            for evaluation in lock(&listening).iter_mut() {
                evaluation.take(&passing.seen, &services);
            }
        };
        let begun = Instant::now();
        let scan = self.data_plane.connections(within, Box::new(listen)).await;
        let took = begun.elapsed();
        let evaluations = std::mem::take(&mut *lock(&evaluations));
        for (evaluation, (rows, answer)) in evaluations.into_iter().zip(answers) {
            // Fails where whoever asked has gone.
            let _gone = answer.send(told(evaluation, rows, &scan, took));
        }
    }

    /// The question in words that a connection has; none where no entry stands for what is asked for.
    fn question(&self, query: ConnectionsQuery) -> Option<Question> {
        let index = Arc::clone(&self.index.borrow());
        let known = |id| index.service(id).map(|_| id);
        let (service, destination) = match query.destination {
            Some(id) => {
                let (key, destination) = index.destination(id)?;
                let (of, _) = index.object(key, None)?;
                if query.service.is_some_and(|service| service != of) {
                    return None;
                }
                (Some(of), Some(destination))
            }
            None => (query.service.map(known).map_or(Some(None), |known| known.map(Some))?, None),
        };
        Some(Question {
            service,
            destination,
            filter: query.filter,
            groupings: query.groupings,
            rows: query.limit as usize,
            groups: query.groups as usize,
        })
    }
}

/// What came of one question.
fn told(
    evaluation: Evaluation,
    asked: usize,
    scan: &Result<Scan, DataPlaneError>,
    took: Duration,
) -> Result<ConnectionsAnswer, String> {
    let scan = scan.as_ref().map_err(ToString::to_string)?;
    let found = evaluation.found();
    let all = found.matched <= u64::try_from(asked).unwrap_or(u64::MAX);
    let reading = Reading {
        read: scan.read,
        expected: scan.expected,
        finished: scan.finished,
        // To a millisecond, as it is told.
        took: Duration::from_millis(u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
        unreadable: scan.unreadable,
    };
    Ok(ConnectionsAnswer {
        rows: found.rows,
        total: found.matched,
        complete: scan.finished && all,
        reading: Some(reading),
        groups: found.groups,
    })
}

/// Never held across an await, and nothing panics while it is.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
