//! Argon2id, a few at a time and never on the runtime's threads.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::AuthError;

/// The least characters of a new password (NIST SP 800-63B-4: 15 where it is the only factor; 8 with others to come). Twelve,
/// with delays that allow a guesser some thousands of attempts a day, and all of them together some ten thousands.
pub const MIN: usize = 12;
/// The most: enough for a sentence, little enough to hash.
pub const MAX: usize = 256;
/// Each takes 19 MiB for a moment (OWASP's parameters, argon2's default): so many at once, the rest waits.
const AT_ONCE: usize = 2;

/// Why a new password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// Fewer characters than [`MIN`].
    #[error("shorter than {MIN} characters")]
    TooShort,
    /// More characters than [`MAX`].
    #[error("longer than {MAX} characters")]
    TooLong,
}

impl Weak {
    /// The bound that was missed, in characters.
    pub fn bound(self) -> usize {
        match self {
            Self::TooShort => MIN,
            Self::TooLong => MAX,
        }
    }
}

/// Whether a new password is long enough.
pub fn check_new(password: &str) -> Result<(), Weak> {
    match password.chars().count() {
        0..MIN => Err(Weak::TooShort),
        MIN..=MAX => Ok(()),
        _ => Err(Weak::TooLong),
    }
}

/// Computes and compares hashes.
#[derive(Clone, Debug)]
pub(super) struct Hashing {
    turns: Arc<Semaphore>,
    /// The hash of nothing anybody knows, compared with when there is no such user: the answer takes the same time.
    dummy: Arc<str>,
}

impl Hashing {
    pub(super) fn new() -> Result<Self, AuthError> {
        let secret: [u8; 32] = rand::random();
        Ok(Self { turns: Arc::new(Semaphore::new(AT_ONCE)), dummy: hash(&secret)?.into() })
    }

    /// Whether the password has this hash; `None` compares with the dummy and is never true.
    pub(super) async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, AuthError> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.dummy.to_string());
        let matches = self.blocking(move || verify(password.as_bytes(), &stored)).await?;
        Ok(matches && known)
    }

    pub(super) async fn hash(&self, password: String) -> Result<String, AuthError> {
        self.blocking(move || hash(password.as_bytes())).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        compute: impl FnOnce() -> Result<T, AuthError> + Send + 'static,
    ) -> Result<T, AuthError> {
        // Held by the computation itself: a visitor who goes away does not free a turn that is still in use.
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|error| AuthError::Hash(error.to_string()))?;
        let computed = spawn_blocking(move || {
            let computed = compute();
            drop(turn);
            computed
        });
        computed.await.map_err(|error| AuthError::Hash(error.to_string()))?
    }
}

fn hash(password: &[u8]) -> Result<String, AuthError> {
    let hash: PasswordHash = Argon2::default().hash_password(password).map_err(failed)?;
    Ok(hash.to_string())
}

fn verify(password: &[u8], stored: &str) -> Result<bool, AuthError> {
    let stored = PasswordHash::new(stored).map_err(|error| AuthError::Hash(error.to_string()))?;
    match Argon2::default().verify_password(password, &stored) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: argon2::password_hash::Error) -> AuthError {
    AuthError::Hash(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_alone() {
        let hashing = Hashing::new().unwrap();
        let hash = hashing.hash("correct horse battery".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(hashing.verify("correct horse battery".into(), Some(hash.clone())).await.unwrap());
        assert!(!hashing.verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!hashing.verify("correct horse battery".into(), None).await.unwrap());
        assert_ne!(
            hashing.hash("correct horse battery".into()).await.unwrap(),
            hash,
            "every hash has its own salt"
        );
    }

    #[test]
    fn length_counts_characters_and_not_bytes() {
        assert_eq!(check_new("elevenchars"), Err(Weak::TooShort));
        assert_eq!(check_new("twelve chars"), Ok(()));
        assert_eq!(check_new("密码密码密码"), Err(Weak::TooShort));
        assert_eq!(check_new("密码密码密码密码密码密码"), Ok(()));
        assert_eq!(check_new(&"x".repeat(MAX + 1)), Err(Weak::TooLong));
    }
}
