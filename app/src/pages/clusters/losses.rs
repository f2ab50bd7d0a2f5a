//! The reader's findings in the page's language: an import's losses, a file's fault.

use formats::ipvsadm;
use formats::lvscf::Refusal;
use formats::report::{Loss, LossReason, Severity, Subject};

use crate::Lang;
use crate::i18n::import as words;

/// The heading of entries of one kind.
pub(super) fn severity(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::NotTakenOver => words::NOT_TAKEN_OVER,
        Severity::Changed => words::CHANGED,
        Severity::LooksWrong => words::LOOKS_WRONG,
        Severity::NotSaid => words::NOT_SAID,
    }
    .get(lang)
}

/// What the entries of one kind have in common.
pub(super) fn severity_help(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::NotTakenOver => words::NOT_TAKEN_OVER_HELP,
        Severity::Changed => words::CHANGED_HELP,
        Severity::LooksWrong => words::LOOKS_WRONG_HELP,
        Severity::NotSaid => words::NOT_SAID_HELP,
    }
    .get(lang)
}

/// What an entry is about.
pub(super) fn subject(subject: &Subject, lang: Lang) -> String {
    match subject {
        Subject::Whole => words::SUBJECT_WHOLE.get(lang).to_owned(),
        Subject::Service { name } => words::SUBJECT_SERVICE.with(lang, &[("name", name)]),
        Subject::Server { service, name } => {
            words::SUBJECT_SERVER.with(lang, &[("service", service), ("name", name)])
        }
        Subject::Failover { name } => words::SUBJECT_FAILOVER.with(lang, &[("name", name)]),
    }
}

/// The keyword and value of an entry as they stand in the file.
pub(super) fn setting(loss: &Loss) -> String {
    match (&loss.keyword, loss.value.as_str()) {
        (Some(keyword), "") => keyword.to_string(),
        (Some(option), value) if option.starts_with('-') => format!("{option} {value}"),
        (Some(keyword), value) => format!("{keyword} = {value}"),
        (None, value) => value.to_owned(),
    }
}

/// What happened to a value, and why.
pub(super) fn reason(reason: &LossReason, lang: Lang) -> String {
    let plain = match reason {
        LossReason::NotNeeded => words::NOT_NEEDED,
        LossReason::CommandNotRun => words::COMMAND_NOT_RUN,
        LossReason::FileSync => words::FILE_SYNC,
        LossReason::SharedDisk => words::SHARED_DISK,
        LossReason::FailoverService => words::FAILOVER_SERVICE,
        LossReason::FailoverWasLive => words::FAILOVER_WAS_LIVE,
        LossReason::HeartbeatAlways => words::HEARTBEAT_ALWAYS,
        LossReason::NoAddress => words::NO_ADDRESS,
        LossReason::NotAHostAddress => words::NOT_A_HOST_ADDRESS,
        LossReason::NotADevice => words::NOT_A_DEVICE,
        LossReason::NotANetmask => words::NOT_A_NETMASK,
        LossReason::NoPrimary => words::NO_PRIMARY,
        LossReason::NoBackupAddress => words::NO_BACKUP_ADDRESS,
        LossReason::PortNeedsMasquerading => words::PORT_NEEDS_MASQUERADING,
        LossReason::MeansOne => words::MEANS_ONE,
        LossReason::MarkedHere => words::MARKED_HERE,
        LossReason::DefaultRequest => words::DEFAULT_REQUEST,
        LossReason::CheckNotPossible => words::CHECK_NOT_POSSIBLE,
        LossReason::TextNotPossible => words::TEXT_NOT_POSSIBLE,
        LossReason::MissingBrace => words::MISSING_BRACE,
        LossReason::WordsIgnored => words::WORDS_IGNORED,
        LossReason::QuoteNotClosed => words::QUOTE_NOT_CLOSED,
        LossReason::QuoteEndedBlock => words::QUOTE_ENDED_BLOCK,
        LossReason::TooMany => words::TOO_MANY,
        LossReason::NoChecks => words::NO_CHECKS,
        LossReason::NoThresholds => words::NO_THRESHOLDS,
        LossReason::NoTimeouts => words::NO_TIMEOUTS,
        LossReason::NoSyncDaemon => words::NO_SYNC_DAEMON,
        LossReason::NoDevices => words::NO_DEVICES,
        LossReason::NoNames => words::NO_NAMES,
        LossReason::MarkedElsewhere => words::MARKED_ELSEWHERE,
        LossReason::FlagWithoutMeaning => words::FLAG_WITHOUT_MEANING,
        LossReason::NotInIpvsadm => words::NOT_IN_IPVSADM,
        LossReason::NotInLvsCf => words::NOT_IN_LVS_CF,
        LossReason::Ipv4Only => words::IPV4_ONLY,
        LossReason::MasterWritten => words::MASTER_WRITTEN,
        LossReason::WeightCut { most } => return words::WEIGHT_CUT.with(lang, &[("most", most)]),
        LossReason::Inactive => words::INACTIVE,
        LossReason::PortsApart => words::PORTS_APART,
        LossReason::NeedsMark => words::NEEDS_MARK,
        LossReason::MarkMustBeSet { traffic } => {
            return words::MARK_MUST_BE_SET.with(lang, &[("traffic", traffic)]);
        }
        LossReason::MustBeNamed { used } => return words::MUST_BE_NAMED.with(lang, &[("used", used)]),
        LossReason::Nearest { used } => return words::NEAREST.with(lang, &[("used", used)]),
        LossReason::DuplicateName { used } => return words::DUPLICATE_NAME.with(lang, &[("used", used)]),
        LossReason::NameNotPossible { used } => {
            return words::NAME_NOT_POSSIBLE.with(lang, &[("used", used)]);
        }
        LossReason::SameServer { other } => return words::SAME_SERVER.with(lang, &[("other", other)]),
        LossReason::SameTraffic { other } => return words::SAME_TRAFFIC.with(lang, &[("other", other)]),
        LossReason::OutOfRange { used } => return words::OUT_OF_RANGE.with(lang, &[("used", used)]),
        LossReason::PortOutOfRange { used: Some(used) } => {
            return words::PORT_OUT_OF_RANGE.with(lang, &[("used", used)]);
        }
        LossReason::PortOutOfRange { used: None } => words::PORT_FOLLOWS,
        LossReason::AllPortsNeedPersistence { used } => {
            return words::ALL_PORTS.with(lang, &[("used", used)]);
        }
        LossReason::DeadBeforeHeartbeat { used } => {
            return words::DEAD_BEFORE_HEARTBEAT.with(lang, &[("used", used)]);
        }
        LossReason::ServerAbovePort { port, service_port } => {
            return words::SERVER_ABOVE_PORT.with(lang, &[("port", port), ("service_port", service_port)]);
        }
        LossReason::NoEffectWithout { keyword } => {
            return words::NO_EFFECT_WITHOUT.with(lang, &[("keyword", keyword)]);
        }
        LossReason::OverriddenBy { keyword } => {
            return words::OVERRIDDEN_BY.with(lang, &[("keyword", keyword)]);
        }
        LossReason::ProgramOfDirectory { program } => {
            return words::PROGRAM.with(lang, &[("program", program)]);
        }
        LossReason::SetTwice { counts } => return words::SET_TWICE.with(lang, &[("line", counts)]),
        LossReason::LineEnds { unread } => return words::LINE_ENDS.with(lang, &[("n", unread)]),
        LossReason::UnreadLines { count } => return words::UNREAD_LINES.with(lang, &[("n", count)]),
        LossReason::Refused { problem } => return words::REFUSED.with(lang, &[("problem", problem)]),
        // Reasons of a newer reader.
        other => return other.to_string(),
    };
    plain.get(lang).to_owned()
}

