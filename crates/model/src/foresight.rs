//! What a director is known to refuse of a configuration, before it is told.

use std::collections::BTreeSet;

use crate::{
    Cause, Cluster, Code, Forwarding, Frontend, MarkedTraffic, Ports, Protocol, ServiceId, ServiceKey,
    VirtualService,
};

/// What is known of a data plane's limits. What is not known is not foreseen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// The schedulers that it has, by IPVS's names; empty: not known.
    pub schedulers: BTreeSet<String>,
    /// Whether it tells services apart by firewall marks.
    pub marks: bool,
    /// What it says of services that ask for more than it has.
    pub refuses: BTreeSet<Code>,
}

/// What the data plane would say of the active virtual services of a cluster, each thing once for each service.
pub fn foresee(abilities: &Abilities, cluster: &Cluster) -> Vec<(ServiceId, Cause)> {
    let inherited = cluster.settings().forwarding;
    let mut foreseen = Vec::new();
    for (&id, service) in cluster.services().iter().filter(|(_, service)| service.settings.active) {
        let causes = of_service(abilities, service, inherited);
        foreseen.extend(causes.into_iter().map(|cause| (id, cause)));
    }
    foreseen
}

fn of_service(abilities: &Abilities, service: &VirtualService, inherited: Forwarding) -> BTreeSet<Cause> {
    let settings = &service.settings;
    let mut asked = Vec::new();
    match &settings.key {
        ServiceKey::Mark { traffic: MarkedTraffic::Elsewhere(_), .. } if !abilities.marks => {
            return [Cause::new(Code::NoMarks, [])].into();
        }
        key => {
            if let Some(Frontend { protocol, ports, .. }) = key.frontend() {
                asked.extend((*protocol == Protocol::Sctp).then_some(Code::NoSctp));
                asked.extend((*ports == Ports::All).then_some(Code::NoAllPorts));
            }
        }
    }
    let engine = settings.persistence.is_some_and(|persistence| persistence.engine.is_some());
    asked.extend(engine.then_some(Code::NoEngines));
    asked.extend(settings.proxy_protocol.then_some(Code::NoProxyProtocol));
    let refused = asked.into_iter().filter(|code| abilities.refuses.contains(code));
    let mut causes: BTreeSet<Cause> = refused.map(|code| Cause::new(code, [])).collect();
    let scheduler = settings.scheduler.kind().name();
    if !abilities.schedulers.is_empty() && !abilities.schedulers.contains(scheduler) {
        causes.insert(Cause::new(Code::NoScheduler, [("scheduler", &scheduler)]));
    }
    if abilities.refuses.contains(&Code::Relayed) {
        let active = service.destinations.values().filter(|destination| destination.active);
        let methods = active.map(|destination| destination.forwarding.unwrap_or(inherited));
        let ignored = methods.filter(|method| *method != Forwarding::Masquerading);
        causes.extend(ignored.map(|method| Cause::new(Code::Relayed, [("method", &method)])));
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Destination, DestinationId, Name, Scheduler, SchedulerKind, ServiceSettings};

    fn cluster(change: impl FnOnce(&mut ServiceSettings, &mut Destination)) -> Cluster {
        let json = serde_json::json!({
            "name": "shop",
            "settings": {"forwarding": "masquerading"},
            "redundancy": serde_json::to_value(crate::Redundancy::default()).unwrap(),
            "services": {"1": {
                "name": "web", "active": true,
                "key": {"address": {"protocol": "tcp", "vip": "192.0.2.1", "ports": "80"}},
                "scheduler": "wlc", "check": "connect", "timeout": 6, "reentry": 15, "quiesce": false,
                "destinations": {"2": {"name": "real1", "address": "10.0.0.1", "weight": 1, "active": true}},
            }},
        });
        let before: Cluster = serde_json::from_value(json).unwrap();
        let mut service = before.services()[&ServiceId(1)].clone();
        let destination = service.destinations.get_mut(&DestinationId(2)).unwrap();
        change(&mut service.settings, destination);
        let mut after = Cluster::new(Name::parse("shop").unwrap());
        after.put_service(ServiceId(1), service).unwrap();
        after
    }

    fn embedded() -> Abilities {
        let refuses = [Code::NoSctp, Code::NoAllPorts, Code::NoEngines, Code::Relayed];
        Abilities { schedulers: ["wlc".to_owned()].into(), marks: false, refuses: refuses.into() }
    }

    fn codes(cluster: &Cluster) -> Vec<Code> {
        foresee(&embedded(), cluster).iter().map(|(_, cause)| cause.code()).collect()
    }

    #[test]
    fn what_the_data_plane_has_is_not_complained_of() {
        assert_eq!(codes(&cluster(|_, _| {})), []);
    }

    #[test]
    fn a_scheduler_and_a_method_that_it_lacks_are_named() {
        let lblc = Scheduler::new(SchedulerKind::Lblc, false, false);
        let cluster = cluster(|service, destination| {
            service.scheduler = lblc;
            destination.forwarding = Some(Forwarding::Ipip);
        });
        let causes = foresee(&embedded(), &cluster);
        let causes: Vec<_> = causes.into_iter().map(|(_, cause)| cause).collect();
        let scheduler = Cause::new(Code::NoScheduler, [("scheduler", &"lblc")]);
        assert_eq!(causes, [scheduler, Cause::new(Code::Relayed, [("method", &"ipip")])]);
        assert_eq!(foresee(&Abilities::default(), &cluster), [], "what is not known is not foreseen");
    }

    #[test]
    fn what_is_inactive_is_asked_of_nobody() {
        let lblc = Scheduler::new(SchedulerKind::Lblc, false, false);
        let cluster = cluster(|service, destination| {
            service.scheduler = lblc;
            service.active = false;
            destination.forwarding = Some(Forwarding::Ipip);
        });
        assert_eq!(codes(&cluster), []);
    }
}
