//! Since when a cluster fares as it does.

use super::{Phase, Shape, overall};
use crate::State;

/// The last change of what serves, the first of what does not; none where nobody can say, or where it is so since what is wanted was
/// applied. `services` are those that are offered, each
/// with its state and since when, `gone` since when directors are away; times in milliseconds since 1970, 0 for not known.
pub fn since(state: State, services: &[(State, i64)], gone: &[i64]) -> Option<i64> {
    let known = |ms: &i64| *ms > 0;
    let gone = || gone.iter().copied().filter(known);
    let of = |wanted: fn(State) -> bool| {
        services.iter().filter(move |(state, _)| wanted(*state)).map(|(_, since)| *since).filter(known)
    };
    match state {
        State::Serving => of(|_| true).max(),
        State::Unknown => gone().min(),
        State::Degraded | State::Failing | State::Draining => {
            of(|state| !matches!(state, State::Serving | State::Inactive)).chain(gone()).min()
        }
        State::Pending | State::Stopped | State::Inactive => None,
    }
}

/// Since when the whole is as [`overall`] says, in milliseconds since 1970.
pub fn overall_since(shape: &Shape) -> Option<i64> {
    let services: Vec<_> = shape.services.iter().map(|service| (service.state, service.since)).collect();
    let gone = shape.directors.iter().filter(|director| director.phase == Phase::Away).map(|one| one.since);
    match overall(shape).state {
        State::Stopped | State::Pending => Some(shape.applied).filter(|&ms| ms > 0),
        state => since(state, &services, &gone.collect::<Vec<_>>()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn trouble_counts_from_its_beginning_and_peace_from_its_last_change() {
        let services =
            [(State::Serving, 900), (State::Failing, 500), (State::Failing, 700), (State::Unknown, 0)];
        assert_eq!(since(State::Degraded, &services, &[]), Some(500));
        assert_eq!(since(State::Degraded, &services, &[300, 0]), Some(300));
        assert_eq!(since(State::Serving, &[(State::Serving, 100), (State::Serving, 200)], &[]), Some(200));
        assert_eq!(since(State::Unknown, &services, &[400, 350]), Some(350));
        assert_eq!(since(State::Stopped, &services, &[400]), None);
    }

    #[test]
    fn what_is_stopped_is_so_since_it_was_applied() {
        let stopped = Shape { running: false, applied: 700, ..samples::shape() };
        assert_eq!(overall_since(&stopped), Some(700));
        assert_eq!(overall_since(&Shape { applied: 0, ..stopped }), None);
    }
}
