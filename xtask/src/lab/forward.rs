//! The way from this machine's browser to the console in the guest: a network namespace of our own with a device that the
//! guest opens, and a port on loopback that leads there. Nothing outside of it changes, and it is gone afterwards.

use crate::run;
use anyhow::{Context as _, Result};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::fs::File;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// The console in the guest, on the network of the two.
const CONSOLE: ([u8; 4], u16) = ([172, 31, 255, 2], 3636);

/// A namespace, and a port that leads there.
pub(super) struct Link {
    name: String,
    address: SocketAddr,
}

impl Link {
    /// Makes both. For root.
    pub(super) fn open() -> Result<Self> {
        let name = format!("arapaima-lab-{}", std::process::id());
        ip(&["netns", "add", &name])?;
        // From here on Drop removes it.
        let listener = TcpListener::bind("127.0.0.1:0").context("no free port on loopback")?;
        let link = Self { address: listener.local_addr()?, name };
        let within = |words: &[&str]| {
            let mut all = vec!["-n", &link.name];
            all.extend(words);
            ip(&all)
        };
        within(&["link", "set", "lo", "up"])?;
        within(&["tuntap", "add", "dev", "tap0", "mode", "tap"])?;
        within(&["addr", "add", "172.31.255.1/30", "dev", "tap0"])?;
        within(&["link", "set", "tap0", "up"])?;
        let path = Path::new("/run/netns").join(&link.name);
        let namespace =
            Arc::new(File::open(&path).with_context(|| format!("could not open {}", path.display()))?);
        thread::spawn(move || {
            for visitor in listener.incoming().map_while(Result::ok) {
                let namespace = Arc::clone(&namespace);
                // A browser that goes away in the middle is its own affair.
                thread::spawn(move || _ = lead(visitor, &namespace));
            }
        });
        Ok(link)
    }

    /// Where the browser finds the console.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The guest's device, in its kernel's words.
    pub(super) fn device(&self) -> String {
        "vec0:transport=tap,ifname=tap0,depth=64".to_owned()
    }

    /// What starts a program in the namespace.
    pub(super) fn within(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.name].map(str::to_owned).into()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        _ = ip(&["netns", "del", &self.name]);
    }
}

fn ip(words: &[&str]) -> Result<()> {
    run::read(Command::new("ip").args(words)).map(drop)
}

/// Carries one connection, both ways, until either side closes.
fn lead(mut visitor: TcpStream, namespace: &File) -> io::Result<()> {
    move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
    let mut console = TcpStream::connect_timeout(&SocketAddr::from(CONSOLE), Duration::from_secs(5))?;
    let (mut from_visitor, mut to_console) = (visitor.try_clone()?, console.try_clone()?);
    let up = thread::spawn(move || {
        _ = io::copy(&mut from_visitor, &mut to_console);
        _ = to_console.shutdown(Shutdown::Write);
    });
    _ = io::copy(&mut console, &mut visitor);
    _ = visitor.shutdown(Shutdown::Both);
    _ = up.join();
    Ok(())
}
