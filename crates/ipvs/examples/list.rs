//! Lists the table as `ipvsadm -Ln` does: `sudo cargo run -p ipvs --example list`.

#![expect(clippy::print_stdout, reason = "the list is what this program is for")]

use ipvs::{Client, Error};

fn main() -> Result<(), Error> {
    let mut client = Client::connect()?;
    let info = client.info()?;
    println!("IPVS {} (connection table of {})", info.version, info.connection_table_size);
    for (entry, destinations) in client.table()? {
        let service = entry.service;
        print!("{} {}", service.key, service.scheduler);
        if let Some(persistence) = service.persistence {
            print!(" persistent {} s", persistence.timeout);
        }
        println!();
        for entry in destinations {
            let destination = entry.destination;
            println!(
                "  -> {} {:?} weight {} active {} inactive {}",
                destination.key,
                destination.forwarding,
                destination.weight,
                entry.active_connections,
                entry.inactive_connections
            );
        }
    }
    let timeouts = client.timeouts()?;
    println!(
        "timeouts: tcp {} s, tcp after fin {} s, udp {} s",
        timeouts.tcp, timeouts.tcp_fin, timeouts.udp
    );
    for daemon in client.daemons()? {
        println!("{} sync daemon {} on {}", daemon.state, daemon.sync_id, daemon.interface);
    }
    Ok(())
}
