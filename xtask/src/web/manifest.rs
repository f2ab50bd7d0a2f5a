//! `manifest.json`: from the names that pages use (`app.js`) to the names that files have (`app.3f2a….js`), with what
//! the console needs to answer for them.
//!
//! ```json
//! { "stamp": "…", "files": { "app.js": { "file": "app.0123456789abcdef.js", "bytes": 1, "gzip": 1, "brotli": 1,
//!   "integrity": "sha384-…" } } }
//! ```
//! `bytes`, `gzip` and `brotli` are the sizes of FILE, FILE.gz and FILE.br, which lie beside the manifest.

use super::{compress, hash};
use crate::say;
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha384};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;

const NAME: &str = "manifest.json";

/// The files of one build.
pub(crate) struct Manifest {
    stamp: String,
    files: BTreeMap<String, File>,
}

struct File {
    name: String,
    content: Vec<u8>,
    /// Sizes of the gzip and the brotli form; known once written.
    compressed: (usize, usize),
}

impl Manifest {
    /// No files yet; `stamp` says what the build was made from.
    pub(crate) fn new(stamp: &str) -> Self {
        Self { stamp: stamp.to_owned(), files: BTreeMap::new() }
    }

    /// Adds a file under the name that pages use; gives back the name it gets.
    pub(crate) fn add(&mut self, logical: &str, content: Vec<u8>) -> String {
        let name = hashed_name(logical, &content);
        self.files.insert(logical.to_owned(), File { name: name.clone(), content, compressed: (0, 0) });
        name
    }

    /// Writes every file, its compressed forms (all at once, on all cores) and the manifest.
    pub(crate) fn write(&mut self, dir: &Path) -> Result<()> {
        say::note("compressing (brotli, gzip)");
        thread::scope(|scope| -> Result<()> {
            let mut writers = Vec::new();
            for file in self.files.values_mut() {
                writers.push(scope.spawn(|| file.write(dir)));
            }
            for writer in writers {
                writer.join().map_err(|_| anyhow::anyhow!("compressing a file panicked"))??;
            }
            Ok(())
        })?;
        let path = dir.join(NAME);
        let text = format!("{:#}\n", self.json());
        fs::write(&path, text).with_context(|| format!("could not write {}", path.display()))
    }

    /// Whether `dir` holds a whole build with this stamp.
    pub(crate) fn is_complete(dir: &Path, stamp: &str) -> bool {
        let Ok(text) = fs::read_to_string(dir.join(NAME)) else { return false };
        let Ok(json) = serde_json::from_str::<Value>(&text) else { return false };
        let files = json["files"].as_object();
        json["stamp"] == stamp
            && files.is_some_and(|files| {
                files.values().filter_map(|file| file["file"].as_str()).all(|name| {
                    ["", ".gz", ".br"].iter().all(|suffix| dir.join(format!("{name}{suffix}")).exists())
                })
            })
    }

    /// One line per file: what it weighs.
    pub(crate) fn words(&self) -> Vec<String> {
        let line = |(logical, file): (&String, &File)| {
            let (gzip, brotli) = file.compressed;
            format!(
                "{logical}: {}, gzip {}, brotli {}",
                say::size(file.content.len() as u64),
                say::size(gzip as u64),
                say::size(brotli as u64)
            )
        };
        self.files.iter().map(line).collect()
    }

    fn json(&self) -> Value {
        let files: serde_json::Map<String, Value> = self
            .files
            .iter()
            .map(|(logical, file)| {
                let entry = json!({
                    "file": file.name,
                    "bytes": file.content.len(),
                    "gzip": file.compressed.0,
                    "brotli": file.compressed.1,
                    "integrity": format!("sha384-{}", hash::base64(&Sha384::digest(&file.content))),
                });
                (logical.clone(), entry)
            })
            .collect();
        json!({ "stamp": self.stamp, "files": files })
    }
}

impl File {
    fn write(&mut self, dir: &Path) -> Result<()> {
        let (gzip, brotli) = thread::scope(|scope| {
            let brotli = scope.spawn(|| compress::brotli(&self.content));
            let gzip = compress::gzip(&self.content);
            (gzip, brotli.join())
        });
        let brotli = brotli.map_err(|_| anyhow::anyhow!("brotli panicked"))??;
        let gzip = gzip?;
        self.compressed = (gzip.len(), brotli.len());
        for (suffix, content) in [("", &self.content), (".gz", &gzip), (".br", &brotli)] {
            let path = dir.join(format!("{}{suffix}", self.name));
            fs::write(&path, content).with_context(|| format!("could not write {}", path.display()))?;
        }
        Ok(())
    }
}

/// `app.js` → `app.0123456789abcdef.js`; a snippet in a directory becomes one flat name.
fn hashed_name(logical: &str, content: &[u8]) -> String {
    // 64 bits: no two versions of one file will meet by chance.
    let hash = hash::hex(&Sha256::digest(content)[..8]);
    let flat = logical.replace('/', "-");
    match flat.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{hash}.{extension}"),
        None => format!("{flat}.{hash}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_changes_with_the_content_and_keeps_its_ending() {
        let one = hashed_name("app.js", b"one");
        assert_eq!(one, "app.7692c3ad3540bb80.js");
        assert_ne!(one, hashed_name("app.js", b"two"));
        assert!(hashed_name("snippets/a-1/inline0.js", b"").starts_with("snippets-a-1-inline0."));
    }

    #[test]
    fn what_is_written_is_complete_until_something_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let mut manifest = Manifest::new("stamp");
        let name = manifest.add("app.css", b"body{margin:0}".repeat(50));
        manifest.write(dir.path()).unwrap();
        assert!(Manifest::is_complete(dir.path(), "stamp"));
        assert!(!Manifest::is_complete(dir.path(), "another"));
        let json: Value = serde_json::from_slice(&fs::read(dir.path().join(NAME)).unwrap()).unwrap();
        let entry = &json["files"]["app.css"];
        assert_eq!(entry["file"], name.as_str());
        assert_eq!(entry["bytes"], 700);
        for (key, suffix) in [("gzip", ".gz"), ("brotli", ".br")] {
            let size = fs::metadata(dir.path().join(format!("{name}{suffix}"))).unwrap().len();
            assert_eq!(entry[key], size);
            assert!(size < 100, "{key}: {size}");
        }
        assert!(entry["integrity"].as_str().unwrap().starts_with("sha384-"));
        fs::remove_file(dir.path().join(format!("{name}.br"))).unwrap();
        assert!(!Manifest::is_complete(dir.path(), "stamp"));
    }
}
