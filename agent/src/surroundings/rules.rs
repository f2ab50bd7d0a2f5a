//! The packet filter rules: one nftables table of our own, as text that an administrator can read.
//!
//! They do three things. They set firewall marks, by which the kernel's table knows services of several ports or ranges, and those
//! that an operator gave a mark and a frontend. And they masquerade what real servers behind masquerading send of their own accord
//! (updates, DNS): IPVS itself rewrites the answers to clients, but knows nothing of connections that it did not make. And, where an operator says that
//! real servers are clients of virtual addresses too, they masquerade those connections.
//!
//! The text replaces the table as a whole and is one transaction: no packet meets half of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::net::IpAddr;

use model::table::TableKey;
use model::{FirewallMark, Ports, Protocol};
use sha2::{Digest as _, Sha256};

/// The table's name, of family `inet`.
pub(crate) const TABLE: &str = "arapaima";
/// The table that has the rules while ours is replaced.
pub(crate) const BRIDGE: &str = "arapaima_next";

/// How the comment of every table that we made begins; a digest follows.
pub(crate) const COMMENT: &str = "made by arapaima-agent, which replaces it as a whole; rules ";

/// Names end so, what sets call an address, what rules call it.
const FAMILIES: [(&str, &str, &str); 2] = [("4", "ipv4_addr", "ip"), ("6", "ipv6_addr", "ip6")];

/// What the table does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Which traffic gets which firewall mark.
    pub marks: BTreeMap<Marked, u32>,
    /// Whose own connections leave under the director's address.
    pub masquerade: BTreeSet<IpAddr>,
    /// The interfaces towards those; what leaves there is not masqueraded.
    pub inner: BTreeSet<String>,
    /// Virtual addresses that those are clients of. What one of them sends to such an address leaves under the director's, or the
    /// real server that gets it would answer past the director.
    pub own_clients_of: BTreeSet<IpAddr>,
}

/// Traffic to a range of ports of a VIP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marked {
    /// The VIP.
    pub vip: IpAddr,
    /// The protocol.
    pub protocol: Protocol,
    /// The lowest port, 0 where all are meant.
    pub first: u16,
    /// The highest port.
    pub last: u16,
}

impl Marked {
    /// The ranges of a service.
    pub(super) fn of(vip: IpAddr, protocol: Protocol, ports: &Ports) -> impl Iterator<Item = Self> + use<> {
        let ranges = match ports {
            Ports::All => vec![(0, u16::MAX)],
            Ports::Listed(ranges) => {
                ranges.iter().map(|range| (range.first().get(), range.last().get())).collect()
            }
        };
        ranges.into_iter().map(move |(first, last)| Self { vip, protocol, first, last })
    }

    fn overlaps(&self, other: &Self) -> bool {
        (self.vip, self.protocol) == (other.vip, other.protocol)
            && self.first <= other.last
            && other.first <= self.last
    }
}

