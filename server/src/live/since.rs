//! Since when a cluster fares as it does.

use app::State;

/// The last change of what serves, the first of what does not; none where nobody can say. `services` are those that are offered, each
/// with its state and since when, `gone` since when directors are away; times in milliseconds since 1970, 0 for not known.
pub(crate) fn since(state: State, services: &[(State, i64)], gone: &[i64]) -> Option<i64> {
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

#[cfg(test)]
mod tests {
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
}
