//! What a person may do in a console.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::show::Invalid;
use crate::{ClusterId, Reason};

/// What a person may do; each role may also do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Look.
    Viewer,
    /// Change drafts, apply, start and stop, see to the machines.
    Operator,
    /// Delete clusters; console-wide also people, settings, the audit log.
    Administrator,
}

/// A person's roles: one for the whole console, or none, and roles for single clusters that add to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles {
    /// The role that holds in every cluster, and for what belongs to none.
    pub everywhere: Option<Role>,
    /// Roles that hold in one cluster; where the console-wide one is higher, that one counts.
    pub clusters: BTreeMap<ClusterId, Role>,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: &[Self] = &[Self::Viewer, Self::Operator, Self::Administrator];

    /// Takes what [`Role::name`] gives.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let found = Self::ALL.iter().copied().find(|role| role.name() == text.trim());
        found.ok_or(Reason::NotOneOf { choices: "viewer, operator, administrator" })
    }

    /// The name in the database and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        }
    }
}

impl Roles {
    /// This role in the whole console.
    pub fn everywhere(role: Role) -> Self {
        Self { everywhere: Some(role), clusters: BTreeMap::new() }
    }

    /// The role that counts in a cluster.
    pub fn on(&self, cluster: ClusterId) -> Option<Role> {
        self.everywhere.max(self.clusters.get(&cluster).copied())
    }

    /// Whether that is `role` or more; without a cluster, whether the console-wide role is.
    pub fn may(&self, role: Role, cluster: Option<ClusterId>) -> bool {
        cluster.map_or(self.everywhere, |cluster| self.on(cluster)) >= Some(role)
    }

    /// Whether `role` or more holds in the whole console or in any cluster.
    pub fn may_somewhere(&self, role: Role) -> bool {
        self.everywhere >= Some(role) || self.clusters.values().any(|&own| own >= role)
    }
}

impl TryFrom<String> for Role {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|reason| Invalid::new(&text, &reason))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// For the audit log and the command line: `viewer; operator of 3`; `none` where there is no role at all.
impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.everywhere.is_none() && self.clusters.is_empty() {
            return f.write_str("none");
        }
        let mut between = "";
        if let Some(role) = self.everywhere {
            role.fmt(f)?;
            between = "; ";
        }
        for (cluster, role) in &self.clusters {
            write!(f, "{between}{role} of cluster {cluster}")?;
            between = "; ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_read_back() {
        for &role in Role::ALL {
            assert_eq!(Role::parse(role.name()), Ok(role));
            assert_eq!(serde_json::to_string(&role).ok(), Some(format!("\"{role}\"")));
        }
        assert!(Role::parse("root").is_err() && Role::parse("").is_err());
    }

    #[test]
    fn the_higher_role_counts() {
        let (own, other) = (ClusterId(1), ClusterId(2));
        let none = Roles::default();
        assert!(!none.may(Role::Viewer, None) && !none.may(Role::Viewer, Some(own)));
        let mut roles = Roles { everywhere: None, clusters: BTreeMap::from([(own, Role::Operator)]) };
        assert!(roles.may(Role::Operator, Some(own)) && !roles.may(Role::Administrator, Some(own)));
        assert!(!roles.may(Role::Viewer, Some(other)) && !roles.may(Role::Viewer, None));
        assert!(roles.may_somewhere(Role::Operator) && !roles.may_somewhere(Role::Administrator));
        roles.everywhere = Some(Role::Viewer);
        assert_eq!((roles.on(own), roles.on(other)), (Some(Role::Operator), Some(Role::Viewer)));
        roles.everywhere = Some(Role::Administrator);
        assert_eq!(roles.on(own), Some(Role::Administrator));
    }

    #[test]
    fn roles_are_said_in_one_line() {
        assert_eq!(Roles::default().to_string(), "none");
        let clusters = BTreeMap::from([(ClusterId(3), Role::Operator), (ClusterId(5), Role::Viewer)]);
        let roles = Roles { everywhere: Some(Role::Viewer), clusters };
        assert_eq!(roles.to_string(), "viewer; operator of cluster 3; viewer of cluster 5");
        let json = serde_json::to_string(&roles).unwrap();
        assert_eq!(serde_json::from_str::<Roles>(&json).unwrap(), roles, "{json}");
    }
}
