//! What is wrong with an input: the reason and the remedy in one sentence, by [`model::Reason`].

use model::{Problem, Reason};

use super::{Lang, changes};

/// The sentence beside the field.
pub fn text(problem: &Problem, lang: Lang) -> String {
    match &problem.reason {
        Reason::Missing => MISSING.get(lang).to_owned(),
        Reason::TooLong { max } => TOO_LONG.with(lang, &[("max", max)]),
        Reason::UnprintableCharacters => UNPRINTABLE_CHARACTERS.get(lang).to_owned(),
        Reason::NotANumber => NOT_A_NUMBER.get(lang).to_owned(),
        Reason::OutOfRange { min, max } => OUT_OF_RANGE.with(lang, &[("min", min), ("max", max)]),
        Reason::NotAnAddress => NOT_AN_ADDRESS.get(lang).to_owned(),
        Reason::NotAHostAddress => NOT_A_HOST_ADDRESS.get(lang).to_owned(),
        Reason::NotAMulticastGroup => NOT_A_MULTICAST_GROUP.get(lang).to_owned(),
        Reason::NotANetmask => NOT_A_NETMASK.get(lang).to_owned(),
        Reason::PrefixTooLong { max } => PREFIX_TOO_LONG.with(lang, &[("max", max)]),
        Reason::NotAPortRange => NOT_A_PORT_RANGE.get(lang).to_owned(),
        Reason::ReversedRange => REVERSED_RANGE.get(lang).to_owned(),
        Reason::TooManyRanges { max } => TOO_MANY_RANGES.with(lang, &[("max", max)]),
        Reason::NotOneOf { choices } => NOT_ONE_OF.with(lang, &[("choices", choices)]),
        Reason::NotADevice => NOT_A_DEVICE.get(lang).to_owned(),
        Reason::NotAProgramName => NOT_A_PROGRAM_NAME.get(lang).to_owned(),
        Reason::NotARegex => NOT_A_REGEX.get(lang).to_owned(),
        Reason::DuplicateName => DUPLICATE_NAME.get(lang).to_owned(),
        Reason::SameTrafficAs { other } => SAME_TRAFFIC_AS.with(lang, &[("other", other)]),
        Reason::SameServerAs { other } => SAME_SERVER_AS.with(lang, &[("other", other)]),
        Reason::AllPortsNeedPersistence => ALL_PORTS_NEED_PERSISTENCE.get(lang).to_owned(),
        Reason::PortChangeNeedsMasquerading => PORT_CHANGE_NEEDS_MASQUERADING.get(lang).to_owned(),
        Reason::FamiliesNeedTunneling => FAMILIES_NEED_TUNNELING.get(lang).to_owned(),
        Reason::ServersCannot { service, more: 0 } => SERVERS_CANNOT.with(lang, &[("service", service)]),
        Reason::ServersCannot { service, more } => {
            SERVERS_CANNOT_MORE.with(lang, &[("service", service), ("more", more)])
        }
        Reason::DuplicateNameIn { service } => DUPLICATE_NAME_IN.with(lang, &[("service", service)]),
        Reason::LowerAboveUpper => LOWER_ABOVE_UPPER.get(lang).to_owned(),
        Reason::LowerWithoutUpper => LOWER_WITHOUT_UPPER.get(lang).to_owned(),
        Reason::DeadBeforeHeartbeat => DEAD_BEFORE_HEARTBEAT.get(lang).to_owned(),
        Reason::OnePacketNeedsUdp => ONE_PACKET_NEEDS_UDP.get(lang).to_owned(),
        Reason::EngineNeedsUdp => ENGINE_NEEDS_UDP.get(lang).to_owned(),
        Reason::SorryServerFamily => SORRY_SERVER_FAMILY.get(lang).to_owned(),
        Reason::NeedsPersistence => NEEDS_PERSISTENCE.get(lang).to_owned(),
        Reason::ProxyNeedsTcp => PROXY_NEEDS_TCP.get(lang).to_owned(),
        Reason::PortNeedsGue => PORT_NEEDS_GUE.get(lang).to_owned(),
        Reason::FlagNeedsHashing => FLAG_NEEDS_HASHING.get(lang).to_owned(),
        Reason::ChangedMeanwhile { now } => {
            CHANGED_MEANWHILE.with(lang, &[("now", &changes::value(problem.field, now, lang))])
        }
        Reason::Gone => GONE.get(lang).to_owned(),
        Reason::TooMany { max } => TOO_MANY.with(lang, &[("max", max)]),
    }
}

