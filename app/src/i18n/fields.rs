//! Labels and help of everything that can be configured, by [`model::Field`]: a field without a label does not compile.

use model::Field;

use super::{Lang, Msg};

/// The label above the field.
pub fn label(field: Field, lang: Lang) -> &'static str {
    let msg: Msg = match field {
        Field::ClusterName => CLUSTER_NAME,
        Field::UserName => USER_NAME,
        Field::ServiceName => SERVICE_NAME,
        Field::ServiceActive => SERVICE_ACTIVE,
        Field::Protocol => PROTOCOL,
        Field::Vip => VIP,
        Field::Ports => PORTS,
        Field::FirewallMark => FIREWALL_MARK,
        Field::Key => KEY,
        Field::Device => DEVICE,
        Field::VipNetmask => VIP_NETMASK,
        Field::Scheduler => SCHEDULER,
        Field::Persistence => PERSISTENCE,
        Field::PersistenceMask => PERSISTENCE_MASK,
        Field::PersistenceEngine => PERSISTENCE_ENGINE,
        Field::OnePacket => ONE_PACKET,
        Field::Check => CHECK,
        Field::Send => SEND,
        Field::Expect => EXPECT,
        Field::UseRegex => USE_REGEX,
        Field::SendProgram => SEND_PROGRAM,
        Field::ServiceTimeout => SERVICE_TIMEOUT,
        Field::Reentry => REENTRY,
        Field::Quiesce => QUIESCE,
        Field::LoadMonitor => LOAD_MONITOR,
        Field::SorryServer => SORRY_SERVER,
        Field::ProxyProtocol => PROXY_PROTOCOL,
        Field::ServiceNote | Field::ServerNote => NOTE,
        Field::ServerName => SERVER_NAME,
        Field::ServerAddress => SERVER_ADDRESS,
        Field::ServerPort => SERVER_PORT,
        Field::Weight => WEIGHT,
        Field::ServerActive => SERVER_ACTIVE,
        Field::Forwarding => FORWARDING,
        Field::UpperThreshold => UPPER_THRESHOLD,
        Field::LowerThreshold => LOWER_THRESHOLD,
        Field::Thresholds => THRESHOLDS,
        Field::PrimaryPublic => PRIMARY_PUBLIC,
        Field::PrimaryPrivate => PRIMARY_PRIVATE,
        Field::NetworkType => NETWORK_TYPE,
        Field::NatRouter => NAT_ROUTER,
        Field::OwnClients => OWN_CLIENTS,
        Field::TcpTimeout => TCP_TIMEOUT,
        Field::TcpFinTimeout => TCP_FIN_TIMEOUT,
        Field::UdpTimeout => UDP_TIMEOUT,
        Field::BackupActive => BACKUP_ACTIVE,
        Field::BackupPublic => BACKUP_PUBLIC,
        Field::BackupPrivate => BACKUP_PRIVATE,
        Field::HeartbeatInterval => HEARTBEAT_INTERVAL,
        Field::DeadAfter => DEAD_AFTER,
        Field::HeartbeatPort => HEARTBEAT_PORT,
        Field::MonitorLinks => MONITOR_LINKS,
        Field::SyncDaemon => SYNC_DAEMON,
        Field::Marking => MARKING,
        Field::SchedulerFallback => SCHEDULER_FALLBACK,
        Field::SchedulerPort => SCHEDULER_PORT,
        Field::LoadProgram => LOAD_PROGRAM,
        Field::SorryPort => SORRY_PORT,
        Field::TunnelPort => TUNNEL_PORT,
        Field::TunnelChecksum => TUNNEL_CHECKSUM,
        Field::NatRouterDevice => NAT_ROUTER_DEVICE,
        Field::NatRouterNetmask => NAT_ROUTER_NETMASK,
        Field::SyncInterface => SYNC_INTERFACE,
        Field::SyncId => SYNC_ID,
        Field::SyncGroup => SYNC_GROUP,
        Field::SyncPort => SYNC_PORT,
        Field::SyncTtl => SYNC_TTL,
        Field::SyncLength => SYNC_LENGTH,
    };
    msg.get(lang)
}

