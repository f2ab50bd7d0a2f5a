//! What cannot be done is said in words, object by object, and the rest is done.

use balancer::StepError;
use model::table::{Step, TableKey};
use model::{Family, FirewallMark, Persistence, PersistenceEngine, Protocol, Seconds, Timeouts};

use crate::support::{Client, RealServer, Setup, apply, balancer, free_address, until};

fn add(setup: &Setup) -> Step {
    Step::AddService { key: setup.key.clone(), settings: setup.service.settings }
}

#[tokio::test(flavor = "multi_thread")]
async fn unsupported_services_are_refused_and_others_served() {
    let (balancer, server) = (balancer(), RealServer::start("a").await);
    let good = Setup::tcp(free_address()).to(server.address, 1);
    let mut mark = good.clone();
    mark.key = TableKey::Mark { mark: FirewallMark::new_const(7), family: Family::V4 };
    let mut engine = Setup::udp(free_address());
    engine.service.settings.persistence = Some(Persistence {
        timeout: Seconds::new_const(60),
        mask: None,
        engine: Some(PersistenceEngine::Sip),
    });
    let unsupported = [
        (mark, "firewall marks"),
        (Setup::new(Protocol::Sctp, free_address()), "SCTP"),
        (Setup::tcp(free_address()).ports("all"), "all ports"),
        (Setup::tcp(free_address()).scheduler("lblcr"), "scheduler lblcr"),
        (engine, "persistence engines"),
        (Setup::udp(free_address()).proxy_protocol(), "PROXY protocol over udp"),
    ];
    let mut steps: Vec<Step> = unsupported.iter().map(|(setup, _)| add(setup)).collect();
    steps.push(add(&good));
    let mut results = balancer.apply(&steps);
    results.pop().unwrap().unwrap();
    for ((setup, words), result) in unsupported.iter().zip(results) {
        let error = result.unwrap_err();
        assert!(matches!(error, StepError::Unsupported { .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains(words) && text.starts_with(&setup.key.to_string()), "{text}");
    }
    assert_eq!(balancer.table().services.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_cannot_be_had_are_refused_with_a_remedy() {
    let balancer = balancer();
    let taken = std::net::TcpListener::bind(free_address()).unwrap();
    let datagrams = std::net::UdpSocket::bind(free_address()).unwrap();
    let shared = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    shared.set_reuse_port(true).unwrap();
    shared.bind(&free_address().into()).unwrap();
    shared.listen(1).unwrap();
    let shared_address = shared.local_addr().unwrap().as_socket().unwrap();
    let check = |setup: &Setup, words: &str| {
        let text = balancer.apply(&[add(setup)]).pop().unwrap().unwrap_err().to_string();
        assert!(text.contains(words), "{text}");
    };
    check(&Setup::tcp(taken.local_addr().unwrap()), "another program has this port");
    check(&Setup::udp(datagrams.local_addr().unwrap()), "another program has this port");
    check(&Setup::tcp(shared_address), "another program has this port");
    check(&Setup::tcp("192.0.2.1:80".parse().unwrap()), "not an address of this machine");
    // One port of several is taken: none is listened on.
    let address = taken.local_addr().unwrap();
    let free = if address.port() == u16::MAX { 1024 } else { address.port() + 1 };
    check(&Setup::tcp(address).ports(&format!("{},{free}", address.port())), "another program has this port");
    until("nothing is listened on", || balancer.facts().listening_sockets == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_against_the_table_are_refused() {
    let (balancer, server) = (balancer(), RealServer::start("a").await);
    let vip = free_address();
    let setup = Setup::tcp(vip).to(server.address, 1);
    apply(&balancer, &[&setup], Timeouts::default());
    let (destination, settings) = setup.service.destinations.iter().next().map(|(k, v)| (*k, *v)).unwrap();
    let key = || setup.key.clone();
    let mut other = destination;
    other.port = None;
    let mut itself = destination;
    itself.address = crate::support::host(vip);
    itself.port = Some(crate::support::port(vip));
    let absent = Setup::tcp(free_address());
    let overlapping = Setup::tcp(vip).ports(&format!("{}-{}", vip.port(), vip.port().saturating_add(1)));
    let results = balancer.apply(&[
        add(&setup),
        add(&overlapping),
        Step::AddDestination { key: key(), destination, settings },
        Step::AddDestination { key: key(), destination: itself, settings },
        Step::EditDestination { key: key(), destination: other, settings },
        Step::RemoveDestination { key: key(), destination: other },
        Step::RemoveService { key: absent.key },
    ]);
    let kinds: Vec<String> = results
        .into_iter()
        .map(|result| format!("{:?}", result.unwrap_err()).split([' ', '{']).next().unwrap().to_owned())
        .collect();
    assert_eq!(
        kinds,
        [
            "ServiceExists",
            "Taken",
            "DestinationExists",
            "Loop",
            "NoDestination",
            "NoDestination",
            "NoService"
        ]
    );
    assert_eq!(Client::names(vip, 1).await, ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn services_that_forward_to_each_other_are_refused() {
    let (balancer, server) = (balancer(), RealServer::start("a").await);
    let [first, second, third] = [free_address(), free_address(), free_address()];
    let mut results = Vec::new();
    for (vip, to) in [(first, second), (second, third), (third, first)] {
        let setup = Setup::tcp(vip).to(to, 1);
        results.extend(balancer.apply(&[
            add(&setup),
            Step::AddDestination {
                key: setup.key.clone(),
                destination: *setup.service.destinations.keys().next().unwrap(),
                settings: *setup.service.destinations.values().next().unwrap(),
            },
        ]));
    }
    let last = results.pop().unwrap().unwrap_err();
    assert!(last.to_string().contains("leads back"), "{last}");
    results.into_iter().for_each(Result::unwrap);
    // A chain that ends at a real server is fine.
    let settings = Setup::tcp(third).to(server.address, 1);
    let (&destination, &entry) = settings.service.destinations.iter().next().unwrap();
    let step = Step::AddDestination { key: settings.key, destination, settings: entry };
    balancer.apply(&[step]).into_iter().for_each(Result::unwrap);
    assert_eq!(Client::names(first, 1).await, ["a"]);
}
