//! The places outside clusters: what the rail lists, and where a breadcrumb begins.

use super::Rights;
use crate::Lang;
use crate::components::Icon;
use crate::i18n::frame as words;

/// A place that the rail leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// All clusters at a glance.
    Overview,
    /// The clusters.
    Clusters,
    /// The machines with an agent.
    Directors,
    /// What happened.
    Events,
    /// Who changed what.
    Audit,
    /// People.
    Users,
    /// The console itself.
    Settings,
    /// The manual.
    Help,
}

impl Place {
    /// Those below the list of clusters, in the rail's order.
    pub const AFTER_CLUSTERS: &[Self] =
        &[Self::Directors, Self::Events, Self::Audit, Self::Users, Self::Settings, Self::Help];

    /// Whether the person may go there.
    pub fn is_open(self, rights: Rights) -> bool {
        match self {
            Self::Audit => rights.audit,
            Self::Users | Self::Settings => rights.administer,
            Self::Overview | Self::Clusters | Self::Directors | Self::Events | Self::Help => true,
        }
    }

    /// Those below the list of clusters that the person may go to.
    pub(super) fn after_clusters(rights: Rights) -> impl Iterator<Item = Self> {
        Self::AFTER_CLUSTERS.iter().copied().filter(move |place| place.is_open(rights))
    }

    /// The place that a path belongs to.
    pub fn of(path: &str) -> Option<Self> {
        let first = path.split(['/', '?']).nth(1)?;
        [Self::Overview, Self::Clusters]
            .iter()
            .chain(Self::AFTER_CLUSTERS)
            .copied()
            .find(|place| place.href().get(1..) == Some(first))
    }

    /// Its address.
    pub fn href(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::Clusters => "/clusters",
            Self::Directors => "/directors",
            Self::Events => "/events",
            Self::Audit => "/audit",
            Self::Users => "/users",
            Self::Settings => "/settings",
            Self::Help => "/help",
        }
    }

    /// Its name.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Overview => words::OVERVIEW,
            Self::Clusters => words::CLUSTERS,
            Self::Directors => words::DIRECTORS,
            Self::Events => words::EVENTS,
            Self::Audit => words::AUDIT,
            Self::Users => words::USERS,
            Self::Settings => words::SETTINGS,
            Self::Help => words::HELP,
        }
        .get(lang)
    }

    /// Its picture.
    pub(super) fn icon(self) -> Icon {
        match self {
            Self::Overview => Icon::Overview,
            Self::Clusters => Icon::Cluster,
            Self::Directors => Icon::Director,
            Self::Events => Icon::Clock,
            Self::Audit => Icon::Ledger,
            Self::Users => Icon::Person,
            Self::Settings => Icon::Sliders,
            Self::Help => Icon::Question,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_its_first_word() {
        assert_eq!(Place::of("/"), Some(Place::Overview));
        assert_eq!(Place::of("/?sort=name"), Some(Place::Overview));
        assert_eq!(Place::of("/clusters/3/control"), Some(Place::Clusters));
        assert_eq!(Place::of("/events?cluster=3"), Some(Place::Events));
        assert_eq!(Place::of("/account"), None);
        assert_eq!(Place::of(""), None);
    }
}
