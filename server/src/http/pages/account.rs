//! One's own account: the password, and where one is logged in.

use app::Lang;
use app::components::{FieldErrors, Flash};
use app::i18n::{account as words, people};
use app::pages::account::{self, Account, names};
use app::pages::people::Sessions;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::forms::count;
use super::people::clusters;
use super::sessions;
use crate::auth::{self, AuthError, Source, Weak};
use crate::http::{AppState, Need, Page, PageError, Path, Routes};

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get_as(Need::Own, "/account", show)
        .post_as(Need::Own, "/account", change)
        .post_as(Need::Own, "/account/sessions/revoke", revoke_others)
        .post_as(Need::Own, "/account/sessions/{session}/revoke", revoke)
}

#[derive(Deserialize)]
struct Passwords {
    #[serde(default)]
    current: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    repeat: String,
}

async fn show(State(state): State<AppState>, page: Page) -> Result<Response, PageError> {
    answer(&state, &page, StatusCode::OK, FieldErrors::default()).await
}

async fn revoke(
    State(state): State<AppState>,
    page: Page,
    Path(session): Path<String>,
) -> Result<Response, PageError> {
    sessions::revoke(&state, &page, page.signed_in().user, &session, "/account").await
}

async fn revoke_others(State(state): State<AppState>, page: Page) -> Result<Response, PageError> {
    sessions::revoke_others(&state, &page, page.signed_in().user, "/account").await
}

/// Needs the current password, so that a browser left open is not enough to take an account over; all other sessions end.
async fn change(
    State(state): State<AppState>,
    page: Page,
    Form(form): Form<Passwords>,
) -> Result<Response, PageError> {
    let mut errors = look(&form, &page);
    if !errors.is_empty() {
        return answer(&state, &page, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    }
    let signed_in = page.signed_in();
    let source = Source::Known(signed_in.session);
    let verified = state.auth.verify(&state.store, &signed_in.name, &form.current, source, page.now_ms());
    match verified.await {
        Ok(_) => {}
        // A session of a disabled account has ended by the next request.
        Err(AuthError::Wrong | AuthError::Disabled) => {
            errors.push(
                names::CURRENT,
                words::CURRENT.get(page.lang()),
                words::CURRENT_WRONG.get(page.lang()),
            );
            return answer(&state, &page, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
        }
        Err(AuthError::Wait(wait)) => return Err(PageError::TooMany(wait.seconds())),
        Err(AuthError::Store(error)) => return Err(error.into()),
        Err(error @ AuthError::Hash(_)) => return Err(PageError::internal("cannot check a password", error)),
    }
    let hash = state.auth.hash(&form.new).await;
    let hash = hash.map_err(|error| PageError::internal("cannot compute a password's hash", error))?;
    state.store.set_password(page.actor(), signed_in.user, &hash, Some(signed_in.session)).await?;
    page.flash(Flash::done(words::CHANGED.get(page.lang())));
    Ok(page.redirect("/account"))
}

/// Everything that can be said without asking anybody, all at once.
fn look(form: &Passwords, page: &Page) -> FieldErrors {
    let lang = page.lang();
    let mut errors = FieldErrors::default();
    if form.current.is_empty() {
        errors.push(names::CURRENT, words::CURRENT.get(lang), words::MISSING.get(lang));
    }
    let same = || (form.new == form.current).then(|| words::SAME_AS_OLD.get(lang).to_owned());
    if let Some(wrong) = wrong_password(&form.new, lang).or_else(same) {
        errors.push(names::NEW, words::NEW.get(lang), wrong);
    }
    if form.new != form.repeat {
        errors.push(names::REPEAT, words::REPEAT.get(lang), words::DIFFERENT.get(lang));
    }
    errors
}

/// What is wrong with a new password.
pub(super) fn wrong_password(password: &str, lang: Lang) -> Option<String> {
    let weak = auth::check_new(password).err()?;
    let msg = if weak == Weak::TooShort { words::TOO_SHORT } else { words::TOO_LONG };
    Some(msg.with(lang, &[("n", &weak.bound())]))
}

async fn answer(
    state: &AppState,
    page: &Page,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<Response, PageError> {
    let signed_in = page.signed_in();
    let account = Account {
        name: signed_in.name.to_string(),
        roles: people::roles(&signed_in.roles, &clusters(state).await?, page.lang()),
        shortest: count(auth::MIN),
        errors,
        sessions: Sessions {
            rows: sessions::rows(state, page, signed_in.user).await?,
            path: "/account".into(),
        },
    };
    Ok(page.html_status(status, words::ACCOUNT.get(page.lang()), move || account::view(account)))
}
