//! Taking a lock that a panicked holder left behind: what these locks protect stays consistent between statements.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) trait Lock<T: ?Sized> {
    fn hold(&self) -> MutexGuard<'_, T>;
}

impl<T: ?Sized> Lock<T> for Mutex<T> {
    fn hold(&self) -> MutexGuard<'_, T> {
        self.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
