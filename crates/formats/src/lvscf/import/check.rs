//! `send`, `expect`, `send_program` and `load_monitor` to a check and a load monitor.

use model::{Check, LoadMonitor, Payload, ProgramName};

use super::context::About;
use crate::lvscf::text::Text;
use crate::lvscf::values::Virtual;
use crate::lvscf::words::Protocol;
use crate::report::LossReason;

pub(super) fn check(block: &Virtual, about: &mut About<'_, '_>) -> Check {
    match block.send_program.as_ref().map(Text::unquoted).filter(|command| !command.as_bytes().is_empty()) {
        Some(command) => program(block, &command, about),
        None => send_expect(block, about),
    }
}

pub(super) fn load_monitor(block: &Virtual, about: &mut About<'_, '_>) -> LoadMonitor {
    let Some(text) = block.load_monitor.as_ref() else { return LoadMonitor::None };
    match text.as_bytes() {
        b"none" => LoadMonitor::None,
        b"rup" => LoadMonitor::Rup,
        b"ruptime" => LoadMonitor::Ruptime,
        b"uptime" => LoadMonitor::Uptime,
        _ => match program_name(text) {
            Some(program) => {
                let reason = LossReason::ProgramOfDirectory { program: program.to_string() };
                about.changed(Some("load_monitor"), text.to_lossy(), reason);
                LoadMonitor::Program(program)
            }
            None => {
                about.lost(Some("load_monitor"), text.to_lossy(), LossReason::TextNotPossible);
                LoadMonitor::None
            }
        },
    }
}

/// A program overrides `send`, and its answer is compared as it is.
fn program(block: &Virtual, command: &Text, about: &mut About<'_, '_>) -> Check {
    let overridden = LossReason::OverriddenBy { keyword: "send_program".into() };
    if let Some(send) = &block.send {
        about.lost(Some("send"), send.to_lossy(), overridden.clone());
    }
    if block.use_regex {
        about.lost(Some("use_regex"), "1".to_owned(), overridden);
    }
    let (Some(program), Ok(expect)) = (program_name(command), payload(block.expect.as_ref())) else {
        about.lost(Some("send_program"), command.to_lossy(), LossReason::CheckNotPossible);
        if let Some(expect) = &block.expect {
            about.lost(Some("expect"), expect.to_lossy(), LossReason::CheckNotPossible);
        }
        return Check::Connect;
    };
    let reason = LossReason::ProgramOfDirectory { program: program.to_string() };
    about.changed(Some("send_program"), command.to_lossy(), reason);
    Check::Program { program, expect }
}

fn send_expect(block: &Virtual, about: &mut About<'_, '_>) -> Check {
    let (Ok(send), Ok(expect)) = (payload(block.send.as_ref()), payload(block.expect.as_ref())) else {
        for (keyword, text) in [("send", &block.send), ("expect", &block.expect)] {
            if let Some(text) = text {
                about.lost(Some(keyword), text.to_lossy(), LossReason::CheckNotPossible);
            }
        }
        if block.use_regex {
            about.lost(Some("use_regex"), "1".to_owned(), LossReason::CheckNotPossible);
        }
        return Check::Connect;
    };
    if expect.is_none() && block.use_regex {
        about.lost(
            Some("use_regex"),
            "1".to_owned(),
            LossReason::NoEffectWithout { keyword: "expect".into() },
        );
    }
    if send.is_none() && expect.is_none() {
        if block.port == 80
            && block.protocol == Protocol::Tcp
            && block.send.is_none()
            && block.expect.is_none()
        {
            about.changed(Some("send"), String::new(), LossReason::DefaultRequest);
        }
        return Check::Connect;
    }
    let regex = block.use_regex && expect.is_some();
    Check::SendExpect { send, expect, regex }
}

/// Quotes without text are no payload.
fn payload(text: Option<&Text>) -> Result<Option<Payload>, ()> {
    let Some(text) = text.map(Text::unquoted).filter(|text| !text.as_bytes().is_empty()) else {
        return Ok(None);
    };
    text.as_str().and_then(|text| Payload::parse(text).ok()).map(Some).ok_or(())
}

/// The file name of a command's first word.
fn program_name(command: &Text) -> Option<ProgramName> {
    let path = command.as_str()?.split([' ', '\t']).find(|word| !word.is_empty())?;
    let name = path.rsplit('/').next()?;
    ProgramName::parse(name).ok()
}
