//! A TCP connection from its acceptance to its end: choose, connect, relay.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::connect::connect;
use crate::connections::{Connection, ConnectionState, Entry};
use crate::destination::Lease;
use crate::facts::count;
use crate::limits::{Permit, exhausted};
use crate::listener::Front;
use crate::persistence::Following;
use crate::proxy;
use crate::relay::{relay, reset_on_close};
use crate::service::Pick;
use crate::worker::Worker;

/// How many destinations a connection is tried on.
const MAX_TRIES: usize = 3;

/// Serves one connection.
pub(crate) async fn serve(
    // First, so that it is dropped last: when the descriptors are free.
    _permit: Permit,
    worker: Arc<Worker>,
    front: Arc<Front>,
    mut client: TcpStream,
    peer: SocketAddr,
) {
    let Some(mut reached) = reach(&worker, &front, peer).await else {
        reset_on_close(&client);
        return;
    };
    reached.lease.destination().meter.connection();
    reached.entry.service.meter.connection();
    if reached.proxy_protocol && send_header(&mut reached.server, peer, front.address()).await.is_err() {
        reset_on_close(&client);
        return;
    }
    relay(&worker, &mut client, &mut reached.server, &reached.entry, &mut reached.lease).await;
}

struct Reached {
    server: TcpStream,
    entry: Entry,
    lease: Lease,
    _following: Option<Following>,
    proxy_protocol: bool,
}

/// Chooses a destination and connects to it; if that fails, to another one.
async fn reach(worker: &Arc<Worker>, front: &Front, peer: SocketAddr) -> Option<Reached> {
    let shared = &worker.shared;
    let virtual_address = front.address();
    let mut tried = Vec::new();
    let mut entry: Option<Entry> = None;
    while tried.len() < MAX_TRIES {
        let now = shared.clock.now();
        let (service, pick) = front.pick(peer, now, &tried).ok()?;
        let Pick { lease, following, proxy_protocol } = pick;
        let destination = lease.destination();
        let address = destination.address(model::Port::try_new(virtual_address.port().into()).ok()?);
        let listed = match entry.take() {
            Some(listed) if Arc::ptr_eq(&listed.service, &service) => {
                listed.set_route(destination, address);
                listed
            }
            _ => worker.connections.insert(Arc::new(Connection::new(
                peer,
                virtual_address,
                &service,
                destination,
                address,
                ConnectionState::SynRecv,
                now,
            ))),
        };
        match connect(address, shared.options.connect_timeout).await {
            Ok(server) => {
                return Some(Reached { server, entry: listed, lease, _following: following, proxy_protocol });
            }
            Err(error) if exhausted(&error) => {
                count(&shared.events.descriptors_exhausted);
                count(&shared.events.connections_shed);
                return None;
            }
            Err(error) => {
                tracing::debug!(service = %service.key(), %address, %error, "could not connect to a destination");
                destination.count_connect_failure();
                tried.push(destination.id());
                entry = Some(listed);
            }
        }
    }
    if let Some(listed) = entry {
        listed.service.count_refused();
    }
    None
}

async fn send_header(
    server: &mut TcpStream,
    peer: SocketAddr,
    virtual_address: SocketAddr,
) -> io::Result<()> {
    server.write_all(&proxy::header(peer, virtual_address)?).await
}
