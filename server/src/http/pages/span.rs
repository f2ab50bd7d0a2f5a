//! Spans of time as pages ask for them: back from now, or from one moment to another, in UTC.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// From a moment, up to another one; both in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from_ms: Option<i64>,
    pub(super) to_ms: Option<i64>,
}

/// What is no moment, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotATime(pub(super) String);

impl Span {
    /// What is asked for: moments count where they are given, else the span back from `now_ms`. One that is not known is no limit.
    pub(super) fn parse(range: &str, from: &str, to: &str, now_ms: i64) -> Result<Self, NotATime> {
        let (from_ms, to_ms) = (moment(from)?, moment(to)?);
        if from_ms.is_some() || to_ms.is_some() {
            // A browser's moments are minutes: the last one is asked for as a whole.
            return Ok(Self { from_ms, to_ms: to_ms.map(|ms| ms.saturating_add(60_000)) });
        }
        let hours = match range {
            "1h" => 1,
            "24h" => 24,
            "7d" => 7 * 24,
            "30d" => 30 * 24,
            _ => return Ok(Self::default()),
        };
        Ok(Self { from_ms: Some(now_ms.saturating_sub(hours * 3_600_000)), to_ms: None })
    }
}

/// `2026-11-25T22:00`, with or without seconds; a day alone is its beginning.
fn moment(text: &str) -> Result<Option<i64>, NotATime> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let parsed: DateTime = text.parse().map_err(|_| NotATime(text.to_owned()))?;
    let zoned = parsed.to_zoned(TimeZone::UTC).map_err(|_| NotATime(text.to_owned()))?;
    Ok(Some(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_count_before_spans() {
        let now = 1_795_347_605_000;
        assert_eq!(Span::parse("", "", "", now), Ok(Span::default()));
        assert_eq!(Span::parse("1h", "", "", now), Ok(Span { from_ms: Some(now - 3_600_000), to_ms: None }));
        let from = Span::parse("1h", "2026-11-22T11:40", "2026-11-22T11:40", now).unwrap();
        assert_eq!(from, Span { from_ms: Some(1_795_347_600_000), to_ms: Some(1_795_347_660_000) });
        assert_eq!(Span::parse("", "2026-11-22", "", now).unwrap().from_ms, Some(1_795_305_600_000));
        assert_eq!(Span::parse("", "yesterday", "", now), Err(NotATime("yesterday".into())));
    }
}
