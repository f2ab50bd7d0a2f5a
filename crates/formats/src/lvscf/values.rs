//! The values of an `lvs.cf` as the daemon holds them, defaults filled in.
//!
//! Nothing is checked here that the daemon did not check: a port may be 99999. Field names and order of the serialised form are
//! those of the recorded samples; what these do not have (`ipvsadm`, `master` …) is kept, but not serialised.

use std::net::Ipv4Addr;

use serde::{Serialize, Serializer};

use super::text::Text;
use super::words::{ConflictAction, Network, Protocol, Scheduler, ServiceType};

/// A whole file. `0.0.0.0` means "not set" in every address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LvsCf {
    /// Counted up by the web pages at each change; default 0.
    pub serial_no: i32,
    /// The primary director's public address.
    pub primary: Ipv4Addr,
    /// Its private address; `primary`'s value if it is not in the file.
    pub primary_private: Ipv4Addr,
    /// The backup director's public address.
    pub backup: Ipv4Addr,
    /// Its private address; `backup`'s value if `primary_private` is not in the file.
    pub backup_private: Ipv4Addr,
    /// Is there a backup? Default no.
    #[serde(serialize_with = "switch")]
    pub backup_active: bool,
    /// Default no.
    #[serde(serialize_with = "switch")]
    pub heartbeat: bool,
    /// UDP port; default 539.
    pub heartbeat_port: i32,
    /// Seconds between heartbeats; default 2.
    pub keepalive: i32,
    /// Seconds of silence before takeover; default 5.
    pub deadtime: i32,
    /// Forwarding method of every virtual service; default `nat`.
    pub network: Network,
    /// Inside gateway address.
    pub nat_router: Ipv4Addr,
    /// Its device, such as `eth1:1`.
    pub nat_router_device: Option<Text>,
    /// Its mask.
    pub nat_nmask: Ipv4Addr,
    /// Default `rsh`.
    pub rsh_command: Text,
    /// Default `NONE`.
    pub debug_level: Text,
    /// Default no.
    #[serde(serialize_with = "switch")]
    pub syncdaemon: bool,
    /// Default `eth0`.
    pub syncd_iface: Text,
    /// Default 0.
    pub syncd_id: i32,
    /// Anything but 0 is yes; default 0.
    pub monitor_links: i32,
    /// Default yes.
    #[serde(serialize_with = "switch")]
    pub hard_shutdown: bool,
    /// Seconds; 0, the default, leaves the kernel's value.
    pub tcp_timeout: i32,
    /// Seconds; 0, the default, leaves the kernel's value.
    pub tcpfin_timeout: i32,
    /// Seconds; 0, the default, leaves the kernel's value.
    pub udp_timeout: i32,
    /// Run on becoming active; without quotes.
    pub active_cmd: Option<Text>,
    /// Run on becoming inactive; without quotes.
    pub inactive_cmd: Option<Text>,
    /// Which kind of block is live; default `lvs`.
    pub service: ServiceType,
    /// The `virtual` blocks in file order.
    #[serde(rename = "virtual")]
    pub virtuals: Vec<Virtual>,
    /// The `failover` blocks in file order.
    #[serde(rename = "failover")]
    pub failovers: Vec<Virtual>,
    /// Shared SCSI device of the primary.
    #[serde(skip)]
    pub primary_shared: Option<Text>,
    /// Shared SCSI device of the backup.
    #[serde(skip)]
    pub backup_shared: Option<Text>,
    /// Of shared SCSI.
    #[serde(skip)]
    pub reservation_conflict_action: Option<ConflictAction>,
    /// Default `/sbin/ipvsadm`.
    #[serde(skip)]
    pub ipvsadm: Text,
    /// File synchronisation, never finished; default no.
    #[serde(skip)]
    pub sync: bool,
}

