//! Findings for a terminal and for programs.

use std::fmt::Write as _;

use model::{Finding, Gravity};

/// A few lines for each finding, the command to type on a line of its own.
pub fn as_text(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "Nothing is the matter.\n".to_owned();
    }
    let mut text = String::new();
    for finding in findings {
        // Writing to a string does not fail.
        let _ok = write(&mut text, finding);
    }
    text
}

fn write(text: &mut String, finding: &Finding) -> std::fmt::Result {
    let mark = match finding.gravity {
        Gravity::Failing => "FAILING",
        Gravity::Warning => "WARNING",
        Gravity::Note => "NOTE",
    };
    let code = finding.ailment.map_or("", |ailment| ailment.name());
    writeln!(text, "{mark:8} {code}: {}", finding.text)?;
    match &finding.remedy {
        Some(command) => writeln!(text, "         {command}"),
        None => Ok(()),
    }
}

/// One document: `{"findings":[{"code":…,"gravity":…,"text":…,"values":{…},"remedy":…,"fix":…}]}`.
pub fn as_json(findings: &[Finding]) -> String {
    let findings: Vec<_> = findings
        .iter()
        .map(|finding| {
            serde_json::json!({
                "code": finding.ailment.map(|ailment| ailment.name()),
                "gravity": finding.gravity.name(),
                "text": finding.text,
                "values": finding.values,
                "remedy": finding.remedy,
                "fix": finding.fix,
            })
        })
        .collect();
    serde_json::json!({ "findings": findings }).to_string()
}
