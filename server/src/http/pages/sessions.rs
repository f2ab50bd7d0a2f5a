//! Where people are logged in, for their own page and for administrators'.

use std::fmt::Write;

use app::components::Flash;
use app::i18n::people as words;
use app::pages::people::SessionRow;
use axum::response::Response;

use crate::http::{AppState, Page, PageError};
use crate::store::UserId;

/// The sessions of a person.
pub(super) async fn rows(state: &AppState, page: &Page, user: UserId) -> Result<Vec<SessionRow>, PageError> {
    let sessions = state.sessions.of_user(user).await?.into_iter();
    let rows = sessions.map(|session| SessionRow {
        id: hex(&session.id_hash),
        own: session.id_hash == page.signed_in().session,
        agent: session.agent,
        address: session.address,
        created_ms: session.created_ms,
        seen_ms: session.last_seen_ms,
    });
    Ok(rows.collect())
}

/// Ends one; twice is as good as once.
pub(super) async fn revoke(
    state: &AppState,
    page: &Page,
    user: UserId,
    session: &str,
    back: &str,
) -> Result<Response, PageError> {
    let id = unhex(session).ok_or(PageError::NotFound)?;
    let ended = state.sessions.end(page.actor(), user, &id).await?;
    let said = if ended { words::REVOKED } else { words::REVOKED_ALREADY };
    page.flash(Flash::done(said.get(page.lang())));
    Ok(page.redirect(back))
}

/// Ends all of a person's but the one that asks.
pub(super) async fn revoke_others(
    state: &AppState,
    page: &Page,
    user: UserId,
    back: &str,
) -> Result<Response, PageError> {
    let ended = state.sessions.end_others(page.actor(), user, page.signed_in().session).await?;
    page.flash(Flash::done(words::REVOKED_N.count(page.lang(), ended)));
    Ok(page.redirect(back))
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_session_in_an_address_reads_back() {
        let id: [u8; 32] = std::array::from_fn(|n| u8::try_from(n * 8).unwrap_or(255));
        assert_eq!(unhex(&hex(&id)), Some(id));
        assert_eq!(unhex(""), None);
        assert_eq!(unhex(&"é".repeat(32)), None);
        assert_eq!(unhex(&"+1".repeat(32)), None);
    }
}
