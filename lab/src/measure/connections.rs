//! Connections: 100,000 entries, read and filtered by the crate, filtered and grouped by the agent.

use super::{figures, fresh, median, say, seconds};
use crate::net::Place;
use crate::tap;
use anyhow::{Context as _, Result, ensure};
use socket2::{Domain, Protocol, Socket, Type};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::Path;

/// Clients, and connections of each.
const CLIENTS: u16 = 100;
const EACH: u16 = 1_000;
/// The same, more clients than are counted exactly.
const MANY: u16 = 20_000;
const FEW: u16 = 5;

const VIP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

pub(super) fn measure(program: &Path, agent: &Path) -> Result<()> {
    let program = program.to_string_lossy().into_owned();
    let text = with_connections(CLIENTS, EACH, |place| place.read(&[&program, "connections", "10.1.0.7"]))?;
    let figure =
        |name: &str| median(figures(&text, name)).with_context(|| format!("no figure for {name} in: {text}"));
    let (rows, matched) = (figure("rows")?, figure("matched")?);
    ensure!(matched == f64::from(EACH), "{matched} connections of that client instead of {EACH}, of {rows}");
    say(
        &format!("{rows} connections filtered to one client ({matched} of them)"),
        &seconds(figure("listed")?),
        "",
    );
    say("  bytes read without looking at them", &seconds(figure("raw")?), "");
    tap::line(&format!("  memory it took at most: {} KiB", figure("peak-kib")?));
    evaluated(agent)
}

/// Questions to the agent, with more clients than it counts exactly.
fn evaluated(program: &Path) -> Result<()> {
    const STATE: &str = "/run/lab/measure-connections";
    let program = program.to_string_lossy().into_owned();
    let text = with_connections(MANY, FEW, |place| place.read(&[&program, STATE, "10.1.0.7/32"]))?;
    std::fs::remove_dir_all(STATE).with_context(|| format!("could not remove {STATE}"))?;
    let figure =
        |name: &str| median(figures(&text, name)).with_context(|| format!("no figure for {name} in: {text}"));
    let (total, matched) = (figure("total")?, figure("matched")?);
    let cut = figures(&text, "unfinished").len();
    if cut > 0 {
        tap::line(&format!("agent: {cut} answers were cut short by its own limit of time, and say so"));
    } else {
        ensure!(
            matched == f64::from(FEW),
            "{matched} connections of that client instead of {FEW}, of {total}"
        );
    }
    say(
        &format!("agent, {total} connections of {MANY} clients read, nothing asked"),
        &seconds(figure("read")?),
        "",
    );
    say("  filtered to one client", &seconds(figure("filtered")?), "");
    say("  grouped by network, service, server and state at once", &seconds(figure("grouped")?), "");
    say(
        &format!("  top talkers (counts lack {} at most)", figure("lacking")?),
        &seconds(figure("talkers")?),
        "",
    );
    say("  sixteen questions at once, two readings", &seconds(figure("together")?), "");
    tap::line(&format!("  memory the whole process took at most: {} KiB", figure("peak-kib")?));
    Ok(())
}

/// A machine with a service and these connections.
fn with_connections<T>(clients: u16, each: u16, work: impl FnOnce(&Place) -> Result<T>) -> Result<T> {
    fresh(|place| {
        place.ip(&format!(
            "addr add {VIP}/32 dev lo\nlink add sink type dummy\nlink set sink up\naddr add 192.168.0.254/16 dev sink\n"
        ))?;
        place.read(&["ipvsadm", "-A", "-u", "10.0.0.2:53", "-s", "rr"])?;
        for server in ["192.168.0.1", "192.168.0.2"] {
            place.read(&["ipvsadm", "-a", "-u", "10.0.0.2:53", "-r", server, "-m"])?;
        }
        open(place, clients, each)?;
        work(place)
    })
}

/// A datagram from each of many clients' ports: the kernel remembers each for five minutes.
fn open(place: &Place, clients: u16, each: u16) -> Result<()> {
    place.within(|| {
        let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::UDP))
            .context("could not open a raw socket")?;
        socket.set_header_included_v4(true).context("could not write headers")?;
        let to = SocketAddr::V4(SocketAddrV4::new(VIP, 53)).into();
        for client in 0..clients {
            let [high, low] = client.to_be_bytes();
            for port in 0..each {
                let packet = datagram(Ipv4Addr::new(10, 1, high, low), 10_000 + port);
                socket.send_to(&packet, &to).context("could not send a datagram")?;
            }
        }
        Ok(())
    })
}

/// An empty UDP datagram; the kernel fills in the length and the checksum of the IP header, UDP may do without.
fn datagram(from: Ipv4Addr, port: u16) -> [u8; 28] {
    let mut packet = [0; 28];
    (packet[0], packet[3], packet[8], packet[9]) = (0x45, 28, 64, 17);
    packet[12..16].copy_from_slice(&from.octets());
    packet[16..20].copy_from_slice(&VIP.octets());
    packet[20..22].copy_from_slice(&port.to_be_bytes());
    packet[22..24].copy_from_slice(&53_u16.to_be_bytes());
    packet[25] = 8;
    packet
}
