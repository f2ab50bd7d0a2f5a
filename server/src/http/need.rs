//! What a route asks of its visitor, and where a role has to hold: in the cluster that the path is about, else in the whole console.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request;
use model::{ClusterId, DirectorId, Role, Roles};

use super::{AppState, PageError};
use crate::store::StoreError;

/// What a route asks of its visitor.
///
/// A role has to hold in the cluster of a path that begins with `/clusters/{id}`, or in that of the machine of one that begins with
/// `/directors/{id}`; for any other path in the whole console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// Nothing: these are few, and a test has their list.
    Nothing,
    /// A session, whoever's: what the route shows or does is the person's own.
    Own,
    /// A session, whoever's: the handler leaves out (or refuses) what the person's roles do not reach. For what spans clusters.
    Session,
    /// The role of a viewer.
    Viewer,
    /// The role of an operator.
    Operator,
    /// The role of an administrator.
    Administrator,
}

/// Whom a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The role that is missing.
    pub role: Role,
    /// Where it has to hold; `None` for the whole console.
    pub cluster: Option<ClusterId>,
}

/// What a person who is let through may do at the request's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Access {
    /// The page is there to be read: its forms may not be posted.
    pub(super) look_only: bool,
}

impl Need {
    /// The role that is needed, where one is.
    pub fn role(self) -> Option<Role> {
        match self {
            Self::Nothing | Self::Own | Self::Session => None,
            Self::Viewer => Some(Role::Viewer),
            Self::Operator => Some(Role::Operator),
            Self::Administrator => Some(Role::Administrator),
        }
    }

    /// Lets somebody with these roles through, or not.
    pub(super) async fn admit(
        self,
        state: &AppState,
        roles: &Roles,
        path: Option<&str>,
        parts: &mut request::Parts,
    ) -> Result<Access, PageError> {
        let Some(role) = self.role() else {
            let look_only = self == Self::Session && !roles.may_somewhere(Role::Operator);
            return Ok(Access { look_only });
        };
        let cluster = cluster(state, path.unwrap_or_default(), parts).await?;
        if !roles.may(role, cluster) {
            return Err(PageError::Forbidden(Refused { role, cluster }));
        }
        Ok(Access { look_only: !roles.may(Role::Operator, cluster) })
    }
}

/// The cluster that a path is about. Without one, or with one that is not there, a role has to hold everywhere: whoever may see
/// all clusters learns that this one is gone, and nobody else does.
async fn cluster(
    state: &AppState,
    path: &str,
    parts: &mut request::Parts,
) -> Result<Option<ClusterId>, PageError> {
    if path.starts_with("/clusters/{id}") {
        let id = id(parts, state).await?;
        return id.parse().map(|id| Some(ClusterId(id))).map_err(|_| PageError::NotFound);
    }
    if path.starts_with("/directors/{id}") {
        let id = id(parts, state).await?.parse().map_err(|_| PageError::NotFound)?;
        return match state.store.director(DirectorId(id)).await {
            Ok(director) => Ok(Some(director.cluster)),
            Err(StoreError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        };
    }
    Ok(None)
}

/// Read as the handler will read it.
async fn id(parts: &mut request::Parts, state: &AppState) -> Result<String, PageError> {
    let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| PageError::NotFound)?;
    let id = params.iter().find(|(name, _)| *name == "id").map(|(_, value)| value.to_owned());
    id.ok_or(PageError::NotFound)
}
