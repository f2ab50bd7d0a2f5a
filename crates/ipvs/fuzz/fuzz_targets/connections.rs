//! Whatever the file says: rows, or a count of what could not be read.

#![no_main]

use ipvs::connections::{Filter, scan};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let mut matched = 0;
    let scan = scan(file, &Filter::default(), || false, |_| matched += 1).expect("memory can be read");
    assert!(scan.complete && scan.matched == matched && scan.matched == scan.rows);
});
