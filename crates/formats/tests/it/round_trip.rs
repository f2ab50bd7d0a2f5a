//! What is printed reads back the same, whatever was read; and nothing makes the reader panic.

use formats::lvscf::{self, Text};
use proptest::prelude::*;

use crate::samples::SAMPLES;

/// The one property: a file is refused in words that can be shown, or it survives being printed.
fn check(source: &[u8]) {
    match lvscf::parse(source) {
        Err(diagnostic) => {
            assert!(diagnostic.span.start <= diagnostic.span.end && diagnostic.span.end <= source.len());
            assert!(!diagnostic.render("lvs.cf", source).is_empty());
        }
        Ok(parsed) => {
            let printed = lvscf::print(&parsed.values);
            let again = lvscf::parse(&printed)
                .unwrap_or_else(|diagnostic| panic!("{diagnostic}\n{}", Text::from(printed.as_slice())));
            assert_eq!(again.values, parsed.values, "{}", Text::from(printed.as_slice()));
        }
    }
}

/// Pieces that mean something to the reader, so that chance builds files that are nearly right.
pub(crate) fn piece() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&str] = &[
        "\n",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\t",
        " ",
        " = ",
        " = ",
        " = ",
        "=",
        "\"",
        "'",
        "#",
        "{",
        "}",
        "\n}\n",
        "[",
        " ]",
        "\0",
        "virtual a {\n",
        "virtual \"a b\" {\n",
        "failover f {\n",
        "server s {\n",
        "server 's t' {\n",
        "primary = 10.0.0.1\n",
        "primary_private = 10.1\n",
        "backup = 1.2.3.4\n",
        "backup_private = 1.2.3.5\n",
        "active = 1\n",
        "address = 10.0.0.2 eth0:1\n",
        "address = 10.0.0.3\n",
        "port = 0x50\n",
        "port = http\n",
        "weight = -3\n",
        "pmask = 0xffffffff\n",
        "pmask = 255.255.255.255\n",
        "vip_nmask = 255.255.255.0\n",
        "fwmark = -1\n",
        "send = \"GET / x\"\n",
        "send = 'a\"b c'\n",
        "send = \"a\"b c\"\n",
        "expect = x\"y\n",
        "active_cmd = \"\"\n",
        "active_cmd = 'x y'\n",
        "load_monitor = none\n",
        "dirs = [ a \"b c\" ]\n",
        "nat_router = 0 x\n",
        "rsh_command",
        "syncd_iface",
        "start_cmd",
        "scheduler = rr\n",
        "sync = 1\n",
        "service = fos\n",
        "x",
        "10.0.0.9",
        "\u{e9}",
        "reservation_conflict_action = nothing\n",
        "master = 10.2\n",
        "# note\n",
    ];
    prop_oneof![
        20 => prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ]
}

/// One small change to a file, like those an editor's slip or a bad copy makes.
pub(crate) fn mutate(file: &mut Vec<u8>, kind: u8, at: usize, piece: &[u8]) {
    let at = at % (file.len() + 1);
    let line_end = |from: usize, file: &[u8]| {
        file[from..].iter().position(|byte| *byte == b'\n').map_or(file.len(), |n| from + n + 1)
    };
    let start = file[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |n| n + 1);
    let end = line_end(at, file);
    match kind % 7 {
        0 => file.truncate(at),
        1 => drop(file.drain(start..end)),
        2 => drop(file.splice(at..at, piece.iter().copied())),
        3 => drop(file.splice(start..start, piece.iter().copied())),
        4 => {
            let line = file[start..end].to_vec();
            drop(file.splice(end..end, line));
        }
        5 => {
            if let Some(byte) = file.get_mut(at) {
                *byte = piece.first().copied().unwrap_or(b'x');
            }
        }
        _ => {
            let line: Vec<_> = file.drain(start..end).collect();
            let to = at.wrapping_mul(31) % (file.len() + 1);
            drop(file.splice(to..to, line));
        }
    }
}

#[test]
fn samples_survive_printing() {
    for crate::samples::Sample { source, .. } in SAMPLES.iter() {
        check(source);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_refused_or_survive(source in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&source);
    }

    #[test]
    fn pieces_are_refused_or_survive(pieces in prop::collection::vec(piece(), 0..40)) {
        check(&pieces.concat());
    }

    #[test]
    fn mutated_samples_are_refused_or_survive(
        sample in 0..120_usize,
        mutations in prop::collection::vec((any::<u8>(), any::<usize>(), piece()), 1..4),
    ) {
        let mut source = SAMPLES[sample].source.clone();
        for (kind, at, piece) in mutations {
            mutate(&mut source, kind, at, &piece);
        }
        check(&source);
    }
}
