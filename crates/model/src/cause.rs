//! Why something on a director is not as it should be: an agent's words, and where it knows it a code that a console says
//! in its user's language.
//!
//! Codes are stable: one that has been sent is never used for anything else. A console that does not know a code, or misses
//! a value that its sentence needs, shows the words.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $name:literal [$($value:literal),*];)*) => {
        /// What is the matter, without its particulars.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum Code {
            $($(#[$doc])* $code,)*
        }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$code,)*];

            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)*
                }
            }

            /// The names of the values that its sentence needs.
            pub fn values(self) -> &'static [&'static str] {
                match self {
                    $(Self::$code => &[$($value),*],)*
                }
            }
        }
    };
}

codes! {
    // What a data plane cannot do.

    /// It tells no services apart by firewall marks.
    NoMarks = "no-marks" [];
    /// It does not carry SCTP.
    NoSctp = "no-sctp" [];
    /// It cannot serve all ports at once.
    NoAllPorts = "no-all-ports" [];
    /// It has no persistence engines.
    NoEngines = "no-engines" [];
    /// It sends no PROXY protocol headers.
    NoProxyProtocol = "no-proxy-protocol" [];
    /// It does not have this scheduler.
    NoScheduler = "no-scheduler" ["scheduler"];
    /// It reaches real servers by connections of its own, whatever the forwarding method.
    Relayed = "relayed" ["method"];

    /// A real server of the other address family is reached through a tunnel only.
    MixedFamilies = "mixed-families" [];
    /// The forwarding method leaves ports as they are.
    PortKept = "port-kept" ["port", "method"];
    /// All ports of an address can be served with persistence only.
    AllPortsUnpinned = "all-ports-unpinned" [];
    /// The firewall mark is one that agents give to services with several ports.
    OwnMark = "own-mark" [];

    // What stands in the way on the director.

    /// The kernel refused, in its own words.
    KernelRefused = "kernel-refused" ["reason"];

    /// Another program listens on the address.
    PortTaken = "port-taken" ["address"];
    /// The VIP is not an address of the machine.
    AddressMissing = "address-missing" ["address"];
    /// The agent may not listen on the address.
    NotPermitted = "not-permitted" ["address"];
    /// The address cannot be listened on, for another reason.
    CannotListen = "cannot-listen" ["address"];
    /// More listening sockets than the process may have.
    TooManySockets = "too-many-sockets" ["wanted", "limit"];
    /// Another virtual service of the same data plane has the address.
    TakenByService = "taken-by-service" ["address", "other"];
    /// The destination leads back to its own virtual service.
    Loop = "loop" ["destination"];
    /// Somebody else made this very entry.
    Foreign = "foreign" [];
    /// Somebody else has put a destination into this service, which should be gone.
    ForeignWithin = "foreign-within" ["destination"];

    // What reading back found.

    /// It is not as it was set.
    Differs = "differs" [];
    /// It is not there.
    NotThere = "not-there" [];
    /// It should be gone, and is still there.
    StillThere = "still-there" [];
    /// Idle times are not as they were set.
    IdleTimes = "idle-times" [];
    /// The table changed under the agent's hands.
    TableMoved = "table-moved" [];
    /// The data plane ends.
    ShuttingDown = "shutting-down" [];
    /// The data plane could not be read or written; what is in it is not known.
    DataPlaneFailed = "data-plane-failed" [];
    /// The data plane did not answer in time.
    NoAnswer = "no-answer" ["seconds"];
    /// Several things at once; the words name them.
    Several = "several" ["n"];

    /// Something around the table: an address, a sysctl, rules, a tunnel, a gateway.
    Surrounding = "surrounding" ["kind", "name"];

    // Why a desired state was not taken.

    /// It is older than the one at hand.
    OlderGeneration = "older-generation" ["offered", "newest"];
    /// The generation at hand has another content.
    OtherContent = "other-content" ["generation"];
    /// It could not be read.
    Unreadable = "unreadable" ["generation"];
    /// It could not be stored.
    NotStored = "not-stored" ["generation"];

    // Why the console shut an agent out.

    /// Another connection of the same director took its place.
    Replaced = "replaced" [];
    /// Its certificate is no longer good.
    ShutOut = "shut-out" [];
    /// It speaks another protocol.
    OtherProtocol = "other-protocol" [];
    /// It said what makes no sense.
    Malformed = "malformed" [];
    /// Its certificate has expired.
    CertificateExpired = "certificate-expired" [];
    /// The console ended the connection, and takes it up again.
    ConsoleClosed = "console-closed" [];

    // What checks found.

    /// Nothing listens there.
    ConnectionRefused = "connection-refused" [];
    /// No answer in time.
    CheckTimedOut = "check-timed-out" ["seconds"];
    /// Nobody answers for the address.
    HostUnreachable = "host-unreachable" [];
    /// The director has no way to the network.
    NetworkUnreachable = "network-unreachable" [];
    /// The director itself forbids it.
    Forbidden = "forbidden" [];
    /// It was down, and some checks have passed since.
    Returning = "returning" ["passes", "needed"];
    /// It takes part unchecked: SCTP.
    UncheckedSctp = "unchecked-sctp" [];
    /// It takes part unchecked: no port to ask.
    UncheckedPort = "unchecked-port" [];
    /// The director ran out of something, and could not ask.
    CheckFailedHere = "check-failed-here" [];
    /// No real server of the service is active.
    NoActiveServer = "no-active-server" [];
    /// No real server of the service takes connections.
    NoServerTakes = "no-server-takes" [];
}

