//! What the browser loads besides pages: few files, all in memory, under names that hold their hash.
//!
//! Answers come from a table that was read at start: no path is ever built from a request.

use std::collections::BTreeMap;
use std::path::{Path as FilePath, PathBuf};

use app::frame::AssetUrls;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;

use super::encoding::Encoding;
use super::visit::text;
use super::{AppState, PageError, Path};

/// The files of `target/site`.
#[derive(Clone, Debug)]
pub struct Assets {
    files: BTreeMap<String, File>,
    links: AssetUrls,
}

#[derive(Clone, Debug)]
struct File {
    content_type: &'static str,
    plain: Bytes,
    gzip: Option<Bytes>,
    brotli: Option<Bytes>,
}

/// Why there are no assets.
#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    /// A file cannot be read.
    #[error("cannot read {path}; `cargo xtask web` makes it, --site says where it is")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The manifest is not one.
    #[error("{path} is not a manifest of `cargo xtask web`; make it anew")]
    Manifest {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The manifest does not have a file that pages need.
    #[error("{path} does not list {name}; make it anew with `cargo xtask web`")]
    Missing {
        /// The manifest.
        path: PathBuf,
        /// Which.
        name: &'static str,
    },
}

#[derive(Deserialize)]
struct Manifest {
    files: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    file: String,
}

impl Assets {
    /// Reads the manifest in `site` and every file that it lists.
    pub fn load(site: &FilePath) -> Result<Self, AssetsError> {
        let path = site.join("manifest.json");
        let json = read(&path)?;
        let manifest: Manifest = serde_json::from_slice(&json)
            .map_err(|source| AssetsError::Manifest { path: path.clone(), source })?;
        let mut files = BTreeMap::new();
        for entry in manifest.files.values() {
            files.insert(entry.file.clone(), File::load(site, &entry.file)?);
        }
        let link = |name: &'static str| match manifest.files.get(name) {
            Some(entry) => Ok(format!("/assets/{}", entry.file)),
            None => Err(AssetsError::Missing { path: path.clone(), name }),
        };
        let links = AssetUrls { js: link("app.js")?, wasm: link("app.wasm")?, css: link("app.css")? };
        Ok(Self { files, links })
    }

    /// What pages link to.
    pub fn links(&self) -> &AssetUrls {
        &self.links
    }
}

/// `GET /assets/{*file}`. The name holds the content's hash, so it may be kept for ever and needs no validator.
pub(super) async fn get(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let file = state.assets.files.get(&name).ok_or(PageError::NotFound)?;
    let wanted = Encoding::choose(text(&headers, header::ACCEPT_ENCODING));
    let (encoding, body) = match (wanted, &file.brotli, &file.gzip) {
        (Encoding::Brotli, Some(body), _) => (Encoding::Brotli, body),
        (Encoding::Gzip, _, Some(body)) => (Encoding::Gzip, body),
        _ => (Encoding::Identity, &file.plain),
    };
    let mut response = (StatusCode::OK, Body::from(body.clone())).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if encoding != Encoding::Identity {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
    }
    Ok(response)
}

impl File {
    fn load(site: &FilePath, name: &str) -> Result<Self, AssetsError> {
        let compressed = |suffix: &str| {
            let path = site.join(format!("{name}.{suffix}"));
            path.is_file().then(|| read(&path)).transpose()
        };
        Ok(Self {
            content_type: content_type(name),
            plain: read(&site.join(name))?,
            gzip: compressed("gz")?,
            brotli: compressed("br")?,
        })
    }
}

fn read(path: &FilePath) -> Result<Bytes, AssetsError> {
    let bytes = std::fs::read(path).map_err(|source| AssetsError::Read { path: path.to_owned(), source })?;
    Ok(bytes.into())
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
