//! One's own account: the password.

use app::components::{FieldErrors, Flash};
use app::i18n::account as words;
use app::pages::account::{self, Account, names};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::auth::{self, AuthError, Source, Weak};
use crate::http::{AppState, Page, PageError, Routes};

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new().get("/account", show).post("/account", change)
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

async fn show(page: Page) -> Response {
    answer(&page, StatusCode::OK, FieldErrors::default())
}

/// Needs the current password, so that a browser left open is not enough to take an account over; all other sessions end.
async fn change(
    State(state): State<AppState>,
    page: Page,
    Form(form): Form<Passwords>,
) -> Result<Response, PageError> {
    let mut errors = look(&form, &page);
    if !errors.is_empty() {
        return Ok(answer(&page, StatusCode::UNPROCESSABLE_ENTITY, errors));
    }
    let signed_in = page.signed_in();
    let source = Source::Known(signed_in.session);
    let verified = state.auth.verify(&state.store, &signed_in.name, &form.current, source, page.now_ms());
    match verified.await {
        Ok(_) => {}
        Err(AuthError::Wrong) => {
            errors.push(
                names::CURRENT,
                words::CURRENT.get(page.lang()),
                words::CURRENT_WRONG.get(page.lang()),
            );
            return Ok(answer(&page, StatusCode::UNPROCESSABLE_ENTITY, errors));
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
    let wrong = match auth::check_new(&form.new) {
        Err(weak) => {
            let msg = if weak == Weak::TooShort { words::TOO_SHORT } else { words::TOO_LONG };
            Some(msg.with(lang, &[("n", &weak.bound())]))
        }
        Ok(()) if form.new == form.current => Some(words::SAME_AS_OLD.get(lang).to_owned()),
        Ok(()) => None,
    };
    if let Some(wrong) = wrong {
        errors.push(names::NEW, words::NEW.get(lang), wrong);
    }
    if form.new != form.repeat {
        errors.push(names::REPEAT, words::REPEAT.get(lang), words::DIFFERENT.get(lang));
    }
    errors
}

fn answer(page: &Page, status: StatusCode, errors: FieldErrors) -> Response {
    let shortest = u64::try_from(auth::MIN).unwrap_or(u64::MAX);
    let account = Account { name: page.signed_in().name.to_string(), shortest, errors };
    page.html_status(status, words::ACCOUNT.get(page.lang()), move || account::view(account))
}
