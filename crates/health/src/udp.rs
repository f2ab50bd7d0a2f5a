//! A UDP port that nobody refuses.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use async_trait::async_trait;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout};

use crate::{Check, Outcome, Target};

/// How long a refusal is waited for. An ICMP *port unreachable* takes one round trip; a second is ample on any network
/// that a director shares with its real servers.
const PATIENCE: Duration = Duration::from_secs(1);

/// Sends an empty datagram. UDP accepts nothing by itself, so silence passes; a refusal (ICMP *port unreachable*) fails, and
/// so does a host that cannot be reached.
#[derive(Clone, Copy, Debug, Default)]
pub struct UdpPort;

#[async_trait]
impl Check for UdpPort {
    async fn check(&self, target: &Target, limit: Duration) -> Outcome {
        let attempt = format!("send a datagram to {}", target.socket);
        let started = Instant::now();
        match timeout(limit.min(PATIENCE), ask(target.socket)).await {
            Ok(Ok(())) | Err(_) => Outcome::Passed { latency: started.elapsed() },
            Ok(Err(error)) => Outcome::from_error(&attempt, &error),
        }
    }
}

/// Returns when something answers; an ICMP error arrives as the error of a connected socket.
async fn ask(server: SocketAddr) -> std::io::Result<()> {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(server).await?;
    socket.send(&[]).await?;
    let mut answer = [0; 1];
    socket.recv(&mut answer).await?;
    Ok(())
}
