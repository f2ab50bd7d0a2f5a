//! What the console asks a machine's doctor, and what it says.

use model::{Ailment, Finding, Gravity};

use crate::limits::{NO_REASON, shorten};
use crate::malformed::{at_most, text};
use crate::{MAX_TEXT, Malformed, wire};

/// The most findings of one machine: a few for each of some thousand virtual addresses are cut to what a person can read.
pub const MAX_FINDINGS: usize = 500;

/// More values than any finding has.
const MAX_VALUES: usize = 16;

/// An examination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DoctorAnswer {
    /// The gravest first.
    pub findings: Vec<Finding>,
    /// When, in milliseconds since 1970 on the machine's clock.
    pub at_ms: i64,
    /// What came of the fix that was asked for; none where none was.
    pub fixed: Option<Result<(), String>>,
}

impl DoctorAnswer {
    /// For the wire, as the answer to the question of this number. More than [`MAX_FINDINGS`] are left out, the gravest first.
    pub fn to_wire(answer: Result<&Self, &str>, query_id: u64) -> wire::DoctorAnswer {
        let mut sent = wire::DoctorAnswer { query_id, ..wire::DoctorAnswer::default() };
        match answer {
            Err(reason) => sent.error = said(reason),
            Ok(answer) => {
                sent.at_ms = answer.at_ms;
                sent.findings = answer.findings.iter().take(MAX_FINDINGS).map(finding).collect();
                match &answer.fixed {
                    None => {}
                    Some(Ok(())) => sent.fixed = true,
                    Some(Err(reason)) => sent.fix_error = said(reason),
                }
            }
        }
        sent
    }

    /// From the wire: the question's number, and the answer or why there is none.
    pub fn from_wire(answer: wire::DoctorAnswer) -> Result<(u64, Result<Self, String>), Malformed> {
        let wire::DoctorAnswer { query_id, findings, at_ms, error, fixed, fix_error } = answer;
        let error = text("error", error)?;
        if !error.is_empty() {
            return Ok((query_id, Err(error)));
        }
        at_most("findings", findings.len(), MAX_FINDINGS)?;
        let findings = findings.into_iter().map(read).collect::<Result<_, _>>()?;
        let fix_error = text("fix_error", fix_error)?;
        let fixed = if fixed { Some(Ok(())) } else { (!fix_error.is_empty()).then_some(Err(fix_error)) };
        Ok((query_id, Ok(Self { findings, at_ms, fixed })))
    }
}

/// A reason for the wire, where an empty one would be none at all.
fn said(reason: &str) -> String {
    if reason.is_empty() { NO_REASON.to_owned() } else { shorten(reason) }
}

fn finding(finding: &Finding) -> wire::DoctorFinding {
    wire::DoctorFinding {
        code: finding.ailment.map(|ailment| ailment.name().to_owned()).unwrap_or_default(),
        gravity: finding.gravity.name().to_owned(),
        values: finding.values.iter().map(|(name, value)| (name.clone(), shorten(value))).collect(),
        text: shorten(&finding.text),
        remedy: finding.remedy.as_deref().map(shorten).unwrap_or_default(),
        fix: finding.fix.as_deref().map(shorten).unwrap_or_default(),
    }
}

/// A gravity of a newer agent is a warning: it is shown, and alarms nobody.
fn read(finding: wire::DoctorFinding) -> Result<Finding, Malformed> {
    let wire::DoctorFinding { code, gravity, values, text: words, remedy, fix } = finding;
    at_most("values", values.len(), MAX_VALUES)?;
    for (name, value) in &values {
        at_most("values", name.len().max(value.len()), MAX_TEXT)?;
    }
    let some = |text: String| (!text.is_empty()).then_some(text);
    Ok(Finding {
        gravity: Gravity::parse(&gravity).unwrap_or(Gravity::Warning),
        ailment: Ailment::parse(&code),
        values: values.into_iter().collect(),
        text: text("text", words)?,
        remedy: some(text("remedy", remedy)?),
        fix: some(text("fix", fix)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> DoctorAnswer {
        let finding = Finding::new(Gravity::Failing, Ailment::ForwardingOff, [("family", &"IPv4")])
            .remedy("sysctl -w net.ipv4.ip_forward=1")
            .fix("sysctl net/ipv4/ip_forward=1");
        DoctorAnswer { findings: vec![finding], at_ms: 7, fixed: Some(Err("read-only".into())) }
    }

    #[test]
    fn an_examination_reads_back() {
        let sent = DoctorAnswer::to_wire(Ok(&answer()), 3);
        assert_eq!(DoctorAnswer::from_wire(sent).unwrap(), (3, Ok(answer())));
        let sent = DoctorAnswer::to_wire(Err("too many questions"), 4);
        assert_eq!(DoctorAnswer::from_wire(sent).unwrap(), (4, Err("too many questions".into())));
    }

    #[test]
    fn a_failure_without_a_reason_stays_a_failure() {
        let (_, read) = DoctorAnswer::from_wire(DoctorAnswer::to_wire(Err(""), 3)).unwrap();
        assert_eq!(read, Err(NO_REASON.into()));
        let silent = DoctorAnswer { fixed: Some(Err(String::new())), ..answer() };
        let (_, read) = DoctorAnswer::from_wire(DoctorAnswer::to_wire(Ok(&silent), 3)).unwrap();
        assert_eq!(read.unwrap().fixed, Some(Err(NO_REASON.into())));
    }

    #[test]
    fn what_a_newer_agent_finds_keeps_its_words() {
        let mut sent = DoctorAnswer::to_wire(Ok(&answer()), 3);
        sent.findings[0].code = "moon-phase".into();
        sent.findings[0].gravity = "odd".into();
        let read = DoctorAnswer::from_wire(sent).unwrap().1.unwrap();
        assert_eq!((read.findings[0].known(), read.findings[0].gravity), (None, Gravity::Warning));
        assert!(read.findings[0].text.contains("not forwarded"));
    }

    #[test]
    fn endless_answers_are_refused() {
        let mut sent = DoctorAnswer::to_wire(Ok(&answer()), 3);
        sent.findings = vec![sent.findings[0].clone(); MAX_FINDINGS + 1];
        assert!(matches!(DoctorAnswer::from_wire(sent), Err(Malformed::TooLarge { .. })));
    }
}
