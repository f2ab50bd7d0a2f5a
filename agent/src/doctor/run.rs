//! `arapaima-agent doctor`.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use model::Gravity;
use tokio::sync::watch;

use super::machine::Linux;
use super::{Doctor, Ipvs, Machine as _, as_json, as_text};
use crate::cli::{Choice, Examine, Format};
use crate::clock::now_ms;
use crate::data_plane::Kind;
use crate::disk;

/// Examines this machine once; the exit code is the one that `--help` describes.
pub async fn run(options: &Examine) -> ExitCode {
    let (identity, desired) = match options.state.as_deref().map(disk::look).transpose() {
        Ok(found) => found.unwrap_or_default(),
        Err(error) => {
            tracing::error!("{:#}", anyhow::Error::new(error));
            return ExitCode::from(1);
        }
    };
    let (_end, desired) = watch::channel(desired.map(Arc::new));
    let plane = match options.data_plane {
        Choice::User => Kind::User,
        Choice::Simulated => Kind::Simulated,
        _ if matches!(Linux.ipvs(), Ipvs::Missing(_)) && options.data_plane == Choice::Auto => Kind::User,
        _ => Kind::Kernel,
    };
    let role = options.role.or(identity.map(|identity| identity.role)).unwrap_or_default();
    let machine = Arc::new(Linux);
    let doctor = Doctor { machine, role, plane, surroundings: None, desired, now_ms };
    let findings = match doctor.examine(None).await {
        Ok(findings) => findings,
        Err(reason) => {
            tracing::error!("{reason}");
            return ExitCode::from(1);
        }
    };
    let text = match options.format {
        Format::Text => as_text(&findings),
        Format::Json => as_json(&findings) + "\n",
    };
    // A reader that has gone away (`| head`) is not a failure.
    let _gone = std::io::stdout().lock().write_all(text.as_bytes());
    let grave = findings.iter().any(|finding| finding.gravity == Gravity::Failing);
    ExitCode::from(u8::from(grave))
}
