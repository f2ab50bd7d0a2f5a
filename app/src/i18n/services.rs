//! Virtual servers and their real servers: lists and forms.

use model::{Forwarding, Protocol, SchedulerKind};

use super::{Lang, Msg};

/// What a scheduler is called, with its short name.
pub fn scheduler(kind: SchedulerKind, lang: Lang) -> String {
    let msg: Msg = match kind {
        SchedulerKind::Rr => RR,
        SchedulerKind::Wrr => WRR,
        SchedulerKind::Lc => LC,
        SchedulerKind::Wlc => WLC,
        SchedulerKind::Lblc => LBLC,
        SchedulerKind::Lblcr => LBLCR,
        SchedulerKind::Dh => DH,
        SchedulerKind::Sh => SH,
        SchedulerKind::Sed => SED,
        SchedulerKind::Nq => NQ,
        SchedulerKind::Fo => FO,
        SchedulerKind::Ovf => OVF,
        SchedulerKind::Mh => MH,
        SchedulerKind::Twos => TWOS,
    };
    format!("{} ({})", msg.get(lang), kind.name())
}

/// What a forwarding method is called.
pub fn forwarding(forwarding: Forwarding, lang: Lang) -> String {
    match forwarding {
        Forwarding::Masquerading => MASQUERADING.get(lang).to_owned(),
        Forwarding::DirectRouting => DIRECT_ROUTING.get(lang).to_owned(),
        Forwarding::Ipip => TUNNEL_IPIP.get(lang).to_owned(),
        Forwarding::Gue(port, _) => format!("{} · {port}", TUNNEL_GUE.get(lang)),
        Forwarding::Gre(_) => TUNNEL_GRE.get(lang).to_owned(),
        Forwarding::Local => LOCAL.get(lang).to_owned(),
    }
}

/// What a protocol is called in a menu.
pub fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
        Protocol::Sctp => "SCTP",
    }
}

