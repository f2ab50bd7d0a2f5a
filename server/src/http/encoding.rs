//! `Accept-Encoding`, for files that lie there compressed already (RFC 9110, 12.5.3).

/// How an answer's body is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Encoding {
    /// As it is.
    Identity,
    /// gzip.
    Gzip,
    /// Brotli.
    Brotli,
}

impl Encoding {
    /// The header's word for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }

    /// The smallest coding that the browser takes; `q=0` refuses one, `*` stands for those not named. Where nothing is
    /// acceptable the answer is as it is: a browser that refuses everything gets something.
    pub(super) fn choose(accept: &str) -> Self {
        [Self::Brotli, Self::Gzip]
            .into_iter()
            .filter(|coding| weight(accept, coding.name()) > 0.0)
            .max_by(|a, b| weight(accept, a.name()).total_cmp(&weight(accept, b.name())).then(a.cmp(b)))
            .unwrap_or(Self::Identity)
    }
}

/// 0 where the header does not allow it.
fn weight(accept: &str, coding: &str) -> f32 {
    let mut any = 0.0;
    for part in accept.split(',') {
        let mut parameters = part.split(';').map(str::trim);
        let name = parameters.next().unwrap_or_default();
        let quality =
            parameters.find_map(|parameter| parameter.strip_prefix("q=").or(parameter.strip_prefix("Q=")));
        let quality = quality.map_or(1.0, |q| q.trim().parse::<f32>().unwrap_or(0.0)).clamp(0.0, 1.0);
        if name.eq_ignore_ascii_case(coding) {
            return quality;
        }
        if name == "*" {
            any = quality;
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_coding_that_is_allowed_wins() {
        for (accept, expected) in [
            ("", Encoding::Identity),
            ("identity", Encoding::Identity),
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("gzip, deflate", Encoding::Gzip),
            ("br;q=0, gzip", Encoding::Gzip),
            ("br;q=0, gzip;q=0.0", Encoding::Identity),
            ("br;q=0.5, gzip;q=0.9", Encoding::Gzip),
            ("*", Encoding::Brotli),
            ("br;q=0, *", Encoding::Gzip),
            ("*;q=0", Encoding::Identity),
            ("GZIP", Encoding::Gzip),
            ("br;q=nonsense", Encoding::Identity),
        ] {
            assert_eq!(Encoding::choose(accept), expected, "{accept}");
        }
    }
}
