//! What a person may do: the form, read and stored.

use app::components::{FieldErrors, Flash};
use app::i18n::people as words;
use app::pages::people::{RolesForm, names};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::{ClusterId, Role, Roles};

use super::{answer, clusters};
use crate::http::{AppState, Page, PageError, Path};
use crate::store::{StoreError, UserId};

pub(super) async fn save(
    State(state): State<AppState>,
    page: Page,
    Path(user): Path<UserId>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let person = state.store.person(user).await?;
    let mut form = read(fields);
    let roles = roles(&form);
    let base: Option<Roles> = serde_json::from_str(&form.base).ok();
    let refused = match state.store.set_roles(page.actor(), user, &roles, base.as_ref()).await {
        Ok(()) => {
            let said = words::roles(&roles, &clusters(&state).await?, lang);
            let said = words::ROLES_SAVED.with(lang, &[("name", &person.name), ("roles", &said)]);
            page.flash(Flash::done(said));
            return Ok(page.redirect(&format!("/users/{user}")));
        }
        Err(StoreError::LastAdministrator) => words::LAST_ADMINISTRATOR.with(lang, &[("name", &person.name)]),
        Err(StoreError::RolesMoved(now)) => {
            // Who saves again has seen them.
            form.base = RolesForm::of(&now).base;
            let now = words::roles(&now, &clusters(&state).await?, lang);
            words::ROLES_MOVED.with(lang, &[("roles", &now)])
        }
        Err(error) => return Err(error.into()),
    };
    let mut errors = FieldErrors::default();
    errors.push(names::ROLE, words::ROLES.get(lang), refused);
    form.errors = errors;
    answer(&state, &page, StatusCode::CONFLICT, person, form, FieldErrors::default()).await
}

/// The form as it was typed.
fn read(fields: Vec<(String, String)>) -> RolesForm {
    let mut form = RolesForm::default();
    for (name, value) in fields {
        match name.as_str() {
            names::ROLE => form.role = value,
            names::ADD_CLUSTER => form.add_cluster = value,
            names::ADD_ROLE => form.add_role = value,
            names::BASE => form.base = value,
            other => {
                let cluster = other.strip_prefix(names::CLUSTER).and_then(|id| id.parse::<ClusterId>().ok());
                if let Some(cluster) = cluster {
                    form.clusters.insert(cluster, value);
                }
            }
        }
    }
    form
}

/// What it means: whatever is no role is none.
fn roles(form: &RolesForm) -> Roles {
    let own = form.clusters.iter().map(|(id, role)| (Some(*id), role.as_str()));
    let added = (form.add_cluster.parse().ok(), form.add_role.as_str());
    let clusters = own.chain([added]).filter_map(|(id, role)| Some((id?, Role::parse(role).ok()?)));
    Roles { everywhere: Role::parse(&form.role).ok(), clusters: clusters.collect() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn posted(fields: &[(&str, &str)]) -> Roles {
        roles(&read(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()))
    }

    #[test]
    fn a_form_says_what_it_shows_and_no_more() {
        assert_eq!(posted(&[]), Roles::default());
        let fields = [
            ("role", "none"),
            ("cluster-3", "operator"),
            ("cluster-4", "none"),
            ("cluster-x", "administrator"),
            ("add_cluster", "5"),
            ("add_role", "viewer"),
        ];
        let clusters = BTreeMap::from([(ClusterId(3), Role::Operator), (ClusterId(5), Role::Viewer)]);
        assert_eq!(posted(&fields), Roles { everywhere: None, clusters });
        assert_eq!(
            posted(&[("role", "operator"), ("add_role", "viewer")]),
            Roles::everywhere(Role::Operator)
        );
        assert_eq!(posted(&[("role", "root"), ("add_cluster", "1"), ("add_role", "")]), Roles::default());
    }
}