/// The line below the field, where there is something to say.
pub fn help(field: Field, lang: Lang) -> Option<&'static str> {
    let msg: Msg = match field {
        Field::ClusterName => CLUSTER_NAME_HELP,
        Field::UserName => USER_NAME_HELP,
        Field::ServiceName => SERVICE_NAME_HELP,
        Field::ServiceActive => SERVICE_ACTIVE_HELP,
        Field::Vip => VIP_HELP,
        Field::Ports => PORTS_HELP,
        Field::FirewallMark => FIREWALL_MARK_HELP,
        Field::Device => DEVICE_HELP,
        Field::VipNetmask => VIP_NETMASK_HELP,
        Field::Scheduler => SCHEDULER_HELP,
        Field::Persistence => PERSISTENCE_HELP,
        Field::PersistenceMask => PERSISTENCE_MASK_HELP,
        Field::PersistenceEngine => PERSISTENCE_ENGINE_HELP,
        Field::OnePacket => ONE_PACKET_HELP,
        Field::Check => CHECK_HELP,
        Field::Send => SEND_HELP,
        Field::Expect => EXPECT_HELP,
        Field::SendProgram => SEND_PROGRAM_HELP,
        Field::ServiceTimeout => SERVICE_TIMEOUT_HELP,
        Field::Reentry => REENTRY_HELP,
        Field::Quiesce => QUIESCE_HELP,
        Field::LoadMonitor => LOAD_MONITOR_HELP,
        Field::SorryServer => SORRY_SERVER_HELP,
        Field::ProxyProtocol => PROXY_PROTOCOL_HELP,
        Field::ServiceNote => SERVICE_NOTE_HELP,
        Field::ServerNote => SERVER_NOTE_HELP,
        Field::ServerName => SERVER_NAME_HELP,
        Field::ServerAddress => SERVER_ADDRESS_HELP,
        Field::ServerPort => SERVER_PORT_HELP,
        Field::Weight => WEIGHT_HELP,
        Field::ServerActive => SERVER_ACTIVE_HELP,
        Field::Forwarding => FORWARDING_HELP,
        Field::UpperThreshold => UPPER_THRESHOLD_HELP,
        Field::LowerThreshold => LOWER_THRESHOLD_HELP,
        Field::PrimaryPublic => PRIMARY_PUBLIC_HELP,
        Field::PrimaryPrivate => PRIMARY_PRIVATE_HELP,
        Field::NetworkType => NETWORK_TYPE_HELP,
        Field::NatRouter => NAT_ROUTER_HELP,
        Field::OwnClients => OWN_CLIENTS_HELP,
        Field::TcpTimeout => TCP_TIMEOUT_HELP,
        Field::TcpFinTimeout => TCP_FIN_TIMEOUT_HELP,
        Field::UdpTimeout => UDP_TIMEOUT_HELP,
        Field::UseRegex => USE_REGEX_HELP,
        Field::BackupActive => BACKUP_ACTIVE_HELP,
        Field::BackupPublic => BACKUP_PUBLIC_HELP,
        Field::BackupPrivate => BACKUP_PRIVATE_HELP,
        Field::HeartbeatInterval => HEARTBEAT_INTERVAL_HELP,
        Field::DeadAfter => DEAD_AFTER_HELP,
        Field::HeartbeatPort => HEARTBEAT_PORT_HELP,
        Field::MonitorLinks => MONITOR_LINKS_HELP,
        Field::SyncDaemon => SYNC_DAEMON_HELP,
        Field::Marking => MARKING_HELP,
        Field::SchedulerFallback => SCHEDULER_FALLBACK_HELP,
        Field::SchedulerPort => SCHEDULER_PORT_HELP,
        Field::LoadProgram => LOAD_PROGRAM_HELP,
        Field::SorryPort => SORRY_PORT_HELP,
        Field::TunnelPort => TUNNEL_PORT_HELP,
        Field::TunnelChecksum => TUNNEL_CHECKSUM_HELP,
        Field::NatRouterDevice => NAT_ROUTER_DEVICE_HELP,
        Field::NatRouterNetmask => NAT_ROUTER_NETMASK_HELP,
        Field::SyncInterface => SYNC_INTERFACE_HELP,
        Field::SyncId => SYNC_ID_HELP,
        Field::SyncGroup => SYNC_GROUP_HELP,
        Field::SyncPort => SYNC_PORT_HELP,
        Field::SyncTtl => SYNC_TTL_HELP,
        Field::SyncLength => SYNC_LENGTH_HELP,
        Field::Protocol | Field::Key | Field::Thresholds => return None,
    };
    Some(msg.get(lang))
}

