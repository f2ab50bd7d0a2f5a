//! Many agents at a time.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use model::{
    Check, Destination, Frontend, HostAddress, LoadMonitor, Name, Ports, Protocol, ReentrySeconds, Scheduler,
    Seconds, ServiceKey, ServiceSettings, Thresholds, VirtualService, Weight,
};
use protocol::Phase;
use server::store::Editing;

use crate::fleet_support::{FleetApp, TestAgent, operator, until};

const AGENTS: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn a_push_reaches_a_hundred_agents() {
    let app = FleetApp::start().await;
    let cluster = app.cluster("shop").await;
    app.store
        .edit_draft(&operator(), cluster, None, "services", |editing| {
            fill(editing, 100);
            Ok(())
        })
        .await
        .unwrap();
    let first = app.apply(cluster).await;
    let directory = tempfile::tempdir().unwrap();
    let mut agents = Vec::new();
    for number in 0..AGENTS {
        let (director, token) = app.director(cluster, &format!("vs{number}")).await;
        let agent =
            TestAgent::enrol(&directory.path().join(number.to_string()), &app.address(), &token).await;
        agents.push((director, agent));
    }
    let verified = async |generation| {
        until("all verified", async || {
            let all = agents.iter().all(|(director, _)| {
                let observed = app.fleet.director(*director).observed;
                observed.is_some_and(|observed| {
                    observed.phase == Phase::Verified && observed.generation == generation
                })
            });
            all.then_some(())
        })
        .await;
    };
    verified(first.generation).await;

    let begun = Instant::now();
    let second = app.apply(cluster).await;
    verified(second.generation).await;
    let took = begun.elapsed();
    println!(
        "one push of {} bytes to {AGENTS} agents, stored and reported back: {took:?}",
        second.json.len()
    );
    // The target is two seconds for a thousand in a release build on a free machine; this keeps it from getting absurd.
    assert!(took < Duration::from_secs(10), "{took:?}");
    for (_, agent) in agents {
        agent.stop().await;
    }
}

/// Adds this many virtual services with two real servers each.
pub(crate) fn fill(cluster: &mut Editing, services: u32) {
    for number in 0..services {
        let id = cluster.next_service_id();
        let vip = HostAddress::try_new(Ipv4Addr::from_bits(0x0a01_0000 + number + 1).into()).unwrap();
        let ports = Ports::parse("80").unwrap();
        let settings = ServiceSettings {
            name: Name::parse(&format!("service {number}")).unwrap(),
            active: true,
            key: ServiceKey::Address(Frontend { protocol: Protocol::Tcp, vip, ports }),
            device: None,
            vip_netmask: None,
            scheduler: Scheduler::default(),
            persistence: None,
            one_packet: false,
            check: Check::Connect,
            timeout: Seconds::new_const(6),
            reentry: ReentrySeconds::new_const(15),
            quiesce: false,
            load_monitor: LoadMonitor::default(),
            sorry_server: None,
            proxy_protocol: false,
            note: None,
        };
        cluster.put_service(id, VirtualService { settings, destinations: Default::default() }).unwrap();
        for server in 1..=2 {
            let destination = Destination {
                name: Name::parse(&format!("real{server}")).unwrap(),
                address: HostAddress::try_new(Ipv4Addr::new(10, 0, 0, server).into()).unwrap(),
                port: None,
                weight: Weight::new_const(1),
                forwarding: None,
                thresholds: Thresholds::default(),
                active: true,
                note: None,
            };
            let destination_id = cluster.next_destination_id();
            cluster.put_destination(id, destination_id, destination).unwrap();
        }
    }
}
