//! Thousands of random lives around a table: clusters change, somebody else puts addresses, sysctls and rules where they like, the agent is
//! killed between any two writes. Somebody else's things are never touched; what is wanted is there in the end; and when the agent leaves
//! the machine is what it would be without it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use agent::surroundings::simulated::{Machine, Simulated, Table};
use agent::surroundings::{
    EncapPort, Failures, Link, Place, Present, PresentRules, Surroundings, Sysctl, Wanted, report, steps,
    wanted,
};
use model::table::{Marking, TableKey, service_key};
use model::{
    Cluster, Desired, DestinationId, Device, Family, FirewallMark, Forwarding, Frontend, HostAddress,
    MachineRole, MarkedTraffic, NatRouter, Port, Ports, PrefixLength, Protocol, ServiceId, ServiceKey,
    Settings, TunnelChecksum, VirtualService,
};
use proptest::prelude::*;
use protocol::SurroundingState;

use crate::support::{cluster, destination, service};

/// Addresses that services, the gateway and somebody else fight for.
const ADDRESSES: [&str; 5] = ["10.0.0.2", "10.0.0.3", "192.168.10.254", "2001:db8::2", "2001:db8::3"];
const DEVICES: [&str; 3] = ["eth0", "eth1", "lo"];
/// The machine's own; destinations are at them or elsewhere.
const OWN: [&str; 3] = ["10.0.0.1", "192.168.10.1", "2001:db8::1"];

#[derive(Clone, Debug)]
struct Shape {
    running: bool,
    nat_router: bool,
    services: Vec<OneService>,
}

#[derive(Clone, Debug)]
struct OneService {
    vip: usize,
    device: Option<usize>,
    prefix: Option<u8>,
    ports: &'static str,
    mark: bool,
    active: bool,
    server: usize,
    forwarding: Forwarding,
}

#[derive(Clone, Debug)]
enum Action {
    Want(Shape),
    /// Reconcile; be killed after so many writes, or not at all.
    Reconcile(Option<u32>),
    TheyAdd(usize, usize, u8),
    TheyRemove(usize),
    TheyRemoveOurs(usize),
    TheySet(usize, u8),
    TheyMakeTable,
    TheyDeleteTable,
    TheyChangeTable,
    TheyListen(bool),
    Fail(&'static str, bool),
}

fn forwarding() -> impl Strategy<Value = Forwarding> {
    prop_oneof![
        3 => Just(Forwarding::Masquerading),
        3 => Just(Forwarding::DirectRouting),
        1 => Just(Forwarding::Ipip),
        1 => Just(Forwarding::Gre(TunnelChecksum::Full)),
        1 => Just(Forwarding::Gre(TunnelChecksum::None)),
        1 => Just(Forwarding::Gue(Port::new_const(5555), TunnelChecksum::None)),
        1 => Just(Forwarding::Local),
    ]
}

fn one_service() -> impl Strategy<Value = OneService> {
    let ports = prop_oneof![Just("80"), Just("80,443"), Just("10000-20000")];
    let device = prop::option::of(0usize..2);
    let prefix = prop::option::of(prop_oneof![Just(24u8), Just(32)]);
    (0usize..5, device, prefix, ports, any::<bool>(), prop::bool::weighted(0.8), 0usize..5, forwarding())
        .prop_map(|(vip, device, prefix, ports, mark, active, server, forwarding)| OneService {
            vip,
            device,
            prefix,
            ports,
            mark,
            active,
            server,
            forwarding,
        })
}

fn shape() -> impl Strategy<Value = Shape> {
    (prop::bool::weighted(0.85), any::<bool>(), prop::collection::vec(one_service(), 0..4))
        .prop_map(|(running, nat_router, services)| Shape { running, nat_router, services })
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => shape().prop_map(Action::Want),
        6 => prop::option::of(0u32..12).prop_map(Action::Reconcile),
        1 => (0usize..5, 0usize..3, prop_oneof![Just(24u8), Just(32)]).prop_map(|(a, d, p)| Action::TheyAdd(a, d, p)),
        1 => (0usize..5).prop_map(Action::TheyRemove),
        1 => (0usize..5).prop_map(Action::TheyRemoveOurs),
        1 => (0usize..8, 5u8..8).prop_map(|(s, v)| Action::TheySet(s, v)),
        1 => Just(Action::TheyMakeTable),
        1 => Just(Action::TheyDeleteTable),
        1 => Just(Action::TheyChangeTable),
        1 => any::<bool>().prop_map(Action::TheyListen),
        1 => (prop_oneof![Just("address"), Just("sysctl"), Just("rules"), Just("tunnel")], prop::bool::weighted(0.3))
            .prop_map(|(kind, on)| Action::Fail(kind, on)),
    ]
}

