//! From what was typed to a question that directors understand.

use std::net::IpAddr;

use app::Lang;
use app::components::FieldErrors;
use app::i18n::{Msg, connections as words};
use app::pages::connections::{Names, PREFIX, PREFIX6, View, Wanted};
use ipnet::IpNet;
use model::connections::{ConnectionState, Filter, Grouping, Prefixes};
use model::table::TableDestinationKey;
use model::{Cluster, ClusterId, HostAddress, Protocol, ServiceId};
use protocol::{ConnectionsQuery, MAX_CONNECTION_ROWS};

use super::names;
use crate::http::{AppState, PageError};
use crate::store::Director;

/// A page's question.
pub(super) struct Asked {
    /// What was typed, in canonical form where it could be read.
    pub(super) wanted: Wanted,
    /// What things are called.
    pub(super) names: Names,
    /// The directors that carry the cluster.
    pub(super) directors: Vec<Director>,
    /// The question and whom to put it to, or what is wrong.
    pub(super) asked: Result<(ConnectionsQuery, Vec<Director>), FieldErrors>,
}

/// Reads what was typed, by the names of the applied configuration: it is what directors hold.
pub(super) async fn asked(
    state: &AppState,
    lang: Lang,
    id: ClusterId,
    mut wanted: Wanted,
) -> Result<Asked, PageError> {
    let draft = state.store.draft(id).await?;
    let cluster = draft.applied.as_deref().map_or(&*draft.cluster, |revision| &revision.desired.cluster);
    let directors = state.store.balancing(id).await?;
    let directors: Vec<Director> =
        directors.into_iter().filter(|director| director.revoked_ms.is_none()).collect();
    let mut reader = Reader { lang, errors: FieldErrors::default() };
    let query = reader.query(&mut wanted, cluster);
    let chosen = reader.director(&mut wanted.director, &directors);
    let asked = if reader.errors.is_empty() { Ok((query, chosen)) } else { Err(reader.errors) };
    Ok(Asked { names: names(cluster), wanted, directors, asked })
}

struct Reader {
    lang: Lang,
    errors: FieldErrors,
}

impl Reader {
    fn query(&mut self, wanted: &mut Wanted, cluster: &Cluster) -> ConnectionsQuery {
        let filter = Filter {
            client: self.field("client", words::CLIENT, &mut wanted.client, |text| {
                let client = network(text).ok_or(words::NOT_A_NETWORK)?;
                Ok((client, shown(client)))
            }),
            server: self.field("server", words::SERVER, &mut wanted.server, |text| server(text, cluster)),
            protocol: self.field("protocol", words::PROTOCOL, &mut wanted.protocol, |text| {
                let protocol = Protocol::parse(text).map_err(|_| words::NOT_A_PROTOCOL)?;
                Ok((protocol, protocol.name().to_owned()))
            }),
            state: self.field("state", words::STATE, &mut wanted.state, |text| {
                let state = ConnectionState::parse(text).map_err(|_| words::NOT_A_STATE)?;
                Ok((state.clone(), state.to_string()))
            }),
        };
        let service =
            self.field("service", words::SERVICE, &mut wanted.service, |text| service(text, cluster));
        let view = wanted.view();
        let groupings = match view {
            View::List => vec![Grouping::State, Grouping::Client(Prefixes::HOSTS)],
            View::Talkers => vec![Grouping::Client(Prefixes::HOSTS)],
            View::Networks => vec![Grouping::Client(self.prefixes(wanted))],
            View::Services => vec![Grouping::Service],
            View::Servers => vec![Grouping::Server],
            View::States => vec![Grouping::State],
        };
        let limit = if view == View::List { MAX_CONNECTION_ROWS } else { 0 };
        ConnectionsQuery { service, filter, groupings, limit, ..ConnectionsQuery::default() }
    }

    fn prefixes(&mut self, wanted: &mut Wanted) -> Prefixes {
        let mut bits = |name, label, typed: &mut String, max: u8, usual| {
            let read = |text: &str| match text.parse::<u8>() {
                Ok(bits) if bits <= max => Ok((bits, bits.to_string())),
                _ => Err(words::NOT_A_PREFIX),
            };
            self.field_with(name, label, typed, &[("max", &max)], read).unwrap_or(usual)
        };
        let v4 = bits("prefix", words::PREFIX_V4, &mut wanted.prefix, 32, PREFIX);
        let v6 = bits("prefix6", words::PREFIX_V6, &mut wanted.prefix6, 128, PREFIX6);
        Prefixes::try_new(v4, v6).unwrap_or(Prefixes::HOSTS)
    }

