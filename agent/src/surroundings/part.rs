//! Which of the cluster's directors this machine is. The virtual addresses and the sync daemon both follow it.

use model::{Cluster, HostAddress};

/// The part that a director plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It carries the virtual addresses, and tells the backup of its connections.
    Primary,
    /// It stands by: all is ready, but for the addresses.
    Backup,
    /// It has neither's address: not yet (it boots, a lease is renewed), or the settings name others. Whoever cannot tell leaves
    /// things as they are: two machines that both carry an address serve nobody.
    Unknown,
}

/// The part of the machine for which `is_own` says which addresses are its own.
pub fn part(cluster: &Cluster, is_own: impl Fn(HostAddress) -> bool) -> Part {
    let (settings, redundancy) = (cluster.settings(), cluster.redundancy());
    let primary = [settings.primary_public, settings.primary_private];
    let backup = [redundancy.backup_public, redundancy.backup_private];
    if cluster.has_one_director() || primary.into_iter().flatten().any(&is_own) {
        Part::Primary
    } else if backup.into_iter().flatten().any(&is_own) {
        Part::Backup
    } else {
        Part::Unknown
    }
}

/// What to say, and to do, about a director that is neither.
pub(super) fn neither(cluster: &Cluster) -> String {
    let (settings, redundancy) = (cluster.settings(), cluster.redundancy());
    let said = |addresses: [Option<HostAddress>; 2]| {
        let named: Vec<_> = addresses.into_iter().flatten().map(|address| address.to_string()).collect();
        if named.is_empty() { "not named".to_owned() } else { named.join(", ") }
    };
    format!(
        "this director has neither an address of the primary ({}) nor one of the backup ({}): until it has, virtual addresses stay here as \
         they are; put right the addresses in the cluster's settings, or on this machine",
        said([settings.primary_public, settings.primary_private]),
        said([redundancy.backup_public, redundancy.backup_private])
    )
}

#[cfg(test)]
mod tests {
    use model::{Name, Settings};

    use super::*;

    fn host(text: &str) -> HostAddress {
        HostAddress::parse(text).unwrap()
    }

    fn cluster(primary: Option<&str>, backup: Option<&str>, active: bool) -> Cluster {
        let mut cluster = Cluster::new(Name::parse("shop").unwrap());
        let primary_public = primary.map(host);
        cluster.set_settings(Settings { primary_public, ..Settings::default() }).unwrap();
        let mut redundancy = cluster.redundancy().clone();
        redundancy.backup_public = backup.map(host);
        redundancy.active = active;
        cluster.set_redundancy(redundancy).unwrap();
        cluster
    }

    #[test]
    fn an_address_has_to_say_it() {
        let (one, three) = (Some("10.0.0.1"), Some("10.0.0.3"));
        for (primary, backup, active, own, expected) in [
            (one, three, true, "10.0.0.1", Part::Primary),
            (one, three, true, "10.0.0.3", Part::Backup),
            // A backup whose address is not there (yet) is no primary.
            (one, three, true, "10.0.0.9", Part::Unknown),
            (None, three, true, "10.0.0.9", Part::Unknown),
            // Redundancy switched off, with both directors still there.
            (one, three, false, "10.0.0.1", Part::Primary),
            (one, three, false, "10.0.0.3", Part::Backup),
            (one, None, false, "10.0.0.9", Part::Unknown),
            (None, None, false, "10.0.0.9", Part::Primary),
            (None, three, false, "10.0.0.3", Part::Primary),
        ] {
            let cluster = cluster(primary, backup, active);
            assert_eq!(
                part(&cluster, |address| address == host(own)),
                expected,
                "{primary:?} {backup:?} {active} {own}"
            );
        }
        assert!(
            neither(&cluster(one, None, false))
                .contains("primary (10.0.0.1) nor one of the backup (not named)")
        );
    }
}
