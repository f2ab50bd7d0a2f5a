//! Reads the console's live table: the snapshots that its pages follow as a stream of events.

use anyhow::{Context as _, Result};
use serde_json::Value;

/// How the live table shows a real server: its state in the console's words (`serving`, `failing`, …), or `None` when
/// the table has no row for it.
pub fn state(snapshot: &str, server: &str) -> Result<Option<String>> {
    let json: Value = serde_json::from_str(snapshot).context("a snapshot of the live table is not JSON")?;
    Ok(find(&json, server))
}

/// The first object, at any depth, with this name and a state.
fn find(json: &Value, server: &str) -> Option<String> {
    match json {
        Value::Array(items) => items.iter().find_map(|item| find(item, server)),
        Value::Object(fields) => {
            let named = fields.get("name").is_some_and(|name| name == server);
            match fields.get("state").and_then(Value::as_str) {
                Some(state) if named => Some(state.to_owned()),
                _ => fields.values().find_map(|field| find(field, server)),
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_found_by_its_name() {
        let snapshot = r#"{"name":"guide","services":[{"name":"web","state":"serving","servers":[
            {"name":"real1","state":"serving"},{"name":"real2","state":"failing"}]}]}"#;
        assert_eq!(state(snapshot, "real2").unwrap().as_deref(), Some("failing"));
        assert_eq!(state(snapshot, "real3").unwrap(), None);
        assert!(state("not json", "real1").is_err());
    }
}
