//! What is wrong with a value, in a form that pages can translate and a terminal can print.

use std::fmt;

use crate::{Field, Shown};

/// One wrong value: which field, what was given, why it cannot be, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field that the value was meant for.
    pub field: Field,
    /// What was given, as it was given.
    pub value: String,
    /// Why it cannot be; also knows the remedy.
    pub reason: Reason,
}

/// Everything that is wrong with an input, never just the first thing. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

/// Why a value cannot be. Each reason carries what a sentence about it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing was given where something is needed.
    Missing,
    /// More characters than allowed.
    TooLong {
        /// The most characters allowed.
        max: usize,
    },
    /// Control characters, or blanks at an end.
    UnprintableCharacters,
    /// Not a whole number.
    NotANumber,
    /// A number outside its range.
    OutOfRange {
        /// Lowest allowed value.
        min: u64,
        /// Highest allowed value.
        max: u64,
    },
    /// Neither an IPv4 nor an IPv6 address.
    NotAnAddress,
    /// An address that no host can have: unspecified, multicast or broadcast.
    NotAHostAddress,
    /// An address that is no multicast group.
    NotAMulticastGroup,
    /// Neither a prefix length nor a netmask whose one-bits come first.
    NotANetmask,
    /// A prefix longer than the family's addresses.
    PrefixTooLong {
        /// 32 for IPv4, 128 for IPv6.
        max: u8,
    },
    /// Not a port, nor a range such as 10000-20000.
    NotAPortRange,
    /// A range whose end lies before its start.
    ReversedRange,
    /// More ranges than a virtual service may have.
    TooManyRanges {
        /// The most ranges allowed.
        max: usize,
    },
    /// Not one of the words that this field knows.
    NotOneOf {
        /// The words, separated by commas.
        choices: &'static str,
    },
    /// Not a network interface's name.
    NotADevice,
    /// Not the bare file name of a program.
    NotAProgramName,
    /// Not a regular expression.
    NotARegex,
    /// Another object of the cluster has this name already.
    DuplicateName,
    /// Another active virtual service takes this traffic already.
    SameTrafficAs {
        /// The other service's name.
        other: String,
    },
    /// Another destination of this service has this address and port already.
    SameServerAs {
        /// The other destination's name.
        other: String,
    },
    /// All ports (port 0) need persistence: the kernel refuses such a service without it.
    AllPortsNeedPersistence,
    /// Direct routing and tunneling do not rewrite packets, so the port cannot change.
    PortChangeNeedsMasquerading,
    /// Real servers that follow the cluster's forwarding method could not be reached by it.
    ServersCannot {
        /// The first virtual service with such real servers.
        service: String,
        /// How many more there are.
        more: usize,
    },
    /// Another real server of this virtual service has the name already.
    DuplicateNameIn {
        /// The virtual service's name.
        service: String,
    },
    /// Address families differ, which only tunneling can carry.
    FamiliesNeedTunneling,
    /// A sorry server is always masqueraded, so its address family must be the virtual service's.
    SorryServerFamily,
    /// A lower threshold above the upper one.
    LowerAboveUpper,
    /// A lower threshold without an upper one does nothing.
    LowerWithoutUpper,
    /// The dead time must be longer than the heartbeat interval.
    DeadBeforeHeartbeat,
    /// One-packet scheduling works for UDP and firewall marks alone.
    OnePacketNeedsUdp,
    /// The SIP persistence engine needs UDP or a firewall mark, and persistence.
    EngineNeedsUdp,
    /// A persistence mask or engine without a persistence time does nothing.
    NeedsPersistence,
    /// The PROXY protocol header travels in a TCP stream.
    ProxyNeedsTcp,
    /// Only a GUE tunnel has a port.
    PortNeedsGue,
    /// A flag that only the hashing schedulers sh and mh know.
    FlagNeedsHashing,
    /// Somebody else changed the same field of one of several objects that are changed at once.
    ChangedMeanwhile {
        /// What it is now.
        now: Shown,
    },
    /// The object is gone: somebody removed it meanwhile.
    Gone,
    /// More objects than this may hold.
    TooMany {
        /// The most objects allowed.
        max: usize,
    },
}

