//! The token that enrols one director once: `arp1.<secret>.<hash of the CA's key>`.
//!
//! It carries trust both ways. The secret tells the console which director this is; the SHA-256 of the CA's
//! SubjectPublicKeyInfo tells the agent that it speaks to the right console, before it has any certificate
//! (kubeadm's `--discovery-token-ca-cert-hash` does the same in two parts).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// What every token begins with; the number is the format's.
const PREFIX: &str = "arp1";

/// The secret part: 32 random bytes. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub [u8; 32]);

/// The SHA-256 of a certificate's SubjectPublicKeyInfo in DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpkiHash(pub [u8; 32]);

/// A one-time token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What the console checks.
    pub secret: Secret,
    /// What the agent checks.
    pub spki: SpkiHash,
}

/// Why a text is not a token. The text itself is not repeated: it may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It does not begin like one.
    #[error(
        "not an enrolment token: it must begin with `arp1.`; copy it from the director's page as a whole"
    )]
    OtherKind,
    /// Not three parts.
    #[error(
        "the enrolment token is cut short or has something added; copy it from the director's page as a whole"
    )]
    Parts,
    /// A part is not 32 bytes of base64url.
    #[error("the enrolment token's {0} is damaged; copy it from the director's page as a whole")]
    Damaged(&'static str),
}

// === impl Secret ===

impl Secret {
    /// The text that goes over the wire.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Reads [`Secret::text`].
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        part(text, "secret").map(Self)
    }

    /// What the console keeps instead of the secret. The secret has 256 random bits, so a plain hash is enough.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

// === impl SpkiHash ===

impl SpkiHash {
    /// The hash of a SubjectPublicKeyInfo in DER.
    pub fn of(spki: &[u8]) -> Self {
        Self(Sha256::digest(spki).into())
    }
}

impl fmt::Display for SpkiHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

// === impl Token ===

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}.{}.{}", self.secret.text(), self.spki)
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let rest = text.trim().strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix('.'));
        let rest = rest.ok_or(TokenError::OtherKind)?;
        let (secret, spki) = rest.split_once('.').ok_or(TokenError::Parts)?;
        if spki.contains('.') {
            return Err(TokenError::Parts);
        }
        Ok(Self { secret: Secret::parse(secret)?, spki: SpkiHash(part(spki, "hash of the console's CA")?) })
    }
}

fn part(text: &str, what: &'static str) -> Result<[u8; 32], TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Damaged(what))?;
    bytes.try_into().map_err(|_| TokenError::Damaged(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token { secret: Secret([7; 32]), spki: SpkiHash::of(b"key") }
    }

    #[test]
    fn a_token_reads_back() {
        let text = token().to_string();
        assert!(text.starts_with("arp1.BwcHBwcH"), "{text}");
        assert_eq!(format!(" {text}\n").parse(), Ok(token()));
    }

    #[test]
    fn what_is_not_a_token_is_refused_in_words() {
        let text = token().to_string();
        let check = |text: &str, expected| assert_eq!(text.parse::<Token>(), Err(expected), "{text}");
        check("", TokenError::OtherKind);
        check("arp2.x.y", TokenError::OtherKind);
        check("arp1x.y.z", TokenError::OtherKind);
        check("arp1.onlyonepart", TokenError::Parts);
        check(&format!("{text}.more"), TokenError::Parts);
        check(&text[..text.len() - 1], TokenError::Damaged("hash of the console's CA"));
        check(&text.replacen("arp1.B", "arp1.!", 1), TokenError::Damaged("secret"));
        check(&text.replacen("arp1.BwcH", "arp1.", 1), TokenError::Damaged("secret"));
    }

    #[test]
    fn the_secret_is_not_shown_by_accident() {
        assert!(!format!("{:?}", token()).contains("7, 7"));
    }
}
