//! What the kernel's refusals mean: its own words, which code that is, and what to do.

use ipvs::{KernelError, Request};
use model::{Cause, Code, Why};
use rustix::io::Errno;

/// What a refused request means for its step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The work was done already.
    Done,
    /// Somebody else was faster: the entry is theirs.
    Foreign(Why),
    /// It failed.
    Failed(Why),
}

/// The meaning of a refusal.
pub(super) fn meaning(request: &Request, refusal: &KernelError) -> Meaning {
    let errno = Errno::from_raw_os_error(refusal.errno);
    let words = words(request, refusal);
    match (request, errno) {
        (Request::RemoveService(_), Errno::SRCH)
        | (Request::RemoveDestination { .. }, Errno::SRCH | Errno::NOENT)
        | (Request::StopDaemon { .. }, Errno::SRCH) => Meaning::Done,
        (Request::AddService(_) | Request::AddDestination { .. } | Request::StartDaemon(_), Errno::EXIST) => {
            Meaning::Foreign(Why::of(words, Code::Foreign))
        }
        // With an engine, the kernel does not say which of the two it does not have.
        (Request::AddService(service) | Request::EditService(service), Errno::NOENT)
            if service.engine.is_none() =>
        {
            Meaning::Failed(Why::new(
                words,
                Cause::new(Code::NoScheduler, [("scheduler", &service.scheduler)]),
            ))
        }
        (Request::EditService(_), Errno::SRCH)
        | (Request::AddDestination { .. } | Request::EditDestination { .. }, Errno::SRCH | Errno::NOENT) => {
            Meaning::Failed(Why::of(words, Code::TableMoved))
        }
        _ => Meaning::Failed(Why::new(words, Cause::new(Code::KernelRefused, [("reason", refusal)]))),
    }
}

fn words(request: &Request, refusal: &KernelError) -> String {
    match request.remedy(refusal) {
        Some(remedy) => format!("could not {request}: {refusal}; {remedy}"),
        None => format!("could not {request}: {refusal}"),
    }
}

#[cfg(test)]
mod tests {
    use ipvs::{Service, ServiceKey};

    use super::*;

    #[test]
    fn refusals_keep_the_kernels_words_and_say_what_to_do() {
        let key = ServiceKey::Mark { mark: 1, family: ipvs::Family::V4 };
        let add = Request::AddService(Service::new(key.clone(), "twos".parse().unwrap()));
        let refusal = |errno: Errno| KernelError {
            errno: errno.raw_os_error(),
            text: Some("no luck".into()),
            offset: None,
        };
        let Meaning::Failed(why) = meaning(&add, &refusal(Errno::NOENT)) else { panic!() };
        assert!(why.contains("no luck") && why.contains("module"), "{why}");
        assert_eq!(why.cause.map(|cause| cause.code()), Some(Code::NoScheduler));
        assert!(matches!(meaning(&add, &refusal(Errno::EXIST)), Meaning::Foreign(_)));
        assert_eq!(meaning(&Request::RemoveService(key), &refusal(Errno::SRCH)), Meaning::Done);
    }
}
