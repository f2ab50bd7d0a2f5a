//! Which kind of file this is.

/// The kinds of files that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Piranha's `lvs.cf`.
    LvsCf,
    /// The commands that `ipvsadm-save` writes.
    Ipvsadm,
    /// A revision as the console exports it: `model::Desired`, JSON.
    Revision,
}

impl Format {
    /// By the first word that is no comment: options and `ipvsadm` itself begin a line of commands, keywords one of `lvs.cf`, a
    /// brace a revision.
    #[must_use]
    pub fn detect(source: &[u8]) -> Self {
        let mut lines = source.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
        let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"#")).unwrap_or_default();
        let word = first.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        let program = word.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        if word.starts_with(b"{") {
            Self::Revision
        } else if word.starts_with(b"-") || program == b"ipvsadm" {
            Self::Ipvsadm
        } else {
            Self::LvsCf
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_tells() {
        assert_eq!(Format::detect(b"# saved\n\n-A -t 10.0.0.1:80 -s wlc\n"), Format::Ipvsadm);
        assert_eq!(Format::detect(b"/sbin/ipvsadm -A -f 1"), Format::Ipvsadm);
        assert_eq!(Format::detect(b"serial_no = 1\n"), Format::LvsCf);
        assert_eq!(Format::detect(b"\n {\"running\":true}"), Format::Revision);
        assert_eq!(Format::detect(b""), Format::LvsCf);
    }
}
