//! Why something is not as it should be: words and a code.

use model::{Cause, Why};

use crate::limits::shorten;
use crate::malformed::{at_most, text};
use crate::{Malformed, wire};

/// More values than any cause has.
const MAX_VALUES: usize = 16;

/// The words and the code for the wire.
pub(crate) fn split(why: Option<&Why>) -> (String, Option<wire::Cause>) {
    let cause = why.and_then(|why| why.cause.as_ref()).map(|cause| wire::Cause {
        code: cause.code().name().to_owned(),
        values: cause.values().map(|(name, value)| (name.to_owned(), shorten(value))).collect(),
    });
    (why.map(|why| shorten(why)).unwrap_or_default(), cause)
}

/// The same from the wire; none where nothing is said. A code of a newer agent leaves the words alone.
pub(crate) fn join(
    field: &'static str,
    words: String,
    cause: Option<wire::Cause>,
) -> Result<Option<Why>, Malformed> {
    let text_of = text(field, words)?;
    let Some(wire::Cause { code, values }) = cause else {
        return Ok((!text_of.is_empty()).then(|| text_of.into()));
    };
    at_most("values", values.len(), MAX_VALUES)?;
    for value in values.values() {
        at_most("values", value.len(), crate::MAX_TEXT)?;
    }
    let cause = Cause::read(&code, values);
    Ok((!text_of.is_empty() || cause.is_some()).then_some(Why { text: text_of, cause }))
}

#[cfg(test)]
mod tests {
    use model::Code;

    use super::*;

    #[test]
    fn what_a_newer_agent_says_keeps_its_words() {
        let cause = wire::Cause { code: "moon-phase".into(), values: Default::default() };
        let read = join("error", "the moon is full".into(), Some(cause)).unwrap();
        assert_eq!(read, Some("the moon is full".into()));
        assert_eq!(join("error", String::new(), None).unwrap(), None);
    }

    #[test]
    fn a_cause_reads_back() {
        let why = Why::new("taken", Cause::new(Code::PortTaken, [("address", &"192.0.2.1:80")]));
        let (words, cause) = split(Some(&why));
        assert_eq!(join("error", words, cause).unwrap(), Some(why));
    }

    #[test]
    fn endless_values_are_refused() {
        let values = (0..100).map(|n: u32| (n.to_string(), String::new())).collect();
        let cause = wire::Cause { code: "port-taken".into(), values };
        assert!(matches!(join("error", String::new(), Some(cause)), Err(Malformed::TooLarge { .. })));
    }
}
