//! Datagrams: a real server that answers each with its own name.

use crate::net::Place;
use anyhow::{Context as _, Result};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often the server looks whether it is to end.
const LOOK: Duration = Duration::from_millis(100);
const LIMIT: Duration = Duration::from_secs(4);

/// Answers until it is dropped. It listens on the machine's one address, so that its answers come from there, or, where
/// clients reach it by the virtual address, on that.
#[derive(Debug)]
pub(crate) struct Echo {
    stop: Arc<AtomicBool>,
    received: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Echo {
    /// Answers at one address of the machine from now on.
    pub(crate) fn open(place: &Place, address: SocketAddr) -> Result<Self> {
        let socket = place.within(|| {
            UdpSocket::bind(address).with_context(|| format!("could not listen for datagrams on {address}"))
        })?;
        socket.set_read_timeout(Some(LOOK))?;
        let stop = Arc::new(AtomicBool::new(false));
        let received = Arc::new(AtomicUsize::new(0));
        let (seen, count, name) = (Arc::clone(&stop), Arc::clone(&received), place.name().to_owned());
        let thread = thread::spawn(move || {
            let mut datagram = [0; 512];
            while !seen.load(Ordering::Relaxed) {
                if let Ok((_, from)) = socket.recv_from(&mut datagram) {
                    count.fetch_add(1, Ordering::Relaxed);
                    _ = socket.send_to(name.as_bytes(), from);
                }
            }
        });
        Ok(Self { stop, received, thread: Some(thread) })
    }

    /// How many datagrams came.
    pub(crate) fn received(&self) -> usize {
        self.received.load(Ordering::Relaxed)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

/// Who answers one datagram, sent from a port of its own or from `port`.
pub(crate) fn datagram(client: &Place, source: IpAddr, port: u16, to: SocketAddr) -> Result<String> {
    client.within(|| {
        let socket = UdpSocket::bind((source, port)).context("no socket for datagrams")?;
        socket.set_read_timeout(Some(LIMIT))?;
        socket.connect(to)?;
        socket.send(b"who").context("could not send")?;
        let mut answer = [0; 512];
        let count = socket.recv(&mut answer).with_context(|| format!("no answer from {to}"))?;
        Ok(String::from_utf8_lossy(answer.get(..count).unwrap_or_default()).into_owned())
    })
}

/// Sends one datagram, and waits for nobody.
pub(crate) fn send(client: &Place, source: IpAddr, port: u16, to: SocketAddr) -> Result<()> {
    client.within(|| {
        let socket = UdpSocket::bind((source, port)).context("no socket for datagrams")?;
        socket.send_to(b"who", to).map(drop).context("could not send")
    })
}
