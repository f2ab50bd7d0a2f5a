//! A very small FTP server in passive mode (RFC 959; RFC 2428, section 3), as far as `curl` needs it to list a directory.
//! Its data ports come from a narrow range, which a firewall mark gathers with port 21.

use crate::net::Place;
use anyhow::Result;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The first and the last data port.
pub(crate) const DATA: (u16, u16) = (10_000, 10_019);

/// Serves until it is dropped.
#[derive(Debug)]
pub(crate) struct Ftp {
    place: Place,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ftp {
    /// Serves on port 21; tells clients that its data ports are at `virtual_address`.
    pub(crate) fn open(place: &Place, virtual_address: Ipv4Addr) -> Result<Self> {
        let listener = place.within(|| Ok(TcpListener::bind("0.0.0.0:21")?))?;
        let stop = Arc::new(AtomicBool::new(false));
        let (seen, server) = (Arc::clone(&stop), place.clone());
        let thread = thread::spawn(move || {
            if server.enter().is_err() {
                return;
            }
            let next = Arc::new(AtomicU16::new(DATA.0));
            for connection in listener.incoming() {
                if seen.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(connection), next) = (connection, Arc::clone(&next)) else { continue };
                let name = server.name().to_owned();
                // A thread begins in its parent's namespace.
                thread::spawn(move || _ = converse(connection, &name, virtual_address, &next));
            }
        });
        Ok(Self { place: place.clone(), stop, thread: Some(thread) })
    }
}

impl Drop for Ftp {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let woken = self.place.within(|| Ok(TcpStream::connect("127.0.0.1:21")?));
        if let (Ok(_), Some(thread)) = (woken, self.thread.take()) {
            _ = thread.join();
        }
    }
}

fn converse(mut control: TcpStream, name: &str, address: Ipv4Addr, next: &AtomicU16) -> std::io::Result<()> {
    control.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut lines = BufReader::new(control.try_clone()?).lines();
    let mut data: Option<TcpListener> = None;
    write!(control, "220 {name}\r\n")?;
    while let Some(line) = lines.next().transpose()? {
        let word = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        match word.as_str() {
            "USER" => write!(control, "230 in\r\n")?,
            "PWD" => write!(control, "257 \"/\"\r\n")?,
            "TYPE" | "CWD" => write!(control, "200 ok\r\n")?,
            "PASV" => {
                let listener = passive(next)?;
                let port = listener.local_addr()?.port();
                let [a, b, c, d] = address.octets();
                write!(control, "227 at ({a},{b},{c},{d},{},{})\r\n", port / 256, port % 256)?;
                data = Some(listener);
            }
            "LIST" | "NLST" => {
                let Some(listener) = data.take() else {
                    write!(control, "425 PASV first\r\n")?;
                    continue;
                };
                write!(control, "150 here\r\n")?;
                let (mut stream, _) = listener.accept()?;
                write!(stream, "{name}\r\n")?;
                drop(stream);
                write!(control, "226 done\r\n")?;
            }
            "QUIT" => {
                write!(control, "221 bye\r\n")?;
                return Ok(());
            }
            _ => write!(control, "502 no {word}\r\n")?,
        }
    }
    Ok(())
}

/// The next free data port.
fn passive(next: &AtomicU16) -> std::io::Result<TcpListener> {
    let mut last = None;
    for _ in DATA.0..=DATA.1 {
        let port = next.fetch_add(1, Ordering::Relaxed);
        if port >= DATA.1 {
            next.store(DATA.0, Ordering::Relaxed);
        }
        match TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| std::io::Error::other("no data port")))
}
