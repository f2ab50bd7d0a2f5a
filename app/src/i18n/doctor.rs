//! What the doctor finds: the sentence of each ailment.

use model::{Ailment, Finding};

use super::{Lang, Msg};

/// A finding in the user's language; the agent's own words where it is not known.
pub fn text(finding: &Finding, lang: Lang) -> String {
    let Some(ailment) = finding.known() else { return finding.text.clone() };
    let values: Vec<(&str, &dyn std::fmt::Display)> =
        finding.values.iter().map(|(name, value)| (name.as_str(), value as &dyn std::fmt::Display)).collect();
    sentence(ailment).with(lang, &values)
}

fn sentence(ailment: Ailment) -> Msg {
    match ailment {
        Ailment::IpvsMissing => IPVS_MISSING,
        Ailment::IpvsNotPermitted => IPVS_NOT_PERMITTED,
        Ailment::SchedulerMissing => SCHEDULER_MISSING,
        Ailment::ForwardingOff => FORWARDING_OFF,
        Ailment::RedirectsOn => REDIRECTS_ON,
        Ailment::VipMissing => VIP_MISSING,
        Ailment::PartUnknown => PART_UNKNOWN,
        Ailment::VipOnBackup => VIP_ON_BACKUP,
        Ailment::DeviceMissing => DEVICE_MISSING,
        Ailment::LinkDown => LINK_DOWN,
        Ailment::VipAnsweredElsewhere => VIP_ANSWERED_ELSEWHERE,
        Ailment::ArpNotAsked => ARP_NOT_ASKED,
        Ailment::TunnelMtu => TUNNEL_MTU,
        Ailment::NoNatGateway => NO_NAT_GATEWAY,
        Ailment::WrongGateway => WRONG_GATEWAY,
        Ailment::VipNotQuiet => VIP_NOT_QUIET,
        Ailment::VipExposed => VIP_EXPOSED,
        Ailment::ArpAnswers => ARP_ANSWERS,
        Ailment::StrictReversePath => STRICT_REVERSE_PATH,
        Ailment::SlowListing => SLOW_LISTING,
        Ailment::ClockSkew => CLOCK_SKEW,
        Ailment::FewOpenFiles => FEW_OPEN_FILES,
    }
}

