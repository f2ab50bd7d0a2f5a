//! Importing an lvs.cf: the form, what is wrong with a file, what an import does not keep.

use formats::lvscf::{Loss, LossReason, Refusal, Severity, Subject};

use super::Lang;

/// The heading of entries of one kind.
pub fn severity(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::NotTakenOver => NOT_TAKEN_OVER,
        Severity::Changed => CHANGED,
        Severity::LooksWrong => LOOKS_WRONG,
    }
    .get(lang)
}

/// What the entries of one kind have in common.
pub fn severity_help(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::NotTakenOver => NOT_TAKEN_OVER_HELP,
        Severity::Changed => CHANGED_HELP,
        Severity::LooksWrong => LOOKS_WRONG_HELP,
    }
    .get(lang)
}

/// What an entry is about.
pub fn subject(subject: &Subject, lang: Lang) -> String {
    match subject {
        Subject::Whole => SUBJECT_WHOLE.get(lang).to_owned(),
        Subject::Service { name } => SUBJECT_SERVICE.with(lang, &[("name", name)]),
        Subject::Server { service, name } => SUBJECT_SERVER.with(lang, &[("service", service), ("name", name)]),
        Subject::Failover { name } => SUBJECT_FAILOVER.with(lang, &[("name", name)]),
    }
}

/// The keyword and value of an entry as they stand in the file.
pub fn setting(loss: &Loss) -> String {
    match (&loss.keyword, loss.value.as_str()) {
        (Some(keyword), "") => keyword.to_string(),
        (Some(keyword), value) => format!("{keyword} = {value}"),
        (None, value) => value.to_owned(),
    }
}

/// What happened to a value, and why.
pub fn reason(reason: &LossReason, lang: Lang) -> String {
    let plain = match reason {
        LossReason::NotNeeded => NOT_NEEDED,
        LossReason::CommandNotRun => COMMAND_NOT_RUN,
        LossReason::FileSync => FILE_SYNC,
        LossReason::SharedDisk => SHARED_DISK,
        LossReason::FailoverService => FAILOVER_SERVICE,
        LossReason::FailoverWasLive => FAILOVER_WAS_LIVE,
        LossReason::HeartbeatAlways => HEARTBEAT_ALWAYS,
        LossReason::NoAddress => NO_ADDRESS,
        LossReason::NotAHostAddress => NOT_A_HOST_ADDRESS,
        LossReason::NotADevice => NOT_A_DEVICE,
        LossReason::NotANetmask => NOT_A_NETMASK,
        LossReason::NoPrimary => NO_PRIMARY,
        LossReason::NoBackupAddress => NO_BACKUP_ADDRESS,
        LossReason::PortNeedsMasquerading => PORT_NEEDS_MASQUERADING,
        LossReason::MeansOne => MEANS_ONE,
        LossReason::MarkedHere => MARKED_HERE,
        LossReason::DefaultRequest => DEFAULT_REQUEST,
        LossReason::CheckNotPossible => CHECK_NOT_POSSIBLE,
        LossReason::TextNotPossible => TEXT_NOT_POSSIBLE,
        LossReason::MissingBrace => MISSING_BRACE,
        LossReason::WordsIgnored => WORDS_IGNORED,
        LossReason::QuoteNotClosed => QUOTE_NOT_CLOSED,
        LossReason::QuoteEndedBlock => QUOTE_ENDED_BLOCK,
        LossReason::TooMany => TOO_MANY,
        LossReason::DuplicateName { used } => return DUPLICATE_NAME.with(lang, &[("used", used)]),
        LossReason::NameNotPossible { used } => return NAME_NOT_POSSIBLE.with(lang, &[("used", used)]),
        LossReason::SameServer { other } => return SAME_SERVER.with(lang, &[("other", other)]),
        LossReason::SameTraffic { other } => return SAME_TRAFFIC.with(lang, &[("other", other)]),
        LossReason::OutOfRange { used } => return OUT_OF_RANGE.with(lang, &[("used", used)]),
        LossReason::PortOutOfRange { used: Some(used) } => return PORT_OUT_OF_RANGE.with(lang, &[("used", used)]),
        LossReason::PortOutOfRange { used: None } => PORT_FOLLOWS,
        LossReason::AllPortsNeedPersistence { used } => return ALL_PORTS.with(lang, &[("used", used)]),
        LossReason::DeadBeforeHeartbeat { used } => return DEAD_BEFORE_HEARTBEAT.with(lang, &[("used", used)]),
        LossReason::ServerAbovePort { port, service_port } => {
            return SERVER_ABOVE_PORT.with(lang, &[("port", port), ("service_port", service_port)]);
        }
        LossReason::NoEffectWithout { keyword } => return NO_EFFECT_WITHOUT.with(lang, &[("keyword", keyword)]),
        LossReason::OverriddenBy { keyword } => return OVERRIDDEN_BY.with(lang, &[("keyword", keyword)]),
        LossReason::ProgramOfDirectory { program } => return PROGRAM.with(lang, &[("program", program)]),
        LossReason::SetTwice { counts } => return SET_TWICE.with(lang, &[("line", counts)]),
        LossReason::LineEnds { unread } => return LINE_ENDS.with(lang, &[("n", unread)]),
        LossReason::UnreadLines { count } => return UNREAD_LINES.with(lang, &[("n", count)]),
        LossReason::Refused { problem } => return REFUSED.with(lang, &[("problem", problem)]),
        // The rest is about writing an lvs.cf, not about reading one; it speaks English.
        other => return other.to_string(),
    };
    plain.get(lang).to_owned()
}

