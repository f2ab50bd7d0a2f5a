//! A new account.

use app::components::{FieldErrors, Flash};
use app::i18n::{account, people as words, problems};
use app::pages::people::{self as pages, NewPerson, names};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::{Field, Name, Problem, Role, Roles};
use serde::Deserialize;

use super::{chosen, show_once};
use crate::auth;
use crate::http::pages::account::wrong_password;
use crate::http::pages::forms::count;
use crate::http::{AppState, Page, PageError};
use crate::store::{MOST_USERS, StoreError};

#[derive(Deserialize)]
pub(super) struct Posted {
    #[serde(default)]
    user_name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    password: String,
}

pub(super) async fn show(page: Page) -> Response {
    let form = NewPerson { role: Role::Viewer.name().to_owned(), ..NewPerson::default() };
    answer(&page, StatusCode::OK, form)
}

pub(super) async fn create(
    State(state): State<AppState>,
    page: Page,
    Form(form): Form<Posted>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let mut errors = FieldErrors::default();
    let name = Name::parse(&form.user_name);
    if let Err(reason) = &name {
        let problem = Problem::new(Field::UserName, form.user_name.as_str(), reason.clone());
        errors.push(names::NAME, account::USER_NAME.get(lang), problems::text(&problem, lang));
    }
    let password = chosen(&form.password);
    if let Some(wrong) = wrong_password(&form.password, lang).filter(|_| password.is_err()) {
        errors.push(names::PASSWORD, account::PASSWORD.get(lang), wrong);
    }
    if let (Ok(name), Ok((password, made))) = (name, password) {
        let roles = Roles { everywhere: Role::parse(&form.role).ok(), ..Roles::default() };
        let hash = state.auth.hash(&password).await;
        let hash = hash.map_err(|error| PageError::internal("cannot compute a password's hash", error))?;
        match state.store.create_user(page.actor(), &name, &hash, &roles).await {
            Ok(user) => {
                if made {
                    show_once(&state, &page, user, password);
                }
                page.flash(Flash::done(words::CREATED.with(lang, &[("name", &name)])));
                return Ok(page.redirect(&format!("/users/{user}")));
            }
            Err(StoreError::Invalid(problems)) => {
                for problem in problems.iter() {
                    errors.push(names::NAME, account::USER_NAME.get(lang), problems::text(problem, lang));
                }
            }
            Err(StoreError::TooManyUsers) => {
                errors.push("", "", words::FULL.with(lang, &[("n", &MOST_USERS)]));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let form = NewPerson { name: form.user_name, role: form.role, errors, ..NewPerson::default() };
    Ok(answer(&page, StatusCode::UNPROCESSABLE_ENTITY, form))
}

fn answer(page: &Page, status: StatusCode, form: NewPerson) -> Response {
    let form = NewPerson { shortest: count(auth::MIN), ..form };
    page.html_status(status, words::NEW_TITLE.get(page.lang()), move || pages::new(form))
}
