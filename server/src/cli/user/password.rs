//! Passwords on the command line: read from standard input, or made here and printed once.

use std::io::Read;

use anyhow::{Context, anyhow};

use super::super::{Failure, Outcome, say};
use crate::auth::{MAX, check_new, generated_password};

/// The password of standard input, or a new one.
pub(super) fn chosen(password_stdin: bool) -> Result<String, Failure> {
    let password = if password_stdin { given()? } else { generated_password() };
    check_new(&password).map_err(|weak| Failure::Usage(anyhow!("the password is {weak}")))?;
    Ok(password)
}

/// What was done, and the password where it was made here.
pub(super) fn tell(done: &str, password: &str, password_stdin: bool) -> Outcome {
    if password_stdin {
        say::to_people(done);
        return Ok(());
    }
    say::to_people(&format!("{done} The password, shown this once:"));
    say::to_scripts(password)?;
    Ok(())
}

fn given() -> Result<String, Failure> {
    /// The longest password in characters of four bytes, and its line end.
    const MOST: u64 = 4 * MAX as u64 + 2;
    let mut text = String::new();
    let read = std::io::stdin().take(MOST).read_to_string(&mut text);
    read.context("cannot read a password from standard input")?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
