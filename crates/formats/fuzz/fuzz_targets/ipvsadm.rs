//! Whatever the bytes: they are refused in words, or what is printed reads back the same and can be imported.
//!
//! A corpus to start from: `mkdir -p fuzz/corpus/ipvsadm && cp tests/ipvsadm/*.save fuzz/corpus/ipvsadm/`.

#![no_main]

use formats::ipvsadm;
use libfuzzer_sys::fuzz_target;
use model::{Forwarding, Name};

fuzz_target!(|source: &[u8]| {
    match ipvsadm::parse(source) {
        Err(diagnostic) => {
            let _ = diagnostic.render("saved", source);
        }
        Ok(mut parsed) => {
            let name = Name::parse("fuzz").expect("a name");
            let imported = ipvsadm::import(source, name, &ipvsadm::Supplement::default()).expect("imported");
            let _ = ipvsadm::print(&ipvsadm::export(&imported.cluster).rules);
            let printed = ipvsadm::print(&parsed.rules);
            if printed.is_empty() {
                return;
            }
            let local = |destination: &mut ipvsadm::Destination| {
                if destination.forwarding == Forwarding::Local {
                    destination.forwarding = Forwarding::DirectRouting;
                }
            };
            parsed.rules.services.iter_mut().flat_map(|service| &mut service.destinations).for_each(local);
            assert_eq!(ipvsadm::parse(printed.as_bytes()).expect("printed rules are accepted").rules, parsed.rules);
        }
    }
});
