//! What the address of the page asks for, as typed.

use model::ClusterId;
use serde::Deserialize;

use crate::i18n::{Msg, connections as words};
use crate::pages::address;

/// The parameters of the page's address. All may be empty; all are kept as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// A client's address or network.
    pub client: String,
    /// A virtual server, by its name or address.
    pub service: String,
    /// A real server, by its name or address.
    pub server: String,
    /// `tcp`, `udp`, `sctp`.
    pub protocol: String,
    /// IPVS's word for a state.
    pub state: String,
    /// A director's name.
    pub director: String,
    /// How to look at them: a [`View`]'s word.
    pub view: String,
    /// Bits of an IPv4 client's network.
    pub prefix: String,
    /// Bits of an IPv6 client's network.
    pub prefix6: String,
    /// Seconds after which a script reads anew.
    pub every: String,
}

/// How to look at connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// One by one.
    #[default]
    List,
    /// Counted by client.
    Talkers,
    /// Counted by the client's network.
    Networks,
    /// Counted by virtual service.
    Services,
    /// Counted by real server.
    Servers,
    /// Counted by state.
    States,
}

/// The network of IPv4 clients where the address does not say.
pub const PREFIX: u8 = 24;
/// That of IPv6 clients.
pub const PREFIX6: u8 = 64;

/// After how many seconds a script may read anew.
pub const EVERY: [u32; 4] = [2, 5, 10, 30];

impl Wanted {
    /// How to look at them.
    pub fn view(&self) -> View {
        View::ALL.iter().copied().find(|view| view.word() == self.view).unwrap_or_default()
    }

    /// Whether any connection will do.
    pub fn is_everything(&self) -> bool {
        [&self.client, &self.service, &self.server, &self.protocol, &self.state, &self.director]
            .iter()
            .all(|typed| typed.trim().is_empty())
    }

    /// This page's address.
    pub fn href(&self, cluster: ClusterId) -> String {
        self.address(&format!("/clusters/{cluster}/connections"))
    }

    /// The address of the same as a file.
    pub fn csv(&self, cluster: ClusterId) -> String {
        let once = Self { every: String::new(), ..self.clone() };
        once.address(&format!("/clusters/{cluster}/connections.csv"))
    }

    fn address(&self, path: &str) -> String {
        address(
            path,
            &[
                ("client", &self.client),
                ("service", &self.service),
                ("server", &self.server),
                ("protocol", &self.protocol),
                ("state", &self.state),
                ("director", &self.director),
                ("view", &self.view),
                ("prefix", &self.prefix),
                ("prefix6", &self.prefix6),
                ("every", &self.every),
            ],
        )
    }
}

impl View {
    /// All of them, in order.
    pub const ALL: &[Self] =
        &[Self::List, Self::Talkers, Self::Networks, Self::Services, Self::Servers, Self::States];

    /// The word in the address.
    pub fn word(self) -> &'static str {
        match self {
            Self::List => "",
            Self::Talkers => "talkers",
            Self::Networks => "networks",
            Self::Services => "services",
            Self::Servers => "servers",
            Self::States => "states",
        }
    }

    /// Its name.
    pub(super) fn label(self) -> Msg {
        match self {
            Self::List => words::VIEW_LIST,
            Self::Talkers => words::VIEW_TALKERS,
            Self::Networks => words::VIEW_NETWORKS,
            Self::Services => words::VIEW_SERVICES,
            Self::Servers => words::VIEW_SERVERS,
            Self::States => words::VIEW_STATES,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_holds_all_of_it() {
        let wanted = Wanted {
            client: "2001:db8::/32".into(),
            service: "web & shop".into(),
            view: "networks".into(),
            prefix: "16".into(),
            every: "5".into(),
            ..Wanted::default()
        };
        assert_eq!(
            wanted.href(ClusterId(7)),
            "/clusters/7/connections?client=2001%3Adb8%3A%3A%2F32&service=web%20%26%20shop&view=networks&prefix=16&every=5"
        );
        assert!(wanted.csv(ClusterId(7)).starts_with("/clusters/7/connections.csv?client=2001"));
        assert!(!wanted.csv(ClusterId(7)).contains("every"));
        assert_eq!((wanted.view(), wanted.is_everything()), (View::Networks, false));
        let nonsense = Wanted { view: "x".into(), client: " ".into(), ..Wanted::default() };
        assert_eq!((nonsense.view(), nonsense.is_everything()), (View::List, true));
    }
}
