//! The last sixty seconds of a number as a line: a ring that never grows. The console draws it into the page, the browser
//! goes on from there.

use std::collections::VecDeque;
use std::fmt::Write as _;

/// How many seconds are kept.
pub const SECONDS: usize = 60;
/// The drawing's width and height, in tenths of a unit of its view box: integers spare the browser the code that prints
/// fractions.
const WIDTH: u64 = 600;
const HEIGHT: u64 = 160;
/// What stays free above and below, for the line's own width.
const MARGIN: u64 = 10;

/// The last sixty values, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trend {
    values: VecDeque<u64>,
}

impl Trend {
    /// One that was zero for so many seconds.
    pub fn zeros(seconds: usize) -> Self {
        Self { values: std::iter::repeat_n(0, seconds.min(SECONDS)).collect() }
    }

    /// Adds this second's value.
    pub fn push(&mut self, value: u64) {
        if self.values.len() == SECONDS {
            self.values.pop_front();
        }
        self.values.push_back(value);
    }

    /// Whether there was nothing but zero.
    pub fn is_flat(&self) -> bool {
        self.values.iter().all(|&value| value == 0)
    }

    /// The newest `count` values, the oldest of them first.
    pub fn newest(&self, count: usize) -> Vec<u64> {
        self.values.iter().skip(self.values.len().saturating_sub(count)).copied().collect()
    }

    /// The line as the `d` of an SVG path: the newest value at the right edge, the highest at the top. Empty where there
    /// is nothing to draw.
    pub fn path(&self) -> String {
        let mut path = String::new();
        if self.values.len() < 2 || self.is_flat() {
            return path;
        }
        let highest = self.values.iter().copied().max().unwrap_or(1).max(1);
        let start = SECONDS - self.values.len();
        for (index, &value) in self.values.iter().enumerate() {
            let x = (start + index) as u64 * WIDTH / (SECONDS as u64 - 1);
            let rise = u128::from(value) * u128::from(HEIGHT - 2 * MARGIN) / u128::from(highest);
            let y = HEIGHT - MARGIN - rise as u64;
            let command = if index == 0 { 'M' } else { 'L' };
            // Writing to a string cannot fail.
            let _ = write!(path, "{command}{}.{} {}.{}", x / 10, x % 10, y / 10, y % 10);
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_value_stands_at_the_right_and_the_ring_is_bounded() {
        let mut trend = Trend::default();
        for value in 0..200 {
            trend.push(value);
        }
        assert_eq!(trend.values.len(), SECONDS);
        assert!(trend.path().ends_with("L60.0 1.0"), "{}", trend.path());
        assert_eq!(trend.newest(2), [198, 199]);
        assert_eq!(trend.newest(500).len(), SECONDS);
    }

    #[test]
    fn nothing_is_drawn_where_nothing_happened() {
        let mut trend = Trend::default();
        trend.push(5);
        assert_eq!(trend.path(), "");
        assert_eq!(Trend::zeros(99).path(), "");
    }
}