/// What is wrong with a line of the file, for readers of Chinese; English readers get the reader's own, more detailed words.
pub(super) fn refusal(refusal: Refusal, keyword: Option<&str>, found: &str, lang: Lang) -> String {
    const ADDRESSES: [&str; 7] =
        ["primary", "primary_private", "backup", "backup_private", "nat_router", "address", "sorry_server"];
    let msg = match refusal {
        Refusal::Empty => words::FILE_EMPTY,
        Refusal::UnclosedQuote => words::UNCLOSED_QUOTE,
        Refusal::UnexpectedArguments => words::UNEXPECTED_ARGUMENTS,
        Refusal::EqualExpected => words::EQUAL_EXPECTED,
        Refusal::MissingArguments => words::MISSING_ARGUMENTS,
        Refusal::InvalidArgument if keyword.is_some_and(|keyword| ADDRESSES.contains(&keyword)) => {
            words::BAD_ADDRESS
        }
        Refusal::BadAddress => words::BAD_ADDRESS,
        Refusal::InvalidArgument => words::INVALID_ARGUMENT,
        Refusal::IntegerExpected => words::INTEGER_EXPECTED,
        Refusal::BooleanExpected => words::BOOLEAN_EXPECTED,
        Refusal::UnknownCommand => words::UNKNOWN_COMMAND,
        Refusal::ListExpected => words::LIST_EXPECTED,
        Refusal::BadMask => words::BAD_MASK,
        Refusal::NulByte => words::NUL_BYTE,
    };
    msg.with(lang, &[("found", &found)])
}

/// The same for a line of a saved table.
pub(super) fn command_refusal(refusal: ipvsadm::Refusal, found: &str, lang: Lang) -> String {
    use ipvsadm::Refusal;
    let msg = match refusal {
        Refusal::Empty => words::COMMANDS_EMPTY,
        Refusal::NotText => words::NOT_TEXT,
        Refusal::UnknownOption => words::UNKNOWN_OPTION,
        Refusal::UnexpectedWord => words::UNEXPECTED_WORD,
        Refusal::MissingValue => words::MISSING_VALUE,
        Refusal::MissingOption => words::MISSING_OPTION,
        Refusal::NotAnAddition => words::NOT_AN_ADDITION,
        Refusal::NotForThisCommand => words::NOT_FOR_THIS_COMMAND,
        Refusal::Twice => words::TWICE,
        Refusal::Name => words::A_NAME,
        Refusal::BadAddress => words::BAD_SOCKET,
        Refusal::BadNumber => words::BAD_NUMBER,
        Refusal::BadWord => words::BAD_WORD,
        Refusal::Family => words::BAD_FAMILY,
        Refusal::AllPorts => words::NO_PERSISTENCE,
        Refusal::NeedsUdp => words::NEEDS_UDP,
        Refusal::NeedsOther => words::NEEDS_OTHER,
        Refusal::NoSuchService => words::NO_SUCH_SERVICE,
        Refusal::AlreadyThere => words::ALREADY_THERE,
    };
    msg.with(lang, &[("found", &found)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_said_in_both_languages() {
        let taken = LossReason::DuplicateName { used: "web-2".into() };
        assert_eq!(reason(&taken, Lang::En), "The name is taken already: it is now web-2.");
        assert_eq!(reason(&taken, Lang::Zh), "名称已被使用：现为 web-2。");
        assert_eq!(
            refusal(Refusal::UnknownCommand, None, "prot", Lang::Zh),
            "此处不能使用这个关键字：`prot`。"
        );
    }
}
