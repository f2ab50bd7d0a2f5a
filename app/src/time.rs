//! Times as the console shows them. The clock is an argument: pages get it from the console, islands from the browser.

use crate::i18n::{Lang, times};

/// A moment as `2026-11-22T11:40:05Z`, from milliseconds since 1970.
pub fn iso(ms: i64) -> String {
    let seconds = ms.div_euclid(1000);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

/// A moment as people read it: `2026-11-22 11:40:05 UTC`.
pub fn plain(ms: i64) -> String {
    iso(ms).replace('T', " ").replace('Z', " UTC")
}

/// How long something has lasted, in its largest unit: `12 s`, `3 min`, `5 h`, `40 d`.
pub fn span(ms: i64, lang: Lang) -> String {
    let seconds = ms.max(0) / 1000;
    let (msg, n) = match seconds {
        0..60 => (times::SECONDS, seconds),
        60..3_600 => (times::MINUTES, seconds / 60),
        3_600..172_800 => (times::HOURS, seconds / 3_600),
        _ => (times::DAYS, seconds / 86_400),
    };
    msg.with(lang, &[("n", &n)])
}

/// The civil date of a day counted from 1970-01-01, by Howard Hinnant's `civil_from_days`
/// (howardhinnant.github.io/date_algorithms.html): years begin in March, eras have 400 years.
fn civil(day: i64) -> (i64, i64, i64) {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        assert_eq!(iso(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso(951_782_400_000), "2000-02-29T00:00:00Z");
        assert_eq!(iso(1_795_347_605_999), "2026-11-22T11:40:05Z");
        assert_eq!(iso(-1), "1969-12-31T23:59:59Z");
        assert_eq!(plain(951_868_799_000), "2000-02-29 23:59:59 UTC");
    }

    #[test]
    fn spans_take_their_largest_unit() {
        assert_eq!(span(59_999, Lang::En), "59 s");
        assert_eq!(span(60_000, Lang::En), "1 min");
        assert_eq!(span(47 * 3_600_000, Lang::En), "47 h");
        assert_eq!(span(48 * 3_600_000, Lang::Zh), "2 天");
        assert_eq!(span(-5, Lang::En), "0 s");
    }
}