/// A code with the values that its sentence needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cause {
    code: Code,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    values: BTreeMap<String, String>,
}

/// Why something is not as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The agent's own words, in English: for operators who want every particular.
    pub text: String,
    /// The same as a code, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}

// === impl Code ===

impl Code {
    /// Takes what [`Code::name`] gives.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl From<Code> for &'static str {
    fn from(code: Code) -> Self {
        code.name()
    }
}

impl TryFrom<String> for Code {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::parse(&name).ok_or_else(|| format!("`{name}` is not the code of a cause"))
    }
}

// === impl Cause ===

impl Cause {
    /// A code that needs no values, or with these.
    pub fn new<const N: usize>(code: Code, values: [(&str, &dyn fmt::Display); N]) -> Self {
        let values = values.map(|(name, value)| (name.to_owned(), value.to_string()));
        Self { code, values: values.into() }
    }

    /// From the wire: none where the code is not known, or a value is missing that its sentence needs. Values that it does not
    /// need are dropped.
    pub fn read(code: &str, mut values: BTreeMap<String, String>) -> Option<Self> {
        let code = Code::parse(code)?;
        values.retain(|name, _| code.values().contains(&name.as_str()));
        (values.len() == code.values().len()).then_some(Self { code, values })
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The values by name.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

// === impl Why ===

impl Why {
    /// Words with a code.
    pub fn new(text: impl Into<String>, cause: Cause) -> Self {
        Self { text: text.into(), cause: Some(cause) }
    }

    /// Words with a code that needs no values.
    pub fn of(text: impl Into<String>, code: Code) -> Self {
        Self::new(text, Cause::new(code, []))
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// To be read as its words.
impl Deref for Why {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl From<String> for Why {
    fn from(text: String) -> Self {
        Self { text, cause: None }
    }
}

impl From<&str> for Why {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_and_none_is_given_twice() {
        let names: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for &code in Code::ALL {
            assert_eq!(Code::parse(code.name()), Some(code));
            let json = serde_json::to_string(&code).unwrap();
            assert_eq!(serde_json::from_str::<Code>(&json).unwrap(), code);
        }
        assert_eq!(Code::parse("none-such"), None);
    }

    #[test]
    fn what_a_console_cannot_say_is_no_cause() {
        let values = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect();
        assert_eq!(Cause::read("none-such", BTreeMap::new()), None);
        assert_eq!(Cause::read("port-taken", BTreeMap::new()), None);
        let read = Cause::read("port-taken", values(&["address", "colour"])).unwrap();
        assert_eq!(read, Cause::new(Code::PortTaken, [("address", &"x")]));
    }
}
