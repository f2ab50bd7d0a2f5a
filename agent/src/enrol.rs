//! Becoming a director: a one-time token against a certificate.

use std::sync::Arc;
use std::time::Duration;

use model::DirectorId;
use protocol::wire::EnrollRequest;
use protocol::wire::enrolment_client::EnrolmentClient;
use protocol::{MAX_ENROLMENT_MESSAGE, PROTOCOL, Token, role};
use tonic::Code;

use crate::disk::{DiskError, Identity, State};
use crate::link::backoff::Backoff;
use crate::link::dial::{DialError, dial};
use crate::link::{key, tls};

/// For the console's answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Why this machine is no director now.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// First start without the means to enrol.
    #[error(
        "this agent has not been enrolled yet: start it with `--console HOST:PORT --token TOKEN`; the command is on the \
         director's page"
    )]
    NothingToEnrolWith,
    /// The console cannot be reached or trusted.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The console said no.
    #[error("the console refused the enrolment: {0}")]
    Refused(String),
    /// The console's answer cannot be used.
    #[error("the console's answer to the enrolment cannot be used: {0}")]
    Unusable(String),
    /// No key could be made.
    #[error("cannot make a key")]
    Key(#[from] rcgen::Error),
    /// The identity cannot be kept.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Sees to it that this machine is a director, and returns which.
///
/// Without an identity it enrols. With one it does nothing, unless `token` is another one than the identity comes from:
/// then an operator wants it enrolled anew. (Service files keep the used token in their command line.) An address that
/// differs from the remembered one is taken over. A console that cannot be reached is tried again and again; drop the
/// future to give up.
pub async fn ready(
    state: &Arc<State>,
    console: Option<&str>,
    token: Option<&Token>,
) -> Result<Arc<Identity>, EnrolError> {
    let identity = state.identity();
    if let Some(identity) = identity
        && token.is_none_or(|token| token.secret.hash() == identity.enrolment)
    {
        return match console {
            Some(console) if console != identity.console => {
                let moved = Identity { console: console.to_owned(), ..(*identity).clone() };
                Ok(state.store_identity(moved)?)
            }
            _ => Ok(identity),
        };
    }
    let (Some(console), Some(token)) = (console, token) else { return Err(EnrolError::NothingToEnrolWith) };
    let mut backoff = Backoff::default();
    let identity = loop {
        match enrol(console, token).await {
            Err(EnrolError::Dial(error @ DialError::Unreachable { .. })) => {
                let wait = backoff.wait(Duration::ZERO, &mut rand::rng());
                tracing::warn!("cannot enrol yet: {error} Trying again in {:.1} s", wait.as_secs_f32());
                tokio::time::sleep(wait).await;
            }
            done => break done?,
        }
    };
    tracing::info!(director = %identity.director, name = identity.name, "enrolled at {console}");
    Ok(state.store_identity(identity)?)
}

/// Enrols once. Nothing is stored.
pub async fn enrol(console: &str, token: &Token) -> Result<Identity, EnrolError> {
    let request = key::request()?;
    let channel = dial(console, tls::pinned(token.spki).map_err(DialError::from)?).await?;
    let mut client = EnrolmentClient::new(channel).max_decoding_message_size(MAX_ENROLMENT_MESSAGE);
    let enroll = client.enroll(EnrollRequest {
        protocol: PROTOCOL,
        token: token.secret.text(),
        csr: request.csr.clone(),
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
    });
    let silent = |_| EnrolError::Refused(format!("no answer within {} s", ANSWER_TIMEOUT.as_secs()));
    let answer = tokio::time::timeout(ANSWER_TIMEOUT, enroll).await.map_err(silent)?;
    let answer = answer.map_err(|status| EnrolError::Refused(words(&status)))?.into_inner();

    let director = DirectorId(answer.director_id);
    let certificate = answer.certificate.into();
    request
        .check(&certificate, director)
        .map_err(|reason| EnrolError::Unusable(format!("certificate: {reason}")))?;
    // The CA that we shall trust from now on is the one that the token names, and no other.
    if tls::spki(&answer.ca_certificate) != Some(token.spki) {
        return Err(EnrolError::Unusable("its CA is not the one that the token names".into()));
    }
    Ok(Identity {
        director,
        name: answer.director_name,
        role: role(answer.role).map_err(|error| EnrolError::Unusable(error.to_string()))?,
        console: console.to_owned(),
        key: request.key,
        certificate,
        ca: answer.ca_certificate.into(),
        enrolment: token.secret.hash(),
    })
}

fn words(status: &tonic::Status) -> String {
    match (status.code(), status.message()) {
        (Code::Unimplemented, _) => {
            "it does not know enrolments; is this the console's port for agents (3637)?".into()
        }
        (code, "") => code.to_string(),
        (_, message) => message.to_owned(),
    }
}
