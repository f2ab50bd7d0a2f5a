//! Passwords: hashed off the runtime, tried at a bounded rate, and never telling whether a user exists.

mod generated;
mod password;
mod setup;
mod throttle;

use std::sync::Arc;

pub use generated::{generated, generated_password};
pub use password::{MAX, MIN, Weak, check_new};
pub use setup::Setup;
pub use throttle::{Source, Throttle, Wait};

use password::Hashing;

use crate::store::{Store, StoreError, User};

/// The console's guard. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Auth {
    hashing: Hashing,
    throttle: Arc<Throttle>,
}

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Too many attempts.
    #[error("too many attempts; try again in {} s", .0.seconds())]
    Wait(Wait),
    /// Name and password do not match, whichever of the two is wrong.
    #[error("user name and password do not match")]
    Wrong,
    /// The password is right, and the account is shut out.
    #[error("the account is disabled")]
    Disabled,
    /// The store failed.
    #[error("cannot look the user up")]
    Store(#[from] StoreError),
    /// The hash could not be computed or read.
    #[error("cannot compute the password's hash: {0}")]
    Hash(String),
}

impl Auth {
    /// A guard that remembers no attempts yet.
    pub fn new() -> Result<Self, AuthError> {
        Ok(Self { hashing: Hashing::new()?, throttle: Arc::new(Throttle::default()) })
    }

    /// The user of this name and password. Takes as long for an unknown name as for a wrong password.
    pub async fn verify(
        &self,
        store: &Store,
        name: &str,
        password: &str,
        source: Source,
        now_ms: i64,
    ) -> Result<User, AuthError> {
        self.throttle.attempt(name, source, now_ms).map_err(AuthError::Wait)?;
        let user = store.user_by_name(name).await?;
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let matches = self.hashing.verify(password.to_owned(), hash).await?;
        match user {
            Some(user) if matches && user.disabled_ms.is_some() => Err(AuthError::Disabled),
            Some(user) if matches => {
                self.throttle.succeeded(name, source);
                Ok(user)
            }
            _ => Err(AuthError::Wrong),
        }
    }

    /// The hash of a new password, in PHC form.
    pub async fn hash(&self, password: &str) -> Result<String, AuthError> {
        self.hashing.hash(password.to_owned()).await
    }
}