messages! {
    MISSING = "A value is missing: enter one.", "缺少内容：请填写。";
    TOO_LONG = "Longer than {max} characters: shorten it.", "超过 {max} 个字符：请缩短。";
    UNPRINTABLE_CHARACTERS = "Holds control characters or blanks at an end: use visible characters.", "含有控制字符，或首尾有空格：请使用可见字符。";
    NOT_A_NUMBER = "Not a whole number: enter digits only.", "不是整数：请只输入数字。";
    OUT_OF_RANGE = "Outside the range: enter a number from {min} to {max}.", "超出范围：请输入 {min} 至 {max} 之间的数。";
    NOT_AN_ADDRESS = "Neither an IPv4 nor an IPv6 address: enter one such as 192.0.2.10 or 2001:db8::10.", "既不是 IPv4 地址也不是 IPv6 地址：请输入 192.0.2.10 或 `2001:db8::10` 这样的地址。";
    NOT_A_MULTICAST_GROUP = "This is no multicast group: enter one, such as `224.0.0.81` or `ff02::81`.", "这不是多播组地址：请输入多播组，例如 `224.0.0.81` 或 `ff02::81`。";
    NOT_A_HOST_ADDRESS = "No host can have this address: enter the address of one host.", "没有主机能使用此地址：请输入单个主机的地址。";
    NOT_A_NETMASK = "Neither a netmask nor a prefix length: enter one such as 255.255.255.0 or 24.", "既不是子网掩码也不是前缀长度：请输入 255.255.255.0 或 24 这样的值。";
    PREFIX_TOO_LONG = "A prefix has at most {max} bits here: enter at most {max}.", "此处前缀最多 {max} 位：请输入不超过 {max} 的值。";
    NOT_A_PORT_RANGE = "Neither a port nor a range: enter ports such as 80, or 80,443, or 10000-20000.", "既不是端口也不是端口范围：请输入 80，或 80,443，或 10000-20000。";
    REVERSED_RANGE = "The range ends before it starts: put the lower port first.", "端口范围的结尾小于开头：请把较小的端口写在前面。";
    TOO_MANY_RANGES = "More than {max} ports or ranges: join neighbouring ports to ranges.", "超过 {max} 个端口或范围：请把相邻端口合并为范围。";
    NOT_ONE_OF = "Not one of the choices: {choices}.", "不在可选项之内：{choices}。";
    NOT_A_DEVICE = "Not a network interface's name: enter one such as eth0 or eth0:1, at most 15 characters.", "不是网络接口名：请输入 `eth0` 或 `eth0:1` 这样的名称，最多 15 个字符。";
    NOT_A_PROGRAM_NAME = "Not the bare name of a program: enter its name in the director's check directory, without a path.", "不是单纯的程序名：请输入调度器检查程序目录中的名称，不带路径。";
    NOT_A_REGEX = "Not a regular expression: close every bracket, and write \\. for a dot itself.", "不是正则表达式：请闭合所有括号，表示点号本身请写 \\.。";
    DUPLICATE_NAME = "This name is taken: choose another.", "此名称已被使用：请另选一个。";
    SAME_TRAFFIC_AS = "Virtual server “{other}” takes this traffic already: choose another address, port or protocol, or deactivate “{other}”.", "虚拟服务器“{other}”已接收这些流量：请另选地址、端口或协议，或停用“{other}”。";
    SAME_SERVER_AS = "Real server “{other}” has this address and port already: change one of them, or edit “{other}”.", "真实服务器“{other}”已使用此地址和端口：请更改其中之一，或编辑“{other}”。";
    ALL_PORTS_NEED_PERSISTENCE = "All ports need persistence: set a persistence time, or name the ports.", "所有端口需要持久连接：请设置持久连接时间，或指定端口。";
    PORT_CHANGE_NEEDS_MASQUERADING = "The port differs from the virtual server's, and only masquerading changes ports: leave it empty, or choose masquerading (NAT).", "端口与虚拟服务器不同，而只有伪装方式能改变端口：请留空，或选择伪装（NAT）。";
    FAMILIES_NEED_TUNNELING = "The address family differs from the virtual server's: use an address of the same family, or choose tunneling.", "地址族与虚拟服务器不同：请使用同族地址，或选择隧道方式。";
    SERVERS_CANNOT = "Real servers of “{service}” cannot be reached by it: give them a forwarding method of their own first, or choose masquerading (NAT).", "“{service}”的真实服务器无法以此方式到达：请先为它们单独指定转发方式，或选择伪装（NAT）。";
    SERVERS_CANNOT_MORE = "Real servers of “{service}” and of {more} more cannot be reached by it: give them a forwarding method of their own first, or choose masquerading (NAT).", "“{service}”及另外 {more} 个虚拟服务器的真实服务器无法以此方式到达：请先为它们单独指定转发方式，或选择伪装（NAT）。";
    DUPLICATE_NAME_IN = "Another real server of “{service}” has this name: choose another, or leave that virtual server out.", "“{service}”中另一台真实服务器已使用此名称：请另选名称，或不选该虚拟服务器。";
    LOWER_ABOVE_UPPER = "The lower threshold lies above the upper one: make it smaller.", "下限高于上限：请改小。";
    LOWER_WITHOUT_UPPER = "A lower threshold without an upper one does nothing: set both, or leave both empty.", "只有下限没有上限不起作用：请两个都填，或都留空。";
    DEAD_BEFORE_HEARTBEAT = "Not longer than the heartbeat interval: make it at least twice as long.", "不长于心跳间隔：请至少设为其两倍。";
    ONE_PACKET_NEEDS_UDP = "One-packet scheduling works for UDP and firewall marks alone: choose one of them, or turn it off.", "单包调度只适用于 UDP 和防火墙标记：请选择其一，或关闭单包调度。";
    ENGINE_NEEDS_UDP = "The SIP engine works for UDP and firewall marks alone, with persistence: choose one of them, or turn it off.", "SIP 引擎只适用于 UDP 和防火墙标记，且需要持久连接：请选择其一，或关闭。";
    SORRY_SERVER_FAMILY = "The address family differs from the virtual server's: use an address of the same family.", "地址族与虚拟服务器不同：请使用同族地址。";
    NEEDS_PERSISTENCE = "Does nothing without persistence: set a persistence time, or leave it empty.", "没有持久连接时不起作用：请设置持久连接时间，或留空。";
    PROXY_NEEDS_TCP = "The PROXY protocol needs TCP: choose TCP, or turn it off.", "PROXY 协议需要 TCP：请选择 TCP，或关闭。";
    PORT_NEEDS_GUE = "Only GUE tunnels have a port: leave it empty, or choose tunneling (GUE).", "只有 GUE 隧道有端口：请留空，或选择隧道（GUE）。";
    FLAG_NEEDS_HASHING = "Only the schedulers sh and mh know this flag: choose one of them, or turn it off.", "只有调度算法 `sh` 和 `mh` 支持此选项：请选择其一，或关闭。";
    CHANGED_MEANWHILE = "Somebody else changed it meanwhile, to {now}: keep yours by saving again, or take theirs.", "其间有人将其改为 {now}：再次保存即采用您的值，或改用对方的值。";
    GONE = "It is no longer there: load the page again.", "它已不存在：请重新加载页面。";
    TOO_MANY = "At most {max} are possible: remove some first.", "最多 {max} 个：请先删除一些。";
}

#[cfg(test)]
mod tests {
    use model::Field;

    use super::*;

    #[test]
    fn a_problem_says_why_and_what_to_do() {
        let problem = Problem::new(Field::ServerPort, "99999", Reason::OutOfRange { min: 1, max: 65_535 });
        assert_eq!(text(&problem, Lang::En), "Outside the range: enter a number from 1 to 65535.");
        assert_eq!(text(&problem, Lang::Zh), "超出范围：请输入 1 至 65535 之间的数。");
    }
}
