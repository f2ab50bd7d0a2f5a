//! A web server on a real server, which answers with the machine's name.

use super::stream::{Transport, open};
use crate::net::Place;
use anyhow::Result;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long a client may be silent: longer than any scenario holds a connection.
const SILENCE: Duration = Duration::from_secs(120);

/// One web server, answering until it is dropped; then its connections end too.
#[derive(Debug)]
pub(crate) struct Web {
    place: Place,
    transport: Transport,
    port: u16,
    stop: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    thread: Option<JoinHandle<()>>,
}

impl Web {
    /// Answers on all addresses of the machine from now on.
    pub(crate) fn open(place: &Place, port: u16) -> Result<Self> {
        Self::over(place, Transport::Tcp, port)
    }

    /// The same over something else than TCP.
    pub(crate) fn over(place: &Place, transport: Transport, port: u16) -> Result<Self> {
        let listener = place.within(|| transport.listen(port))?;
        let stop = Arc::new(AtomicBool::new(false));
        let held = Arc::new(Mutex::new(Vec::new()));
        let (seen, kept, name) = (Arc::clone(&stop), Arc::clone(&held), place.name().to_owned());
        let thread = thread::spawn(move || accept(&listener, &name, &seen, &kept));
        Ok(Self { place: place.clone(), transport, port, stop, open: held, thread: Some(thread) })
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread from its wait for a connection.
        let to: SocketAddr = ([127, 0, 0, 1], self.port).into();
        let woken = self.place.within(|| open(self.transport, None, to));
        for stream in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            _ = stream.shutdown(Shutdown::Both);
        }
        if let (Ok(_), Some(thread)) = (woken, self.thread.take()) {
            _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, name: &str, stop: &AtomicBool, open: &Mutex<Vec<TcpStream>>) {
    for connection in listener.incoming() {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let Ok(connection) = connection else { continue };
        if let Ok(other) = connection.try_clone() {
            let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
            open.retain(|stream| stream.peer_addr().is_ok());
            open.push(other);
        }
        let name = name.to_owned();
        // A client that goes away in the middle is its own affair.
        thread::spawn(move || _ = answer(connection, &name));
    }
}

/// Answers requests until the client closes; a connection that closes without asking (a check) gets nothing.
fn answer(mut connection: TcpStream, name: &str) -> std::io::Result<()> {
    connection.set_read_timeout(Some(SILENCE))?;
    let mut asked = Vec::new();
    let mut part = [0; 1024];
    loop {
        let count = connection.read(&mut part)?;
        if count == 0 {
            return connection.shutdown(Shutdown::Both);
        }
        asked.extend_from_slice(part.get(..count).unwrap_or_default());
        while let Some(end) = asked.windows(4).position(|four| four == b"\r\n\r\n") {
            let head: Vec<u8> = asked.drain(..end + 4).collect();
            let last = String::from_utf8_lossy(&head).to_ascii_lowercase().contains("connection: close");
            let close = if last { "Connection: close\r\n" } else { "" };
            let text =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{close}\r\n{name}\n", name.len() + 1);
            connection.write_all(text.as_bytes())?;
            if last {
                return connection.shutdown(Shutdown::Both);
            }
        }
    }
}
