//! Runs `nft`: one call is one transaction.

use std::process::{Output, Stdio};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::surroundings::rules::COMMENT;

/// A table of some 100,000 elements takes seconds.
const LIMIT: Duration = Duration::from_secs(30);

/// A table as `nft` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listing {
    /// The digest in our comment; none where the table has no comment of ours.
    pub(super) digest: Option<String>,
    /// The hash of the whole listing: other rules, another hash.
    pub(super) hash: String,
}

/// A table of this name as it is; none where there is none.
pub(super) async fn list(table: &str) -> Result<Option<Listing>, String> {
    let output = run(&["--stateless", "list", "table", "inet", table], "").await?;
    if output.status.success() {
        return Ok(Some(listing(&String::from_utf8_lossy(&output.stdout))));
    }
    let words = words(&output);
    if words.contains("No such file or directory") { Ok(None) } else { Err(words) }
}

/// Carries out a script; all of it or nothing.
pub(super) async fn carry_out(script: &str) -> Result<(), String> {
    let output = run(&["-f", "-"], script).await?;
    if output.status.success() { Ok(()) } else { Err(words(&output)) }
}

fn listing(text: &str) -> Listing {
    let comment = text.lines().find_map(|line| line.trim().strip_prefix("comment \"")?.strip_prefix(COMMENT));
    let hash = Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Listing { digest: comment.map(|rest| rest.trim_end_matches('"').to_owned()), hash }
}

async fn run(arguments: &[&str], input: &str) -> Result<Output, String> {
    // An empty place in the path would be the current directory.
    let own = std::env::var("PATH").ok().filter(|path| !path.is_empty());
    let path = own.map(|path| format!("{path}:")).unwrap_or_default();
    let mut child = Command::new("nft");
    child
        .args(arguments)
        // Where ordinary users' programs are, nft is not.
        .env("PATH", format!("{path}/usr/local/sbin:/usr/sbin:/sbin"))
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = child.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no program `nft` here; install nftables".to_owned(),
        _ => format!("cannot run nft: {error}"),
    })?;
    let stdin = child.stdin.take();
    let talk = async {
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A program that ends early says itself why.
                let _closed = stdin.write_all(input.as_bytes()).await;
            }
        };
        let (output, ()) = tokio::join!(child.wait_with_output(), feed);
        output.map_err(|error| format!("cannot run nft: {error}"))
    };
    tokio::time::timeout(LIMIT, talk)
        .await
        .unwrap_or_else(|_| Err(format!("nft did not answer within {} s", LIMIT.as_secs())))
}

/// What it said, in one line.
fn words(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<_> = said.lines().map(str::trim).filter(|line| !line.is_empty()).take(3).collect();
    if lines.is_empty() {
        format!("nft failed ({})", output.status)
    } else {
        format!("nft: {}", lines.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_ours_is_known_by_its_comment() {
        let text =
            format!("table inet arapaima {{\n\tcomment \"{COMMENT}0123abcd\"\n\tchain x {{\n\t}}\n}}\n");
        let ours = listing(&text);
        assert_eq!(ours.digest.as_deref(), Some("0123abcd"));
        assert_ne!(listing(&text.replace("chain x", "chain y")).hash, ours.hash);
        assert_eq!(listing("table inet arapaima {\n\tcomment \"mine\"\n}\n").digest, None);
    }
}
