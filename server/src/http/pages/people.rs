//! People: list, add, roles, passwords, sessions, disable, delete. For administrators.

mod list;
mod new;
mod roles;

use app::components::{FieldErrors, Flash, Tone};
use app::i18n::{account, people as words};
use app::pages::people::{self as pages, Clusters, DeletePerson, PersonPage, RolesForm, Sessions, names};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::account::wrong_password;
use super::forms::count;
use super::sessions;
use crate::auth;
use crate::http::{AppState, Need, Page, PageError, Path, Routes};
use crate::store::{Person, StoreError, UserId};

/// How long a password that was made waits for the page that shows it.
const PASSWORD_WAITS_MS: i64 = 10 * 60 * 1000;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get_as(Need::Administrator, "/users", list::list)
        .get_as(Need::Administrator, "/users/new", new::show)
        .post_as(Need::Administrator, "/users/new", new::create)
        .get_as(Need::Administrator, "/users/{user}", show)
        .post_as(Need::Administrator, "/users/{user}", roles::save)
        .get_as(Need::Administrator, "/users/{user}/password", back)
        .post_as(Need::Administrator, "/users/{user}/password", set_password)
        .post_as(Need::Administrator, "/users/{user}/disabled", switch)
        .get_as(Need::Administrator, "/users/{user}/delete", ask_delete)
        .post_as(Need::Administrator, "/users/{user}/delete", delete)
        .post_as(Need::Administrator, "/users/{user}/sessions/revoke", revoke_all)
        .post_as(Need::Administrator, "/users/{user}/sessions/{session}/revoke", revoke)
}

#[derive(Deserialize)]
struct NewPassword {
    #[serde(default)]
    password: String,
}

#[derive(Deserialize)]
struct Switch {
    #[serde(default)]
    disabled: String,
}

async fn show(
    State(state): State<AppState>,
    page: Page,
    Path(user): Path<UserId>,
) -> Result<Response, PageError> {
    let person = state.store.person(user).await?;
    let form = RolesForm::of(&person.roles);
    answer(&state, &page, StatusCode::OK, person, form, FieldErrors::default()).await
}

/// Who loads anew what a form has answered comes to where it stood.
async fn back(page: Page, Path(user): Path<UserId>) -> Response {
    page.redirect(&format!("/users/{user}"))
}

async fn set_password(
    State(state): State<AppState>,
    page: Page,
    Path(user): Path<UserId>,
    Form(form): Form<NewPassword>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let person = state.store.person(user).await?;
    if user == page.signed_in().user {
        // There the current one is asked for: a browser left open is not enough to take an account over.
        page.flash(Flash { tone: Tone::Info, text: words::OWN_PASSWORD.get(lang).to_owned(), next: None });
        return Ok(page.redirect("/account"));
    }
    let Ok((password, made)) = chosen(&form.password) else {
        let mut errors = FieldErrors::default();
        let wrong = wrong_password(&form.password, lang).unwrap_or_default();
        errors.push(names::PASSWORD, account::NEW.get(lang), wrong);
        let form = RolesForm::of(&person.roles);
        return answer(&state, &page, StatusCode::UNPROCESSABLE_ENTITY, person, form, errors).await;
    };
    let hash = state.auth.hash(&password).await;
    let hash = hash.map_err(|error| PageError::internal("cannot compute a password's hash", error))?;
    let ended = state.store.set_password(page.actor(), user, &hash, None).await?;
    if made {
        show_once(&state, &page, user, password);
    }
    let said = words::PASSWORD_SET.with(lang, &[("name", &person.name), ("n", &ended)]);
    page.flash(Flash::done(said));
    Ok(page.redirect(&format!("/users/{user}")))
}

async fn switch(
    State(state): State<AppState>,
    page: Page,
    Path(user): Path<UserId>,
    Form(switch): Form<Switch>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let name = state.store.person(user).await?.name;
    let disable = !switch.disabled.is_empty();
    match state.store.set_disabled(page.actor(), user, disable).await {
        Ok(()) => {
            let done = if disable { words::DISABLED_DONE } else { words::ENABLED_DONE };
            page.flash(Flash::done(done.with(lang, &[("name", &name)])));
        }
        Err(StoreError::LastAdministrator) => page.flash(last(&page, &name)),
        Err(error) => return Err(error.into()),
    }
    Ok(page.redirect(&format!("/users/{user}")))
}

