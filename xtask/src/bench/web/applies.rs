//! Applies, from the click to the data plane.

use super::super::figures::quantile;
use super::super::peers;
use crate::demo::bench::Guide;
use crate::{run, say};
use anyhow::{Result, bail, ensure};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Applies per run.
const APPLIES: usize = 10;

/// Each apply brings a virtual service on a port of its own; it is there once a connection is accepted.
pub(super) fn measure(guide: &mut Guide) -> Result<()> {
    let mut times = Vec::with_capacity(APPLIES);
    for index in 0..APPLIES {
        let address = peers::free()?;
        guide.add_service(&format!("bench-{index}"), address)?;
        let fields = guide.apply_form("measured")?;
        let start = Instant::now();
        let watch = std::thread::spawn(move || until_accepted(address, start));
        guide.apply(&fields)?;
        match watch.join() {
            Ok(time) => times.push(time?),
            Err(_) => bail!("the thread that watched {address} panicked"),
        }
    }
    ensure!(times.len() == APPLIES, "only {} of {APPLIES} applies were seen", times.len());
    say::line(&format!(
        "  median {:.1} ms   highest {:.1} ms   ({APPLIES} applies, one new virtual service each)",
        quantile(&times, 0.5),
        quantile(&times, 1.0)
    ));
    Ok(())
}

/// Milliseconds since `start` until `address` accepts a connection.
fn until_accepted(address: SocketAddr, start: Instant) -> Result<f64> {
    while start.elapsed() < Duration::from_secs(20) {
        if TcpStream::connect(address).is_ok() {
            return Ok(start.elapsed().as_secs_f64() * 1e3);
        }
        run::pause(Duration::from_micros(200));
    }
    bail!("{address} does not accept connections 20 s after the apply")
}
