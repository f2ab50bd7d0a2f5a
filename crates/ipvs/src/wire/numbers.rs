//! The numbers of `include/uapi/linux/ip_vs.h`, `linux/netlink.h` and `linux/socket.h`.

/// `IPVS_GENL_NAME`
pub(super) const FAMILY_NAME: &str = "IPVS";
/// `IPVS_GENL_VERSION`
pub(super) const FAMILY_VERSION: u8 = 1;

/// `enum` of commands `IPVS_CMD_*`.
pub(super) mod command {
    pub(in crate::wire) const NEW_SERVICE: u8 = 1;
    pub(in crate::wire) const SET_SERVICE: u8 = 2;
    pub(in crate::wire) const DEL_SERVICE: u8 = 3;
    pub(in crate::wire) const GET_SERVICE: u8 = 4;
    pub(in crate::wire) const NEW_DEST: u8 = 5;
    pub(in crate::wire) const SET_DEST: u8 = 6;
    pub(in crate::wire) const DEL_DEST: u8 = 7;
    pub(in crate::wire) const GET_DEST: u8 = 8;
    pub(in crate::wire) const NEW_DAEMON: u8 = 9;
    pub(in crate::wire) const DEL_DAEMON: u8 = 10;
    pub(in crate::wire) const GET_DAEMON: u8 = 11;
    pub(in crate::wire) const SET_CONFIG: u8 = 12;
    pub(in crate::wire) const GET_CONFIG: u8 = 13;
    pub(in crate::wire) const SET_INFO: u8 = 14;
    pub(in crate::wire) const GET_INFO: u8 = 15;
    pub(in crate::wire) const ZERO: u8 = 16;
    pub(in crate::wire) const FLUSH: u8 = 17;
}

/// `IPVS_CMD_ATTR_*`: what stands at a message's top level.
pub(super) mod top {
    pub(in crate::wire) const SERVICE: u16 = 1;
    pub(in crate::wire) const DEST: u16 = 2;
    pub(in crate::wire) const DAEMON: u16 = 3;
    pub(in crate::wire) const TIMEOUT_TCP: u16 = 4;
    pub(in crate::wire) const TIMEOUT_TCP_FIN: u16 = 5;
    pub(in crate::wire) const TIMEOUT_UDP: u16 = 6;
}

/// `IPVS_INFO_ATTR_*`: the top level of `SET_INFO` alone.
pub(super) mod info {
    pub(in crate::wire) const VERSION: u16 = 1;
    pub(in crate::wire) const CONN_TAB_SIZE: u16 = 2;
}

/// `IPVS_SVC_ATTR_*`
pub(super) mod service {
    pub(in crate::wire) const AF: u16 = 1;
    pub(in crate::wire) const PROTOCOL: u16 = 2;
    pub(in crate::wire) const ADDR: u16 = 3;
    pub(in crate::wire) const PORT: u16 = 4;
    pub(in crate::wire) const FWMARK: u16 = 5;
    pub(in crate::wire) const SCHED_NAME: u16 = 6;
    pub(in crate::wire) const FLAGS: u16 = 7;
    pub(in crate::wire) const TIMEOUT: u16 = 8;
    pub(in crate::wire) const NETMASK: u16 = 9;
    pub(in crate::wire) const STATS: u16 = 10;
    pub(in crate::wire) const PE_NAME: u16 = 11;
    pub(in crate::wire) const STATS64: u16 = 12;
}

/// `IP_VS_SVC_F_*`
pub(super) mod flag {
    pub(in crate::wire) const PERSISTENT: u32 = 1;
    pub(in crate::wire) const HASHED: u32 = 2;
    pub(in crate::wire) const ONE_PACKET: u32 = 4;
    /// How far `SCHED1`, `SCHED2` and `SCHED3` are from the lowest bit.
    pub(in crate::wire) const SCHEDULER_SHIFT: u32 = 3;
}