impl Rules {
    /// Whether there is nothing to do, and so no table.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty() && self.masquerade.is_empty()
    }

    /// These rules, and the marks of services that are in the table still: they leave the rules after it, or their traffic would be
    /// turned away in between. Where both mark a port, the new rules count.
    pub fn with_leaving<'a>(
        &self,
        leaving: impl IntoIterator<Item = (&'a TableKey, &'a FirewallMark)>,
    ) -> Self {
        let mut both = self.clone();
        for (key, mark) in leaving {
            let TableKey::Address { protocol, vip, ports } = key else { continue };
            let free = Marked::of(vip.get(), *protocol, ports)
                .filter(|marked| !self.marks.keys().any(|other| other.overlaps(marked)));
            both.marks.extend(free.map(|marked| (marked, mark.get())));
        }
        both
    }

    /// Tells one set of rules from another; stands in the table's comment.
    pub fn digest(&self) -> String {
        let digest = Sha256::digest(self.table("").as_bytes());
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// What `nft -f -` takes: replaces the table, whatever is in it, in one transaction.
    pub fn render(&self) -> String {
        // `delete` alone fails where there is none; `add` alone succeeds either way.
        format!(
            "add table inet {TABLE}\ndelete table inet {TABLE}\n{}",
            self.table(&format!("{COMMENT}{}", self.digest()))
        )
    }

    /// What `nft -f -` takes before [`Rules::render`] and [`Rules::unbridge`] after it: the same rules in a table beside ours. The
    /// kernel puts a new chain before the one that it replaces, and a packet that is between them when the rules change hands
    /// passes the new one before and the old one after: no rule counts for it, and its connection is refused.
    pub fn bridge(&self) -> String {
        format!("{}{}", Self::unbridge(), self.table_named(BRIDGE, COMMENT))
    }

    /// What `nft -f -` takes to be rid of the table beside ours, whether it is there or not.
    pub fn unbridge() -> String {
        format!("add table inet {BRIDGE}\ndelete table inet {BRIDGE}\n")
    }

    /// What `nft -f -` takes to be rid of our table.
    pub fn removal() -> String {
        format!("add table inet {TABLE}\ndelete table inet {TABLE}\n")
    }

    fn table(&self, comment: &str) -> String {
        self.table_named(TABLE, comment)
    }

    fn table_named(&self, name: &str, comment: &str) -> String {
        let mut text = String::new();
        // Writing to memory does not fail.
        let _written = self.write(&mut text, name, comment);
        text
    }

    fn write(&self, text: &mut String, name: &str, comment: &str) -> fmt::Result {
        writeln!(text, "table inet {name} {{")?;
        writeln!(text, "\tcomment \"{comment}\"")?;
        for (suffix, kind, _) in FAMILIES {
            for &protocol in Protocol::ALL {
                let elements: Vec<_> = self
                    .marks_of(suffix, protocol)
                    .map(|(marked, mark)| format!("{marked} : {mark:#010x}"))
                    .collect();
                block(
                    text,
                    &format!("map {protocol}{suffix}"),
                    &format!("{kind} . inet_service : mark"),
                    "interval",
                    &elements,
                )?;
            }
            let sources: Vec<_> = self.of_family(suffix).map(ToString::to_string).collect();
            block(text, &format!("set masqueraded{suffix}"), kind, "", &sources)?;
            let targets: Vec<_> = self.own_clients_of(suffix).map(ToString::to_string).collect();
            block(text, &format!("set virtual{suffix}"), kind, "", &targets)?;
        }
        if !self.marks.is_empty() {
            // Clients elsewhere, and clients on the director itself.
            for hook in ["prerouting", "output"] {
                writeln!(text, "\tchain mark_{hook} {{")?;
                writeln!(text, "\t\ttype filter hook {hook} priority mangle; policy accept;")?;
                for (suffix, _, header) in FAMILIES {
                    for &protocol in Protocol::ALL {
                        if self.marks_of(suffix, protocol).next().is_some() {
                            writeln!(
                                text,
                                "\t\tmeta mark set {header} daddr . {protocol} dport map @{protocol}{suffix}"
                            )?;
                        }
                    }
                }
                writeln!(text, "\t}}")?;
            }
        }
        if !self.masquerade.is_empty() {
            let inner: Vec<_> = self.inner.iter().map(|name| format!("\"{name}\"")).collect();
            let outwards = if inner.is_empty() {
                String::new()
            } else {
                format!("oifname != {{ {} }} ", inner.join(", "))
            };
            writeln!(text, "\tchain outgoing {{")?;
            writeln!(text, "\t\ttype nat hook postrouting priority srcnat; policy accept;")?;
            for (suffix, _, header) in FAMILIES {
                if self.of_family(suffix).next().is_some() {
                    let set = format!("@masqueraded{suffix}");
                    if self.own_clients_of(suffix).next().is_some() {
                        // Where it went to before IPVS sent it on.
                        let first = format!("ct original {header} daddr @virtual{suffix}");
                        writeln!(text, "\t\t{header} saddr {set} {header} daddr {set} {first} masquerade")?;
                    }
                    writeln!(text, "\t\t{header} saddr {set} {header} daddr != {set} {outwards}masquerade")?;
                }
            }
            writeln!(text, "\t}}")?;
        }
        writeln!(text, "}}")
    }

    fn marks_of(&self, suffix: &'static str, protocol: Protocol) -> impl Iterator<Item = (&Marked, &u32)> {
        self.marks
            .iter()
            .filter(move |(marked, _)| suffix_of(marked.vip) == suffix && marked.protocol == protocol)
    }

    fn own_clients_of(&self, suffix: &'static str) -> impl Iterator<Item = &IpAddr> {
        self.own_clients_of.iter().filter(move |address| suffix_of(**address) == suffix)
    }

    fn of_family(&self, suffix: &'static str) -> impl Iterator<Item = &IpAddr> {
        self.masquerade.iter().filter(move |address| suffix_of(**address) == suffix)
    }
}

/// A set or map, where it has elements.
fn block(text: &mut String, head: &str, kind: &str, flags: &str, elements: &[String]) -> fmt::Result {
    if elements.is_empty() {
        return Ok(());
    }
    writeln!(text, "\t{head} {{\n\t\ttype {kind}")?;
    if !flags.is_empty() {
        writeln!(text, "\t\tflags {flags}")?;
    }
    writeln!(text, "\t\telements = {{ {} }}\n\t}}", elements.join(",\n\t\t\t"))
}

