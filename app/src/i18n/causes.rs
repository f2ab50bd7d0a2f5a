//! Why something on a director is not as it should be: the sentence of each code that an agent sends.

use model::{Cause, Code, Forwarding, Why};

use super::{Lang, Msg, services};
use crate::html;

/// The reason in the user's language; the agent's own words where the code is not known.
pub fn text(why: &Why, lang: Lang) -> String {
    why.cause.as_ref().map_or_else(|| why.text.clone(), |cause| of(cause, lang))
}

/// The reason as HTML: the sentence, and below it the agent's own words, which say more.
pub fn detailed(why: &Why, lang: Lang) -> String {
    let said = text(why, lang);
    let mut out = html::escape(&said);
    if !why.text.is_empty() && why.text != said {
        out.push_str("<span class=\"detail\" lang=\"en\">");
        html::push(&mut out, &why.text);
        out.push_str("</span>");
    }
    out
}

/// The sentence of a cause.
pub fn of(cause: &Cause, lang: Lang) -> String {
    // Values are names and numbers, the same in every language, but for this one.
    let values: Vec<(&str, String)> = cause
        .values()
        .map(|(name, value)| match (name, Forwarding::parse(value)) {
            ("method", Ok(method)) => (name, services::forwarding(method, lang)),
            ("kind", _) => {
                (name, surrounding(value).map_or(value.to_owned(), |kind| kind.get(lang).to_owned()))
            }
            _ => (name, value.to_owned()),
        })
        .collect();
    let values: Vec<(&str, &dyn std::fmt::Display)> =
        values.iter().map(|(name, value)| (*name, value as &dyn std::fmt::Display)).collect();
    sentence(cause.code()).with(lang, &values)
}

/// What surrounds the table, by the agent's name for its kind; none for one of a newer agent.
fn surrounding(kind: &str) -> Option<Msg> {
    let known = [
        ("address", AROUND_ADDRESS),
        ("sysctl", AROUND_SYSCTL),
        ("rules", AROUND_RULES),
        ("tunnel", AROUND_TUNNEL),
        ("encap-port", AROUND_ENCAP_PORT),
        ("gateway", AROUND_GATEWAY),
    ];
    known.into_iter().find_map(|(name, msg)| (name == kind).then_some(msg))
}

fn sentence(code: Code) -> Msg {
    match code {
        Code::NoMarks => NO_MARKS,
        Code::NoSctp => NO_SCTP,
        Code::NoAllPorts => NO_ALL_PORTS,
        Code::NoEngines => NO_ENGINES,
        Code::NoProxyProtocol => NO_PROXY_PROTOCOL,
        Code::NoScheduler => NO_SCHEDULER,
        Code::Relayed => RELAYED,
        Code::PortTaken => PORT_TAKEN,
        Code::AddressMissing => ADDRESS_MISSING,
        Code::NotPermitted => NOT_PERMITTED,
        Code::CannotListen => CANNOT_LISTEN,
        Code::TooManySockets => TOO_MANY_SOCKETS,
        Code::TakenByService => TAKEN_BY_SERVICE,
        Code::Loop => LOOP,
        Code::Foreign => FOREIGN,
        Code::ForeignWithin => FOREIGN_WITHIN,
        Code::Differs => DIFFERS,
        Code::NotThere => NOT_THERE,
        Code::StillThere => STILL_THERE,
        Code::IdleTimes => IDLE_TIMES,
        Code::MixedFamilies => MIXED_FAMILIES,
        Code::PortKept => PORT_KEPT,
        Code::AllPortsUnpinned => ALL_PORTS_UNPINNED,
        Code::OwnMark => OWN_MARK,
        Code::KernelRefused => KERNEL_REFUSED,
        Code::TableMoved => TABLE_MOVED,
        Code::ShuttingDown => SHUTTING_DOWN,
        Code::DataPlaneFailed => DATA_PLANE_FAILED,
        Code::NoAnswer => NO_ANSWER,
        Code::Several => SEVERAL,
        Code::Surrounding => SURROUNDING,
        Code::OlderGeneration => OLDER_GENERATION,
        Code::OtherContent => OTHER_CONTENT,
        Code::Unreadable => UNREADABLE,
        Code::NotStored => NOT_STORED,
        Code::Replaced => REPLACED,
        Code::ShutOut => SHUT_OUT,
        Code::OtherProtocol => OTHER_PROTOCOL,
        Code::Malformed => MALFORMED,
        Code::CertificateExpired => CERTIFICATE_EXPIRED,
        Code::ConsoleClosed => CONSOLE_CLOSED,
        Code::ConnectionRefused => CONNECTION_REFUSED,
        Code::CheckTimedOut => CHECK_TIMED_OUT,
        Code::HostUnreachable => HOST_UNREACHABLE,
        Code::NetworkUnreachable => NETWORK_UNREACHABLE,
        Code::Forbidden => FORBIDDEN,
        Code::Returning => RETURNING,
        Code::UncheckedSctp => UNCHECKED_SCTP,
        Code::UncheckedPort => UNCHECKED_PORT,
        Code::CheckFailedHere => CHECK_FAILED_HERE,
        Code::NoActiveServer => NO_ACTIVE_SERVER,
        Code::NoServerTakes => NO_SERVER_TAKES,
    }
}

