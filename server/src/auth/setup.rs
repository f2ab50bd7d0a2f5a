//! The code that makes the first administrator: whoever can read what the console prints may do it, and no stranger on the network.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::generated;

/// Four groups: 31^16 is some 79 bits, more than anybody can try.
const GROUPS: usize = 4;

/// A code that is new with each start of the console. It is worth nothing as soon as there is an account. Cheap to clone.
#[derive(Clone)]
pub struct Setup(Arc<str>);

impl Setup {
    /// A new one.
    pub fn generate() -> Self {
        Self(generated(GROUPS).into())
    }

    /// To print where the console was started.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// Whether this was typed, whatever its case and however it is divided. Takes as long for one that is nearly right.
    pub fn is(&self, typed: &str) -> bool {
        let plain = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
        };
        Sha256::digest(plain(typed)) == Sha256::digest(plain(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_taken_as_people_type_it_and_no_other_is() {
        let setup = Setup::generate();
        let typed = format!(" {} ", setup.code().to_uppercase().replace('-', " "));
        assert!(setup.is(&typed) && setup.is(setup.code()));
        assert!(!setup.is("") && !setup.is(&setup.code()[1..]) && !setup.is(Setup::generate().code()));
    }
}
