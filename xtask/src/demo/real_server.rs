//! A real server for the demo: a very small web server that answers with its own name.

use anyhow::{Context as _, Result};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// More connections at once are closed at once: a demo must not eat the machine.
const CONNECTIONS: usize = 256;

/// How long a client may take to ask, and to read the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// One real server, answering until it is stopped or dropped.
pub(super) struct RealServer {
    name: &'static str,
    address: SocketAddr,
    running: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl RealServer {
    /// Listens on `address` (port 0 takes a free one) and answers from then on.
    pub(super) fn start(name: &'static str, address: SocketAddr) -> Result<Self> {
        let mut server = Self { name, address, running: None };
        server.resume()?;
        Ok(server)
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it answers with.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Listens again after [`RealServer::kill`].
    pub(super) fn resume(&mut self) -> Result<()> {
        let listener = TcpListener::bind(self.address)
            .with_context(|| format!("{} could not listen on {}", self.name, self.address))?;
        self.address = listener.local_addr().context("a listener without an address")?;
        let stop = Arc::new(AtomicBool::new(false));
        let (seen, name) = (Arc::clone(&stop), self.name);
        let thread = thread::spawn(move || accept(&listener, name, &seen));
        self.running = Some((stop, thread));
        Ok(())
    }

    /// Stops listening, as if the machine's service had died: new connections are refused from then on.
    pub(super) fn kill(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            stop.store(true, Ordering::Relaxed);
            // Wakes the thread from its wait for a connection.
            _ = TcpStream::connect_timeout(&self.address, PATIENCE);
            _ = thread.join();
        }
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn accept(listener: &TcpListener, name: &'static str, stop: &AtomicBool) {
    let open = Arc::new(AtomicUsize::new(0));
    for connection in listener.incoming() {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let Ok(connection) = connection else { continue };
        if open.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS {
            open.fetch_sub(1, Ordering::Relaxed);
            continue;
        }
        let open = Arc::clone(&open);
        thread::spawn(move || {
            // A client that goes away in the middle is its own affair.
            _ = answer(connection, name);
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

/// Reads one request's head and answers it; a connection that closes without asking (a check) gets nothing.
fn answer(mut connection: TcpStream, name: &str) -> std::io::Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let mut head = Vec::new();
    let mut part = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = connection.read(&mut part)?;
        if count == 0 || head.len() > 16 * 1024 {
            return Ok(());
        }
        head.extend_from_slice(&part[..count]);
    }
    let body = format!("{name}\n");
    write!(
        connection,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: \
         no-store\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(address: SocketAddr) -> std::io::Result<String> {
        let mut connection = TcpStream::connect(address)?;
        connection.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        Ok(answer)
    }

    #[test]
    fn answers_with_its_name_until_killed_and_again_after() {
        let mut server = RealServer::start("real1", "127.0.0.1:0".parse().unwrap()).unwrap();
        let address = server.address();
        assert!(ask(address).unwrap().ends_with("\r\n\r\nreal1\n"));
        server.kill();
        assert_eq!(ask(address).unwrap_err().kind(), std::io::ErrorKind::ConnectionRefused);
        server.resume().unwrap();
        assert!(ask(address).unwrap().ends_with("real1\n"));
    }
}
