//! What a doctor finds on a machine of the cluster: an ailment with its particulars, and how it is mended.
//!
//! Codes are stable: one that has been sent is never used for anything else. A console that does not know a code shows the
//! agent's own words.

use std::collections::BTreeMap;
use std::fmt;

macro_rules! ailments {
    ($($(#[$doc:meta])* $ailment:ident = $name:literal [$($value:literal),*] $words:literal;)*) => {
        /// What can be the matter with a machine, without its particulars.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Ailment {
            $($(#[$doc])* $ailment,)*
        }

        impl Ailment {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$ailment,)*];

            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$ailment => $name,)* }
            }

            /// The names of the values that its sentence needs.
            pub fn values(self) -> &'static [&'static str] {
                match self { $(Self::$ailment => &[$($value),*],)* }
            }

            /// The sentence in English, with `{value}` for its values.
            pub fn words(self) -> &'static str {
                match self { $(Self::$ailment => $words,)* }
            }
        }
    };
}

ailments! {
    /// The kernel cannot balance.
    IpvsMissing = "ipvs-missing" ["why"] "the kernel's IPVS cannot be used: {why}";
    /// It can, and the agent may not ask it.
    IpvsNotPermitted = "ipvs-not-permitted" [] "the kernel has IPVS, but the agent may not use it: it lacks CAP_NET_ADMIN";
    /// A virtual service asks for a scheduler that the kernel does not have.
    SchedulerMissing = "scheduler-missing" ["scheduler", "service"] "virtual service {service} needs the scheduler {scheduler}, which this kernel does not have or has not loaded";
    /// Answers of real servers behind masquerading end here.
    ForwardingOff = "forwarding-off" ["family"] "{family} packets are not forwarded, so answers of real servers behind masquerading end here";
    /// The director tells real servers to go around it.
    RedirectsOn = "redirects-on" ["device"] "{device} sends ICMP redirects: real servers on the clients' network learn to answer past the director";
    /// A VIP is not on the director that serves.
    VipMissing = "vip-missing" ["vip", "service"] "the virtual address {vip} of {service} is on no interface";
    /// It is none of the cluster's directors, as far as its addresses tell.
    PartUnknown = "part-unknown" [] "this director has neither an address of the primary nor one of the backup, so it adds no virtual address: put right the addresses in the cluster's settings, or on this machine";
    /// A VIP is on a director that stands by.
    VipOnBackup = "vip-on-backup" ["vip", "device"] "the virtual address {vip} is on {device}, but this director stands by: two machines answer for it";
    /// A virtual service names an interface that is not there.
    DeviceMissing = "device-missing" ["device", "service"] "virtual service {service} wants its address on {device}, and there is no such interface";
    /// An interface with a VIP is switched off.
    LinkDown = "link-down" ["device", "vip"] "{device}, which carries {vip}, is down";
    /// Another machine answers for a VIP (ARP, neighbour discovery).
    VipAnsweredElsewhere = "vip-answered-elsewhere" ["vip", "mac", "device"] "the machine with the Ethernet address {mac} answers for {vip} on the network of {device}: clients may reach it instead of the director";
    /// Nobody could be asked who answers for the VIPs.
    ArpNotAsked = "arp-not-asked" [] "who answers for the virtual addresses was not asked: the agent lacks CAP_NET_RAW";
    /// Tunnelled packets of full size do not fit.
    TunnelMtu = "tunnel-mtu" ["device", "mtu", "needed", "method"] "packets of clients that fill {device} ({mtu} bytes) do not fit through a {method} tunnel: {needed} bytes are needed";
    /// No gateway address is set for real servers behind masquerading.
    NoNatGateway = "no-nat-gateway" [] "real servers behind masquerading must answer through the director, and no gateway address that moves with it is set";
    /// A real server behind masquerading sends its answers elsewhere.
    WrongGateway = "wrong-gateway" ["gateway", "needed"] "the default gateway is {gateway}; answers must leave by {needed}, or the director cannot rewrite them";
    /// A VIP is not on a real server's loopback.
    VipNotQuiet = "vip-not-quiet" ["vip"] "the virtual address {vip} is not on the loopback interface, so this real server drops what the director sends it";
    /// A VIP is on an interface of a real server where it answers ARP.
    VipExposed = "vip-exposed" ["vip", "device"] "the virtual address {vip} is on {device}, where this real server answers for it in the director's place";
    /// A real server answers ARP for a VIP on its loopback.
    ArpAnswers = "arp-answers" ["sysctl", "value", "needed"] "{sysctl} is {value} and should be {needed}: this real server tells the network that it has the virtual addresses";
    /// Answers to tunnelled packets are taken for forged ones.
    StrictReversePath = "strict-reverse-path" ["device", "value"] "rp_filter of {device} is {value}: what arrives by tunnel is dropped";
    /// The connection table is slow to list.
    SlowListing = "slow-listing" ["release"] "Linux {release} takes minutes to list a million connections; 6.14 and later take seconds";
    /// The clock is not the console's.
    ClockSkew = "clock-skew" ["ms"] "the clock is {ms} ms off the console's: times of events do not fit together, and certificates may be refused";
    /// Fewer open files than the work needs.
    FewOpenFiles = "few-open-files" ["limit", "needed"] "the agent may have {limit} files and connections open at once; {needed} are wanted";
}

