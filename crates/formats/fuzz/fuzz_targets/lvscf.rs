//! Whatever the bytes: they are refused in words, or what is printed reads back the same and can be imported.
//!
//! A corpus to start from: `mkdir -p fuzz/corpus/lvscf && cp tests/samples/*.cf fuzz/corpus/lvscf/`.

#![no_main]

use formats::lvscf;
use libfuzzer_sys::fuzz_target;
use model::Name;

fuzz_target!(|source: &[u8]| {
    match lvscf::parse(source) {
        Err(diagnostic) => {
            let _ = diagnostic.render("lvs.cf", source);
        }
        Ok(parsed) => {
            let printed = lvscf::print(&parsed.values);
            assert_eq!(lvscf::parse(&printed).expect("printed files are accepted").values, parsed.values);
            let name = Name::parse("fuzz").expect("a name");
            let imported = lvscf::import(source, name).expect("accepted files are imported");
            let _ = lvscf::print(&lvscf::export(&imported.cluster).values);
        }
    }
});
