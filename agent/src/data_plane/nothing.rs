//! No data plane: a real server balances nothing.

use std::time::Duration;

use async_trait::async_trait;
use model::table::{Marking, Scope, Step};
use model::{Code, Why};

use super::{Counters, DataPlane, DataPlaneError, Facts, Holding, Kind, Leaving, Listener, Scan, StepError};

/// Holds nothing, and takes nothing in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

#[async_trait]
impl DataPlane for Nothing {
    fn facts(&self) -> Facts {
        Facts {
            kind: Kind::Nothing,
            reason: "a real server balances nothing".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            connection_limit: 0,
            connection_table: 0,
            kernel_release: String::new(),
            schedulers: Vec::new(),
            marking: Marking::ByMark,
            refuses: Vec::new(),
        }
    }

    async fn read(&self, _scope: &Scope) -> Result<Holding, DataPlaneError> {
        Ok(Holding::default())
    }

    async fn apply(&self, steps: &[Step]) -> Vec<Result<(), StepError>> {
        let why = Why::of("a real server balances nothing", Code::TableMoved);
        vec![Err(StepError(why)); steps.len()]
    }

    async fn counters(&self, _before: Counters) -> Result<Counters, DataPlaneError> {
        Ok(Counters::default())
    }

    async fn connections(&self, _within: Duration, _listen: Listener) -> Result<Scan, DataPlaneError> {
        Ok(Scan { finished: true, ..Scan::default() })
    }

    async fn leave(&self, _deadline: Duration) -> Leaving {
        Leaving::default()
    }
}
