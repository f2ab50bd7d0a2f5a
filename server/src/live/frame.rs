//! One second of a cluster, in the forms that it is asked for: each is made once, by the first who asks.

#![expect(clippy::disallowed_types, reason = "asked for by key alone; nobody walks it")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use app::Lang;
use app::frame::{HeaderDraft, header_parts};
use app::live::{Look, Numbers, Shape, Trends, View, sheet};
use app::sheet::Sheet;
use model::{ClusterId, Generation};

use crate::store::Draft;

/// The shortest time between two values of a trend, in milliseconds: frames also come between the seconds, when something
/// changes.
const TICK_MS: i64 = 900;
/// The most different looks at one second that are kept; further ones are made for each viewer anew.
const MOST_SHEETS: usize = 64;

/// One second of a cluster.
#[derive(Debug)]
pub struct Frame {
    version: u64,
    ticked_ms: i64,
    shape: Arc<Shape>,
    numbers: Arc<Numbers>,
    trends: Arc<Trends>,
    draft: HeaderDraft,
    json: (OnceLock<Arc<str>>, OnceLock<Arc<str>>),
    sheets: Mutex<HashMap<Looked, Arc<Sheet>>>,
}

/// What somebody looks at, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Looked {
    /// The cluster.
    pub cluster: ClusterId,
    /// Filter, order, page.
    pub view: View,
    /// Columns and rows.
    pub look: Look,
    /// The language.
    pub lang: Lang,
    /// Whether that is all they may do.
    pub look_only: bool,
}

impl Frame {
    /// The second after `before`.
    pub(super) fn after(
        before: Option<&Self>,
        (shape, numbers, draft): (Shape, Numbers, HeaderDraft),
    ) -> Self {
        let (version, shape) = match before {
            Some(before) if *before.shape == shape => (before.version, Arc::clone(&before.shape)),
            _ => (before.map_or(1, |before| before.version + 1), Arc::new(shape)),
        };
        let mut trends = before.map(|before| Arc::clone(&before.trends)).unwrap_or_default();
        let mut ticked_ms = before.map_or(0, |before| before.ticked_ms);
        if numbers.at.saturating_sub(ticked_ms) >= TICK_MS || numbers.at < ticked_ms {
            ticked_ms = numbers.at;
            Arc::make_mut(&mut trends).push(&numbers);
        }
        let (json, sheets) = Default::default();
        Self { version, ticked_ms, shape, numbers: Arc::new(numbers), trends, draft, json, sheets }
    }

    /// Whether it says of the draft and of what is applied what they are now.
    pub fn is_of(&self, draft: &Draft) -> bool {
        let applied = draft.applied.as_ref().map(|revision| revision.generation);
        (applied, draft.changes) == (Some(Generation(self.shape.generation)), self.draft.changes)
    }

    /// Counts up when the shape changes.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// What there is, and how it fares.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Connections and rates.
    pub fn counted(&self) -> &Arc<Numbers> {
        &self.numbers
    }

    /// The last minute.
    pub fn trends(&self) -> &Trends {
        &self.trends
    }

    /// [`Shape`] as JSON, for programs.
    pub fn shape_json(&self) -> Arc<str> {
        json(&self.json.0, self.shape.as_ref())
    }

    /// [`Numbers`] as JSON, for programs.
    pub fn numbers_json(&self) -> Arc<str> {
        json(&self.json.1, self.numbers.as_ref())
    }

    /// The page, for browsers.
    pub fn sheet(&self, looked: &Looked) -> Arc<Sheet> {
        let known = |sheets: &HashMap<Looked, Arc<Sheet>>| sheets.get(looked).cloned();
        if let Some(sheet) = known(&self.sheets()) {
            return sheet;
        }
        let Looked { cluster, view, look, lang, look_only } = looked;
        let data = (self.shape.as_ref(), self.numbers.as_ref(), self.trends.as_ref());
        let mut made = sheet(cluster.0, data, view, look, *lang);
        let said = (self.shape.as_ref(), &self.draft);
        made.parts.extend(header_parts(*cluster, said, *look_only, *lang, self.numbers.at));
        let made = Arc::new(made);
        let mut sheets = self.sheets();
        if sheets.len() < MOST_SHEETS {
            sheets.insert(looked.clone(), Arc::clone(&made));
        }
        made
    }

    fn sheets(&self) -> std::sync::MutexGuard<'_, HashMap<Looked, Arc<Sheet>>> {
        self.sheets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn json(made: &OnceLock<Arc<str>>, value: &impl serde::Serialize) -> Arc<str> {
    // Plain data always has a JSON form.
    Arc::clone(made.get_or_init(|| serde_json::to_string(value).unwrap_or_default().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(at: i64) -> Numbers {
        Numbers { at, known: true, rows: vec![[1, 0, 1, 0, 5, 0, 0]] }
    }

    #[test]
    fn the_version_counts_shapes_and_trends_count_seconds() {
        let after = |before, shape, at| Frame::after(before, (shape, numbers(at), HeaderDraft::default()));
        let one = after(None, Shape::default(), 10_000);
        let two = after(Some(&one), Shape::default(), 11_000);
        assert_eq!((one.version(), two.version()), (1, 1));
        assert!(Arc::ptr_eq(&one.shape, &two.shape));
        let between = after(Some(&two), Shape { running: true, ..Shape::default() }, 11_200);
        assert_eq!((between.version(), between.trends().ticks()), (2, 2), "no second has passed");
        let three = after(Some(&between), Shape::default(), 12_000);
        assert_eq!(three.trends().connections().newest(9), [5, 5, 5]);
    }

    #[test]
    fn viewers_of_the_same_share_one_page() {
        let frame = Frame::after(None, (Shape::default(), numbers(1), HeaderDraft::default()));
        let (view, look) = Default::default();
        let looked = Looked { cluster: ClusterId(1), view, look, lang: Lang::En, look_only: false };
        let other = Looked { lang: Lang::Zh, ..looked.clone() };
        assert!(Arc::ptr_eq(&frame.sheet(&looked), &frame.sheet(&looked)));
        assert!(!Arc::ptr_eq(&frame.sheet(&looked), &frame.sheet(&other)));
        for page in 1..200 {
            frame.sheet(&Looked { view: View { page, ..View::default() }, ..looked.clone() });
        }
        assert_eq!(frame.sheets().len(), MOST_SHEETS);
    }
}