messages! {
    TITLE = "Virtual servers", "虚拟服务器";
    TABLE = "Virtual servers of this cluster, as drafted", "本集群草稿中的虚拟服务器";
    ADD = "Add virtual server", "添加虚拟服务器";
    FILTER = "Filter by name, address or port", "按名称、地址或端口筛选";
    FILTER_NOTHING_TITLE = "Nothing matches “{q}”", "没有与“{q}”匹配的项目";
    FILTER_NOTHING_TEXT = "Virtual servers are found by name, address, port, protocol, scheduler and note, and by their real servers' names and addresses.", "可按名称、地址、端口、协议、调度算法、备注，以及真实服务器的名称和地址查找虚拟服务器。";
    SHOW_ALL = "Show all", "显示全部";
    EMPTY_TITLE = "No virtual server yet", "还没有虚拟服务器";
    EMPTY_TEXT = "A virtual server is the address that clients connect to. Add one, then give it real servers.", "虚拟服务器是客户端连接的地址。请先添加一个，再为它指定真实服务器。";
    COL_STATUS = "Status", "状态";
    COL_VIP = "VIP", "VIP";
    COL_NETMASK = "Netmask", "子网掩码";
    COL_PORT = "Port", "端口";
    COL_PROTOCOL = "Protocol", "协议";
    COL_INTERFACE = "Interface", "网络接口";
    COL_SCHEDULER = "Scheduler", "调度算法";
    COL_SERVERS = "Real servers", "真实服务器";
    ACTIVE = "Active", "已激活";
    INACTIVE = "Inactive", "未激活";
    NEW_MARK = "new", "新增";
    EDITED_MARK = "edited", "已修改";
    MARK_ELSEWHERE = "mark {mark} ({family})", "标记 {mark}（{family}）";
    SERVERS_OF = "{active} of {all} active", "{all} 台中 {active} 台已激活";
    SERVERS_NONE = "none", "无";
    HOST_MASK = "one host", "单个主机";
    NEW_TITLE = "Add a virtual server", "添加虚拟服务器";
    SUBTAB_SERVICE = "Virtual server", "虚拟服务器";
    SUBTAB_SERVERS = "Real servers", "真实服务器";
    SUBTAB_MONITORING = "Monitoring scripts", "监控脚本";
    COPY = "Copy", "复制";
    SUBTABS = "Pages of this virtual server", "本虚拟服务器的页面";
    Q_WHERE = "Where do clients connect?", "客户端连接到哪里？";
    Q_CHOSEN = "How is a real server chosen?", "如何选择真实服务器？";
    Q_OUT = "When is a real server out?", "真实服务器何时视为故障？";
    Q_NONE = "Who answers when none can?", "都不可用时由谁应答？";
    Q_SEE = "What do real servers see of the client?", "真实服务器能看到客户端的什么？";
    Q_REACHED = "How do packets reach real servers?", "数据包如何到达真实服务器？";
    Q_OFFERED = "Is it offered?", "是否提供服务？";
    F_INTERFACE = "Interface and netmask", "网络接口与掩码";
    F_INTERFACE_UNSET = "left to the director", "由调度器决定";
    F_MARK = "Firewall mark", "防火墙标记";
    F_MARK_NONE = "none", "无";
    F_FLAGS = "Scheduler flags", "调度算法标志";
    F_PERSISTENCE = "Persistence", "持久连接";
    F_ONE_PACKET = "One-packet scheduling", "单包调度";
    F_LOAD = "Load monitor", "负载监测";
    F_PROXY = "PROXY protocol", "PROXY 协议";
    F_TUNNEL = "Tunnel", "隧道";
    F_TUNNEL_HELP = "for GUE and GRE", "用于 GUE 和 GRE";
    F_THRESHOLDS = "Connection limits", "连接数限制";
    F_THRESHOLDS_NONE = "none", "无";
    F_ADVANCED_OFF = "off", "关";
    F_ADVANCED_ON = "on", "开";
    F_DEFAULT = "as usual", "默认";
    MARKING_DIRECTOR = "The director marks what arrives at the address and ports above", "由调度器标记到达上述地址和端口的流量";
    MARKING_V4 = "Rules made elsewhere mark IPv4 traffic; address and ports above do not count", "由其他规则标记 IPv4 流量；上述地址和端口不起作用";
    MARKING_V6 = "Rules made elsewhere mark IPv6 traffic; address and ports above do not count", "由其他规则标记 IPv6 流量；上述地址和端口不起作用";
    PE_NONE = "The address alone", "仅地址";
    PE_SIP = "SIP: the Call-ID too", "SIP：还有 Call-ID";
    LOAD_NONE = "None: weights stay as configured", "无：权重保持配置值";
    LOAD_RUP = "rup (rstatd on the real servers)", "rup（真实服务器上的 rstatd）";
    LOAD_RUPTIME = "ruptime (rwhod on the real servers)", "ruptime（真实服务器上的 rwhod）";
    LOAD_UPTIME = "uptime by remote shell", "通过远程 shell 的 uptime";
    LOAD_PROGRAM = "A program of the director's check directory", "调度器检查程序目录中的程序";
    RR = "Round robin", "轮询";
    WRR = "Weighted round robin", "加权轮询";
    LC = "Least connections", "最少连接";
    WLC = "Weighted least connections", "加权最少连接";
    LBLC = "Locality-based least connections", "基于局部性的最少连接";
    LBLCR = "Locality-based least connections with replication", "带复制的基于局部性的最少连接";
    DH = "Destination hashing", "目标地址散列";
    SH = "Source hashing", "源地址散列";
    SED = "Shortest expected delay", "最短预期延迟";
    NQ = "Never queue", "永不排队";
    FO = "Weighted failover", "加权故障切换";
    OVF = "Weighted overflow", "加权溢出";
    MH = "Maglev hashing", "Maglev 散列";
    TWOS = "Power of two choices", "二选一";
    MASQUERADING = "Masquerading (NAT)", "伪装（NAT）";
    DIRECT_ROUTING = "Direct routing (DR)", "直接路由（DR）";
    TUNNEL_IPIP = "Tunneling, IP in IP", "隧道：IPIP";
    TUNNEL_GUE = "Tunneling, GUE", "隧道：GUE";
    TUNNEL_GRE = "Tunneling, GRE", "隧道：GRE";
    LOCAL = "Local: the director itself", "本机：调度器自身";
    AS_CLUSTER = "As the cluster: {method}", "与集群相同：{method}";
    CSUM_NONE = "No checksum", "无校验和";
    CSUM_FULL = "Checksum", "校验和";
    CSUM_REMOTE = "Remote checksum offload (GUE)", "远程校验和卸载（GUE）";
    ADDED = "Added virtual server {name} to the draft. Now give it real servers.", "已将虚拟服务器 {name} 加入草稿。现在为它指定真实服务器。";
    SAVED = "Saved {name} to the draft.", "已将 {name} 保存到草稿。";
    UNCHANGED = "Nothing was changed.", "没有更改任何内容。";
    REVIEW = "Review changes", "检查变更";
    ACTIVATED = "Activated {name} in the draft.", "已在草稿中激活 {name}。";
    DEACTIVATED = "Deactivated {name} in the draft.", "已在草稿中停用 {name}。";
    NOT_ACTIVATED = "Could not activate {name}: {why}", "无法激活 {name}：{why}";
    DELETE_ROW = "Delete this virtual server with its real servers.", "删除本虚拟服务器及其真实服务器。";
    DELETE_TITLE = "Delete virtual server {name}?", "删除虚拟服务器 {name}？";
    DELETE_VERB = "Delete virtual server {name}", "删除虚拟服务器 {name}";
    DELETE_SERVERS = "It goes from the draft with its {n} real server.|It goes from the draft with its {n} real servers.", "它将连同 {n} 台真实服务器从草稿中删除。";
    DELETE_LIVE = "It is applied: directors keep it until you apply this change; then its connections end.", "它已应用：调度器会保留到您应用此变更；应用后其连接将结束。";
    DELETE_NOT_LIVE = "It is not applied; no client notices.", "它未被应用；客户端不会受影响。";
    DELETED = "Deleted virtual server {name} from the draft.", "已从草稿中删除虚拟服务器 {name}。";
    DELETED_ALREADY = "It had been deleted already.", "它此前已被删除。";
    DELETE_MOVED = "Somebody else has changed it since you were asked. Look at it as it is now before you delete it.", "在询问之后，有人更改了它。请先查看现在的内容，再决定是否删除。";
    NOT_DELETED = "It was not deleted. {why}", "未能删除。{why}";
}
