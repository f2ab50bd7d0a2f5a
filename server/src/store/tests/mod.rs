//! The store against a real file.

use model::{
    Check, Destination, Frontend, HostAddress, Name, Ports, Protocol, Scheduler, ServiceKey, ServiceSettings,
    VirtualService,
};
use tempfile::TempDir;

use super::*;

mod drawing;
mod files;
mod machines;
mod people;
mod roles;
mod rolling;
mod timeline;

struct TestStore {
    store: Store,
    directory: TempDir,
}

async fn open() -> TestStore {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path().join("data/arapaima.db")).await.unwrap();
    TestStore { store, directory }
}

fn ada() -> Actor {
    Actor { user: None, name: "ada".into(), from: "192.0.2.1".into() }
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn service(label: &str, port: u16) -> VirtualService {
    let vip = HostAddress::parse("192.0.2.80").unwrap();
    let frontend = Frontend { protocol: Protocol::Tcp, vip, ports: Ports::parse(&port.to_string()).unwrap() };
    let settings = ServiceSettings {
        name: name(label),
        active: true,
        key: ServiceKey::Address(frontend),
        device: None,
        vip_netmask: None,
        scheduler: Scheduler::default(),
        persistence: None,
        one_packet: false,
        check: Check::default(),
        timeout: model::Seconds::parse("6").unwrap(),
        reentry: model::ReentrySeconds::parse("15").unwrap(),
        quiesce: false,
        load_monitor: model::LoadMonitor::default(),
        sorry_server: None,
        proxy_protocol: false,
        note: None,
    };
    VirtualService { settings, destinations: Default::default() }
}

fn destination(label: &str, address: &str) -> Destination {
    Destination {
        name: name(label),
        address: HostAddress::parse(address).unwrap(),
        port: None,
        weight: model::Weight::parse("1").unwrap(),
        forwarding: None,
        thresholds: Default::default(),
        active: true,
        note: None,
    }
}

async fn audited(store: &Store) -> Vec<String> {
    store.audit(100, None).await.unwrap().into_iter().map(|entry| entry.action).collect()
}
