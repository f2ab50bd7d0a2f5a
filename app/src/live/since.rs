//! Since when a cluster fares as it does.

use super::{Presence, Shape};
use crate::State;

/// Whether a director is there, and since when it is so.
pub type There = (bool, i64);

/// What serves does so since the last change of anything in it, what is degraded since the first trouble that still lasts, what fails or
/// is unknown since the last one that could tell otherwise. None where nobody can say, or where it is so since what is wanted was applied.
/// `services` are those that are offered, each with its state and since when; times in milliseconds since 1970, 0 for not known.
pub fn since(state: State, services: &[(State, i64)], directors: &[There]) -> Option<i64> {
    let known = |ms: &i64| *ms > 0;
    let of = |wanted: fn(State) -> bool| {
        services.iter().filter(move |(state, _)| wanted(*state)).map(|(_, since)| *since).filter(known)
    };
    let directors = |here: bool| {
        directors.iter().filter(move |(there, _)| *there == here).map(|(_, since)| *since).filter(known)
    };
    match state {
        State::Serving => of(|_| true).chain(directors(true)).max(),
        State::Unknown => of(|state| state == State::Unknown).chain(directors(false)).max(),
        State::Failing => of(|state| state == State::Failing).max(),
        // What drains does so on purpose.
        State::Degraded => of(|state| matches!(state, State::Degraded | State::Failing | State::Unknown))
            .chain(directors(false))
            .min(),
        State::Draining | State::Pending | State::Stopped | State::Inactive => None,
    }
}

/// Whether a whole is so since what is wanted was applied: what is stopped, or on its way.
pub fn since_applied(state: State) -> bool {
    matches!(state, State::Stopped | State::Pending)
}

/// Since when the whole is in the state that [`overall`](super::overall) says, in milliseconds since 1970.
pub fn overall_since(shape: &Shape, state: State) -> Option<i64> {
    if since_applied(state) {
        return Some(shape.applied).filter(|&ms| ms > 0);
    }

    let offered = shape.services.iter().filter(|service| service.state != State::Inactive);
    let services: Vec<_> = offered.map(|service| (service.state, service.since)).collect();
    let directors = shape.directors.iter().filter_map(|director| match director.phase.presence() {
        Presence::Connected => Some((true, director.since)),
        Presence::Away => Some((false, director.since)),
        Presence::Unenrolled | Presence::Revoked => None,
    });
    since(state, &services, &directors.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::super::{overall, samples};
    use super::*;

    #[test]
    fn trouble_counts_from_its_beginning_and_peace_from_its_last_change() {
        use State::{Degraded, Draining, Failing, Serving, Unknown};
        let services = [(Serving, 900), (Failing, 500), (Failing, 700), (Draining, 100), (Unknown, 0)];
        assert_eq!(since(Degraded, &services, &[]), Some(500), "what drains is no trouble");
        assert_eq!(since(Degraded, &services, &[(false, 300), (false, 0), (true, 50)]), Some(300));
        let all = [(Failing, 500), (Failing, 700)];
        assert_eq!(
            since(Failing, &all, &[(false, 10), (true, 20)]),
            Some(700),
            "until then one still served"
        );
        assert_eq!(since(Serving, &[(Serving, 100), (Serving, 200)], &[]), Some(200));
        assert_eq!(since(Serving, &[(Serving, 100)], &[(true, 400)]), Some(400), "a director came back");
        assert_eq!(since(Unknown, &[], &[(false, 400), (false, 350)]), Some(400), "until then one was there");
        assert_eq!(since(State::Stopped, &services, &[(false, 400)]), None);
    }

    #[test]
    fn what_is_switched_off_does_not_count() {
        let mut shape = samples::shape();
        for (service, state, since) in [(0, State::Serving, 100), (1, State::Inactive, 900)] {
            shape.services[service].state = state;
            shape.services[service].since = since;
        }
        shape.directors = vec![super::super::whole::tests::director("vs1", super::super::Phase::Verified(3))];
        shape.directors[0].since = 50;
        assert_eq!(overall(&shape).state, State::Serving);
        assert_eq!(overall_since(&shape, State::Serving), Some(100));
    }

    #[test]
    fn what_is_stopped_is_so_since_it_was_applied() {
        let stopped = Shape { running: false, applied: 700, ..samples::shape() };
        assert_eq!(overall(&stopped).state, State::Stopped);
        assert_eq!(overall_since(&stopped, State::Stopped), Some(700));
        assert_eq!(overall_since(&Shape { applied: 0, ..stopped }, State::Stopped), None);
    }
}
