//! Steps that the kernel refuses again and again are tried less and less often.
//!
//! Each attempt is noted on disk before it is made, and the note is taken back after it: a refusal that nobody mends must not cost
//! the disk two writes with every activation.

use std::collections::BTreeMap;

use model::table::{Step, TableDestinationKey, TableKey};
use model::{Code, Generation, SpecHash, Why};

use super::PERIOD;
use super::pass::Failed;

/// The longest pause between two attempts, in milliseconds: whoever loads a module waits no longer than this.
const LONGEST: i64 = 120_000;

/// What was refused, and when it may be tried again.
#[derive(Debug, Default)]
pub(super) struct Patience {
    /// Of what is desired; when that changes, all is tried at once.
    of: Option<(Generation, SpecHash)>,
    refused: BTreeMap<(TableKey, Option<TableDestinationKey>), Refused>,
}

#[derive(Debug)]
struct Refused {
    step: Step,
    why: Why,
    /// How often in a row.
    times: u32,
    /// Milliseconds since 1970.
    again_at: i64,
}

impl Patience {
    /// An activation begins.
    pub(super) fn begin(&mut self, of: (Generation, SpecHash)) {
        if self.of != Some(of) {
            *self = Self { of: Some(of), refused: BTreeMap::new() };
        }
    }

    /// Takes out of `steps` what is not to be tried yet; it has failed as it did before.
    pub(super) fn hold_back(&self, steps: &mut Vec<Step>, failed: &mut Failed, now_ms: i64) {
        if self.refused.is_empty() {
            return;
        }
        steps.retain(|step| {
            let refused = object(step).and_then(|object| self.refused.get(&object));
            let held = refused.filter(|refused| refused.step == *step && now_ms < refused.again_at);
            held.inspect(|refused| failed.hold(step, &refused.why)).is_none()
        });
    }

    /// Notes what came of the steps of an activation.
    pub(super) fn end(&mut self, failed: &Failed, now_ms: i64) {
        let mut before = std::mem::take(&mut self.refused);
        for step in &failed.held {
            self.refused.extend(object(step).and_then(|object| before.remove_entry(&object)));
        }
        for step in &failed.tried {
            let Some(object) = object(step) else { continue };
            let Some(why) = failed.entries.get(&object) else { continue };
            let by_kernel = |code| matches!(code, Code::KernelRefused | Code::NoScheduler);
            if !why.cause.as_ref().is_some_and(|cause| by_kernel(cause.code())) {
                continue;
            }
            let again = before.get(&object).filter(|refused| refused.step == *step);
            let times = again.map_or(1, |refused| refused.times.saturating_add(1));
            let refused =
                Refused { step: step.clone(), why: why.clone(), times, again_at: now_ms + pause(times) };
            self.refused.insert(object, refused);
        }
    }
}

/// The first refusal may be a matter of the moment. From the second on, twice as long as before.
fn pause(times: u32) -> i64 {
    let period = PERIOD.as_millis() as i64;
    match times {
        0 | 1 => 0,
        _ => period.saturating_mul(1 << (times - 2).min(10)).min(LONGEST),
    }
}

fn object(step: &Step) -> Option<(TableKey, Option<TableDestinationKey>)> {
    let (key, destination) = step.object();
    Some((key?.clone(), destination))
}

#[cfg(test)]
mod tests {
    use model::{Cause, Family, FirewallMark};

    use super::*;
    use crate::data_plane::StepError;

    const OF: (Generation, SpecHash) = (Generation(1), SpecHash([0; 32]));

    fn step(mark: u32) -> Step {
        let mark = FirewallMark::try_new(mark.into()).unwrap();
        Step::RemoveService { key: TableKey::Mark { mark, family: Family::V4 } }
    }

    fn refusal(code: Code) -> StepError {
        StepError(Why::new("no", Cause::new(code, [("reason", &"no"), ("scheduler", &"mh")])))
    }

    /// Whether the step is tried at this time; it is refused where it is.
    fn is_tried(patience: &mut Patience, now_ms: i64, code: Code) -> bool {
        let (mut failed, mut steps) = (Failed::default(), vec![step(1), step(2)]);
        patience.hold_back(&mut steps, &mut failed, now_ms);
        assert!(steps.contains(&step(2)), "another one is tried");
        let tried = steps.contains(&step(1));
        if tried {
            failed.note(&step(1), refusal(code));
        }
        assert!(failed.has(&step(1)), "held back or tried, it has failed");
        patience.end(&failed, now_ms);
        tried
    }

    #[test]
    fn what_is_refused_is_tried_less_and_less_often() {
        let mut patience = Patience::default();
        patience.begin(OF);
        let tried: Vec<_> =
            (0..60_i64).filter(|n| is_tried(&mut patience, n * 10_000, Code::KernelRefused)).collect();
        assert_eq!(tried, [0, 1, 2, 4, 8, 16, 28, 40, 52]);
    }

    #[test]
    fn another_desired_state_is_tried_at_once() {
        let mut patience = Patience::default();
        patience.begin(OF);
        assert!(is_tried(&mut patience, 0, Code::NoScheduler));
        assert!(is_tried(&mut patience, 0, Code::NoScheduler));
        assert!(!is_tried(&mut patience, 0, Code::NoScheduler));
        patience.begin(OF);
        assert!(!is_tried(&mut patience, 0, Code::NoScheduler));
        patience.begin((Generation(2), OF.1));
        assert!(is_tried(&mut patience, 0, Code::NoScheduler));
    }

    #[test]
    fn what_failed_for_another_reason_is_tried_each_time() {
        let mut patience = Patience::default();
        patience.begin(OF);
        assert!((0..9).all(|n| is_tried(&mut patience, n, Code::Foreign)));
    }
}
