//! Adds a service with two real servers by network address translation and takes them away again if asked:
//! `sudo cargo run -p ipvs --example add -- 10.0.0.2:80 192.168.10.100:80 192.168.10.101:80 [--remove]`.

#![expect(clippy::print_stderr, reason = "refusals are told to whoever runs it")]

use ipvs::{Client, Destination, Forwarding, Protocol, Request, Service, ServiceKey};
use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let remove = arguments.last().is_some_and(|last| last == "--remove");
    if remove {
        arguments.pop();
    }
    let sockets = arguments.iter().map(|text| text.parse()).collect::<Result<Vec<SocketAddr>, _>>()?;
    let Some((vip, servers)) = sockets.split_first() else {
        return Err("usage: add VIP:PORT [SERVER:PORT…] [--remove]".into());
    };

    let key = ServiceKey::address(Protocol::Tcp, vip.ip(), vip.port());
    let requests = if remove {
        vec![Request::RemoveService(key)]
    } else {
        let service = Request::AddService(Service::new(key.clone(), "wlc".parse()?));
        let destination = |server: &SocketAddr| Request::AddDestination {
            service: key.clone(),
            destination: Destination::new(*server, Forwarding::Masquerade),
        };
        std::iter::once(service).chain(servers.iter().map(destination)).collect()
    };

    let mut code = ExitCode::SUCCESS;
    for (request, result) in requests.iter().zip(Client::connect()?.apply(&requests)?) {
        if let Err(refusal) = result {
            eprintln!(
                "could not {request}: {refusal}; {}",
                request.remedy(&refusal).unwrap_or("no more is known")
            );
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}