async fn ask_delete(
    State(state): State<AppState>,
    page: Page,
    Path(user): Path<UserId>,
) -> Result<Response, PageError> {
    let person = state.store.person(user).await?;
    if is_last(&state, &person).await? {
        page.flash(last(&page, &person.name));
        return Ok(page.redirect(&format!("/users/{user}")));
    }
    page.crumb(person.name.clone(), format!("/users/{user}"));
    let asked = DeletePerson {
        id: user.0,
        roles: words::roles(&person.roles, &clusters(&state).await?, page.lang()),
        name: person.name,
        sessions: count(state.sessions.of_user(user).await?.len()),
        own: user == page.signed_in().user,
    };
    Ok(page.html(words::DELETE.get(page.lang()), move || pages::delete(asked)))
}

/// Twice is as good as once: who deletes what is gone already comes back to the list.
async fn delete(
    State(state): State<AppState>,
    page: Page,
    Path(user): Path<UserId>,
) -> Result<Response, PageError> {
    let person = match state.store.person(user).await {
        Ok(person) => person,
        Err(StoreError::NotFound(_)) => return Ok(page.redirect("/users")),
        Err(error) => return Err(error.into()),
    };
    match state.store.delete_user(page.actor(), user).await {
        Ok(()) => {
            page.flash(Flash::done(words::DELETED.with(page.lang(), &[("name", &person.name)])));
            Ok(page.redirect("/users"))
        }
        Err(StoreError::LastAdministrator) => {
            page.flash(last(&page, &person.name));
            Ok(page.redirect(&format!("/users/{user}")))
        }
        Err(error) => Err(error.into()),
    }
}

async fn revoke(
    State(state): State<AppState>,
    page: Page,
    Path((user, session)): Path<(UserId, String)>,
) -> Result<Response, PageError> {
    sessions::revoke(&state, &page, user, &session, &format!("/users/{user}")).await
}

async fn revoke_all(
    State(state): State<AppState>,
    page: Page,
    Path(user): Path<UserId>,
) -> Result<Response, PageError> {
    sessions::revoke_others(&state, &page, user, &format!("/users/{user}")).await
}

/// The page of a person, with forms as they are or as they come back.
async fn answer(
    state: &AppState,
    page: &Page,
    status: StatusCode,
    person: Person,
    form: RolesForm,
    password_errors: FieldErrors,
) -> Result<Response, PageError> {
    let password = state.passwords.take(person.id, &page.signed_in().session, page.now_ms());
    let path = format!("/users/{}", person.id);
    let content = PersonPage {
        id: person.id.0,
        name: person.name.clone(),
        disabled_ms: person.disabled_ms,
        created_ms: person.created_ms,
        password_ms: person.password_changed_ms,
        form,
        clusters: clusters(state).await?,
        password: password.map(|(password, _)| password),
        shortest: count(auth::MIN),
        password_errors,
        own: person.id == page.signed_in().user,
        last: is_last(state, &person).await?,
        sessions: Sessions { rows: sessions::rows(state, page, person.id).await?, path },
    };
    Ok(page.html_status(status, person.name, move || pages::person(content)))
}

/// Whether nobody else could administer the console without this account.
async fn is_last(state: &AppState, person: &Person) -> Result<bool, PageError> {
    Ok(person.administers() && state.store.administrators(2).await?.len() < 2)
}

/// The names of all clusters, for roles in them.
pub(super) async fn clusters(state: &AppState) -> Result<Clusters, PageError> {
    let clusters = state.store.clusters().await?.into_iter();
    Ok(clusters.map(|cluster| (cluster.id, cluster.name.to_string())).collect())
}

/// What was typed, or a new password where nothing was; and whether it was made here.
fn chosen(typed: &str) -> Result<(String, bool), ()> {
    if typed.is_empty() {
        return Ok((auth::generated_password(), true));
    }
    auth::check_new(typed).map(|()| (typed.to_owned(), false)).map_err(|_| ())
}

/// Keeps a password that was made for this session's next look at the person.
fn show_once(state: &AppState, page: &Page, user: UserId, password: String) {
    state.passwords.put(user, page.signed_in().session, password, page.now_ms() + PASSWORD_WAITS_MS);
}

fn last(page: &Page, name: &str) -> Flash {
    Flash::failed(words::LAST_ADMINISTRATOR.with(page.lang(), &[("name", &name)]))
}
