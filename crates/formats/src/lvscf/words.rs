//! Values that are one of a few words.

use serde::Serialize;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// The word in the file.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Takes exactly the word: there are no abbreviations, and case counts.
            pub(super) fn parse(word: &[u8]) -> Option<Self> {
                [$(Self::$variant,)*].into_iter().find(|value| value.as_str().as_bytes() == word)
            }
        }
    )*};
}

words! {
    /// `network`.
    Network {
        /// Masquerading.
        Nat = "nat",
        /// Direct routing.
        Direct = "direct",
        /// IP-in-IP.
        Tunnel = "tunnel",
    }
    /// `service`.
    ServiceType {
        /// `virtual` blocks are live.
        Lvs = "lvs",
        /// `failover` blocks are live.
        Fos = "fos",
    }
    /// `protocol`.
    Protocol {
        /// TCP.
        Tcp = "tcp",
        /// UDP.
        Udp = "udp",
    }
    /// `scheduler`.
    Scheduler {
        /// Round robin.
        Rr = "rr",
        /// Weighted round robin.
        Wrr = "wrr",
        /// Least connections.
        Lc = "lc",
        /// Weighted least connections.
        Wlc = "wlc",
        /// Locality-based least connections.
        Lblc = "lblc",
        /// The same with replication.
        Lblcr = "lblcr",
        /// Destination hashing.
        Dh = "dh",
        /// Source hashing.
        Sh = "sh",
    }
    /// `reservation_conflict_action`.
    ConflictAction {
        /// Take the device by force.
        Preempt = "preempt",
        /// Leave it.
        Nothing = "nothing",
    }
}
