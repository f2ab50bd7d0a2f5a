//! Clusters to reconcile.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use model::{
    Cluster, Desired, Destination, DestinationId, Frontend, Generation, HostAddress, Name, Port, Ports,
    Protocol, ReentrySeconds, Scheduler, Seconds, ServiceId, ServiceKey, ServiceSettings, SpecHash,
    VirtualService, Weight,
};
use protocol::Accepted;

/// A TCP service on this address, checked each second, back after one pass.
pub(crate) fn service(name: &str, vip: SocketAddr) -> ServiceSettings {
    let frontend = Frontend {
        protocol: Protocol::Tcp,
        vip: HostAddress::try_new(vip.ip()).unwrap(),
        ports: Ports::single(Port::new_const(vip.port())),
    };
    ServiceSettings {
        name: Name::parse(name).unwrap(),
        active: true,
        key: ServiceKey::Address(frontend),
        device: None,
        vip_netmask: None,
        scheduler: Scheduler::default(),
        persistence: None,
        one_packet: false,
        check: model::Check::Connect,
        timeout: Seconds::new_const(1),
        reentry: ReentrySeconds::new_const(0),
        quiesce: false,
        load_monitor: model::LoadMonitor::None,
        sorry_server: None,
        proxy_protocol: false,
        note: None,
    }
}

/// An active destination.
pub(crate) fn destination(name: &str, address: SocketAddr, weight: u32) -> Destination {
    Destination {
        name: Name::parse(name).unwrap(),
        address: HostAddress::try_new(address.ip()).unwrap(),
        port: Some(Port::new_const(address.port())),
        weight: Weight::new_const(weight),
        forwarding: None,
        thresholds: model::Thresholds::default(),
        active: true,
        note: None,
    }
}

/// A cluster of these services; destinations have the ids that they are given.
pub(crate) fn cluster(
    services: impl IntoIterator<Item = (u32, ServiceSettings, BTreeMap<DestinationId, Destination>)>,
) -> Cluster {
    let mut cluster = Cluster::new(Name::parse("web").unwrap());
    for (id, settings, destinations) in services {
        cluster.put_service(ServiceId(id), VirtualService { settings, destinations }).unwrap();
    }
    cluster
}

/// What the console would send.
pub(crate) fn accepted(generation: u64, running: bool, cluster: &Cluster) -> Arc<Accepted> {
    let spec = Desired { running, cluster: cluster.clone() }.canonical();
    let hash = SpecHash::of(spec.as_bytes());
    Arc::new(Accepted::check(Generation(generation), hash, spec.into()).unwrap())
}
