//! Whether a desired state that the console offers is taken. Pure.

use model::{Cause, Code, Generation, SpecHash, Why};

/// What to do with an offered desired state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Newer: store it and act upon it.
    Take,
    /// The one at hand: nothing to do.
    Same,
    /// Older than the one at hand, which is this.
    Older(Generation),
    /// The generation at hand, with another content.
    OtherContent,
}

/// Compares an offer with what is at hand.
pub(super) fn judge(at_hand: Option<(Generation, SpecHash)>, offered: (Generation, SpecHash)) -> Verdict {
    let Some((generation, hash)) = at_hand else { return Verdict::Take };
    match offered.0.cmp(&generation) {
        std::cmp::Ordering::Greater => Verdict::Take,
        std::cmp::Ordering::Less => Verdict::Older(generation),
        std::cmp::Ordering::Equal if offered.1 == hash => Verdict::Same,
        std::cmp::Ordering::Equal => Verdict::OtherContent,
    }
}

impl Verdict {
    /// Why an offer of `generation` is not taken; none where it is.
    pub(super) fn refusal(self, generation: Generation) -> Option<Why> {
        match self {
            Self::Take | Self::Same => None,
            Self::Older(at_hand) => Some(Why::new(
                format!(
                    "the console offers generation {generation}, but this director has generation {at_hand} already; was \
                     the console's database restored from a copy? Apply until its generation is above {at_hand}, or enrol \
                     this director anew"
                ),
                Cause::new(Code::OlderGeneration, [("offered", &generation), ("newest", &at_hand)]),
            )),
            Self::OtherContent => Some(Why::new(
                format!(
                    "the console offers another content for generation {generation} than this director has; was the \
                     console's database restored from a copy? Apply once more, or enrol this director anew"
                ),
                Cause::new(Code::OtherContent, [("generation", &generation)]),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(at_hand: Option<(u64, u8)>, offered: (u64, u8), expected: Verdict) {
        let pair = |(generation, hash): (u64, u8)| (Generation(generation), SpecHash([hash; 32]));
        assert_eq!(judge(at_hand.map(pair), pair(offered)), expected, "{at_hand:?} {offered:?}");
    }

    #[test]
    fn only_what_is_newer_is_taken() {
        check(None, (1, 1), Verdict::Take);
        check(Some((1, 1)), (2, 1), Verdict::Take);
        check(Some((1, 1)), (9, 9), Verdict::Take);
        check(Some((2, 1)), (2, 1), Verdict::Same);
        check(Some((2, 1)), (2, 2), Verdict::OtherContent);
        check(Some((2, 1)), (1, 1), Verdict::Older(Generation(2)));
    }

    #[test]
    fn refusals_say_what_to_do() {
        let text = Verdict::Older(Generation(7)).refusal(Generation(3)).unwrap();
        assert!(text.contains("generation 3") && text.contains("above 7"), "{text}");
        assert!(Verdict::OtherContent.refusal(Generation(3)).is_some());
        assert_eq!(Verdict::Same.refusal(Generation(3)), None);
    }
}
