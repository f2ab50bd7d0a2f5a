//! How sessions end, in words for the log.

use std::error::Error;
use std::fmt;

use protocol::wire;
use protocol::wire::refusal::Kind;
use tonic::{Code, Status};

/// Why a session ended, or never began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The agent ends.
    Shutdown,
    /// There is a new certificate to connect with.
    Renewed,
    /// The connection failed or was lost.
    Lost(String),
    /// Another connection of this director took its place.
    Replaced(String),
    /// The console does not want this agent, and asking again soon would change nothing.
    ShutOut(String),
}

/// What the console's last words mean.
pub(super) fn refused(refusal: wire::Refusal) -> Ended {
    match refusal.kind() {
        Kind::Protocol | Kind::Revoked | Kind::UnknownDirector => Ended::ShutOut(refusal.text),
        Kind::Replaced => Ended::Replaced(refusal.text),
        Kind::Unspecified | Kind::Malformed | Kind::Closing | Kind::Expired => Ended::Lost(refusal.text),
    }
}

/// What gRPC says of a stream that broke.
pub(super) fn failed(status: &Status) -> Ended {
    let why = match (status.code(), status.source()) {
        (_, Some(source)) => chain(source),
        (Code::Unimplemented, None) => {
            "it does not know sessions; is it the console's port for agents?".into()
        }
        (code, None) if status.message().is_empty() => code.to_string(),
        (_, None) => status.message().to_owned(),
    };
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => Ended::ShutOut(why),
        _ => Ended::Lost(why),
    }
}

/// An error with its causes.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shutdown => f.write_str("the agent ends"),
            Self::Renewed => f.write_str("the certificate has been renewed"),
            Self::Lost(why) => write!(f, "no connection to the console: {why}"),
            Self::Replaced(why) | Self::ShutOut(why) => write!(f, "the console refused this director: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_will_not_change_soon_keeps_an_agent_away() {
        let ended = |kind: Kind| refused(wire::Refusal { kind: kind.into(), text: "why".into() });
        for kind in [Kind::Protocol, Kind::Revoked, Kind::UnknownDirector] {
            assert_eq!(ended(kind), Ended::ShutOut("why".into()));
        }
        for kind in [Kind::Malformed, Kind::Closing, Kind::Expired, Kind::Unspecified] {
            assert_eq!(ended(kind), Ended::Lost("why".into()));
        }
        assert_eq!(ended(Kind::Replaced), Ended::Replaced("why".into()));
        let newer = refused(wire::Refusal { kind: 99, text: "why".into() });
        assert_eq!(newer, Ended::Lost("why".into()), "a kind that this version does not know");
        assert_eq!(failed(&Status::unauthenticated("who?")), Ended::ShutOut("who?".into()));
        assert_eq!(failed(&Status::unavailable("gone")), Ended::Lost("gone".into()));
        let elsewhere = failed(&Status::unimplemented("")).to_string();
        assert!(elsewhere.contains("port for agents"), "{elsewhere}");
    }

    #[test]
    fn causes_are_told_once() {
        let inner = std::io::Error::other("the disk is full");
        let outer =
            crate::disk::DiskError::Io { attempt: "write", path: "state/desired.new".into(), source: inner };
        assert_eq!(chain(&outer), "cannot write state/desired.new: the disk is full");
    }
}
