//! The names of everything that can be configured: one list for forms, errors, plans and translations.

use std::fmt;

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $english:literal;)*) => {
        /// A configurable field. [`Field::name`] is its name in forms and in the catalogue of messages.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field { $($(#[$doc])* $variant,)* }

        impl Field {
            /// Every field, in the order of this list.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in forms: lower case, no blanks, unique.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The name in an English sentence.
            pub fn english(self) -> &'static str {
                match self { $(Self::$variant => $english,)* }
            }
        }
    };
}

fields! {
    /// A cluster's name.
    ClusterName = "cluster_name", "cluster name";
    /// The name that somebody logs in to the console with.
    UserName = "user_name", "user name";
    /// A virtual service's name.
    ServiceName = "name", "name";
    /// Whether a virtual service is offered.
    ServiceActive = "active", "active";
    /// tcp, udp or sctp.
    Protocol = "protocol", "protocol";
    /// The virtual IP address.
    Vip = "address", "virtual IP address";
    /// The virtual service's ports.
    Ports = "ports", "application port";
    /// The firewall mark.
    FirewallMark = "fwmark", "firewall mark";
    /// Who sets a service's firewall mark: the director, or rules made by hand.
    Marking = "marking", "marked by";
    /// What the service is reached by, as a whole.
    Key = "key", "protocol, address and port";
    /// The VIP's network interface.
    Device = "device", "device";
    /// The VIP's netmask.
    VipNetmask = "vip_nmask", "virtual IP network mask";
    /// How a real server is chosen.
    Scheduler = "scheduler", "scheduling";
    /// Scheduler flag: hash again when the chosen server is unavailable.
    SchedulerFallback = "sched_fallback", "fallback flag";
    /// Scheduler flag: hash the source port too.
    SchedulerPort = "sched_port", "port flag";
    /// How long a client stays with its real server.
    Persistence = "persistent", "persistence";
    /// Which clients count as one.
    PersistenceMask = "pmask", "persistence network mask";
    /// What else than the address identifies a client.
    PersistenceEngine = "pe", "persistence engine";
    /// One-packet scheduling.
    OnePacket = "ops", "one-packet scheduling";
    /// How a real server is checked.
    Check = "check", "check";
    /// What a check sends.
    Send = "send", "send";
    /// What a check expects.
    Expect = "expect", "expect";
    /// Whether the expected text is a regular expression.
    UseRegex = "use_regex", "treat expect string as a regular expression";
    /// The program that checks.
    SendProgram = "send_program", "sending program";
    /// Check interval and time limit.
    ServiceTimeout = "timeout", "service timeout";
    /// How long a failed server must pass before it is tried again.
    Reentry = "reentry", "re-entry time";
    /// Whether a failed server keeps its connections.
    Quiesce = "quiesce_server", "quiesce server";
    /// Where load figures come from.
    LoadMonitor = "load_monitor", "load monitoring tool";
    /// The program that gives load figures, where it is none of the known ones.
    LoadProgram = "load_program", "load monitoring program";
    /// Who answers when no real server can.
    SorryServer = "sorry_server", "sorry server";
    /// The sorry server's port.
    SorryPort = "sorry_port", "sorry server's port";
    /// Whether the client's address goes to the real server in a PROXY protocol header.
    ProxyProtocol = "proxy_protocol", "PROXY protocol";
    /// What people should know about a virtual service.
    ServiceNote = "note", "note";
    /// A real server's name.
    ServerName = "server_name", "name";
    /// A real server's address.
    ServerAddress = "server_address", "address";
    /// A real server's port.
    ServerPort = "server_port", "port";
    /// A real server's weight.
    Weight = "weight", "weight";
    /// Whether a real server takes part.
    ServerActive = "server_active", "active";
    /// What people should know about a real server.
    ServerNote = "server_note", "note";
    /// How packets reach the real server.
    Forwarding = "forwarding", "forwarding method";
    /// The UDP port of a GUE tunnel.
    TunnelPort = "tunnel_port", "tunnel port";
    /// What a GUE or GRE tunnel does about checksums.
    TunnelChecksum = "tunnel_csum", "tunnel checksum";
    /// Connections above which no new ones come.
    UpperThreshold = "upper_threshold", "upper threshold";
    /// Connections below which new ones come again.
    LowerThreshold = "lower_threshold", "lower threshold";
    /// Both thresholds.
    Thresholds = "thresholds", "thresholds";
    /// The primary director's routable address.
    PrimaryPublic = "primary", "primary server public IP";
    /// The primary director's private address.
    PrimaryPrivate = "primary_private", "primary server private IP";
    /// The cluster's forwarding method.
    NetworkType = "network", "network type";
    /// The floating inside gateway.
    NatRouter = "nat_router", "NAT router";
    /// The interface that carries the inside gateway.
    NatRouterDevice = "nat_router_device", "NAT router device";
    /// The inside gateway's netmask.
    NatRouterNetmask = "nat_nmask", "NAT router netmask";
    /// Whether real servers behind masquerading are clients of the virtual addresses too.
    OwnClients = "own_clients", "real servers as clients";
    /// Idle time of established TCP connections.
    TcpTimeout = "tcp_timeout", "TCP timeout";
    /// Idle time of TCP connections after FIN.
    TcpFinTimeout = "tcpfin_timeout", "TCP FIN timeout";
    /// Idle time of UDP flows.
    UdpTimeout = "udp_timeout", "UDP timeout";
    /// Whether there is a second director.
    BackupActive = "backup_active", "redundancy";
    /// The backup director's routable address.
    BackupPublic = "backup", "redundant server public IP";
    /// The backup director's private address.
    BackupPrivate = "backup_private", "redundant server private IP";
    /// How often heartbeats go out.
    HeartbeatInterval = "keepalive", "heartbeat interval";
    /// How long silence lasts before takeover.
    DeadAfter = "deadtime", "assume dead after";
    /// The heartbeat's UDP port.
    HeartbeatPort = "heartbeat_port", "heartbeat port";
    /// Whether a broken link ends the active role.
    MonitorLinks = "monitor_links", "monitor NIC links";
    /// Connection synchronisation.
    SyncDaemon = "syncdaemon", "sync daemon";
    /// The interface that synchronisation messages use.
    SyncInterface = "syncd_iface", "sync daemon interface";
    /// Tells clusters on one network apart.
    SyncId = "syncd_id", "sync daemon ID";
    /// The multicast group of synchronisation messages.
    SyncGroup = "syncd_group", "sync daemon multicast group";
    /// Their UDP port.
    SyncPort = "syncd_port", "sync daemon port";
    /// How far they travel.
    SyncTtl = "syncd_ttl", "sync daemon TTL";
    /// How long they are at most.
    SyncLength = "syncd_maxlen", "sync daemon maximum message length";
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.english())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = Field::ALL.iter().map(|field| field.name()).collect();
        assert_eq!(names.len(), Field::ALL.len());
    }
}