fn address(text: &str) -> HostAddress {
    HostAddress::parse(text).unwrap()
}

fn desired(shape: &Shape) -> Desired {
    let mut whole = cluster([]);
    if shape.nat_router {
        let router = NatRouter {
            address: address(ADDRESSES[2]),
            device: Device::parse("eth1").unwrap(),
            netmask: PrefixLength::try_new(24).ok(),
        };
        whole.set_settings(Settings { nat_router: Some(router), ..Settings::default() }).unwrap();
    }
    for (number, one) in (1u32..).zip(&shape.services) {
        let vip = address(ADDRESSES[one.vip]);
        let mut settings = service(&format!("s{number}"), (vip.get(), 80).into());
        let frontend = Frontend { protocol: Protocol::Tcp, vip, ports: Ports::parse(one.ports).unwrap() };
        settings.key = if one.mark {
            let mark = FirewallMark::try_new(u64::from(number)).unwrap();
            ServiceKey::Mark { mark, traffic: MarkedTraffic::Frontend(frontend) }
        } else {
            ServiceKey::Address(frontend)
        };
        settings.active = one.active;
        settings.device = one.device.map(|device| Device::parse(DEVICES[device]).unwrap());
        // A mask of the other family's length would be refused; 96 and 128 stand for 24 and 32.
        let six = vip.family() == Family::V6;
        settings.vip_netmask =
            one.prefix.and_then(|prefix| PrefixLength::try_new(if six { prefix * 4 } else { prefix }).ok());
        let rip = OWN.iter().copied().chain(["192.168.10.100", "2001:db8::100"]).nth(one.server).unwrap();
        let mut server = destination("real", (address(rip).get(), 80).into(), 1);
        server.forwarding = Some(one.forwarding);
        server.port = None;
        // What does not agree with the others (same traffic twice, families without a tunnel) is left out: the console refuses it too.
        let service =
            VirtualService { settings, destinations: [(DestinationId(100 + number), server)].into() };
        let _refused = whole.put_service(ServiceId(number), service);
    }
    Desired { running: shape.running, cluster: whole }
}

fn marks(cluster: &Cluster) -> BTreeMap<TableKey, FirewallMark> {
    let keys = cluster
        .services()
        .values()
        .filter_map(|service| service_key(&service.settings.key, Marking::ByMark).ok());
    let several = keys.filter(|key| match key {
        TableKey::Address { ports, .. } => *ports != Ports::All && ports.only().is_none(),
        TableKey::Mark { .. } => false,
    });
    (0x4152_0000_u64..).zip(several).map(|(mark, key)| (key, FirewallMark::try_new(mark).unwrap())).collect()
}

fn place(address: usize, device: usize, prefix: u8) -> Place {
    let address: IpAddr = ADDRESSES[address].parse().unwrap();
    let prefix = if address.is_ipv6() { prefix * 4 } else { prefix };
    Place { device: DEVICES[device].into(), address, prefix }
}

fn sysctls() -> Vec<Sysctl> {
    let mut all = vec![Sysctl::forward_v4(), Sysctl::forward_v6()];
    for device in ["all", "eth0", "eth1"] {
        for name in ["arp_ignore", "arp_announce", "send_redirects"] {
            all.push(Sysctl::conf_v4(device, name));
        }
    }
    all
}

