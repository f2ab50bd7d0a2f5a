//! A table as `ipvsadm -L -n` prints it, to the byte: the columns and widths of ipvsadm 1.31 (`print_title` and
//! `print_service_entry` in ipvsadm.c).
//!
//! One difference, on purpose. ipvsadm sorts by the difference of addresses in 32 bits, so one that is more than half the address
//! range above another stands before it; here the lower address is always first.

use std::fmt::Write as _;

use model::table::{TableDestination, TableDestinationKey, TableKey, TableServiceSettings};
use model::{Family, Forwarding, HostAddress, PersistenceEngine, Ports, Protocol, Scheduler};

use super::print::dotted;

/// Which of its tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Form {
    /// `ipvsadm -Ln`: forwarding, weight, connections now.
    #[default]
    List,
    /// `--stats`: connections, packets and bytes since the entry was made.
    Stats,
    /// `--rate`: the same per second.
    Rate,
    /// `--thresholds`: limits of connections.
    Thresholds,
}

/// A table with its counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// IPVS's version, and the size of its connection table; the line that says so is left out where there is none.
    pub version: Option<(String, u64)>,
    /// The services, in any order.
    pub services: Vec<ListedService>,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedService {
    /// What the data plane knows it by.
    pub key: TableKey,
    /// Scheduler, persistence, flags.
    pub settings: TableServiceSettings,
    /// What it counts.
    pub counted: Counted,
    /// Its destinations, in any order.
    pub destinations: Vec<ListedDestination>,
}

/// A destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedDestination {
    /// What the data plane knows it by.
    pub key: TableDestinationKey,
    /// Forwarding, weight, thresholds.
    pub entry: TableDestination,
    /// What it counts.
    pub counted: Counted,
}

/// An entry's counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Connections that are established now.
    pub active: u64,
    /// Connections in any other state.
    pub inactive: u64,
    /// Since the entry was made: connections, packets in and out, bytes in and out.
    pub total: [u64; 5],
    /// The same per second.
    pub rate: [u64; 5],
}

impl Form {
    /// All of them.
    pub const ALL: &[Self] = &[Self::List, Self::Stats, Self::Rate, Self::Thresholds];

    /// The word in an address.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Stats => "stats",
            Self::Rate => "rate",
            Self::Thresholds => "thresholds",
        }
    }

    /// Takes the word.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|form| form.name() == name)
    }

    /// The command that prints it.
    #[must_use]
    pub fn command(self) -> &'static str {
        match self {
            Self::List => "ipvsadm -Ln",
            Self::Stats => "ipvsadm -Ln --stats",
            Self::Rate => "ipvsadm -Ln --rate",
            Self::Thresholds => "ipvsadm -Ln --thresholds",
        }
    }
}

impl Listing {
    /// What ipvsadm prints of it.
    #[must_use]
    pub fn print(&self, form: Form) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        if let Some((version, size)) = &self.version {
            let _ = writeln!(out, "IP Virtual Server version {version} (size={size})");
        }
        title(&mut out, form);
        let mut services: Vec<&ListedService> = self.services.iter().collect();
        services.sort_by_key(|service| service.rank());
        for service in services {
            service.print(&mut out, form);
        }
        out
    }
}

fn title(out: &mut String, form: Form) {
    let local = "Prot LocalAddress:Port";
    let numbers = match form {
        Form::List => {
            out.push_str("Prot LocalAddress:Port Scheduler Flags\n");
            out.push_str("  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n");
            return;
        }
        Form::Thresholds => {
            let _ = writeln!(
                out,
                "{local:<33} {:<10} {:<10} {:<10} {:<10}",
                "Uthreshold", "Lthreshold", "ActiveConn", "InActConn"
            );
            out.push_str("  -> RemoteAddress:Port\n");
            return;
        }
        Form::Stats => ["Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"],
        Form::Rate => ["CPS", "InPPS", "OutPPS", "InBPS", "OutBPS"],
    };
    let _ = write!(out, "{local:<33}");
    for number in numbers {
        let _ = write!(out, " {number:>8}");
    }
    out.push_str("\n  -> RemoteAddress:Port\n");
}

impl ListedService {
    /// As `ipvs_cmp_services` sorts: by mark, family, protocol, address, port.
    fn rank(&self) -> (u32, Family, u8, Option<HostAddress>, u16) {
        match &self.key {
            TableKey::Mark { mark, family } => (mark.get(), *family, 0, None, 0),
            TableKey::Address { protocol, vip, ports } => {
                // IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP.
                let number = match protocol {
                    Protocol::Tcp => 6,
                    Protocol::Udp => 17,
                    Protocol::Sctp => 132,
                };
                (0, vip.family(), number, Some(*vip), ports.only().map_or(0, |port| port.get()))
            }
        }
    }