    /// All of them, or the one of this name.
    fn director(&mut self, typed: &mut String, directors: &[Director]) -> Vec<Director> {
        let chosen = self.field("director", words::DIRECTOR, typed, |text| {
            let named = directors.iter().find(|director| director.name.as_str() == text);
            let director = named.ok_or(words::NO_SUCH_DIRECTOR)?;
            Ok((director.clone(), director.name.to_string()))
        });
        chosen.map_or_else(|| directors.to_vec(), |director| vec![director])
    }

    fn field<T>(
        &mut self,
        name: &str,
        label: Msg,
        typed: &mut String,
        read: impl FnOnce(&str) -> Result<(T, String), Msg>,
    ) -> Option<T> {
        self.field_with(name, label, typed, &[], read)
    }

    /// What a field says, which becomes canonical; none where it is empty or wrong.
    fn field_with<T>(
        &mut self,
        name: &str,
        label: Msg,
        typed: &mut String,
        values: &[(&str, &dyn std::fmt::Display)],
        read: impl FnOnce(&str) -> Result<(T, String), Msg>,
    ) -> Option<T> {
        let text = model::input::fold(typed);
        if text.is_empty() {
            typed.clear();
            return None;
        }
        match read(&text) {
            Ok((value, canonical)) => {
                *typed = canonical;
                Some(value)
            }
            Err(msg) => {
                let mut all: Vec<(&str, &dyn std::fmt::Display)> = vec![("typed", &text)];
                all.extend_from_slice(values);
                self.errors.push(name, label.get(self.lang), msg.with(self.lang, &all));
                None
            }
        }
    }
}

/// A network, or an address alone.
fn network(text: &str) -> Option<IpNet> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let host = || bare.parse::<IpAddr>().ok().map(|address| IpNet::from(address.to_canonical()));
    text.parse::<IpNet>().ok().map(|network| network.trunc()).or_else(host)
}

/// A network as people write it: a host without its length.
fn shown(network: IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() {
        network.addr().to_string()
    } else {
        network.to_string()
    }
}

/// By name, else by the address that clients connect to.
fn service(text: &str, cluster: &Cluster) -> Result<(ServiceId, String), Msg> {
    let services = || cluster.services().iter();
    let by_name = services().find(|(_, service)| service.settings.name.as_str() == text);
    let is_at = |service: &model::VirtualService| {
        service.settings.key.frontend().is_some_and(|frontend| {
            let Some(port) = frontend.ports.only() else { return false };
            std::net::SocketAddr::new(frontend.vip.get(), port.get()).to_string() == text
        })
    };
    let found = by_name.or_else(|| services().find(|(_, service)| is_at(service)));
    let (id, service) = found.ok_or(words::NO_SUCH_SERVICE)?;
    Ok((*id, service.settings.name.to_string()))
}

/// By address, with a port or without; else by name, if all of this name have one address.
fn server(text: &str, cluster: &Cluster) -> Result<(TableDestinationKey, String), Msg> {
    if let Ok(key) = TableDestinationKey::parse(text) {
        return Ok((key, key.to_string()));
    }
    let servers = cluster.services().values().flat_map(|service| service.destinations.values());
    let mut addresses: Vec<HostAddress> =
        servers.filter(|server| server.name.as_str() == text).map(|server| server.address).collect();
    addresses.sort_unstable();
    addresses.dedup();
    match addresses[..] {
        [] => Err(words::NO_SUCH_SERVER),
        [address] => {
            let key = TableDestinationKey { address, port: None };
            Ok((key, key.to_string()))
        }
        _ => Err(words::SERVERS_DIFFER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_forgivingly_and_shown_canonically() {
        let read = |text: &str| network(text).map(shown);
        assert_eq!(read("192.0.2.7").as_deref(), Some("192.0.2.7"));
        assert_eq!(read("192.0.2.7/24").as_deref(), Some("192.0.2.0/24"));
        assert_eq!(read("[2001:db8::1]").as_deref(), Some("2001:db8::1"));
        assert_eq!(read("2001:DB8::1/64").as_deref(), Some("2001:db8::/64"));
        assert_eq!((read("192.0.2"), read("192.0.2.0/33"), read("x")), (None, None, None));
    }
}
