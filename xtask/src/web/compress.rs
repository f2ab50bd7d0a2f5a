//! The two forms that browsers accept, at their strongest: files are compressed once and served often.

use anyhow::{Context as _, Result};
use std::io::Write as _;

/// Quality 11 with the largest window browsers take (2^24 bytes).
pub(super) fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 24,
        size_hint: content.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters).context("brotli failed")?;
    Ok(compressed)
}

/// Level 9.
pub(super) fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).context("gzip failed")?;
    encoder.finish().context("gzip failed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn both_forms_come_back() {
        let content = b"virtual service, real server, director. ".repeat(200);
        let mut back = Vec::new();
        brotli::BrotliDecompress(&mut &brotli(&content).unwrap()[..], &mut back).unwrap();
        assert_eq!(back, content);
        back.clear();
        flate2::read::GzDecoder::new(&gzip(&content).unwrap()[..]).read_to_end(&mut back).unwrap();
        assert_eq!(back, content);
    }
}