messages! {
    TITLE = "Doctor", "诊断";
    INTRO = "Looks at the machine for what would keep it from doing its work. Looking changes nothing.", "检查这台机器上会妨碍其工作的问题。检查不会更改任何内容。";
    ASK = "Examine this machine", "检查这台机器";
    AGAIN = "Ask again", "再次检查";
    CANNOT = "This machine cannot be examined now: its agent is away, or too old to have a doctor.", "现在无法检查这台机器：其 agent 失联，或版本太旧而没有诊断功能。";
    EXAMINED = "Examined", "检查于";
    WELL = "Nothing is the matter.", "一切正常。";
    COL_GRAVITY = "Gravity", "程度";
    COL_FOUND = "What was found", "发现的问题";
    COL_REMEDY = "What to do", "如何处理";
    FAILING = "Failing", "故障";
    WARNING = "Warning", "警告";
    NOTE = "Note", "提示";
    FIX = "Fix it", "修复";
    COMMAND = "Command", "命令";
    FIXED = "Done. The machine was examined again.", "已修复，并已重新检查。";
    NOT_FIXED = "The agent could not do it: {why}", "Agent 未能完成：`{why}`";
    NOT_EXAMINED = "{name} was not examined: {why}", "未能检查 {name}：{why}";
    AGENT_SAYS = "its agent says `{why}`", "其 agent 报告 `{why}`";
    IPVS_MISSING = "The kernel's IPVS cannot be used: {why}", "无法使用内核的 IPVS：`{why}`";
    IPVS_NOT_PERMITTED = "The kernel has IPVS, but the agent may not use it: it lacks `CAP_NET_ADMIN`.", "内核有 IPVS，但 agent 无权使用：缺少 `CAP_NET_ADMIN`。";
    SCHEDULER_MISSING = "Virtual server {service} needs the scheduler {scheduler}, which this kernel does not have or has not loaded.", "虚拟服务器 {service} 需要调度算法 {scheduler}，但此内核没有或尚未加载。";
    FORWARDING_OFF = "{family} packets are not forwarded, so answers of real servers behind masquerading end here.", "不转发 {family} 数据包，伪装（NAT）后面的真实服务器的应答会在此中断。";
    REDIRECTS_ON = "{device} sends ICMP redirects: real servers on the clients' network learn to answer past the director.", "{device} 会发送 `ICMP` 重定向：与客户端同网段的真实服务器会绕过调度器直接应答。";
    VIP_MISSING = "The virtual address {vip} of {service} is on no interface.", "{service} 的虚拟地址 {vip} 不在任何接口上。";
    PART_UNKNOWN = "This director has neither an address of the primary nor one of the backup, so it adds no virtual address. Put right the addresses in the cluster's settings, or on this machine.", "此调度器既没有主调度器的地址，也没有备用调度器的地址，因此不会添加虚拟地址。请更正集群设置或本机的地址。";
    VIP_ON_BACKUP = "The virtual address {vip} is on {device}, but this director stands by: two machines answer for it.", "虚拟地址 {vip} 在 {device} 上，但此调度器处于备用：会有两台机器应答此地址。";
    DEVICE_MISSING = "Virtual server {service} wants its address on {device}, and there is no such interface. Choose another one on the virtual server's page.", "虚拟服务器 {service} 的地址应在 {device} 上，但没有这个接口。请在虚拟服务器页面另选一个。";
    LINK_DOWN = "{device}, which carries {vip}, is down.", "承载 {vip} 的 {device} 已停用。";
    VIP_ANSWERED_ELSEWHERE = "The machine with the Ethernet address {mac} answers for {vip} on the network of {device}: clients may reach it instead of the director. The command is for that machine, if it is a real server.", "以太网地址为 {mac} 的机器在 {device} 的网段上应答 {vip}：客户端可能连到它而不是调度器。若它是真实服务器，请在该机器上执行此命令。";
    ARP_NOT_ASKED = "Who answers for the virtual addresses was not asked: the agent lacks `CAP_NET_RAW`.", "未查询谁在应答虚拟地址：agent 缺少 `CAP_NET_RAW`。";
    TUNNEL_MTU = "Packets of clients that fill {device} ({mtu} bytes) do not fit through a {method} tunnel: {needed} bytes are needed, on the real servers' interfaces too.", "占满 {device}（{mtu} 字节）的客户端数据包无法通过 {method} 隧道：需要 {needed} 字节，真实服务器的接口也一样。";
    NO_NAT_GATEWAY = "Real servers behind masquerading must answer through the director, and no gateway address that moves with it is set in the global settings.", "伪装（NAT）后面的真实服务器必须经调度器应答，但全局设置中没有随之迁移的网关地址。";
    WRONG_GATEWAY = "The default gateway is {gateway}; answers must leave by {needed}, or the director cannot rewrite them.", "默认网关是 {gateway}；应答必须经 {needed} 发出，否则调度器无法改写。";
    VIP_NOT_QUIET = "The virtual address {vip} is not on the loopback interface, so this real server drops what the director sends it.", "虚拟地址 {vip} 不在回环接口上，因此这台真实服务器会丢弃调度器发来的数据包。";
    VIP_EXPOSED = "The virtual address {vip} is on {device}, where this real server answers for it in the director's place.", "虚拟地址 {vip} 在 {device} 上，这台真实服务器会代替调度器应答此地址。";
    ARP_ANSWERS = "{sysctl} is {value} and should be {needed}: this real server tells the network that it has the virtual addresses.", "{sysctl} 为 {value}，应为 {needed}：这台真实服务器会向网络宣告它拥有虚拟地址。";
    STRICT_REVERSE_PATH = "`rp_filter` of {device} is {value}: what arrives by tunnel is dropped.", "{device} 的 `rp_filter` 为 {value}：经隧道到达的数据包会被丢弃。";
    SLOW_LISTING = "Linux {release} takes minutes to list a million connections; 6.14 and later take seconds.", "Linux {release} 列出一百万个连接需要数分钟；6.14 及以后只需数秒。";
    CLOCK_SKEW = "The clock is {ms} ms off the console's: times of events do not fit together, and certificates may be refused.", "时钟与控制台相差 {ms} 毫秒：事件时间无法对应，证书也可能被拒绝。";
    FEW_OPEN_FILES = "The agent may have {limit} files and connections open at once; {needed} are wanted. Put `LimitNOFILE=` into its systemd unit to keep it so.", "Agent 最多可同时打开 {limit} 个文件和连接；需要 {needed} 个。若要长期生效，请在其 `systemd` 单元中设置 `LimitNOFILE=`。";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_has_the_values_of_its_ailment() {
        for ailment in Ailment::ALL {
            let Msg { en, zh } = sentence(*ailment);
            for text in [en, zh] {
                assert_eq!(text.matches('{').count(), ailment.values().len(), "{text}");
                assert!(ailment.values().iter().all(|value| text.contains(&format!("{{{value}}}"))), "{text}");
            }
        }
    }
}
