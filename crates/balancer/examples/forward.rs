//! The data plane alone, for trials and benches: forwards one TCP address to some real servers.
//!
//! ```text
//! forward LISTEN DESTINATION[,DESTINATION...] [SCHEDULER [WORKERS]]
//! ```
//!
//! Prints `listening ADDRESS` when it does, the counters when standard input closes, and ends then.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Read;
use std::net::SocketAddr;
use std::time::Duration;

use balancer::{Balancer, Options};
use model::table::{
    Role, Table, TableDestination, TableDestinationKey, TableKey, TableService, TableServiceSettings, steps,
};
use model::{Forwarding, HostAddress, Port, Ports, Protocol, Scheduler, Thresholds, Timeouts, Weight};

#[expect(clippy::print_stdout, reason = "the program's output")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [listen, destinations, more @ ..] = arguments.as_slice() else {
        return Err("usage: forward LISTEN DESTINATION[,DESTINATION...] [SCHEDULER [WORKERS]]".into());
    };
    let scheduler =
        Scheduler::parse(more.first().map_or("rr", String::as_str)).map_err(|e| format!("{e:?}"))?;
    let workers = more.get(1).map(|workers| workers.parse()).transpose()?;

    let balancer = Balancer::start(Options { workers, ..Options::default() })?;
    let table = table(listen.parse()?, destinations, scheduler)?;
    for result in balancer.apply(&steps(&Table::default(), &table)) {
        result?;
    }
    println!("listening {listen}");

    std::io::stdin().read_to_end(&mut Vec::new())?;
    println!("{:#?}\n{:#?}", balancer.facts(), balancer.counters());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(balancer.shut_down(Duration::ZERO));
    Ok(())
}

fn table(listen: SocketAddr, destinations: &str, scheduler: Scheduler) -> Result<Table, Box<dyn Error>> {
    let (vip, port) = split(listen)?;
    let key = TableKey::Address { protocol: Protocol::Tcp, vip, ports: Ports::single(port) };
    let settings =
        TableServiceSettings { scheduler, persistence: None, one_packet: false, proxy_protocol: false };
    let entry = TableDestination {
        forwarding: Forwarding::Masquerading,
        weight: Weight::new_const(1),
        thresholds: Thresholds::default(),
        role: Role::RealServer,
    };
    let mut service = TableService { settings, destinations: BTreeMap::new() };
    for destination in destinations.split(',') {
        let (address, port) = split(destination.parse()?)?;
        service.destinations.insert(TableDestinationKey { address, port: Some(port) }, entry);
    }
    Ok(Table { timeouts: Timeouts::default(), services: BTreeMap::from([(key, service)]) })
}

fn split(address: SocketAddr) -> Result<(HostAddress, Port), Box<dyn Error>> {
    let host = HostAddress::try_new(address.ip()).map_err(|e| format!("{address}: {e:?}"))?;
    let port = Port::try_new(address.port().into()).map_err(|e| format!("{address}: {e:?}"))?;
    Ok((host, port))
}
