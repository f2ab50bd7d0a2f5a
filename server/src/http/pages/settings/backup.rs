//! A backup as a download. It is written beside the database first, so that what a browser gets is whole, and is gone from the disk
//! when the browser has it or has left.

use std::path::Path;

use app::time;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::fs::{self, File};
use tokio::io::AsyncReadExt;
use tokio::sync::Mutex;

use crate::backup;
use crate::http::{AppState, Need, Page, PageError, Routes};

/// Where it is written.
const FILE: &str = "backup.download";
/// Bytes that are read at a time.
const CHUNK: usize = 64 * 1024;

/// One at a time: each takes as much room as the database.
static TURN: Mutex<()> = Mutex::const_new(());

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new().post_as(Need::Administrator, "/settings/backup", download)
}

async fn download(State(state): State<AppState>, page: Page) -> Result<Response, PageError> {
    let path = state.config.data.join(FILE);
    let (file, length) = {
        let _turn = TURN.lock().await;
        let made = made(&state, &page, &path).await;
        // With its name gone the file lives as long as somebody reads it, and not longer.
        match fs::remove_file(&path).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(path = %path.display(), %error, "cannot remove a backup");
            }
            _ => {}
        }
        made?
    };
    let name = format!("arapaima-{}.backup", time::iso(page.now_ms()).replace([':', '-'], ""));
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    let chunks = stream::unfold(file, |mut file| async move {
        let mut chunk = vec![0; CHUNK];
        match file.read(&mut chunk).await {
            Ok(0) => None,
            Ok(read) => {
                chunk.truncate(read);
                Some((Ok(Bytes::from(chunk)), file))
            }
            // The browser learns of it: less comes than was said.
            Err(error) => Some((Err(error), file)),
        }
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.sqlite3")),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_LENGTH, HeaderValue::from(length)),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

async fn made(state: &AppState, page: &Page, path: &Path) -> Result<(File, u64), PageError> {
    let failed = |error| PageError::internal("cannot read the backup", error);
    // Of a console that was killed meanwhile.
    let _gone = fs::remove_file(path).await;
    match backup::make(&state.store, page.actor(), &state.config.data, path).await {
        Ok(()) => {}
        Err(backup::Error::Store(error)) => return Err(error.into()),
        Err(error) => return Err(PageError::internal("cannot make a backup", error)),
    }
    let file = File::open(path).await.map_err(failed)?;
    let length = file.metadata().await.map_err(failed)?.len();
    Ok((file, length))
}
