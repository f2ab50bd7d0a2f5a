//! What a file says, as one line of JSON with the field names and order of the recorded samples.

use serde::Serialize;

use super::diagnostic::Diagnostic;
use super::parse::Parsed;
use super::values::LvsCf;

#[derive(Serialize)]
struct Accepted<'a> {
    ok: u8,
    #[serde(flatten)]
    values: &'a LvsCf,
}

#[derive(Serialize)]
struct Refused {
    ok: u8,
    line: usize,
    error: &'static str,
}

/// `{"ok":1,…}` with every value, or `{"ok":0,"line":N,"error":"…"}` in Piranha's own words.
///
/// Bytes that are not UTF-8 become U+FFFD.
///
/// # Errors
/// None is known: `serde_json` asks for a `Result`.
pub fn to_json(outcome: &Result<Parsed, Diagnostic>) -> serde_json::Result<String> {
    match outcome {
        Ok(parsed) => serde_json::to_string(&Accepted { ok: 1, values: &parsed.values }),
        Err(diagnostic) => serde_json::to_string(&Refused {
            ok: 0,
            line: diagnostic.line,
            error: diagnostic.refusal.original(),
        }),
    }
}
