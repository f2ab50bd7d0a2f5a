//! Every recorded sample gives the recorded answer, to the letter.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use formats::lvscf;

pub(crate) fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples")
}

/// A numbered sample.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) source: Vec<u8>,
    /// The recorded answer, one line of JSON.
    pub(crate) answer: String,
}

/// The numbered samples, in order.
pub(crate) static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let mut samples: Vec<_> = fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| Sample {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            source: fs::read(path.with_extension("cf")).unwrap(),
            answer: fs::read_to_string(&path).unwrap(),
        })
        .collect();
    samples.sort_by(|a, b| a.name.cmp(&b.name));
    samples
});

#[test]
fn each_sample_gives_the_recorded_answer() {
    assert_eq!(SAMPLES.len(), 120);
    let wrong: Vec<_> = SAMPLES
        .iter()
        .filter_map(|Sample { name, source, answer }| {
            let given = lvscf::to_json(&lvscf::parse(source)).unwrap();
            (given != answer.trim_end()).then(|| format!("{name}\n  recorded {answer}\n  answered {given}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
