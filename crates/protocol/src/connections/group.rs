//! Groupings and groups on the wire.

use model::connections::{Counted, Group, Grouping, Prefixes};
use model::{Protocol, ServiceId};

use super::answer::address;
use crate::limits::shorten;
use crate::malformed::{at_most, text};
use crate::wire::connection_group::Key;
use crate::wire::connection_grouping::By;
use crate::{MAX_CONNECTION_GROUPS, Malformed, wire};

pub(super) fn grouping_to_wire(grouping: Grouping) -> wire::ConnectionGrouping {
    let (by, (v4, v6)) = match grouping {
        Grouping::Client(prefixes) => (By::Client, (prefixes.v4().into(), prefixes.v6().into())),
        Grouping::Service => (By::Service, (0, 0)),
        Grouping::Server => (By::Server, (0, 0)),
        Grouping::State => (By::State, (0, 0)),
    };
    wire::ConnectionGrouping { by: by.into(), prefix_v4: v4, prefix_v6: v6 }
}

pub(super) fn grouping_from_wire(wire: wire::ConnectionGrouping) -> Result<Grouping, Malformed> {
    let unknown = Malformed::UnknownValue { field: "by", value: wire.by };
    Ok(match By::try_from(wire.by) {
        Ok(By::Client) => Grouping::Client(prefixes(wire.prefix_v4, wire.prefix_v6)?),
        Ok(By::Service) => Grouping::Service,
        Ok(By::Server) => Grouping::Server,
        Ok(By::State) => Grouping::State,
        Ok(By::Unspecified) | Err(_) => return Err(unknown),
    })
}

fn prefixes(v4: u32, v6: u32) -> Result<Prefixes, Malformed> {
    let bits = |bits: u32| u8::try_from(bits).unwrap_or(u8::MAX);
    Prefixes::try_new(bits(v4), bits(v6)).map_err(|reason| Malformed::Wrong { field: "prefix", reason })
}

pub(super) fn groups_to_wire(counted: &Counted<Group>) -> wire::ConnectionGroups {
    let top = counted.top.iter().take(MAX_CONNECTION_GROUPS as usize);
    wire::ConnectionGroups {
        top: top.map(|(group, count)| group_to_wire(group, *count)).collect(),
        distinct: counted.distinct.unwrap_or_default(),
        missed: counted.missed,
    }
}

pub(super) fn groups_from_wire(wire: wire::ConnectionGroups) -> Result<Counted<Group>, Malformed> {
    at_most("top", wire.top.len(), MAX_CONNECTION_GROUPS as usize)?;
    Ok(Counted {
        top: wire.top.into_iter().map(group_from_wire).collect::<Result<_, _>>()?,
        distinct: (wire.missed == 0).then_some(wire.distinct),
        missed: wire.missed,
    })
}

fn group_to_wire(group: &Group, count: u64) -> wire::ConnectionGroup {
    let key = match group {
        Group::Client(network) => Key::Client(network.to_string()),
        Group::Service(service) => Key::ServiceId(service.0),
        Group::Address(protocol, address) => Key::Frontend(wire::ConnectionFrontend {
            protocol: protocol.name().to_owned(),
            address: address.to_string(),
        }),
        Group::Server(server) => Key::Server(server.to_string()),
        Group::State(state) => Key::State(shorten(state)),
    };
    wire::ConnectionGroup { count, key: Some(key) }
}

fn group_from_wire(wire: wire::ConnectionGroup) -> Result<(Group, u64), Malformed> {
    let group = match wire.key.ok_or(Malformed::Missing("key"))? {
        Key::Client(network) => Group::Client(
            network.parse().map_err(|source| Malformed::NotANetwork { field: "client", source })?,
        ),
        Key::ServiceId(id) => Group::Service(ServiceId(id)),
        Key::Frontend(frontend) => Group::Address(
            Protocol::parse(&frontend.protocol).map_err(|_| Malformed::NotAProtocol("protocol"))?,
            address("address", &frontend.address)?,
        ),
        Key::Server(server) => Group::Server(
            server.parse().map_err(|source| Malformed::NotAnAddress { field: "server", source })?,
        ),
        Key::State(state) => Group::State(text("state", state)?),
    };
    Ok((group, wire.count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_read_back() {
        let top = vec![
            (Group::Client("192.0.2.0/24".parse().unwrap()), 9),
            (Group::Service(ServiceId(3)), 8),
            (Group::Address(Protocol::Udp, "[2001:db8::1]:53".parse().unwrap()), 7),
            (Group::Server("192.168.10.100".parse().unwrap()), 6),
            (Group::State("TIME_WAIT".into()), 5),
        ];
        let exact = Counted { top: top.clone(), distinct: Some(5), missed: 0 };
        let about = Counted { top, distinct: None, missed: 12 };
        for counted in [exact, about, Counted { top: Vec::new(), distinct: Some(0), missed: 0 }] {
            assert_eq!(groups_from_wire(groups_to_wire(&counted)).unwrap(), counted);
        }
    }

    #[test]
    fn wrong_groups_are_refused_by_name() {
        let group = |key| group_from_wire(wire::ConnectionGroup { count: 1, key });
        assert!(matches!(group(None), Err(Malformed::Missing("key"))));
        assert!(matches!(group(Some(Key::Client("x".into()))), Err(Malformed::NotANetwork { .. })));
        assert!(matches!(group(Some(Key::Server("x".into()))), Err(Malformed::NotAnAddress { .. })));
        let wide = wire::ConnectionGrouping { by: By::Client.into(), prefix_v4: 33, prefix_v6: 0 };
        assert!(matches!(grouping_from_wire(wide), Err(Malformed::Wrong { field: "prefix", .. })));
    }
}