/// Fields that have their English label from Piranha.
const AS_IN_PIRANHA: &[Field] = &[
    Field::ServiceName,
    Field::Protocol,
    Field::Device,
    Field::Persistence,
    Field::Send,
    Field::Expect,
    Field::ServerName,
    Field::ServerAddress,
    Field::Weight,
    Field::TcpTimeout,
    Field::TcpFinTimeout,
    Field::UdpTimeout,
    Field::HeartbeatInterval,
    Field::DeadAfter,
    Field::SyncInterface,
    Field::SyncId,
];

/// The field's name in Piranha, where it differs from the label: for those who look for it.
pub fn piranha(field: Field, lang: Lang) -> Option<&'static str> {
    let same = || (lang != Lang::En && AS_IN_PIRANHA.contains(&field)).then(|| label(field, Lang::En));
    renamed(field).or_else(same)
}

fn renamed(field: Field) -> Option<&'static str> {
    match field {
        Field::Vip => Some("Virtual IP Address"),
        Field::Ports => Some("Application port"),
        Field::FirewallMark => Some("Firewall Mark"),
        Field::VipNetmask => Some("Virtual IP Network Mask"),
        Field::Scheduler => Some("Scheduling"),
        Field::PersistenceMask => Some("Persistence Network Mask"),
        Field::Check => Some("Monitoring Scripts"),
        Field::UseRegex => Some("Treat expect string as a regular expression"),
        Field::SendProgram => Some("Sending Program"),
        Field::ServiceTimeout => Some("Service timeout"),
        Field::Reentry => Some("Re-entry Time"),
        Field::Quiesce => Some("Quiesce server"),
        Field::LoadMonitor => Some("Load monitoring tool"),
        Field::SorryServer => Some("Sorry Server"),
        Field::PrimaryPublic => Some("Primary server public IP"),
        Field::PrimaryPrivate => Some("Primary server private IP"),
        Field::NetworkType => Some("Use network type"),
        Field::NatRouter => Some("NAT Router IP"),
        Field::BackupActive => Some("Backup: active"),
        Field::BackupPublic => Some("Redundant server public IP"),
        Field::BackupPrivate => Some("Redundant server private IP"),
        Field::HeartbeatPort => Some("Heartbeat runs on port"),
        Field::MonitorLinks => Some("Monitor NIC links for failures"),
        Field::SyncDaemon => Some("Use sync daemon"),
        Field::NatRouterDevice => Some("NAT Router device"),
        Field::NatRouterNetmask => Some("NAT Router netmask"),
        _ => None,
    }
}

