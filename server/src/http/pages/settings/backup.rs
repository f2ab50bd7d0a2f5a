//! A backup as a download. It is written beside the database first, so that what a browser gets is whole, and is gone from the disk
//! when the browser has it or has left.

use std::io;
use std::path::Path;
use std::time::Duration;

use app::time;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, TryStreamExt as _, stream};
use tokio::fs::{self, File};
use tokio::io::AsyncReadExt;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::backup;
use crate::http::{AppState, Need, Page, PageError, Routes};
use crate::store::Actor;

/// Where it is written.
const FILE: &str = "backup.download";
/// Bytes that are read at a time.
const CHUNK: usize = 64 * 1024;

/// Within this time an error has a page of its own, and a download its length. Well below the time after which a request is given up.
const PATIENCE: Duration = Duration::from_secs(15);

/// A backup that nobody else can open, and its length in bytes.
type Made = Result<(File, u64), PageError>;

/// One at a time: each takes as much room as the database.
static TURN: Mutex<()> = Mutex::const_new(());

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new().post_as(Need::Administrator, "/settings/backup", download)
}

async fn download(State(state): State<AppState>, page: Page) -> Result<Response, PageError> {
    // On its own: whoever leaves meanwhile, or waits too long, leaves no copy of everything behind.
    let mut making = tokio::spawn(made(state, page.actor().clone()));
    let (length, body) = match tokio::time::timeout(PATIENCE, &mut making).await {
        Ok(made) => {
            let (file, length) =
                made.map_err(|error| PageError::internal("cannot make a backup", error))??;
            (Some(length), Body::from_stream(chunks(file)))
        }
        // A large database: the download begins before it is known how long it will be. If it fails, less comes than nothing.
        Err(_) => (None, Body::from_stream(stream::once(late(making)).try_flatten())),
    };
    let name = format!("arapaima-{}.backup", time::iso(page.now_ms()).replace([':', '-'], ""));
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.sqlite3")),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    let mut response = (headers, body).into_response();
    if let Some(length) = length {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(response)
}

/// A file, piece by piece.
fn chunks(file: File) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold(file, |mut file| async move {
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
    })
}

/// The file, once it is made. The browser learns of a failure by a download that breaks off, the operator by the log.
async fn late(making: JoinHandle<Made>) -> io::Result<impl Stream<Item = io::Result<Bytes>>> {
    let made = making.await.map_err(io::Error::other)?;
    let (file, _) = made.map_err(|error| {
        tracing::error!(?error, "cannot make a backup");
        io::Error::other("there is no backup")
    })?;
    Ok(chunks(file))
}

async fn made(state: AppState, actor: Actor) -> Made {
    let path = state.config.data.join(FILE);
    let _turn = TURN.lock().await;
    let made = written(&state, &actor, &path).await;
    // With its name gone the file lives as long as somebody reads it, and not longer.
    match fs::remove_file(&path).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), %error, "cannot remove a backup");
        }
        _ => {}
    }
    made
}

async fn written(state: &AppState, actor: &Actor, path: &Path) -> Made {
    let failed = |error| PageError::internal("cannot read the backup", error);
    // Of a console that was killed meanwhile.
    let _gone = fs::remove_file(path).await;
    match backup::make(&state.store, actor, &state.config.data, path).await {
        Ok(()) => {}
        Err(backup::Error::Store(error)) => return Err(error.into()),
        Err(error) => return Err(PageError::internal("cannot make a backup", error)),
    }
    let file = File::open(path).await.map_err(failed)?;
    let length = file.metadata().await.map_err(failed)?.len();
    Ok((file, length))
}
