//! Identities. Names can change and be long; an id never changes and stands in addresses and logs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $id:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $id(pub u32);

        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $id {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A cluster, unique in a console.
    ClusterId;
    /// A director, unique in a console.
    DirectorId;
    /// A virtual service, unique in its cluster and never given twice; ascending in order of creation.
    ServiceId;
    /// A destination, unique in its cluster and never given twice; ascending in order of creation.
    DestinationId;
}