/// `IPVS_DEST_ATTR_*`
pub(super) mod dest {
    pub(in crate::wire) const ADDR: u16 = 1;
    pub(in crate::wire) const PORT: u16 = 2;
    pub(in crate::wire) const FWD_METHOD: u16 = 3;
    pub(in crate::wire) const WEIGHT: u16 = 4;
    pub(in crate::wire) const U_THRESH: u16 = 5;
    pub(in crate::wire) const L_THRESH: u16 = 6;
    pub(in crate::wire) const ACTIVE_CONNS: u16 = 7;
    pub(in crate::wire) const INACT_CONNS: u16 = 8;
    pub(in crate::wire) const PERSIST_CONNS: u16 = 9;
    pub(in crate::wire) const STATS: u16 = 10;
    pub(in crate::wire) const ADDR_FAMILY: u16 = 11;
    pub(in crate::wire) const STATS64: u16 = 12;
    pub(in crate::wire) const TUN_TYPE: u16 = 13;
    pub(in crate::wire) const TUN_PORT: u16 = 14;
    pub(in crate::wire) const TUN_FLAGS: u16 = 15;
}

/// `IP_VS_CONN_F_*`: forwarding methods, and the bits they stand in.
pub(super) mod forward {
    pub(in crate::wire) const MASK: u32 = 7;
    pub(in crate::wire) const MASQ: u32 = 0;
    pub(in crate::wire) const LOCALNODE: u32 = 1;
    pub(in crate::wire) const TUNNEL: u32 = 2;
    pub(in crate::wire) const DROUTE: u32 = 3;
    pub(in crate::wire) const BYPASS: u32 = 4;
}

/// `IP_VS_CONN_F_TUNNEL_TYPE_*` and `IP_VS_TUNNEL_ENCAP_FLAG_*`
pub(super) mod tunnel {
    pub(in crate::wire) const IPIP: u8 = 0;
    pub(in crate::wire) const GUE: u8 = 1;
    pub(in crate::wire) const GRE: u8 = 2;
    pub(in crate::wire) const NOCSUM: u16 = 0;
    pub(in crate::wire) const CSUM: u16 = 1;
    pub(in crate::wire) const REMCSUM: u16 = 2;
}

/// `IPVS_DAEMON_ATTR_*` and `IP_VS_STATE_*`
pub(super) mod daemon {
    pub(in crate::wire) const STATE: u16 = 1;
    pub(in crate::wire) const MCAST_IFN: u16 = 2;
    pub(in crate::wire) const SYNC_ID: u16 = 3;
    pub(in crate::wire) const SYNC_MAXLEN: u16 = 4;
    pub(in crate::wire) const MCAST_GROUP: u16 = 5;
    pub(in crate::wire) const MCAST_GROUP6: u16 = 6;
    pub(in crate::wire) const MCAST_PORT: u16 = 7;
    pub(in crate::wire) const MCAST_TTL: u16 = 8;
    pub(in crate::wire) const MASTER: u32 = 1;
    pub(in crate::wire) const BACKUP: u32 = 2;
}

/// `IPVS_STATS_ATTR_*`
pub(super) mod stats {
    pub(in crate::wire) const CONNS: u16 = 1;
    pub(in crate::wire) const INPKTS: u16 = 2;
    pub(in crate::wire) const OUTPKTS: u16 = 3;
    pub(in crate::wire) const INBYTES: u16 = 4;
    pub(in crate::wire) const OUTBYTES: u16 = 5;
    pub(in crate::wire) const CPS: u16 = 6;
    pub(in crate::wire) const INPPS: u16 = 7;
    pub(in crate::wire) const OUTPPS: u16 = 8;
    pub(in crate::wire) const INBPS: u16 = 9;
    pub(in crate::wire) const OUTBPS: u16 = 10;
}

/// `AF_INET`
pub(super) const AF_INET: u16 = 2;
/// `AF_INET6`
pub(super) const AF_INET6: u16 = 10;

/// `NLMSGERR_ATTR_*`
pub(super) mod acknowledgement {
    pub(in crate::wire) const MESSAGE: u16 = 1;
    pub(in crate::wire) const OFFSET: u16 = 2;
}
