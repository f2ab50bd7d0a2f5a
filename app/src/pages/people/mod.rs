//! People: who may log in, what each may do, where each is logged in.

mod delete;
mod list;
mod new;
mod person;
mod sessions;

pub use delete::{DeletePerson, delete};
pub use list::{PeopleList, PersonRow, list};
pub use new::{NewPerson, new};
pub use person::{Clusters, PersonPage, RolesForm, person};
pub use sessions::{SessionRow, Sessions, sessions};

use model::Role;

use crate::components::Choice;
use crate::i18n::{people as words, t};

/// Names of the forms' fields.
pub mod names {
    /// What one logs in with.
    pub const NAME: &str = "user_name";
    /// The console-wide role; `none` for none.
    pub const ROLE: &str = "role";
    /// Begins the names of the roles in clusters: `cluster-3`.
    pub const CLUSTER: &str = "cluster-";
    /// One more cluster.
    pub const ADD_CLUSTER: &str = "add_cluster";
    /// The role there.
    pub const ADD_ROLE: &str = "add_role";
    /// The roles that the form was made with, as JSON.
    pub const BASE: &str = "base";
    /// A new password; empty for one that the console makes.
    pub const PASSWORD: &str = "password";
    /// `yes` to disable.
    pub const DISABLED: &str = "disabled";
}

/// The value of a field for no role.
pub const NO_ROLE: &str = "none";

/// The value of a field for a role.
pub fn role_value(role: Option<Role>) -> &'static str {
    role.map_or(NO_ROLE, Role::name)
}

/// The console-wide roles, with what they mean.
fn everywhere() -> Vec<Choice> {
    vec![
        Choice::new(Role::Viewer.name(), t(words::VIEWER)).help(t(words::VIEWER_HELP)),
        Choice::new(Role::Operator.name(), t(words::OPERATOR)).help(t(words::OPERATOR_HELP)),
        Choice::new(Role::Administrator.name(), t(words::ADMINISTRATOR)).help(t(words::ADMINISTRATOR_HELP)),
        Choice::new(NO_ROLE, t(words::NO_ROLE)).help(t(words::NO_ROLE_HELP)),
    ]
}
