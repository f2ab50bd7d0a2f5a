//! The style sheet: the files of `style/` one after the other in the order of their names, without comments and
//! needless white space. Nothing is renamed or reordered.

use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;

/// All style sheets of a directory as one text.
pub(super) fn read(dir: &Path) -> Result<String> {
    let entries = dir.read_dir().with_context(|| format!("could not read {}", dir.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "css"));
    files.sort();
    let mut all = String::new();
    for file in files {
        let text = fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
        all.push_str(&text);
        all.push('\n');
    }
    Ok(all)
}

/// Takes out comments and white space that has no meaning. A space before a colon or around an operator may have one
/// (`a :hover`, `calc(1px + 2px)`), so it stays.
pub(super) fn minify(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css.chars().peekable();
    let mut space = false;
    while let Some(c) = rest.next() {
        match c {
            '/' if rest.peek() == Some(&'*') => {
                rest.next();
                skip_comment(&mut rest);
                space = true;
            }
            c if c.is_ascii_whitespace() => space = true,
            '"' | '\'' => {
                separate(&mut out, &mut space, c);
                out.push(c);
                copy_string(&mut out, &mut rest, c);
            }
            '\\' => {
                separate(&mut out, &mut space, c);
                out.push(c);
                out.extend(rest.next());
            }
            c => {
                separate(&mut out, &mut space, c);
                if c == '}' && out.ends_with(';') {
                    out.pop();
                }
                out.push(c);
            }
        }
    }
    out
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn skip_comment(rest: &mut Chars<'_>) {
    while let Some(c) = rest.next() {
        if c == '*' && rest.peek() == Some(&'/') {
            rest.next();
            return;
        }
    }
}

fn copy_string(out: &mut String, rest: &mut Chars<'_>, quote: char) {
    while let Some(c) = rest.next() {
        out.push(c);
        match c {
            '\\' => out.extend(rest.next()),
            c if c == quote => return,
            _ => {}
        }
    }
}

/// Writes the pending space unless what stands on either side makes it needless.
fn separate(out: &mut String, space: &mut bool, next: char) {
    if std::mem::take(space) {
        let needless_after = out.is_empty() || out.ends_with(['{', '}', ';', ',', ':', '(', '>']);
        let needless_before = matches!(next, '{' | '}' | ';' | ',' | ')' | '>');
        if !needless_after && !needless_before {
            out.push(' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(css: &str, expected: &str) {
        assert_eq!(minify(css), expected);
        assert_eq!(minify(expected), expected, "a second time changes nothing");
    }

    #[test]
    fn comments_and_needless_space_go() {
        check("/* tokens */\n:root {\n  --ink: oklch(20% 0 0);\n}\n", ":root{--ink:oklch(20% 0 0)}");
        check("a > b , c { margin : 0 ; }", "a>b,c{margin :0}");
        check(
            "@media (min-width: 40em) and (hover) { p { x: y } }",
            "@media (min-width:40em) and (hover){p{x:y}}",
        );
    }

    #[test]
    fn space_with_a_meaning_stays() {
        check("td :is(a, b) { width: calc(100% - 2 * 4px) }", "td :is(a,b){width:calc(100% - 2 * 4px)}");
        check("a/**/b{}", "a b{}");
        check(".a .b:hover{}", ".a .b:hover{}");
    }

    #[test]
    fn strings_and_escapes_are_untouched() {
        check(r#"q::before { content: "/* {  } */ \" ;" }"#, r#"q::before{content:"/* {  } */ \" ;"}"#);
        check(r".sm\:x  { y: 'a  b' }", r".sm\:x{y:'a  b'}");
    }

    #[test]
    fn files_are_joined_in_the_order_of_their_names() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("20-b.css", "b{}"), ("10-a.css", "a{}"), ("notes.txt", "no")] {
            fs::write(dir.path().join(name), text).unwrap();
        }
        assert_eq!(minify(&read(dir.path()).unwrap()), "a{}b{}");
    }
}
