//! What a live page is told: which of its parts, rows and cells are other ones now. The console makes it from two
//! [`Sheet`](crate::sheet::Sheet)s, the island carries it out. All words in it are in the reader's language already, so the
//! browser's part holds no catalogue and knows nothing of what it shows.

use serde::{Deserialize, Serialize};

/// A page's changes. The first one that a browser gets says everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// Elements by their ids, with what they hold now, as HTML.
    #[serde(default, rename = "p", skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<(String, String)>,
    /// The ids of all rows in their order, where rows came, went or moved.
    #[serde(default, rename = "o", skip_serializing_if = "Option::is_none")]
    pub order: Option<Vec<String>>,
    /// Rows with something new.
    #[serde(default, rename = "r", skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowPatch>,
    /// How many seconds' values every trend gets: those that a row leaves out are zeros.
    #[serde(default, rename = "t")]
    pub ticks: usize,
}

/// A row's changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowPatch {
    /// Its element's id.
    #[serde(rename = "i")]
    pub id: String,
    /// Its element's classes.
    #[serde(default, rename = "k", skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Cells by their place in the row, with what they hold now, as HTML.
    #[serde(default, rename = "c", skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<(usize, String)>,
    /// Trends by their cell's place in the row, with the newest values, the oldest of them first.
    #[serde(default, rename = "v", skip_serializing_if = "Vec::is_empty")]
    pub trends: Vec<(usize, Vec<u64>)>,
}