messages! {
    CLUSTER_NAME = "Cluster name", "集群名称";
    CLUSTER_NAME_HELP = "What people call it. Any script, up to 64 characters.", "供人识别的名称，可用任何文字，最多 64 个字符。";
    USER_NAME = "User name", "用户名";
    USER_NAME_HELP = "What one logs in with; upper and lower case are the same.", "用于登录的名称，不区分大小写。";
    SERVICE_NAME = "Name", "名称";
    SERVICE_NAME_HELP = "A label, unique in the cluster.", "标签，在集群内唯一。";
    SERVICE_ACTIVE = "Active", "激活";
    SERVICE_ACTIVE_HELP = "Offered to clients as soon as it is applied. On by default.", "应用后即对客户端提供服务。默认开启。";
    PROTOCOL = "Protocol", "协议";
    VIP = "Virtual IP address", "虚拟 IP 地址";
    VIP_HELP = "The address that clients connect to (VIP), IPv4 or IPv6.", "客户端连接的地址（VIP），IPv4 或 IPv6。";
    PORTS = "Ports", "端口";
    PORTS_HELP = "80 (the default), or 80,443, or 10000-20000; 0 for all ports (needs persistence). Of several, the lowest is checked.", "80（默认），或 80,443，或 10000-20000；0 表示所有端口（需要持久连接）。有多个端口时检查最小的一个。";
    FIREWALL_MARK = "Firewall mark", "防火墙标记";
    FIREWALL_MARK_HELP = "Packets that carry this mark belong to the service, whatever their address.", "带有此标记的数据包都属于本服务，不论其地址。";
    KEY = "Protocol, address and port", "协议、地址和端口";
    DEVICE = "Device", "网络接口";
    DEVICE_HELP = "The interface that carries the VIP, for example `eth0:1`.", "承载 VIP 的网络接口，例如 `eth0:1`。";
    VIP_NETMASK = "VIP netmask", "VIP 子网掩码";
    VIP_NETMASK_HELP = "Empty: one host. A mask such as 255.255.255.0 or a length such as 24.", "留空：单个主机。可填 255.255.255.0 这样的掩码或 24 这样的长度。";
    SCHEDULER = "Scheduler", "调度算法";
    SCHEDULER_HELP = "How a real server is chosen for a new connection. Default: `wlc`.", "如何为新连接选择真实服务器。默认：`wlc`。";
    PERSISTENCE = "Persistence", "持久连接";
    PERSISTENCE_HELP = "How long a client stays with its real server after its last connection. Empty: off.", "客户端最后一次连接之后，多长时间内仍固定到同一台真实服务器。留空：关闭。";
    PERSISTENCE_MASK = "Persistence netmask", "持久连接掩码";
    PERSISTENCE_MASK_HELP = "Clients that share this network count as one. Empty: each address for itself.", "同一网络内的客户端视为一个。留空：每个地址各自计算。";
    PERSISTENCE_ENGINE = "Persistence engine", "持久连接引擎";
    PERSISTENCE_ENGINE_HELP = "What identifies a client besides its address.", "除地址之外，用什么识别客户端。";
    ONE_PACKET = "One-packet scheduling", "单包调度";
    ONE_PACKET_HELP = "Every packet is scheduled for itself (UDP or firewall marks). Off by default.", "逐个数据包调度（UDP 或防火墙标记）。默认关闭。";
    CHECK = "Check", "健康检查";
    CHECK_HELP = "How a real server is asked whether it serves. Default: by its port alone.", "如何判断真实服务器是否正常服务。默认：仅检查端口。";
    SEND = "Send", "发送内容";
    SEND_HELP = "Sent after connecting, at most 255 bytes; `\\r`, `\\n` and `\\t` as escapes, `\\` before any other character. Empty: nothing.", "连接后发送的内容，最多 255 字节；可用转义符 `\\r`、`\\n`、`\\t`，其他字符前可加 `\\`。留空：不发送。";
    EXPECT = "Expect", "预期内容";
    EXPECT_HELP = "What the answer, or what the program prints, begins with; `*` is any character. At most 255 bytes. Empty: any answer will do.", "应答（或程序输出）开头的内容；`*` 代表任意字符。最多 255 字节。留空：任何应答均可。";
    USE_REGEX = "Expected text is a regular expression", "预期内容为正则表达式";
    USE_REGEX_HELP = "Off (the default): the beginning is compared. On: it may match anywhere.", "关（默认）：比较开头部分。开：在任意位置匹配即可。";
    SEND_PROGRAM = "Check program", "检查程序";
    SEND_PROGRAM_HELP = "One of those that directors offer. It stands in for what is sent; a path or arguments are never typed here.", "从调度器提供的程序中选择。它代替发送内容；此处从不输入路径或参数。";
    SERVICE_TIMEOUT = "Check interval", "检查间隔";
    SERVICE_TIMEOUT_HELP = "Each real server is asked this often, and has this long to answer. Default: 6 s.", "每隔此时间检查一次真实服务器，应答时限也是此时间。默认：6 秒。";
    REENTRY = "Re-entry time", "重新加入时间";
    REENTRY_HELP = "A failed server must pass its checks this long before it is back. Default: 15 s.", "故障服务器须连续通过检查这么久，才能重新加入。默认：15 秒。";
    QUIESCE = "Quiesce failed servers", "静默故障服务器";
    QUIESCE_HELP = "A failed server keeps its connections (weight 0) instead of being removed. Off by default.", "故障服务器保留已有连接（权重置 0），而不是被移除。默认关闭。";
    LOAD_MONITOR = "Load monitor", "负载监测";
    LOAD_MONITOR_HELP = "Where load figures come from; weights follow them. Default: none.", "负载数据的来源；权重随之调整。默认：无。";
    SORRY_SERVER = "Sorry server", "致歉服务器";
    SORRY_SERVER_HELP = "Answers when no real server can: an address, or address:port. Empty: none.", "没有真实服务器可用时由它应答：地址，或地址:端口。留空：无。";
    PROXY_PROTOCOL = "PROXY protocol", "PROXY 协议";
    PROXY_PROTOCOL_HELP = "Sends the client's address ahead to the real server (v2, TCP, user-space data plane). Off by default.", "先把客户端地址告知真实服务器（v2，TCP，用户态数据面）。默认关闭。";
    NOTE = "Note", "备注";
    SERVICE_NOTE_HELP = "What people should know: a ticket, who to ask, why it is so. At most 500 characters; directors do nothing with it.", "值得让别人知道的事：工单、联系人、原因。最多 500 个字符；调度器不使用它。";
    SERVER_NOTE_HELP = "What people should know, for example why its weight is 0. At most 500 characters; directors do nothing with it.", "值得让别人知道的事，例如权重为何是 0。最多 500 个字符；调度器不使用它。";
    SERVER_NAME = "Name", "名称";
    SERVER_NAME_HELP = "A label, unique in the virtual server.", "标签，在虚拟服务器内唯一。";
    SERVER_ADDRESS = "Address", "地址";
    SERVER_ADDRESS_HELP = "The real server's own address (RIP).", "真实服务器自己的地址（RIP）。";
    SERVER_PORT = "Port", "端口";
    SERVER_PORT_HELP = "Empty: the port that the client used. Another port needs masquerading (NAT).", "留空：与客户端所用端口相同。不同端口需要伪装（NAT）。";
    WEIGHT = "Weight", "权重";
    WEIGHT_HELP = "Its share of new connections; 0 takes none and keeps those it has. Default: 1.", "新连接的份额；0 表示不接受新连接，但保留已有连接。默认：1。";
    SERVER_ACTIVE = "Active", "激活";
    SERVER_ACTIVE_HELP = "Takes part as soon as it is applied. On by default.", "应用后即参与服务。默认开启。";
    FORWARDING = "Forwarding method", "转发方式";
    FORWARDING_HELP = "How packets reach this real server.", "数据包如何到达此真实服务器。";
    UPPER_THRESHOLD = "Upper threshold", "连接上限";
    UPPER_THRESHOLD_HELP = "At this many connections no new ones come. Empty: no limit.", "连接数达到此值时不再接受新连接。留空：不限。";
    LOWER_THRESHOLD = "Lower threshold", "连接下限";
    LOWER_THRESHOLD_HELP = "Below this many connections new ones come again. Empty: below three quarters of the upper one.", "连接数低于此值时重新接受新连接。留空：低于上限的四分之三时。";
    THRESHOLDS = "Thresholds", "连接数阈值";
    PRIMARY_PUBLIC = "Primary director's public address", "主调度器公网地址";
    PRIMARY_PUBLIC_HELP = "Its routable address. The director that has it carries the virtual addresses.", "其可路由的地址。拥有此地址的调度器承载虚拟地址。";
    PRIMARY_PRIVATE = "Primary director's private address", "主调度器内网地址";
    PRIMARY_PRIVATE_HELP = "Its address on the inner network: the second path of heartbeats. Also tells which director it is.", "其内网地址：心跳的第二条路径；也用于识别调度器。";
    NETWORK_TYPE = "Forwarding method", "转发方式";
    NETWORK_TYPE_HELP = "For real servers that have none of their own. Default: masquerading (NAT).", "适用于未单独指定的真实服务器。默认：伪装（NAT）。";
    NAT_ROUTER = "NAT router", "NAT 路由器";
    OWN_CLIENTS = "Real servers use the virtual addresses", "真实服务器也访问虚拟地址";
    OWN_CLIENTS_HELP = "Real servers behind masquerading (NAT) reach virtual services too, among them their own. The director then tracks every connection (`net.ipv4.vs.conntrack`): see to room in `net.netfilter.nf_conntrack_max`.", "伪装（NAT）方式下的真实服务器也能访问虚拟服务，包括自身所属的服务。为此调度器会跟踪所有连接（`net.ipv4.vs.conntrack`），请确保 `net.netfilter.nf_conntrack_max` 足够大。";
    NAT_ROUTER_HELP = "The gateway address of real servers behind masquerading; it moves with the active director. Empty: none.", "伪装方式下真实服务器的网关地址，随主用调度器移动。留空：无。";
    TCP_TIMEOUT = "TCP timeout", "TCP 超时";
    TCP_TIMEOUT_HELP = "Idle time of established connections. Empty or 0: the data plane's own (Linux: 900 s).", "已建立连接的空闲时限。留空或 0：使用数据面自己的设置（Linux：900 秒）。";
    TCP_FIN_TIMEOUT = "TCP FIN timeout", "TCP FIN 超时";
    TCP_FIN_TIMEOUT_HELP = "Idle time after the first FIN. Empty or 0: the data plane's own (Linux: 120 s).", "收到第一个 FIN 之后的空闲时限。留空或 0：使用数据面自己的设置（Linux：120 秒）。";
    UDP_TIMEOUT = "UDP timeout", "UDP 超时";
    UDP_TIMEOUT_HELP = "Idle time of UDP flows. Empty or 0: the data plane's own (Linux: 300 s).", "UDP 流的空闲时限。留空或 0：使用数据面自己的设置（Linux：300 秒）。";
    BACKUP_ACTIVE = "Backup director", "备用调度器";
    BACKUP_ACTIVE_HELP = "Off by default; what stands below is kept while it is off.", "默认关闭；关闭时保留以下内容。";
    BACKUP_PUBLIC = "Backup director's public address", "备用调度器公网地址";
    BACKUP_PUBLIC_HELP = "Its routable address; needed while there is a backup. The director that has it stands by.", "其可路由的地址；有备用调度器时必填。拥有此地址的调度器为备用。";
    BACKUP_PRIVATE = "Backup director's private address", "备用调度器内网地址";
    BACKUP_PRIVATE_HELP = "The other end of the second heartbeat path.", "第二条心跳路径的另一端。";
    HEARTBEAT_INTERVAL = "Heartbeat interval", "心跳间隔";
    HEARTBEAT_INTERVAL_HELP = "How often heartbeats go out. Default: 6 s.", "多久发送一次心跳。默认：6 秒。";
    DEAD_AFTER = "Assume dead after", "判定失效时间";
    DEAD_AFTER_HELP = "How long silence lasts before takeover; longer than the interval. Default: 18 s.", "沉默多久之后接管；须长于心跳间隔。默认：18 秒。";
    HEARTBEAT_PORT = "Heartbeat port", "心跳端口";
    HEARTBEAT_PORT_HELP = "UDP. Default: 539.", "UDP 端口。默认：539。";
    MONITOR_LINKS = "Monitor network links", "监视网络链路";
    MONITOR_LINKS_HELP = "A director whose link is down gives up the active role. Off by default.", "链路断开的调度器放弃主用角色。默认关闭。";
    SYNC_DAEMON = "Sync daemon", "同步守护进程";
    SYNC_DAEMON_HELP = "The backup learns of every connection, so that they survive a takeover. Off by default.", "备用调度器得知所有连接，接管时连接不中断。默认关闭。";
    MARKING = "Marked by", "标记来源";
    MARKING_HELP = "Who sets the mark: the director itself (the default), or rules of your own.", "由谁打标记：调度器自身（默认），或您自己的规则。";
    SCHEDULER_FALLBACK = "Fallback", "回退";
    SCHEDULER_FALLBACK_HELP = "Hash again when the chosen server is unavailable (sh, mh). Off by default.", "所选服务器不可用时重新散列（`sh`、`mh`）。默认关闭。";
    SCHEDULER_PORT = "Hash the source port too", "源端口也参与散列";
    SCHEDULER_PORT_HELP = "For the hashing schedulers sh and mh. Off by default.", "用于散列类调度算法 `sh` 和 `mh`。默认关闭。";
    LOAD_PROGRAM = "Load program", "负载监测程序";
    LOAD_PROGRAM_HELP = "Its name in the director's check directory.", "调度器检查程序目录中的程序名。";
    SORRY_PORT = "Sorry server's port", "致歉服务器端口";
    SORRY_PORT_HELP = "Empty: the port that the client used.", "留空：与客户端所用端口相同。";
    TUNNEL_PORT = "Tunnel port", "隧道端口";
    TUNNEL_PORT_HELP = "The UDP port of the GUE tunnel.", "GUE 隧道的 UDP 端口。";
    TUNNEL_CHECKSUM = "Tunnel checksum", "隧道校验和";
    TUNNEL_CHECKSUM_HELP = "For GUE and GRE tunnels.", "用于 GUE 和 GRE 隧道。";
    NAT_ROUTER_DEVICE = "NAT router device", "NAT 路由器接口";
    NAT_ROUTER_DEVICE_HELP = "The interface that carries the inside gateway.", "承载内部网关地址的网络接口。";
    NAT_ROUTER_NETMASK = "NAT router netmask", "NAT 路由器子网掩码";
    NAT_ROUTER_NETMASK_HELP = "Empty: one host.", "留空：单个主机。";
    SYNC_INTERFACE = "Sync daemon interface", "同步守护进程接口";
    SYNC_INTERFACE_HELP = "The interface that its messages use, on both directors. Piranha's default: eth0.", "同步消息使用的网络接口，两台调度器相同。Piranha 的默认值：`eth0`。";
    SYNC_ID = "Sync daemon ID", "同步守护进程 ID";
    SYNC_ID_HELP = "Tells clusters on one network apart: 0 to 255. Default: 0, which takes in all.", "区分同一网络上的多个集群：0 至 255。默认：0，即接收全部。";
    SYNC_GROUP = "Sync daemon multicast group", "同步守护进程多播组";
    SYNC_GROUP_HELP = "Where its messages go, IPv4 or IPv6. Empty: 224.0.0.81.", "同步消息的目的地，IPv4 或 IPv6。留空：224.0.0.81。";
    SYNC_PORT = "Sync daemon port", "同步守护进程端口";
    SYNC_PORT_HELP = "UDP. Empty: 8848.", "UDP 端口。留空：8848。";
    SYNC_TTL = "Sync daemon TTL", "同步守护进程 TTL";
    SYNC_TTL_HELP = "How many hops messages may travel. Empty: one.", "同步消息可经过的跳数。留空：1。";
    SYNC_LENGTH = "Sync daemon maximum message length", "同步守护进程最大消息长度";
    SYNC_LENGTH_HELP = "1 to 65,507. Empty: what the interface's packets hold.", "1 至 65,507。留空：由接口的数据包大小决定。";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn piranhas_name_is_said_where_the_label_is_another() {
        assert_eq!(piranha(Field::DeadAfter, Lang::En), None, "it is the label");
        assert_eq!(piranha(Field::DeadAfter, Lang::Zh), Some("Assume dead after"));
        assert_eq!(piranha(Field::Quiesce, Lang::En), piranha(Field::Quiesce, Lang::Zh));
        assert_eq!(piranha(Field::TunnelPort, Lang::Zh), None, "Piranha had none");
    }

    #[test]
    fn every_field_has_a_label_in_both_languages() {
        for &field in Field::ALL {
            assert!(!label(field, Lang::En).is_empty());
            assert_ne!(label(field, Lang::En), label(field, Lang::Zh), "{field:?}");
        }
    }
}