messages! {
    AROUND_ADDRESS = "an address", "地址";
    AROUND_SYSCTL = "a kernel setting", "内核参数";
    AROUND_RULES = "a set of packet filter rules", "包过滤规则";
    AROUND_TUNNEL = "a tunnel", "隧道";
    AROUND_ENCAP_PORT = "a port for encapsulated packets", "封装端口";
    AROUND_GATEWAY = "the gateway", "网关";
    NO_MARKS = "This data plane sees no firewall marks: give the virtual server an address and ports, or use a director with kernel IPVS.", "此数据面不识别防火墙标记：请为虚拟服务器指定地址和端口，或使用带内核 IPVS 的调度器。";
    NO_SCTP = "This data plane does not carry SCTP: use a director with kernel IPVS.", "此数据面不支持 SCTP：请使用带内核 IPVS 的调度器。";
    NO_ALL_PORTS = "This data plane cannot serve all ports at once: list the ports that are needed, or use a director with kernel IPVS.", "此数据面不能一次服务所有端口：请列出所需端口，或使用带内核 IPVS 的调度器。";
    NO_ENGINES = "This data plane has no persistence engines: leave the engine out, or use a director with kernel IPVS.", "此数据面没有会话保持引擎：请不要使用引擎，或使用带内核 IPVS 的调度器。";
    NO_PROXY_PROTOCOL = "This data plane cannot send PROXY headers here: turn them off for this virtual server.", "此数据面在这里不能发送 PROXY 头：请为此虚拟服务器关闭该选项。";
    NO_SCHEDULER = "This data plane does not have the scheduler {scheduler}: choose another, or use a director with kernel IPVS.", "此数据面没有调度算法 {scheduler}：请另选一种，或使用带内核 IPVS 的调度器。";
    RELAYED = "This data plane relays every connection itself, so “{method}” has no effect: real servers see the director's address, and answer through it. Choose masquerading to say so, or use a director with kernel IPVS.", "此数据面自行转接每个连接，因此“{method}”不起作用：真实服务器看到的是调度器的地址，并经由它应答。请选择伪装方式，或使用带内核 IPVS 的调度器。";
    PORT_TAKEN = "Another program on the director has {address}: stop it there, or choose another port.", "调度器上的另一个程序占用了 {address}：请在那里停止它，或另选端口。";
    ADDRESS_MISSING = "{address} is not an address of the director: add it to one of its interfaces.", "{address} 不是调度器的地址：请将其添加到它的某个网络接口。";
    NOT_PERMITTED = "The agent may not listen on {address}: allow it to use ports below 1024, or choose a higher one.", "agent 无权监听 {address}：请允许其使用 1024 以下的端口，或选用更高的端口。";
    CANNOT_LISTEN = "The agent cannot listen on {address}.", "agent 无法监听 {address}。";
    TOO_MANY_SOCKETS = "{wanted} more listening sockets are too many for the director's limit of open files ({limit}): use fewer ports, or raise the limit.", "再监听 {wanted} 个端口会超出调度器的打开文件数上限（{limit}）：请减少端口，或提高上限。";
    TAKEN_BY_SERVICE = "{address} is taken by the virtual server at {other}: remove that one first, or choose another port.", "{address} 已被位于 {other} 的虚拟服务器占用：请先移除它，或另选端口。";
    LOOP = "Real server {destination} leads back to this virtual server: give the real server's own address or port.", "真实服务器 {destination} 会绕回此虚拟服务器：请填写真实服务器自己的地址或端口。";
    FOREIGN = "Somebody else has made this entry on the director: adopt it, or remove it there.", "他人已在调度器上建立此条目：请接管它，或在那里移除它。";
    FOREIGN_WITHIN = "Kept on the director, since somebody else has put {destination} into it: remove that there.", "仍保留在调度器上，因为他人在其中加入了 {destination}：请在那里移除它。";
    DIFFERS = "Read back from the data plane, it is not as it was set: something else changes it on the director.", "从数据面读回的内容与设置不符：调度器上有其他程序在更改它。";
    NOT_THERE = "Read back from the data plane, it is not there: something else removes it on the director.", "从数据面读回时它不存在：调度器上有其他程序移除了它。";
    STILL_THERE = "It should be gone from the data plane, and is still there.", "它应已从数据面移除，但仍然存在。";
    MIXED_FAMILIES = "A real server of the other address family is reached through a tunnel only: choose ipip, gue or gre for it.", "另一地址族的真实服务器只能通过隧道到达：请为其选择 IPIP、GUE 或 GRE。";
    PORT_KEPT = "{method} leaves ports as they are, so port {port} cannot take the place of the service's: use the same port, or masquerading.", "{method} 不改写端口，端口 {port} 无法代替服务的端口：请使用相同端口，或改用地址伪装。";
    ALL_PORTS_UNPINNED = "All ports of an address can be served with persistence only: switch it on, or list the ports.", "仅在启用会话保持时才能服务某地址的所有端口：请启用会话保持，或列出端口。";
    OWN_MARK = "The agents keep this firewall mark for services with several ports: choose another.", "此防火墙标记由代理保留给多端口服务使用：请另选一个。";
    KERNEL_REFUSED = "The kernel refused: {reason}.", "内核拒绝：{reason}。";
    IDLE_TIMES = "Idle times, read back from the data plane, are not as they were set.", "从数据面读回的空闲超时与设置不符。";
    TABLE_MOVED = "The data plane changed at the same moment; it is tried again.", "数据面同时发生了变化；将自动重试。";
    SHUTTING_DOWN = "The data plane is shutting down.", "数据面正在关闭。";
    DATA_PLANE_FAILED = "The data plane could not be read, so what it holds is not known.", "无法读取数据面，其内容未知。";
    NO_ANSWER = "The data plane did not answer within {seconds} s; it is asked again.", "数据面在 {seconds} 秒内没有应答；将再次询问。";
    SEVERAL = "{n} things are not as they should be.", "有 {n} 处与应有状态不符。";
    SURROUNDING = "Around the table, {kind} is not as it should be on the director: {name}.", "调度器上表之外的{kind}与应有状态不符：{name}。";
    OLDER_GENERATION = "It was offered generation {offered} and has {newest} already. Was the console restored from a copy? Apply until the generation is above {newest}, or enrol the director anew.", "收到第 {offered} 代，但它已有第 {newest} 代。控制台是否由备份恢复？请继续应用直至超过第 {newest} 代，或重新登记该调度器。";
    OTHER_CONTENT = "It has generation {generation} with another content. Was the console restored from a copy? Apply once more, or enrol the director anew.", "它已有内容不同的第 {generation} 代。控制台是否由备份恢复？请再应用一次，或重新登记该调度器。";
    UNREADABLE = "It cannot read generation {generation}: is its agent older than the console?", "它无法读取第 {generation} 代：其 agent 是否比控制台旧？";
    NOT_STORED = "It cannot store generation {generation} on its disk; it tries again.", "它无法将第 {generation} 代写入磁盘；将自动重试。";
    REPLACED = "Another connection of this director took its place: is its state directory in use on two machines? Each needs an enrolment of its own.", "此调度器的另一个连接取代了它：其状态目录是否同时在两台机器上使用？每台机器都需要各自登记。";
    SHUT_OUT = "The console no longer accepts its certificate: make a token on this director's page and enrol it anew.", "控制台不再接受其证书：请在此调度器的页面上生成令牌并重新登记。";
    OTHER_PROTOCOL = "Its agent and this console are too far apart in version: update the older one.", "其 agent 与本控制台的版本相差太远：请更新较旧的一方。";
    MALFORMED = "It said something that this console cannot read: update its agent or the console.", "控制台无法读懂它的消息：请更新其 agent 或控制台。";
    CERTIFICATE_EXPIRED = "Its certificate has expired, as it was not renewed in time: make a token on this director's page and enrol it anew.", "其证书因未及时续期而过期：请在此调度器的页面上生成令牌并重新登记。";
    CONSOLE_CLOSED = "The console ended the connection for a moment; the agent dials again.", "控制台暂时结束了连接；agent 会重新连接。";
    CONNECTION_REFUSED = "Connection refused: nothing listens there.", "连接被拒绝：该端口没有程序监听。";
    CHECK_TIMED_OUT = "No answer within {seconds} s.", "{seconds} 秒内没有应答。";
    HOST_UNREACHABLE = "No route to the host, or nobody answers for its address.", "没有到该主机的路由，或没有机器应答此地址。";
    NETWORK_UNREACHABLE = "The network is unreachable from the director.", "调度器无法到达该网络。";
    FORBIDDEN = "Refused by a packet filter or security policy of the director.", "被调度器的包过滤或安全策略拒绝。";
    RETURNING = "Coming back: {passes} of {needed} checks passed.", "正在恢复：{needed} 次检查中已通过 {passes} 次。";
    UNCHECKED_SCTP = "Not checked: the agent cannot check SCTP ports.", "未检查：agent 不能检查 SCTP 端口。";
    UNCHECKED_PORT = "Not checked: neither the real server nor its virtual server names a port to ask.", "未检查：真实服务器及其虚拟服务器都没有指定可检查的端口。";
    CHECK_FAILED_HERE = "Not checked: the director has run out of something that it needs to ask.", "未检查：调度器缺少进行检查所需的资源。";
    NO_ACTIVE_SERVER = "No real server is active.", "没有已激活的真实服务器。";
    NO_SERVER_TAKES = "No real server takes connections.", "没有真实服务器接受连接。";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_needs_what_its_code_carries() {
        for &code in Code::ALL {
            let said = sentence(code).en;
            let needed =
                said.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name));
            let mut needed: Vec<&str> = needed.collect();
            needed.sort_unstable();
            needed.dedup();
            let mut carried = code.values().to_vec();
            carried.sort_unstable();
            assert_eq!(needed, carried, "{code:?}");
        }
    }

    #[test]
    fn the_agents_words_stand_below_or_alone() {
        let cause = Cause::new(Code::PortTaken, [("address", &"192.0.2.1:80")]);
        let why = Why::new("could not listen: <in use>", cause);
        assert_eq!(
            detailed(&why, Lang::Zh),
            "调度器上的另一个程序占用了 192.0.2.1:80：请在那里停止它，或另选端口。<span class=\"detail\" lang=\"en\">could not listen: &lt;in use&gt;</span>"
        );
        assert_eq!(detailed(&"the moon is full".into(), Lang::Zh), "the moon is full");
    }

    #[test]
    fn what_surrounds_the_table_is_named_in_the_users_language() {
        let of_kind =
            |kind: &str| Cause::new(Code::Surrounding, [("kind", &kind), ("name", &"net.ipv4.ip_forward")]);
        assert!(of(&of_kind("sysctl"), Lang::Zh).contains("内核参数与应有状态不符：net.ipv4.ip_forward"));
        assert!(of(&of_kind("sysctl"), Lang::En).contains("a kernel setting is not as it should be"));
        assert!(of(&of_kind("moonbeam"), Lang::En).contains("moonbeam is not"), "of a newer agent");
    }

    #[test]
    fn methods_are_named_as_everywhere() {
        let cause = Cause::new(Code::Relayed, [("method", &"direct")]);
        assert!(of(&cause, Lang::Zh).contains("直接路由"), "{}", of(&cause, Lang::Zh));
    }
}
