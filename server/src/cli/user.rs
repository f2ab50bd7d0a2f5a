//! `arapaima user`.

use std::io::Read;

use anyhow::{Context, anyhow};
use clap::Subcommand;
use model::{Name, Problems};
use rand::Rng;

use super::{Data, Failure, Outcome, say};
use crate::auth::{Auth, check_new};
use crate::store::{Actor, StoreError};

/// Letters and digits that nobody takes for another.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// Five groups of four: 31^20 is some 99 bits.
const GROUPS: usize = 5;
const GROUP: usize = 4;

/// People who may log in.
#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Make an account; prints its generated password once.
    Add {
        /// The name to log in with.
        name: String,
        #[command(flatten)]
        data: Data,
        /// Read the password from standard input (its first line) instead of making one.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give an account a new password and end its sessions; prints the generated password once.
    Password {
        /// The name to log in with.
        name: String,
        #[command(flatten)]
        data: Data,
        /// Read the password from standard input (its first line) instead of making one.
        #[arg(long)]
        password_stdin: bool,
    },
}

impl User {
    pub(super) async fn run(self) -> Outcome {
        match self {
            Self::Add { name, data, password_stdin } => add(&name, &data, password_stdin).await,
            Self::Password { name, data, password_stdin } => password(&name, &data, password_stdin).await,
        }
    }
}

async fn add(name: &str, data: &Data, password_stdin: bool) -> Outcome {
    let name = parsed(name)?;
    let password = chosen(password_stdin)?;
    let store = data.open_or_make().await?;
    let hash = Auth::new()?.hash(&password).await?;
    let made = store.create_user(&Actor::command_line(), &name, &hash).await;
    store.close().await;
    match made {
        Ok(_) => tell(&format!("Made the account `{name}`."), &password, password_stdin),
        Err(StoreError::Invalid(problems)) => Err(taken(&name, &problems)),
        Err(error) => Err(error.into()),
    }
}

async fn password(name: &str, data: &Data, password_stdin: bool) -> Outcome {
    let name = parsed(name)?;
    let password = chosen(password_stdin)?;
    let store = data.open().await?;
    let hash = Auth::new()?.hash(&password).await?;
    let changed = match store.user_by_name(name.as_str()).await {
        Ok(Some(user)) => store.set_password(&Actor::command_line(), user.id, &hash, None).await.map(Some),
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    store.close().await;
    match changed? {
        Some(_) => tell(
            &format!("Changed the password of `{name}` and ended its sessions."),
            &password,
            password_stdin,
        ),
        None => Err(Failure::Failed(anyhow!("there is no account `{name}`; `arapaima user add` makes one"))),
    }
}

fn parsed(name: &str) -> Result<Name, Failure> {
    Name::parse(name)
        .map_err(|reason| Failure::Usage(anyhow!("user name `{name}`: {reason}: {}", reason.remedy())))
}

fn chosen(password_stdin: bool) -> Result<String, Failure> {
    let password = if password_stdin { given()? } else { generated() };
    check_new(&password).map_err(|weak| Failure::Usage(anyhow!("the password is {weak}")))?;
    Ok(password)
}

/// What was done, and the password where it was made here.
fn tell(done: &str, password: &str, password_stdin: bool) -> Outcome {
    if password_stdin {
        say::to_people(done);
        return Ok(());
    }
    say::to_people(&format!("{done} The password, shown this once:"));
    say::to_scripts(password)?;
    Ok(())
}

fn taken(name: &Name, problems: &Problems) -> Failure {
    Failure::Failed(anyhow!("cannot make the account `{name}`: {problems}"))
}

fn given() -> Result<String, Failure> {
    /// The longest password in characters of four bytes, and its line end.
    const MOST: u64 = 4 * crate::auth::MAX as u64 + 2;
    let mut text = String::new();
    let read = std::io::stdin().take(MOST).read_to_string(&mut text);
    read.context("cannot read a password from standard input")?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn generated() -> String {
    let mut random = rand::rng();
    let mut group =
        || (0..GROUP).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect();
    let groups: Vec<String> = (0..GROUPS).map(|_| group()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_password_is_long_readable_and_never_the_same() {
        let password = generated();
        assert_eq!(password.len(), 24);
        assert!(check_new(&password).is_ok());
        assert!(password.bytes().all(|byte| byte == b'-' || ALPHABET.contains(&byte)), "{password}");
        assert_ne!(generated(), password);
    }
}
