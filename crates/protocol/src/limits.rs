//! How large things on the wire may be. A peer that sends more ends its session; nothing is cut silently but texts,
//! which the sender shortens.

/// The longest text in a field (reasons, names, versions), in bytes. Long enough for a chain of causes.
pub const MAX_TEXT: usize = 2048;

/// The longest certificate signing request, in bytes. One for an elliptic key has some 300.
pub const MAX_CSR: usize = 4096;

/// The largest message of the enrolment, which strangers may send, in bytes: a request, a token, a version.
pub const MAX_ENROLMENT_MESSAGE: usize = 16 * 1024;

/// The largest specification, in bytes. A virtual service with two real servers has about 1.5 kB in canonical form,
/// so this holds some 40,000 destinations.
pub const MAX_SPEC: usize = 48 * 1024 * 1024;

/// How much of a specification goes into one message. A thousand agents that get a new one at the same moment have a
/// thousand of these in the console's memory.
pub const PART: usize = 64 * 1024;

/// The largest message from the console: a part of a specification and what surrounds it.
pub const MAX_CONSOLE_MESSAGE: usize = 256 * 1024;

/// The most objects (services and destinations) in a report.
pub const MAX_OBJECTS: usize = 100_000;

/// The most entries of somebody else's in a report; how many there are in all is beside them.
pub const MAX_FOREIGN: usize = 200;

/// The longest description of such an entry, in bytes: a service with some hundred destinations. Of a longer one only its key and
/// some words are told.
pub const MAX_ENTRY: usize = 16 * 1024;

/// The largest message from an agent: [`MAX_OBJECTS`] counted objects at some 120 bytes, or a report, whose parts have
/// shares of it.
pub const MAX_AGENT_MESSAGE: usize = 16 * 1024 * 1024;

/// A report's share for [`MAX_FOREIGN`] entries of somebody else's, in bytes; of those beyond it only the keys are told.
pub(crate) const FOREIGN_BYTES: usize = 2 * 1024 * 1024;

/// A report's share for what surrounds the table, in bytes: four thousand with long reasons. Beyond it those that are as they
/// should be are left out first.
pub(crate) const SURROUNDING_BYTES: usize = 3 * 1024 * 1024;

/// A report's share for its objects, in bytes; beyond it they are told without reasons. What is left over of
/// [`MAX_AGENT_MESSAGE`] is for the keys of entries, and the report itself.
pub(crate) const OBJECT_BYTES: usize = 10 * 1024 * 1024;

/// The most that an object takes without reasons, in bytes: its numbers.
pub(crate) const BARE_OBJECT: usize = 64;

/// What a message within another one takes beside itself: a tag, and a length of up to three bytes.
pub(crate) const FRAME: usize = 4;

const _: () = assert!(MAX_OBJECTS * BARE_OBJECT <= OBJECT_BYTES);

/// What stands for a reason that an agent did not give; an empty one would mean that nothing failed.
pub(crate) const NO_REASON: &str = "the agent gave no reason";

/// The most rows in an answer about connections; a query for more gets so many.
pub const MAX_CONNECTION_ROWS: u32 = 10_000;

/// The most groups of one grouping in such an answer; a query for more gets so many.
pub const MAX_CONNECTION_GROUPS: u32 = 10_000;

/// The most groupings in a query about connections.
pub const MAX_GROUPINGS: usize = 4;

/// How long reading connections may take at most. Kernels before 6.14 need minutes for a million rows, and a browser waits for the
/// answer, perhaps behind another reading that has just begun.
pub const MAX_READING: std::time::Duration = std::time::Duration::from_secs(10);

/// `text` cut to [`MAX_TEXT`] between characters, with an ellipsis where something is missing.
pub(crate) fn shorten(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return text.to_owned();
    }
    let mut end = MAX_TEXT - '…'.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = "实".repeat(MAX_TEXT);
        let short = shorten(&text);
        assert!(short.len() <= MAX_TEXT && short.len() > MAX_TEXT - 6, "{}", short.len());
        assert!(short.ends_with("实…"));
        assert_eq!(shorten("as it is"), "as it is");
    }
}
