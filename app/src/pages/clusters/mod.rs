//! Clusters: list, create, import, rename, delete.

mod delete;
mod edit;
mod export;
mod import;
mod list;
mod losses;
mod new;

pub use delete::{DeleteCluster, delete};
pub use edit::{EditCluster, edit};
pub use export::{ExportFile, ExportPage, ExportRevision, export};
pub use import::{
    Asked, Excerpt, Fault, ImportForm, ImportReview, form as import_form, review as import_review,
};
pub use list::{ClusterRow, list};
pub use new::{NewCluster, new};