fn suffix_of(address: IpAddr) -> &'static str {
    if address.is_ipv4() { "4" } else { "6" }
}

/// As an element of its protocol's map. (One map for all protocols would do, but nft 1.0.6 and Linux 6.12 do not look up
/// `meta l4proto` beside ranges.)
impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { vip, first, last, .. } = self;
        write!(f, "{vip} . {first}")?;
        if first == last { Ok(()) } else { write!(f, "-{last}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let marked = |vip: &str, first, last| {
            let vip: IpAddr = vip.parse().unwrap();
            let protocol = if vip.is_ipv4() { Protocol::Tcp } else { Protocol::Udp };
            Marked { vip, protocol, first, last }
        };
        Rules {
            marks: [
                (marked("10.0.0.2", 80, 80), 0x4152_0001),
                (marked("10.0.0.2", 443, 443), 0x4152_0001),
                (marked("10.0.0.2", 10_000, 20_000), 21),
                (marked("2001:db8::2", 0, 65_535), 22),
            ]
            .into(),
            masquerade: ["192.168.10.100".parse().unwrap(), "192.168.10.101".parse().unwrap()].into(),
            inner: ["eth1".to_owned()].into(),
            own_clients_of: BTreeSet::new(),
        }
    }

    #[test]
    fn an_administrator_can_read_the_table() {
        let expected = r#"add table inet arapaima
delete table inet arapaima
table inet arapaima {
	comment "made by arapaima-agent, which replaces it as a whole; rules DIGEST"
	map tcp4 {
		type ipv4_addr . inet_service : mark
		flags interval
		elements = { 10.0.0.2 . 80 : 0x41520001,
			10.0.0.2 . 443 : 0x41520001,
			10.0.0.2 . 10000-20000 : 0x00000015 }
	}
	set masqueraded4 {
		type ipv4_addr
		elements = { 192.168.10.100,
			192.168.10.101 }
	}
	map udp6 {
		type ipv6_addr . inet_service : mark
		flags interval
		elements = { 2001:db8::2 . 0-65535 : 0x00000016 }
	}
	chain mark_prerouting {
		type filter hook prerouting priority mangle; policy accept;
		meta mark set ip daddr . tcp dport map @tcp4
		meta mark set ip6 daddr . udp dport map @udp6
	}
	chain mark_output {
		type filter hook output priority mangle; policy accept;
		meta mark set ip daddr . tcp dport map @tcp4
		meta mark set ip6 daddr . udp dport map @udp6
	}
	chain outgoing {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr @masqueraded4 ip daddr != @masqueraded4 oifname != { "eth1" } masquerade
	}
}
"#;
        assert_eq!(rules().render(), expected.replace("DIGEST", &rules().digest()));
    }

    #[test]
    fn real_servers_that_are_clients_leave_under_the_directors_address() {
        let vips: BTreeSet<IpAddr> = ["10.0.0.2".parse().unwrap(), "2001:db8::2".parse().unwrap()].into();
        let text = Rules { own_clients_of: vips, ..rules() }.render();
        let rule =
            "\t\tip saddr @masqueraded4 ip daddr @masqueraded4 ct original ip daddr @virtual4 masquerade\n";
        assert!(
            text.contains("\tset virtual4 {\n\t\ttype ipv4_addr\n\t\telements = { 10.0.0.2 }\n"),
            "{text}"
        );
        assert!(text.contains(rule), "{text}");
        assert!(!text.contains("ct original ip6"), "no real server has an address of IPv6:\n{text}");
    }

    #[test]
    fn marks_of_services_that_go_stay_beside_the_new_ones() {
        let key = |vip: &str, ports: &str| TableKey::Address {
            protocol: Protocol::Tcp,
            vip: model::HostAddress::parse(vip).unwrap(),
            ports: Ports::parse(ports).unwrap(),
        };
        let mark = FirewallMark::new_const(99);
        let leaving =
            BTreeMap::from([(key("10.0.0.2", "79-80,8080"), mark), (key("10.0.0.3", "80-81"), mark)]);
        let both = rules().with_leaving(&leaving);
        let added: Vec<_> =
            both.marks.iter().filter(|(_, mark)| **mark == 99).map(|(m, _)| m.to_string()).collect();
        assert_eq!(added, ["10.0.0.2 . 8080", "10.0.0.3 . 80-81"]);
        assert_eq!(both.marks.len(), rules().marks.len() + 2);
    }

    #[test]
    fn other_rules_have_another_digest() {
        let mut other = rules();
        other.marks.pop_last();
        assert_ne!(other.digest(), rules().digest());
        assert!(Rules::default().is_empty() && !rules().is_empty());
    }
}
