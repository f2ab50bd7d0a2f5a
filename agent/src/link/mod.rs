//! The link to the console: one connection that the agent opens, and opens again.
//!
//! [`run`] is the whole of it. It takes desired states (checked, not older, stored before anybody acts upon them), sends
//! reports, and answers questions about the data plane. With the console away it only waits: everything else in the
//! agent goes on without it.

pub(crate) mod backoff;
pub(crate) mod dial;
mod ended;
pub(crate) mod key;
mod outbox;
mod ports;
mod session;
pub(crate) mod tls;
mod verdict;

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use backoff::{Backoff, jitter};
pub use dial::DialError;
pub use ended::Ended;
pub use ports::{Ports, Reports};

/// How long a director that was shut out waits before it asks again.
const SHUT_OUT: Duration = Duration::from_secs(600);

/// How long an agent waits that was replaced by another connection of the same director.
const REPLACED: Duration = Duration::from_secs(60);

/// [`run`] without an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this agent has not been enrolled, so it has no console to connect to")]
pub struct NotEnrolled;

/// Keeps the link until `shutdown`. Ends early only where there is no identity.
pub async fn run(mut ports: Ports, shutdown: CancellationToken) -> Result<(), NotEnrolled> {
    let mut backoff = Backoff::default();
    let mut last_words = String::new();
    while !shutdown.is_cancelled() {
        // Read again each time: a renewal replaces it.
        let identity = ports.state.identity().ok_or(NotEnrolled)?;
        let mut welcomed = None;
        let ended = session::session(&mut ports, &identity, &mut welcomed, &shutdown).await;
        let lasted = welcomed.map_or(Duration::ZERO, |since: Instant| since.elapsed());
        let wait = match &ended {
            Ended::Shutdown => break,
            Ended::Renewed => continue,
            Ended::Lost(_) => backoff.wait(lasted, &mut rand::rng()),
            Ended::Replaced(_) => jitter(REPLACED, &mut rand::rng()),
            Ended::ShutOut(_) => jitter(SHUT_OUT, &mut rand::rng()),
        };
        // Said once, not with every attempt: the log of a director that is alone for a night stays readable.
        let words = ended.to_string();
        if welcomed.is_none() && words == last_words {
            tracing::debug!("{words}");
        } else {
            tracing::warn!(
                "{words}; this director goes on as it is and tries again in {:.1} s",
                wait.as_secs_f32()
            );
            last_words = words;
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shutdown.cancelled() => break,
        }
    }
    Ok(())
}