/// What is wrong with a line of the file, for readers of Chinese; English readers get the reader's own, more detailed words.
pub fn refusal(refusal: Refusal, found: &str, lang: Lang) -> String {
    let msg = match refusal {
        Refusal::Empty => FILE_EMPTY,
        Refusal::UnclosedQuote => UNCLOSED_QUOTE,
        Refusal::UnexpectedArguments => UNEXPECTED_ARGUMENTS,
        Refusal::EqualExpected => EQUAL_EXPECTED,
        Refusal::MissingArguments => MISSING_ARGUMENTS,
        Refusal::BadAddress => BAD_ADDRESS,
        Refusal::InvalidArgument => INVALID_ARGUMENT,
        Refusal::IntegerExpected => INTEGER_EXPECTED,
        Refusal::BooleanExpected => BOOLEAN_EXPECTED,
        Refusal::UnknownCommand => UNKNOWN_COMMAND,
        Refusal::ListExpected => LIST_EXPECTED,
        Refusal::BadMask => BAD_MASK,
        Refusal::NulByte => NUL_BYTE,
    };
    msg.with(lang, &[("found", &found)])
}

messages! {
    TITLE = "Import lvs.cf", "导入 `lvs.cf`";
    INTRO = "Piranha's configuration becomes a new cluster, as a draft. You see what could not be taken over before anything is saved.", "Piranha 的配置将成为一个新集群的草稿。保存之前，您会看到哪些内容无法沿用。";
    WHAT = "What is to be imported?", "要导入什么？";
    FILE = "File", "文件";
    FILE_HELP = "Usually `/etc/sysconfig/ha/lvs.cf` on the old director.", "通常是旧调度器上的 `/etc/sysconfig/ha/lvs.cf`。";
    TEXT = "Or its text", "或粘贴其文本";
    TEXT_HELP = "Counts when no file is chosen.", "未选择文件时使用。";
    CALLED = "What is the cluster called?", "集群叫什么？";
    CHECK = "Read the file", "读取文件";
    NOTHING = "Choose a file or paste its text.", "请选择文件或粘贴文本。";
    TOO_LARGE = "The file is larger than {max} MB.", "文件超过 {max} MB。";
    FILE_AGAIN = "Choose the file again: browsers do not keep it.", "请重新选择文件：浏览器不会保留它。";
    REFUSED_TITLE = "The file cannot be read", "无法读取该文件";
    REFUSED_AT = "Line {line}, column {column}", "第 {line} 行，第 {column} 列";
    REFUSED_ORIGINAL = "Piranha would say: `{words}`", "Piranha 会说：`{words}`";
    REFUSED_NOTHING = "Nothing was saved. Mend the line and read the file again.", "尚未保存任何内容。请改正此行后重新读取。";
    REVIEW_TITLE = "Import {name}", "导入 {name}";
    REVIEW_INTRO = "The file was read. Nothing is saved yet.", "文件已读取，尚未保存。";
    FOUND_SERVICES = "Virtual servers", "虚拟服务器";
    FOUND_SERVERS = "Real servers", "真实服务器";
    FOUND_FORWARDING = "Forwarding method", "转发方式";
    FOUND_REDUNDANCY = "Redundancy", "冗余";
    LOSSES_N = "{n} thing to look at|{n} things to look at", "有 {n} 处需要查看";
    LOSSES_KEEP = "This list is not stored. Print or save the page to keep it.", "此清单不会保存。如需保留，请打印或保存本页。";
    NO_LOSSES = "Everything in the file was taken over as it is.", "文件中的全部内容均原样沿用。";
    COL_LINE = "Line", "行";
    COL_ABOUT = "About", "对象";
    COL_SETTING = "In the file", "文件内容";
    COL_WHY = "What happens to it", "如何处理";
    SAVE = "Import as draft", "导入为草稿";
    OTHER = "Choose another file", "选择其他文件";
    SAVED = "Imported {name} as a draft with {n} virtual server.|Imported {name} as a draft with {n} virtual servers.", "已将 {name} 导入为草稿，共 {n} 个虚拟服务器。";
    NOT_TAKEN_OVER = "Not taken over", "未沿用";
    NOT_TAKEN_OVER_HELP = "It was in the file and is not in the cluster.", "文件中有，集群中没有。";
    CHANGED = "Changed", "已更改";
    CHANGED_HELP = "It is in the cluster, but says something else than the file.", "集群中有，但与文件内容不同。";
    LOOKS_WRONG = "Looks wrong", "疑似有误";
    LOOKS_WRONG_HELP = "It was taken as it is, and was probably not meant so.", "已原样沿用，但很可能不是原意。";
    SUBJECT_WHOLE = "The cluster", "整个集群";
    SUBJECT_SERVICE = "Virtual server {name}", "虚拟服务器 {name}";
    SUBJECT_SERVER = "Virtual server {service}, real server {name}", "虚拟服务器 {service} 的真实服务器 {name}";
    SUBJECT_FAILOVER = "Failover service {name}", "故障切换服务 {name}";
    NOT_NEEDED = "A matter of Piranha's own programs; nothing here needs it.", "属于 Piranha 自身程序的设置，这里用不到。";
    COMMAND_NOT_RUN = "Commands are never taken from a file.", "从不沿用文件中的命令。";
    FILE_SYNC = "Piranha's file synchronisation is not offered: it was never finished.", "不提供 Piranha 的文件同步：它从未完成。";
    SHARED_DISK = "Shared SCSI disks are not offered.", "不提供共享 `SCSI` 磁盘。";
    FAILOVER_SERVICE = "Failover of a director's own services is not offered.", "不提供调度器本机服务的故障切换。";
    FAILOVER_WAS_LIVE = "Piranha ran the failover services of this file, not its virtual servers; these were taken over.", "Piranha 运行的是此文件中的故障切换服务，而非虚拟服务器；这里沿用的是虚拟服务器。";
    HEARTBEAT_ALWAYS = "Two directors always send heartbeats here.", "这里两台调度器始终发送心跳。";
    NO_ADDRESS = "It has no address.", "没有地址。";
    NOT_A_HOST_ADDRESS = "No host can have this address.", "没有主机能使用此地址。";
    NOT_A_DEVICE = "Not a network interface's name: choose the device by hand.", "不是网络接口名：请手动选择。";
    NOT_A_NETMASK = "Not a netmask: it was left out.", "不是子网掩码：已略去。";
    NO_PRIMARY = "The primary director's address is missing: enter it in the global settings.", "缺少主调度器地址：请在全局设置中填写。";
    NO_BACKUP_ADDRESS = "There is no backup address: redundancy is switched off.", "没有备用地址：冗余已关闭。";
    PORT_NEEDS_MASQUERADING = "Only masquerading (NAT) can change the port: it now follows the virtual server.", "只有伪装（NAT）能改变端口：现与虚拟服务器相同。";
    MEANS_ONE = "Anything but 0 means 1.", "非 0 即为 1。";
    MARKED_HERE = "Piranha left marking to rules made by hand; the directors now mark what arrives at this address and port. Add the other ports that the rules marked, and remove the rules.", "Piranha 靠手工规则打标记；现在由调度器标记到达此地址和端口的流量。请补上规则标记的其他端口，并删除那些规则。";
    DEFAULT_REQUEST = "Piranha sent a request of its own on port 80; here a connection alone is the check.", "Piranha 会在 80 端口自行发送请求；这里只检查能否建立连接。";
    CHECK_NOT_POSSIBLE = "This check cannot be kept: a connection alone is the check.", "无法沿用此检查：只检查能否建立连接。";
    TEXT_NOT_POSSIBLE = "This text cannot be kept as it is.", "此文本无法原样沿用。";
    MISSING_BRACE = "The block's `}` is missing.", "此块缺少 `}`。";
    WORDS_IGNORED = "These words have no effect.", "这些词不起作用。";
    QUOTE_NOT_CLOSED = "A quote is not closed: what follows it was lost.", "引号未闭合：其后内容已丢失。";
    QUOTE_ENDED_BLOCK = "A quote is not closed: Piranha took the line for the end of the block.", "引号未闭合：Piranha 把此行当作块的结尾。";
    TOO_MANY = "More than a cluster can hold.", "超出集群的容量。";
    DUPLICATE_NAME = "The name is taken already: it is now {used}.", "名称已被使用：现为 {used}。";
    NAME_NOT_POSSIBLE = "The name cannot be kept: it is now {used}.", "名称无法沿用：现为 {used}。";
    SAME_SERVER = "{other} has the same address and port.", "{other} 已使用相同的地址和端口。";
    SAME_TRAFFIC = "The active virtual server {other} takes this traffic already: this one is now inactive.", "已激活的虚拟服务器 {other} 已接收这些流量：本服务器现为未激活。";
    OUT_OF_RANGE = "Outside the possible range: it is now {used}.", "超出可用范围：现为 {used}。";
    PORT_OUT_OF_RANGE = "There is no such port: it is now {used} and inactive.", "没有这个端口：现为 {used}，且未激活。";
    PORT_FOLLOWS = "There is no such port: it now follows the virtual server, and is inactive.", "没有这个端口：现与虚拟服务器相同，且未激活。";
    ALL_PORTS = "All ports need persistence: it is now port {used} and inactive.", "所有端口需要持久连接：现为端口 {used}，且未激活。";
    DEAD_BEFORE_HEARTBEAT = "Not longer than the heartbeat interval: it is now {used}.", "不长于心跳间隔：现为 {used}。";
    SERVER_ABOVE_PORT = "It stands above its virtual server's line `port = {service_port}`, so Piranha used port {port} for it. Check which is meant.", "它写在虚拟服务器的 `port = {service_port}` 行之上，因此 Piranha 为它使用端口 {port}。请核对原意。";
    NO_EFFECT_WITHOUT = "It has no effect without `{keyword}`.", "没有 `{keyword}` 就不起作用。";
    OVERRIDDEN_BY = "`{keyword}` overrides it.", "被 `{keyword}` 取代。";
    PROGRAM = "Put the program `{program}` into the check directory of each director. No arguments are kept.", "请把程序 `{program}` 放入每台调度器的检查程序目录。不保留参数。";
    SET_TWICE = "It is set again: line {line} counts.", "重复设置：以第 {line} 行为准。";
    LINE_ENDS = "The file has CR-LF line ends, and Piranha would not have read {n} of its lines; all of them were read here.", "文件使用 `CR-LF` 换行，Piranha 会漏读其中 {n} 行；这里已全部读取。";
    UNREAD_LINES = "Piranha does not read this line and later ones, {n} in all, for the file's odd line ends.", "由于换行符异常，Piranha 不会读取此行及其后共 {n} 行。";
    REFUSED = "It does not fit with the rest: {problem}", "与其余内容不相容：`{problem}`";
    FILE_EMPTY = "The file is empty.", "文件是空的。";
    UNCLOSED_QUOTE = "A quote is opened and not closed: `{found}`.", "引号未闭合：`{found}`。";
    UNEXPECTED_ARGUMENTS = "More words than this keyword takes: `{found}`. Comments need a line of their own; quote values with blanks.", "词数超出此关键字所需：`{found}`。注释须独占一行；含空格的值须加引号。";
    EQUAL_EXPECTED = "After the keyword there must be ` = ` with a blank on both sides, not `{found}`.", "关键字之后须为两侧带空格的 ` = `，而不是 `{found}`。";
    MISSING_ARGUMENTS = "A value is missing here.", "此处缺少值。";
    BAD_ADDRESS = "Not an address that can be used here: `{found}`. Enter an IPv4 address such as 192.0.2.10.", "不是可用的地址：`{found}`。请填写 192.0.2.10 这样的 IPv4 地址。";
    INVALID_ARGUMENT = "Not one of the values that this keyword takes: `{found}`.", "不是此关键字可用的值：`{found}`。";
    INTEGER_EXPECTED = "A whole number is needed, not `{found}`.", "需要整数，而不是 `{found}`。";
    BOOLEAN_EXPECTED = "0 or 1 is needed, not `{found}`.", "需要 0 或 1，而不是 `{found}`。";
    UNKNOWN_COMMAND = "Not a keyword that may stand here: `{found}`.", "此处不能使用这个关键字：`{found}`。";
    LIST_EXPECTED = "A list in square brackets is needed, not `{found}`.", "需要方括号中的列表，而不是 `{found}`。";
    BAD_MASK = "Not a subnet mask: `{found}`.", "不是子网掩码：`{found}`。";
    NUL_BYTE = "The line holds a NUL byte: is this a text file?", "此行含有 `NUL` 字节：这是文本文件吗？";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_said_in_both_languages() {
        let taken = LossReason::DuplicateName { used: "web-2".into() };
        assert_eq!(reason(&taken, Lang::En), "The name is taken already: it is now web-2.");
        assert_eq!(reason(&taken, Lang::Zh), "名称已被使用：现为 web-2。");
        assert_eq!(refusal(Refusal::UnknownCommand, "prot", Lang::Zh), "此处不能使用这个关键字：`prot`。");
    }
}