fn machine() -> Machine {
    let link = |index, loopback| Link {
        index,
        up: true,
        carrier: true,
        loopback,
        mac: Some([2, 0, 0, 0, 0, 1]),
        kind: None,
    };
    let own = [("eth0", OWN[0], 24), ("eth1", OWN[1], 24), ("eth0", OWN[2], 64), ("lo", "127.0.0.1", 8)];
    Machine {
        links: [
            ("lo".into(), link(1, true)),
            ("eth0".into(), link(2, false)),
            ("eth1".into(), link(3, false)),
        ]
        .into(),
        addresses: own
            .into_iter()
            .map(|(device, address, prefix)| {
                (Place { device: device.into(), address: address.parse().unwrap(), prefix }, false)
            })
            .collect(),
        sysctls: (0usize..).zip(sysctls()).map(|(n, sysctl)| (sysctl, (n % 3).to_string())).collect(),
        ..Machine::default()
    }
}

struct World {
    role: MachineRole,
    simulated: Simulated,
    /// The machine as it would be if there had never been an agent.
    theirs: Machine,
    shape: Shape,
    failing: bool,
    runtime: tokio::runtime::Runtime,
}

impl World {
    fn new(role: MachineRole) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let shape = Shape { running: false, nat_router: false, services: Vec::new() };
        Self { role, simulated: Simulated::new(machine()), theirs: machine(), shape, failing: false, runtime }
    }

    fn act(&mut self, action: Action) -> Result<(), TestCaseError> {
        match action {
            Action::Want(shape) => self.shape = shape,
            Action::Reconcile(kill) => {
                if let Some(writes) = kill {
                    self.simulated.kill_after(writes);
                }
                let (wanted, present) = self.reconcile();
                let killed = self.simulated.start_again();
                if !killed && !self.failing {
                    self.settled(&wanted, &present)?;
                }
            }
            Action::TheyAdd(address, device, prefix) => {
                let place = place(address, device, prefix);
                let there = self
                    .simulated
                    .machine()
                    .addresses
                    .keys()
                    .any(|other| other.address == place.address && other.device == place.device);
                if !there {
                    self.both(|machine| {
                        machine.addresses.insert(place.clone(), false);
                    });
                }
            }
            Action::TheyRemove(address) => {
                let address: IpAddr = ADDRESSES[address].parse().unwrap();
                self.both(|machine| {
                    machine.addresses.retain(|place, marked| *marked || place.address != address);
                });
            }
            Action::TheyRemoveOurs(address) => {
                let address: IpAddr = ADDRESSES[address].parse().unwrap();
                self.simulated.meddle(|machine| {
                    machine.addresses.retain(|place, marked| !*marked || place.address != address);
                });
            }
            Action::TheySet(sysctl, value) => {
                let sysctl = sysctls().swap_remove(sysctl);
                self.both(|machine| {
                    machine.sysctls.insert(sysctl.clone(), value.to_string());
                });
            }
            Action::TheyMakeTable => {
                if self.simulated.machine().rules.is_none() {
                    self.both(|machine| machine.rules = Some(Table::Foreign));
                }
            }
            Action::TheyDeleteTable => self.both(|machine| machine.rules = None),
            Action::TheyChangeTable => self.simulated.meddle(|machine| {
                if matches!(machine.rules, Some(Table::Ours(_))) {
                    machine.rules = Some(Table::Changed);
                }
            }),
            Action::TheyListen(listen) => {
                let port = EncapPort { port: 5555, family: Family::V4 };
                // Between note and deed nobody can tell whose a port is: it is not marked.
                if !self.simulated.notes().encap_ports.contains(&port) {
                    self.both(|machine| {
                        if listen {
                            machine.encap_ports.insert(port);
                        } else {
                            machine.encap_ports.remove(&port);
                        }
                    });
                }
            }
            Action::Fail(kind, failing) => {
                self.simulated.set_failing(kind, failing);
                self.failing = failing;
                if !failing {
                    for kind in ["address", "sysctl", "rules", "tunnel"] {
                        self.simulated.set_failing(kind, false);
                    }
                }
            }
        }
        self.covered()
    }

    fn both(&mut self, change: impl Fn(&mut Machine)) {
        self.simulated.meddle(&change);
        change(&mut self.theirs);
    }

    /// What the reconciler does around the table.
    fn reconcile(&self) -> (Wanted, Present) {
        let desired = desired(&self.shape);
        self.runtime.block_on(async {
            let host = self.simulated.host().await.unwrap();
            let wanted = wanted(&desired, self.role, &marks(&desired.cluster), &host);
            let steps = steps(&self.simulated.read(&wanted).await.unwrap(), &wanted);
            for part in [&steps.appear, &steps.arrive, &steps.disappear] {
                self.simulated.apply(part).await;
            }
            let present = self.simulated.read(&wanted).await.unwrap();
            (wanted, present)
        })
    }

    /// Once reconciled, all is there, the report says so, and nothing is left to do.
    fn settled(&self, wanted: &Wanted, present: &Present) -> Result<(), TestCaseError> {
        // With the foreign table in the way there is one thing to report, and nothing to do.
        let in_the_way = present.rules == PresentRules::Foreign && !wanted.rules.is_empty();
        let left = steps(present, wanted);
        prop_assert!(left.all().next().is_none(), "{left:?}");
        let failed = report(wanted, present, &Failures::default())
            .into_iter()
            .filter(|report| report.state == SurroundingState::Failed);
        prop_assert_eq!(failed.count(), wanted.problems.len() + usize::from(in_the_way));
        for place in wanted.addresses.keys() {
            prop_assert!(self.simulated.machine().addresses.contains_key(place), "{place}");
        }
        Ok(())
    }

    /// Whatever is there and would not be without the agent is in its notes; somebody else's things are all there.
    fn covered(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.simulated.trespasses(), vec![]);
        let (machine, notes) = (self.simulated.machine(), self.simulated.notes());
        for (place, marked) in &machine.addresses {
            prop_assert!(!marked || notes.addresses.contains(place), "{place} is not noted");
        }
        for place in self.theirs.addresses.keys() {
            prop_assert_eq!(machine.addresses.get(place), Some(&false), "{}", place);
        }
        for name in machine.links.keys() {
            prop_assert!(
                self.theirs.links.contains_key(name) || notes.tunnels.contains(name),
                "{name} is not noted"
            );
        }
        for (sysctl, value) in &self.theirs.sysctls {
            let now = &machine.sysctls[sysctl];
            prop_assert!(
                now == value || notes.sysctls.get(sysctl).is_some_and(|noted| noted.former == *value),
                "{sysctl}"
            );
        }
        Ok(())
    }

    fn leave(&self) -> Result<(), TestCaseError> {
        let left = self.runtime.block_on(self.simulated.leave()).unwrap();
        prop_assert!(left.is_empty(), "{left:?}");
        prop_assert!(self.simulated.notes().is_empty(), "{:?}", self.simulated.notes());
        prop_assert_eq!(self.simulated.machine(), self.theirs.clone());
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_machine_is_theirs_again(real_server: bool, actions in prop::collection::vec(action(), 1..40)) {
        let mut world = World::new(if real_server { MachineRole::RealServer } else { MachineRole::Director });
        for action in actions {
            world.act(action)?;
        }
        world.act(Action::Fail("address", false))?;
        let (wanted, present) = world.reconcile();
        world.settled(&wanted, &present)?;
        world.leave()?;
    }

    /// Leaving too may be cut off anywhere; whoever tries again ends it.
    #[test]
    fn leaving_may_be_cut_off(shape in shape(), real_server: bool, writes in 0u32..12) {
        let mut world = World::new(if real_server { MachineRole::RealServer } else { MachineRole::Director });
        world.shape = shape;
        world.reconcile();
        world.simulated.kill_after(writes);
        let _cut_off = world.runtime.block_on(world.simulated.leave());
        world.simulated.start_again();
        world.covered()?;
        world.leave()?;
    }
}
