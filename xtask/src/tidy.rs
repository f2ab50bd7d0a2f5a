//! House rules that neither rustfmt nor clippy knows, as tests over the work tree.

#[cfg(test)]
mod tests {
    use crate::{place, run};
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    /// A file longer than this (without its tests) has more than one subject. Reviewers look hard from 400 on.
    const LINES: usize = 500;

    /// Files that may be longer, each with its reason.
    const LONGER: &[(&str, &str)] = &[(
        "app/examples/gallery.rs",
        "made-up data for each page once; there is no second subject to split off",
    )];

    /// The Rust files that git knows or would take up, with their text.
    fn sources() -> Vec<(String, String)> {
        let mut git = Command::new("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.rs"]);
        let names = run::read(git.current_dir(place::root())).unwrap();
        names
            .split('\0')
            .filter(|name| !name.is_empty())
            .filter_map(|name| Some((name.to_owned(), fs::read_to_string(place::root().join(name)).ok()?)))
            .collect()
    }

    /// Tests may be as long as what they test needs.
    fn is_test(name: &str) -> bool {
        name.contains("/tests/") || name.ends_with("/tests.rs")
    }

    fn lines_without_tests(text: &str) -> usize {
        text.lines().take_while(|line| *line != "#[cfg(test)]").count()
    }

    /// An attribute that silences a lint without ever ending.
    fn silences(text: &str) -> Option<usize> {
        let start =
            |line: &str| ["#[al", "#![al"].iter().any(|start| line.starts_with(&format!("{start}low(")));
        text.lines().position(|line| start(line.trim_start())).map(|line| line + 1)
    }

    #[test]
    fn the_rules_see_what_breaks_them() {
        assert_eq!(lines_without_tests("a\nb\n#[cfg(test)]\nmod tests {}\n"), 2);
        assert_eq!(silences(&format!("x\n  #[al{}(dead_code)]", "low")), Some(2));
        assert_eq!(silences("#[expect(dead_code, reason = \"…\")]"), None);
    }

    #[test]
    fn files_have_one_subject() {
        let long: Vec<_> = sources()
            .into_iter()
            .filter(|(name, _)| !LONGER.iter().any(|(longer, _)| longer == name))
            .map(|(name, text)| (lines_without_tests(&text), name))
            .filter(|(lines, name)| *lines > LINES && !is_test(name))
            .collect();
        assert!(long.is_empty(), "over {LINES} lines without tests; split them: {long:#?}");
    }

    #[test]
    fn lints_are_expected_not_silenced() {
        let found: Vec<_> = sources()
            .into_iter()
            .filter_map(|(name, text)| Some(format!("{name}:{}", silences(&text)?)))
            .collect();
        assert!(found.is_empty(), "write #[expect(…, reason = \"…\")] instead: {found:#?}");
    }

    #[test]
    fn every_crate_is_under_the_workspace_lints() {
        let root = place::root();
        let mut git = Command::new("git");
        git.args(["ls-files", "-z", "--", "*/Cargo.toml"]);
        for name in run::read(git.current_dir(&root)).unwrap().split('\0').filter(|name| !name.is_empty()) {
            let text = fs::read_to_string(root.join(name)).unwrap();
            assert!(
                text.contains("[lints]\nworkspace = true") || text.contains("[workspace]"),
                "{name} does not take the workspace's lints"
            );
        }
    }

    #[test]
    fn no_lock_file_of_npm_names_a_host() {
        for name in ["end2end/package-lock.json", "xtask/wasm-opt/package-lock.json"] {
            let text = fs::read_to_string(Path::new(&place::root()).join(name)).unwrap();
            assert!(
                !text.contains("\"resolved\""),
                "{name} names where packages came from; other machines use mirrors"
            );
        }
    }
}
