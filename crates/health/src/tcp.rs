//! A port that accepts a connection.

use std::time::Duration;

use async_trait::async_trait;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::{Check, Outcome, Target};

/// Passes where the port accepts a TCP connection, which is then closed.
#[derive(Clone, Copy, Debug, Default)]
pub struct TcpConnect;

#[async_trait]
impl Check for TcpConnect {
    async fn check(&self, target: &Target, limit: Duration) -> Outcome {
        let started = Instant::now();
        let attempt = format!("connect to {}", target.socket);
        match timeout(limit, TcpStream::connect(target.socket)).await {
            Ok(Ok(_stream)) => Outcome::Passed { latency: started.elapsed() },
            Ok(Err(error)) => Outcome::from_error(&attempt, &error),
            Err(_) => Outcome::timed_out(&attempt, limit),
        }
    }
}
