//! The firewall marks of services with several ports, for which the kernel has no other key. Pure.

use std::collections::{BTreeMap, BTreeSet};

use model::FirewallMark;
use model::table::TableKey;

use super::Content;

/// The first firewall mark for services with several ports: `AR` in the upper half, so that an operator who sees one in a rule
/// or a table finds out whose it is.
pub const FIRST_MARK: u32 = 0x4152_0000;

/// How many there are.
pub(in super::super) const MARKS: u32 = 0x1_0000;

/// Why there is no mark for a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("all {MARKS} firewall marks from {FIRST_MARK:#x} on are taken")]
pub struct NoMark;

/// A service that has taken another's place in the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Inheritance {
    pub(in super::super) former: TableKey,
    pub(in super::super) heir: TableKey,
}

impl Content {
    /// The mark of a service with several ports; a new one where it has none, which then is none that is `taken`.
    pub fn mark(&mut self, key: &TableKey, taken: impl Fn(u32) -> bool) -> Result<FirewallMark, NoMark> {
        let mark = match self.marks.get(key) {
            Some(&mark) => mark,
            None => {
                let own: BTreeSet<u32> = self.marks.values().copied().collect();
                let free = (FIRST_MARK..FIRST_MARK + MARKS).find(|mark| !own.contains(mark) && !taken(*mark));
                let mark = free.ok_or(NoMark)?;
                self.marks.insert(key.clone(), mark);
                mark
            }
        };
        firewall_mark(mark)
    }

    /// Whether [`Content::give_marks`] would change anything.
    pub(in super::super) fn lacks_marks(&self, wanted: &BTreeSet<TableKey>) -> bool {
        let idle = |key| !wanted.contains(key) && !self.services.contains_key(key);
        wanted.iter().any(|key| !self.marks.contains_key(key)) || self.marks.keys().any(idle)
    }

    /// Gives every one of the `wanted` services a mark, and takes back those that nobody uses any more: neither a service that is
    /// wanted nor one that is still in the kernel.
    ///
    /// A service whose ports change keeps its place in the kernel, since which ports carry a mark is a matter of the rules alone: it
    /// inherits mark and destinations of the one that it replaces, and its connections notice nothing. Those are returned: what the
    /// kernel holds goes by another name from here on.
    pub(in super::super) fn give_marks(
        &mut self,
        wanted: &BTreeSet<TableKey>,
        taken: impl Fn(u32) -> bool,
    ) -> Result<Vec<Inheritance>, NoMark> {
        let mut inherited = Vec::new();
        for heir in wanted {
            if self.marks.contains_key(heir) || self.services.contains_key(heir) {
                continue;
            }
            let Some(former) = self.replaced_by(heir, wanted) else { continue };
            if let Some(mark) = self.marks.remove(&former) {
                self.marks.insert(heir.clone(), mark);
            }
            if let Some(destinations) = self.services.remove(&former) {
                self.services.insert(heir.clone(), destinations);
            }
            inherited.push(Inheritance { former, heir: heir.clone() });
        }
        self.marks.retain(|key, _| wanted.contains(key) || self.services.contains_key(key));
        wanted.iter().try_for_each(|key| self.mark(key, &taken).map(drop))?;
        Ok(inherited)
    }

    /// The marks of all services that have one.
    pub(in super::super) fn firewall_marks(&self) -> Result<BTreeMap<TableKey, FirewallMark>, NoMark> {
        self.marks.iter().map(|(key, mark)| Ok((key.clone(), firewall_mark(*mark)?))).collect()
    }

    /// Of the services in the kernel that are to go, the one that shares most ports with `heir`.
    fn replaced_by(&self, heir: &TableKey, wanted: &BTreeSet<TableKey>) -> Option<TableKey> {
        let TableKey::Address { protocol, vip, ports } = heir else { return None };
        let shared = |key: &TableKey| match key {
            TableKey::Address { protocol: other, vip: at, ports: of } if (other, at) == (protocol, vip) => {
                ports.shared(of)
            }
            _ => 0,
        };
        let leaving =
            self.marks.keys().filter(|key| !wanted.contains(*key) && self.services.contains_key(*key));
        let nearest = leaving.map(|key| (shared(key), key)).max_by_key(|(shared, _)| *shared);
        nearest.filter(|(shared, _)| *shared > 0).map(|(_, key)| key.clone())
    }
}