/// A `virtual` or a `failover` block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Virtual {
    /// Without quotes.
    pub name: Text,
    /// Default no.
    #[serde(serialize_with = "switch")]
    pub active: bool,
    /// The VIP.
    pub address: Ipv4Addr,
    /// The device it is put on, such as `eth0:1`.
    pub device: Option<Text>,
    /// The VIP's mask.
    pub vip_nmask: Ipv4Addr,
    /// Used while no real server is up.
    pub sorry_server: Ipv4Addr,
    /// Firewall mark; 0, the default, is none.
    pub fwmark: u32,
    /// Default `tcp`.
    pub protocol: Protocol,
    /// Default 80.
    pub port: i32,
    /// Default `wlc`.
    pub scheduler: Scheduler,
    /// Seconds; 0, the default, is off.
    pub persistent: i32,
    /// Not set is one client; 255.255.255.255 is held as not set.
    pub pmask: Ipv4Addr,
    /// With its quotes and escapes.
    pub send: Option<Text>,
    /// With its quotes and escapes.
    pub expect: Option<Text>,
    /// With its quotes.
    pub send_program: Option<Text>,
    /// Is `expect` a regular expression? Default no.
    #[serde(serialize_with = "switch")]
    pub use_regex: bool,
    /// Seconds between checks and for a check; default 10.
    pub timeout: i32,
    /// Seconds a server must answer before it is used again; default 180.
    pub reentry: i32,
    /// Weight 0 instead of removal on failure; default no.
    #[serde(serialize_with = "switch")]
    pub quiesce_server: bool,
    /// Program or kind.
    pub load_monitor: Option<Text>,
    /// Real servers in file order.
    pub servers: Vec<Real>,
    /// Default `/usr/sbin/nanny`.
    #[serde(skip)]
    pub client_monitor: Text,
    /// Of failover services; with its quotes.
    #[serde(skip)]
    pub start_cmd: Option<Text>,
    /// Of failover services; with its quotes.
    #[serde(skip)]
    pub stop_cmd: Option<Text>,
    /// File synchronisation, never finished.
    #[serde(skip)]
    pub master: Ipv4Addr,
    /// File synchronisation, never finished.
    #[serde(skip)]
    pub dirs: Option<Vec<Text>>,
}

/// A `server` block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Real {
    /// Without quotes.
    pub name: Text,
    /// Where it is.
    pub address: Ipv4Addr,
    /// Default no.
    #[serde(serialize_with = "switch")]
    pub active: bool,
    /// Its own, or the virtual service's as far as that was read when the block began.
    pub port: i32,
    /// Default 1.
    pub weight: i32,
}

impl Default for LvsCf {
    fn default() -> Self {
        let none = Ipv4Addr::UNSPECIFIED;
        Self {
            serial_no: 0,
            primary: none,
            primary_private: none,
            backup: none,
            backup_private: none,
            backup_active: false,
            heartbeat: false,
            heartbeat_port: 539,
            keepalive: 2,
            deadtime: 5,
            network: Network::Nat,
            nat_router: none,
            nat_router_device: None,
            nat_nmask: none,
            rsh_command: "rsh".into(),
            debug_level: "NONE".into(),
            syncdaemon: false,
            syncd_iface: "eth0".into(),
            syncd_id: 0,
            monitor_links: 0,
            hard_shutdown: true,
            tcp_timeout: 0,
            tcpfin_timeout: 0,
            udp_timeout: 0,
            active_cmd: None,
            inactive_cmd: None,
            service: ServiceType::Lvs,
            virtuals: Vec::new(),
            failovers: Vec::new(),
            primary_shared: None,
            backup_shared: None,
            reservation_conflict_action: None,
            ipvsadm: "/sbin/ipvsadm".into(),
            sync: false,
        }
    }
}

impl Virtual {
    /// A block that says nothing but its name.
    #[must_use]
    pub fn new(name: Text) -> Self {
        let none = Ipv4Addr::UNSPECIFIED;
        Self {
            name,
            active: false,
            address: none,
            device: None,
            vip_nmask: none,
            sorry_server: none,
            fwmark: 0,
            protocol: Protocol::Tcp,
            port: 80,
            scheduler: Scheduler::Wlc,
            persistent: 0,
            pmask: none,
            send: None,
            expect: None,
            send_program: None,
            use_regex: false,
            timeout: 10,
            reentry: 180,
            quiesce_server: false,
            load_monitor: None,
            servers: Vec::new(),
            client_monitor: "/usr/sbin/nanny".into(),
            start_cmd: None,
            stop_cmd: None,
            master: none,
            dirs: None,
        }
    }
}

impl Real {
    /// A block that says nothing but its name, in a virtual service on `port`.
    #[must_use]
    pub fn new(name: Text, port: i32) -> Self {
        Self { name, address: Ipv4Addr::UNSPECIFIED, active: false, port, weight: 1 }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn switch<S: Serializer>(value: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(u8::from(*value))
}