/// How much an ailment matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// Traffic is lost, or will be.
    Failing,
    /// It works, and not as well as it could.
    Warning,
    /// Worth knowing.
    Note,
}

/// An ailment of a machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// How much it matters.
    pub gravity: Gravity,
    /// What; none where a newer agent found what this console does not know.
    pub ailment: Option<Ailment>,
    /// The particulars.
    pub values: BTreeMap<String, String>,
    /// The agent's own words, in English.
    pub text: String,
    /// The command that mends it, exactly, for the machine's shell; none where nothing can be typed.
    pub remedy: Option<String>,
    /// What the agent calls its own way of mending it; none where it has none.
    pub fix: Option<String>,
}

impl Ailment {
    /// Takes the name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|ailment| ailment.name() == name)
    }
}

impl Gravity {
    /// All of them, the gravest first.
    pub const ALL: &'static [Self] = &[Self::Failing, Self::Warning, Self::Note];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }

    /// Takes the name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|gravity| gravity.name() == name)
    }
}

impl Finding {
    /// A finding with its sentence. Values that the sentence does not name are kept nevertheless.
    pub fn new<const N: usize>(
        gravity: Gravity,
        ailment: Ailment,
        values: [(&str, &dyn fmt::Display); N],
    ) -> Self {
        let values: BTreeMap<String, String> =
            values.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect();
        let mut text = ailment.words().to_owned();
        for (name, value) in &values {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        Self { gravity, ailment: Some(ailment), values, text, remedy: None, fix: None }
    }

    /// With the command that mends it.
    #[must_use]
    pub fn remedy(mut self, command: impl Into<String>) -> Self {
        self.remedy = Some(command.into());
        self
    }

    /// With the agent's own way of mending it.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// The ailment, where its sentence has all its values.
    pub fn known(&self) -> Option<Ailment> {
        self.ailment.filter(|ailment| ailment.values().iter().all(|name| self.values.contains_key(*name)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        let names: BTreeSet<_> = Ailment::ALL.iter().map(|ailment| ailment.name()).collect();
        assert_eq!(names.len(), Ailment::ALL.len());
        assert!(Ailment::ALL.iter().all(|ailment| Ailment::parse(ailment.name()) == Some(*ailment)));
        assert!(Gravity::ALL.iter().all(|gravity| Gravity::parse(gravity.name()) == Some(*gravity)));
    }

    #[test]
    fn sentences_have_exactly_their_values() {
        for ailment in Ailment::ALL {
            let words = ailment.words();
            assert_eq!(words.matches('{').count(), ailment.values().len(), "{words}");
            assert!(ailment.values().iter().all(|value| words.contains(&format!("{{{value}}}"))), "{words}");
        }
    }

    #[test]
    fn a_finding_says_its_particulars() {
        let finding = Finding::new(Gravity::Failing, Ailment::ForwardingOff, [("family", &"IPv4")]);
        assert!(finding.text.starts_with("IPv4 packets are not forwarded"), "{}", finding.text);
        assert_eq!(finding.known(), Some(Ailment::ForwardingOff));
        assert_eq!(Finding { values: BTreeMap::new(), ..finding }.known(), None);
    }
}