// === impl Problem ===

impl Problem {
    /// A problem of `field` with `value`.
    pub fn new(field: Field, value: impl Into<String>, reason: Reason) -> Self {
        Self { field, value: value.into(), reason }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.field)?;
        if !self.value.is_empty() {
            write!(f, " `{}`", self.value)?;
        }
        write!(f, ": {}: {}", self.reason, self.reason.remedy())
    }
}

// === impl Problems ===

impl Problems {
    /// `Ok` where the list is empty, else all of it.
    pub fn none_or(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }

    /// All of them, at least one.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

// === impl Reason ===

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("a value is missing"),
            Self::TooLong { max } => write!(f, "longer than {max} characters"),
            Self::UnprintableCharacters => f.write_str("control characters or blanks at an end"),
            Self::NotANumber => f.write_str("not a whole number"),
            Self::OutOfRange { min, max } => write!(f, "outside {min} to {max}"),
            Self::NotAnAddress => f.write_str("neither an IPv4 nor an IPv6 address"),
            Self::NotAHostAddress => f.write_str("no host can have this address"),
            Self::NotAMulticastGroup => f.write_str("this is no multicast group"),
            Self::NotANetmask => f.write_str("neither a netmask nor a prefix length"),
            Self::PrefixTooLong { max } => write!(f, "a prefix has at most {max} bits here"),
            Self::NotAPortRange => f.write_str("neither a port nor a range of ports"),
            Self::ReversedRange => f.write_str("the range ends before it starts"),
            Self::TooManyRanges { max } => write!(f, "more than {max} ports or ranges"),
            Self::NotOneOf { choices } => write!(f, "not one of {choices}"),
            Self::NotADevice => f.write_str("not a network interface's name"),
            Self::NotAProgramName => f.write_str("not the bare name of a program"),
            Self::NotARegex => f.write_str("not a regular expression"),
            Self::DuplicateName => f.write_str("this name is taken"),
            Self::SameTrafficAs { other } => {
                write!(f, "virtual service `{other}` takes this traffic already")
            }
            Self::SameServerAs { other } => {
                write!(f, "real server `{other}` has this address and port already")
            }
            Self::AllPortsNeedPersistence => f.write_str("all ports without persistence"),
            Self::PortChangeNeedsMasquerading => f.write_str(
                "the port differs from the virtual service's, but only masquerading changes ports",
            ),
            Self::ServersCannot { service, more: 0 } => {
                write!(f, "real servers of `{service}` cannot be reached by it")
            }
            Self::ServersCannot { service, more } => {
                write!(f, "real servers of `{service}` and of {more} more cannot be reached by it")
            }
            Self::DuplicateNameIn { service } => {
                write!(f, "another real server of `{service}` has this name")
            }
            Self::FamiliesNeedTunneling => {
                f.write_str("the address family differs from the virtual service's")
            }
            Self::SorryServerFamily => f.write_str("the address family differs from the virtual service's"),
            Self::LowerAboveUpper => f.write_str("the lower threshold lies above the upper one"),
            Self::LowerWithoutUpper => f.write_str("a lower threshold without an upper one does nothing"),
            Self::DeadBeforeHeartbeat => f.write_str("not longer than the heartbeat interval"),
            Self::OnePacketNeedsUdp => f.write_str("one-packet scheduling works for UDP alone"),
            Self::EngineNeedsUdp => f.write_str("the SIP engine works for UDP alone"),
            Self::NeedsPersistence => f.write_str("without persistence it does nothing"),
            Self::ProxyNeedsTcp => f.write_str("the PROXY protocol works for TCP alone"),
            Self::PortNeedsGue => f.write_str("only GUE tunnels have a port"),
            Self::FlagNeedsHashing => f.write_str("only the schedulers sh and mh know this flag"),
            Self::ChangedMeanwhile { now } => write!(f, "somebody else changed it to `{now}` meanwhile"),
            Self::Gone => f.write_str("it is no longer there"),
            Self::TooMany { max } => write!(f, "at most {max} are possible"),
        }
    }
}

