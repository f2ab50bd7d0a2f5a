//! The check that fits a target's protocol.

use std::time::Duration;

use async_trait::async_trait;
use model::{Code, Protocol, Why};

use crate::{Check, Outcome, Target, TcpConnect, UdpPort};

/// [`TcpConnect`] for TCP, [`UdpPort`] for UDP. What a service wants sent, expected or run is not asked yet: its port is.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByProtocol;

#[async_trait]
impl Check for ByProtocol {
    async fn check(&self, target: &Target, limit: Duration) -> Outcome {
        match target.protocol {
            Protocol::Tcp => TcpConnect.check(target, limit).await,
            Protocol::Udp => UdpPort.check(target, limit).await,
            Protocol::Sctp => {
                let words = "SCTP ports cannot be checked by this agent";
                Outcome::Unasked { reason: Why::of(words, Code::UncheckedSctp) }
            }
        }
    }
}
