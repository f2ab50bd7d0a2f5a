//! Follows one service's counters once a second, and its clients: `sudo cargo run -p ipvs --example watch -- 10.0.0.2:80 [SECONDS]`.

#![expect(clippy::print_stdout, reason = "the counters are what this program is for")]

use ipvs::connections::{self, Endpoint, Filter};
use ipvs::{Client, Protocol, ServiceKey};
use std::error::Error;
use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let vip: SocketAddr = arguments.next().ok_or("usage: watch VIP:PORT [SECONDS]")?.parse()?;
    let seconds: u32 = arguments.next().map_or(Ok(u32::MAX), |text| text.parse())?;
    let key = ServiceKey::address(Protocol::Tcp, vip.ip(), vip.port());
    let service = Endpoint { address: vip.ip(), port: Some(vip.port()) };
    let filter = Filter { protocol: Some(Protocol::Tcp), service: Some(service), ..Filter::default() };

    let mut client = Client::connect()?;
    for _ in 0..seconds {
        let Some(entry) = client.service(&key)? else {
            println!("{key} is not there");
            break;
        };
        let listing = connections::list(&filter, 3, Duration::from_secs(1))?;
        let (stats, scan) = (entry.stats, listing.scan);
        println!(
            "{} connections in all, {}/s, {} B/s in; {} in the table{}",
            stats.connections,
            stats.connection_rate,
            stats.in_byte_rate,
            scan.matched,
            if scan.complete { "" } else { " at least" }
        );
        for connection in &listing.connections {
            println!("  {} -> {} {}", connection.client, connection.destination, connection.state);
        }
        pause();
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this program has no runtime to block")]
fn pause() {
    sleep(Duration::from_secs(1));
}
