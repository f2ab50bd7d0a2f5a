//! Real servers of a virtual server: list, form, delete.

mod delete;
mod form;
mod list;

pub use delete::{DeleteServer, delete};
pub use form::{ServerForm, form};
pub use list::{ServerRow, ServersPage, list};