    fn print(&self, out: &mut String, form: Form) {
        let name = self.name();
        match form {
            Form::Stats => numbers(out, &format!("{name:<33}"), self.counted.total),
            Form::Rate => numbers(out, &format!("{name:<33}"), self.counted.rate),
            Form::List | Form::Thresholds => {
                let _ = writeln!(out, "{name} {}", self.flags());
            }
        }
        let mut destinations: Vec<&ListedDestination> = self.destinations.iter().collect();
        destinations.sort_by_key(|destination| (destination.key.address, destination.key.port));
        for destination in destinations {
            destination.print(out, form);
        }
    }

    fn name(&self) -> String {
        match &self.key {
            TableKey::Mark { mark, family: Family::V4 } => format!("FWM  {mark}"),
            TableKey::Mark { mark, family: Family::V6 } => format!("FWM  {mark} IPv6"),
            TableKey::Address { protocol, vip, ports } => {
                let ports = match ports {
                    Ports::All => "0".to_owned(),
                    Ports::Listed(_) => ports.to_string(),
                };
                format!("{:<4} {}", protocol.to_string().to_uppercase(), socket(*vip, &ports))
            }
        }
    }

    /// Scheduler, its flags, persistence.
    fn flags(&self) -> String {
        let TableServiceSettings { scheduler, persistence, one_packet, .. } = self.settings;
        let mut out = scheduler.kind().to_string();
        let flags = scheduler_flags(scheduler);
        if !flags.is_empty() {
            let _ = write!(out, " ({})", flags.join(","));
        }
        if let Some(persistence) = persistence {
            let _ = write!(out, " persistent {}", persistence.timeout);
            match (persistence.mask, self.key.family()) {
                (Some(mask), Family::V4) if mask.get() < 32 => {
                    let _ = write!(out, " mask {}", dotted(mask));
                }
                (Some(mask), Family::V6) if mask.get() < 128 => {
                    let _ = write!(out, " mask {}", mask.get());
                }
                _ => {}
            }
            if let Some(PersistenceEngine::Sip) = persistence.engine {
                out.push_str(" pe sip");
            }
        }
        if one_packet {
            out.push_str(" ops");
        }
        out
    }
}

impl ListedDestination {
    fn print(&self, out: &mut String, form: Form) {
        let Self { key, entry, counted } = self;
        let port = key.port.map_or("0".to_owned(), |port| port.to_string());
        let name = format!("  -> {:<28}", socket(key.address, &port));
        match form {
            Form::List => {
                let method = match entry.forwarding {
                    Forwarding::Masquerading => "Masq",
                    Forwarding::DirectRouting => "Route",
                    Forwarding::Ipip | Forwarding::Gue(..) | Forwarding::Gre(_) => "Tunnel",
                    Forwarding::Local => "Local",
                };
                let _ = writeln!(
                    out,
                    "{name} {method:<7} {:<6} {:<10} {:<10}",
                    entry.weight.get(),
                    counted.active,
                    counted.inactive
                );
            }
            Form::Stats => numbers(out, &name, counted.total),
            Form::Rate => {
                // Here ipvsadm shortens bytes alone.
                let [connections, packets_in, packets_out, bytes_in, bytes_out] = counted.rate;
                let (bytes_in, bytes_out) = (large(bytes_in), large(bytes_out));
                let _ = writeln!(
                    out,
                    "{name} {connections:>8} {packets_in:>8} {packets_out:>8}{bytes_in}{bytes_out}"
                );
            }
            Form::Thresholds => {
                let limit = |threshold: Option<model::Threshold>| threshold.map_or(0, |limit| limit.get());
                let _ = writeln!(
                    out,
                    "{name} {:<10} {:<10} {:<10} {:<10}",
                    limit(entry.thresholds.upper()),
                    limit(entry.thresholds.lower()),
                    counted.active,
                    counted.inactive
                );
            }
        }
    }
}

fn socket(address: HostAddress, ports: &str) -> String {
    match address.family() {
        Family::V4 => format!("{address}:{ports}"),
        Family::V6 => format!("[{address}]:{ports}"),
    }
}

fn scheduler_flags(scheduler: Scheduler) -> Vec<String> {
    let kind = scheduler.kind();
    let flags = [(scheduler.fallback(), "fallback"), (scheduler.port(), "port")];
    flags.into_iter().filter(|(set, _)| *set).map(|(_, name)| format!("{kind}-{name}")).collect()
}

fn numbers(out: &mut String, name: &str, numbers: [u64; 5]) {
    let _ = writeln!(out, "{name}{}", numbers.map(large).concat());
}

/// `print_largenum`: nine columns, in thousands, millions, … from a hundred million on.
fn large(n: u64) -> String {
    match n {
        0..100_000_000 => format!("{n:>9}"),
        100_000_000..1_000_000_000 => format!("{:>8}K", n / 1_000),
        1_000_000_000..100_000_000_000 => format!("{:>8}M", n / 1_000_000),
        100_000_000_000..100_000_000_000_000 => format!("{:>8}G", n / 1_000_000_000),
        _ => format!("{:>8}T", n / 1_000_000_000_000),
    }
}