impl Reason {
    /// What to do about it, as an imperative.
    pub fn remedy(&self) -> String {
        match self {
            Self::Missing => "enter a value".into(),
            Self::TooLong { max } => format!("shorten it to {max} characters"),
            Self::UnprintableCharacters => "use visible characters, and no blank at either end".into(),
            Self::NotANumber => "enter digits only".into(),
            Self::OutOfRange { min, max } => format!("enter a number from {min} to {max}"),
            Self::NotAnAddress => "enter an address such as 192.0.2.10 or 2001:db8::10".into(),
            Self::NotAHostAddress => "enter the address of one host".into(),
            Self::NotAMulticastGroup => "enter one, such as 224.0.0.81 or ff02::81".into(),
            Self::NotANetmask => "enter a mask such as 255.255.255.0 or a length such as 24".into(),
            Self::PrefixTooLong { max } => format!("enter at most {max}"),
            Self::NotAPortRange => "enter ports such as 80, or 80,443, or 10000-20000".into(),
            Self::ReversedRange => "put the lower port first".into(),
            Self::TooManyRanges { max } => format!("join neighbouring ports to ranges, {max} at most"),
            Self::NotOneOf { choices } => format!("choose one of {choices}"),
            Self::NotADevice => "enter a name such as eth0 or eth0:1, at most 15 characters".into(),
            Self::NotAProgramName => {
                "enter the name of a program in the director's check directory, without a path".into()
            }
            Self::NotARegex => "close every bracket, and write `\\.` for a dot itself".into(),
            Self::DuplicateName => "choose another name".into(),
            Self::SameTrafficAs { other } => {
                format!("choose another address, port or protocol, or deactivate `{other}`")
            }
            Self::SameServerAs { other } => {
                format!("change the address or the port, or edit `{other}` instead")
            }
            Self::AllPortsNeedPersistence => "set a persistence time, or name the ports".into(),
            Self::PortChangeNeedsMasquerading => {
                "leave the port empty, or choose masquerading (NAT) for this real server".into()
            }
            Self::ServersCannot { .. } => {
                "give these real servers a forwarding method of their own first, or choose masquerading (NAT)"
                    .into()
            }
            Self::DuplicateNameIn { .. } => "choose another name, or leave this service out".into(),
            Self::FamiliesNeedTunneling => {
                "use an address of the same family, or choose tunneling for this real server".into()
            }
            Self::SorryServerFamily => "enter an address of the virtual service's family".into(),
            Self::LowerAboveUpper => "make it lower than the upper threshold".into(),
            Self::LowerWithoutUpper => "set an upper threshold too, or leave both empty".into(),
            Self::DeadBeforeHeartbeat => "make it at least twice the heartbeat interval".into(),
            Self::OnePacketNeedsUdp => "choose UDP or a firewall mark, or turn it off".into(),
            Self::EngineNeedsUdp => "choose UDP or a firewall mark, with persistence, or turn it off".into(),
            Self::NeedsPersistence => "set a persistence time, or leave it empty".into(),
            Self::ProxyNeedsTcp => "choose TCP, or turn it off".into(),
            Self::PortNeedsGue => "leave it empty, or choose tunneling (GUE)".into(),
            Self::FlagNeedsHashing => "choose sh or mh, or turn it off".into(),
            Self::ChangedMeanwhile { .. } => "save again to replace it, or take the new value".into(),
            Self::Gone => "reload the page".into(),
            Self::TooMany { .. } => "remove some first".into(),
        }
    }
}
