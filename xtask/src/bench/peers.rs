//! The proxies that are measured: ours and its peers, each forwarding one address to the same real server.

use crate::{place, run};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A program that forwards; ended, by its id, when dropped.
pub(super) struct Proxy {
    pub(super) name: &'static str,
    pub(super) address: SocketAddr,
    child: Child,
}

impl Proxy {
    /// Starts a program and waits until `address` accepts connections.
    pub(super) fn start(name: &'static str, address: SocketAddr, command: &mut Command) -> Result<Self> {
        let line = run::words(command);
        // Standard input stays open: the embedded data plane ends when it closes.
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("could not start `{line}`"))?;
        let mut proxy = Self { name, address, child };
        let end = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(address).is_err() {
            if let Some(status) = proxy.child.try_wait()? {
                bail!("`{line}` ended by itself ({status})");
            }
            if Instant::now() >= end {
                bail!("`{line}` did not listen on {address} within 10 s");
            }
            run::pause(Duration::from_millis(20));
        }
        Ok(proxy)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // nginx has a worker, which its master ends when asked; being killed it could not.
        if let Some(id) = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
        let end = Instant::now() + Duration::from_secs(3);
        while Instant::now() < end {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            run::pause(Duration::from_millis(20));
        }
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// A free address on loopback.
pub(super) fn free() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").context("could not find a free port")?;
    listener.local_addr().context("a listener without an address")
}

/// The embedded data plane with round robin.
pub(super) fn ours(program: &Path, server: SocketAddr) -> Result<Proxy> {
    let address = free()?;
    Proxy::start("arapaima", address, Command::new(program).args([address.to_string(), server.to_string()]))
}

/// HAProxy in TCP mode, with a thread per core and as many connections as open files allow, which are its defaults. `None` where it is not installed.
pub(super) fn haproxy(dir: &Path, server: SocketAddr) -> Result<Option<Proxy>> {
    let Some(program) = place::program(&["haproxy", "/usr/sbin/haproxy"]) else { return Ok(None) };
    let address = free()?;
    let file = dir.join("haproxy.cfg");
    let text = format!(
        "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n\
         listen bench\n  bind {address}\n  balance roundrobin\n  server one {server}\n"
    );
    fs::write(&file, text).with_context(|| format!("could not write {}", file.display()))?;
    Proxy::start("haproxy", address, Command::new(program).arg("-db").arg("-f").arg(&file)).map(Some)
}

/// nginx's stream module with a worker per core. `None` where it is not installed.
pub(super) fn nginx(dir: &Path, server: SocketAddr) -> Result<Option<Proxy>> {
    let Some(program) = place::program(&["nginx", "/usr/sbin/nginx"]) else { return Ok(None) };
    let module = Path::new("/usr/lib/nginx/modules/ngx_stream_module.so");
    if !module.exists() {
        return Ok(None);
    }
    let address = free()?;
    let (file, pid) = (dir.join("nginx.conf"), dir.join("nginx.pid"));
    let text = format!(
        "load_module {};\npid {};\nerror_log stderr crit;\nworker_processes auto;\ndaemon off;\nmaster_process on;\n\
         events {{ worker_connections 10000; }}\nstream {{\n  upstream one {{ server {server}; }}\n  \
         server {{ listen {address} backlog=4096; proxy_pass one; }}\n}}\n",
        module.display(),
        pid.display()
    );
    fs::write(&file, text).with_context(|| format!("could not write {}", file.display()))?;
    Proxy::start("nginx", address, Command::new(program).arg("-c").arg(&file).arg("-p").arg(dir)).map(Some)
}