/// The range of our own marks has no 0, which is none.
fn firewall_mark(mark: u32) -> Result<FirewallMark, NoMark> {
    FirewallMark::try_new(mark.into()).map_err(|_| NoMark)
}

#[cfg(test)]
mod tests {
    use model::table::{Role, TableDestinationKey};
    use model::{HostAddress, Ports, Protocol};

    use super::*;

    fn key(ports: &str) -> TableKey {
        let vip = HostAddress::parse("10.0.0.2").unwrap();
        TableKey::Address { protocol: Protocol::Tcp, vip, ports: Ports::parse(ports).unwrap() }
    }

    fn wanted(ports: &[&str]) -> BTreeSet<TableKey> {
        ports.iter().map(|ports| key(ports)).collect()
    }

    /// Services in the kernel, each with a destination of its own.
    fn serving(ports: &[&str]) -> Content {
        let mut content = Content::default();
        content.give_marks(&wanted(ports), |_| false).unwrap();
        for (n, ports) in ports.iter().enumerate() {
            content.services.insert(key(ports), [(destination(n), Role::RealServer)].into());
        }
        content
    }

    fn destination(n: usize) -> TableDestinationKey {
        TableDestinationKey { address: HostAddress::try_new([10, 1, 0, n as u8].into()).unwrap(), port: None }
    }

    #[test]
    fn marks_are_kept_and_never_shared() {
        let mut content = Content::default();
        let first = content.mark(&key("80,443"), |_| false).unwrap();
        assert_eq!(first.get(), FIRST_MARK);
        assert_eq!(content.mark(&key("80,443"), |_| false).unwrap(), first);
        let second = content.mark(&key("20-21"), |mark| mark == FIRST_MARK + 1).unwrap();
        assert_eq!(second.get(), FIRST_MARK + 2);
        assert_eq!(content.mark(&key("1-2"), |_| true), Err(NoMark));
    }

    #[test]
    fn a_service_whose_ports_change_keeps_its_mark_and_its_place() {
        let mut content = serving(&["20-21,10000-20000", "80,443"]);
        let before = content.marks[&key("80,443")];
        let after = wanted(&["20-21,10000-20000", "80,443,8080"]);
        assert!(content.lacks_marks(&after));
        let inherited = content.give_marks(&after, |_| false).unwrap();
        assert_eq!(inherited, [Inheritance { former: key("80,443"), heir: key("80,443,8080") }]);
        assert_eq!(content.marks[&key("80,443,8080")], before);
        assert!(content.owns(&key("80,443,8080"), Some(destination(1))));
        assert!(!content.owns(&key("80,443"), None));
        assert_eq!(content.marks.len(), 2);
        assert!(!content.lacks_marks(&after));
    }

    #[test]
    fn who_shares_most_ports_inherits() {
        let mut content = serving(&["1-10", "8-30"]);
        let (few, many) = (content.marks[&key("1-10")], content.marks[&key("8-30")]);
        content.give_marks(&wanted(&["9-40"]), |_| false).unwrap();
        assert_eq!(content.marks[&key("9-40")], many);
        // The other one is still in the kernel, and keeps its mark as long as that.
        assert_eq!(content.marks[&key("1-10")], few);
    }

    #[test]
    fn other_ports_are_another_service() {
        let mut content = serving(&["80,443"]);
        let before = content.marks[&key("80,443")];
        content.give_marks(&wanted(&["25,110"]), |_| false).unwrap();
        assert_ne!(content.marks[&key("25,110")], before);
        assert!(content.owns(&key("80,443"), None) && !content.owns(&key("25,110"), None));
    }

    #[test]
    fn marks_that_nobody_uses_are_free_again() {
        let mut content = serving(&["80,443"]);
        let none = BTreeSet::new();
        content.give_marks(&none, |_| false).unwrap();
        assert_eq!(content.marks.len(), 1, "its service is still there");
        content.services.clear();
        assert!(content.lacks_marks(&none));
        content.give_marks(&none, |_| false).unwrap();
        assert!(content.marks.is_empty() && !content.lacks_marks(&none));
        assert_eq!(content.mark(&key("1-2"), |_| false).unwrap().get(), FIRST_MARK);
    }
}
