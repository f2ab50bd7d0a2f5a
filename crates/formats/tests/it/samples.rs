//! Every recorded sample gives the recorded answer, to the letter.

use std::fs;
use std::path::PathBuf;

use formats::lvscf;

pub(crate) fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples")
}

/// The numbered samples: name, file, recorded answer.
pub(crate) fn recorded() -> Vec<(String, Vec<u8>, String)> {
    let mut samples: Vec<_> = fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path.with_extension("cf")).unwrap(), fs::read_to_string(&path).unwrap())
        })
        .collect();
    samples.sort();
    samples
}

#[test]
fn each_sample_gives_the_recorded_answer() {
    let samples = recorded();
    assert_eq!(samples.len(), 120);
    let wrong: Vec<_> = samples
        .into_iter()
        .filter_map(|(name, source, recorded)| {
            let answer = lvscf::to_json(&lvscf::parse(&source)).unwrap();
            (answer != recorded.trim_end())
                .then(|| format!("{name}\n  recorded {recorded}\n  answered {answer}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
