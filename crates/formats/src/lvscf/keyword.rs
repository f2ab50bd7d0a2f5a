//! The keywords, where they belong, and what their values are: for messages, not for the parser's decisions.

use std::fmt;

/// Where in the file a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Outside of every block.
    Global,
    /// In `virtual NAME {` or `failover NAME {`.
    Virtual,
    /// In `server NAME {`.
    Server,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Global => "outside of every block",
            Self::Virtual => "in a `virtual` block",
            Self::Server => "in a `server` block",
        })
    }
}

pub(super) struct Keyword {
    pub(super) name: &'static str,
    pub(super) scope: Scope,
    /// What a right line looks like.
    pub(super) example: &'static str,
    /// What the value is.
    pub(super) value: &'static str,
}

/// The keyword of this name in this scope.
pub(super) fn lookup(scope: Scope, name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|keyword| keyword.scope == scope && keyword.name == name)
}

/// Where else a keyword is known.
pub(super) fn scopes_of(name: &str) -> impl Iterator<Item = Scope> {
    KEYWORDS.iter().filter(move |keyword| keyword.name == name).map(|keyword| keyword.scope)
}

/// The keyword that was most likely meant: at most a third of its letters differ.
pub(super) fn nearest(scope: Scope, word: &str) -> Option<&'static str> {
    // Longer words are certainly not a slip of the finger, and the distance costs their square.
    const LONGEST: usize = 40;
    if word.len() > LONGEST {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    KEYWORDS
        .iter()
        .filter(|keyword| keyword.scope == scope)
        .map(|keyword| (distance(&lower, keyword.name), keyword.name))
        .filter(|(distance, name)| *distance * 3 <= name.len())
        .min()
        .map(|(_, name)| name)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, right) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

const SECONDS: &str = "a whole number of seconds";
const SWITCH: &str = "0 (off) or 1 (on)";
const NUMBER: &str = "a whole number";
const ADDRESS: &str = "an IPv4 address such as 192.0.2.10 (host names are not looked up)";
const MASK: &str = "a subnet mask such as 255.255.255.0";
const COMMAND: &str = "a command, in quotes if it has blanks";

const fn global(name: &'static str, example: &'static str, value: &'static str) -> Keyword {
    Keyword { name, scope: Scope::Global, example, value }
}

const fn of_virtual(name: &'static str, example: &'static str, value: &'static str) -> Keyword {
    Keyword { name, scope: Scope::Virtual, example, value }
}

const fn of_server(name: &'static str, example: &'static str, value: &'static str) -> Keyword {
    Keyword { name, scope: Scope::Server, example, value }
}

const KEYWORDS: &[Keyword] = &[
    global("serial_no", "serial_no = 1", NUMBER),
    global("primary", "primary = 192.0.2.1", ADDRESS),
    global("primary_private", "primary_private = 10.0.0.1", ADDRESS),
    global("primary_shared", "primary_shared = /dev/sdb1", "a device"),
    global("backup", "backup = 192.0.2.2", ADDRESS),
    global("backup_active", "backup_active = 1", SWITCH),
    global("backup_private", "backup_private = 10.0.0.2", ADDRESS),
    global("backup_shared", "backup_shared = /dev/sdb1", "a device"),
    global("reservation_conflict_action", "reservation_conflict_action = preempt", "`preempt` or `nothing`"),
    global("heartbeat", "heartbeat = 1", SWITCH),
    global("heartbeat_port", "heartbeat_port = 539", "a port number or the name of a TCP service"),
    global("keepalive", "keepalive = 6", SECONDS),
    global("deadtime", "deadtime = 18", SECONDS),
    global("network", "network = direct", "`nat`, `direct` or `tunnel`"),
    global("nat_router", "nat_router = 10.0.0.254 eth1:1", "an IPv4 address and a device such as eth1:1"),
    global("nat_nmask", "nat_nmask = 255.255.255.0", MASK),
    global("rsh_command", "rsh_command = ssh", "a program"),
    global("debug_level", "debug_level = NONE", "a word such as NONE"),
    global("ipvsadm", "ipvsadm = /sbin/ipvsadm", "a path"),
    global("monitor_links", "monitor_links = 1", NUMBER),
    global("syncdaemon", "syncdaemon = 1", SWITCH),
    global("syncd_iface", "syncd_iface = eth0", "a network interface"),
    global("syncd_id", "syncd_id = 0", NUMBER),
    global("tcp_timeout", "tcp_timeout = 900", SECONDS),
    global("tcpfin_timeout", "tcpfin_timeout = 120", SECONDS),
    global("udp_timeout", "udp_timeout = 300", SECONDS),
    global("hard_shutdown", "hard_shutdown = 1", SWITCH),
    global("active_cmd", "active_cmd = \"/usr/local/sbin/up.sh now\"", COMMAND),
    global("inactive_cmd", "inactive_cmd = /usr/local/sbin/down.sh", COMMAND),
    global("sync", "sync = 0", SWITCH),
    global("service", "service = lvs", "`lvs` or `fos`"),
    global("virtual", "virtual web {", "a name and `{`"),
    global("failover", "failover web {", "a name and `{`"),
    of_virtual("active", "active = 1", SWITCH),
    of_virtual("address", "address = 192.0.2.10 eth0:1", "an IPv4 address and a device such as eth0:1"),
    of_virtual("vip_nmask", "vip_nmask = 255.255.255.0", MASK),
    of_virtual("sorry_server", "sorry_server = 10.0.0.9", "an IPv4 address"),
    of_virtual("fwmark", "fwmark = 1", NUMBER),
    of_virtual("protocol", "protocol = tcp", "`tcp` or `udp`"),
    of_virtual("port", "port = 80", "a port number or the name of a TCP service"),
    of_virtual("scheduler", "scheduler = wlc", "one of rr, wrr, lc, wlc, lblc, lblcr, dh, sh"),
    of_virtual("persistent", "persistent = 600", SECONDS),
    of_virtual("pmask", "pmask = 255.255.255.0", MASK),
    of_virtual("client_monitor", "client_monitor = /usr/sbin/nanny", "a path"),
    of_virtual("send", "send = \"GET / HTTP/1.0\\r\\n\\r\\n\"", "text, in quotes if it has blanks"),
    of_virtual("expect", "expect = \"HTTP\"", "text, in quotes if it has blanks"),
    of_virtual("use_regex", "use_regex = 0", SWITCH),
    of_virtual("send_program", "send_program = \"/etc/ha/check.sh %h\"", COMMAND),
    of_virtual("timeout", "timeout = 6", SECONDS),
    of_virtual("reentry", "reentry = 15", SECONDS),
    of_virtual("load_monitor", "load_monitor = none", "`none`, `uptime`, `rup`, `ruptime` or a path"),
    of_virtual("quiesce_server", "quiesce_server = 0", SWITCH),
    of_virtual("start_cmd", "start_cmd = \"/etc/init.d/httpd start\"", COMMAND),
    of_virtual("stop_cmd", "stop_cmd = \"/etc/init.d/httpd stop\"", COMMAND),
    of_virtual("master", "master = 10.0.0.1", ADDRESS),
    of_virtual("dirs", "dirs = [ a:b c:d ]", "a list on one line: `[`, words, `]`, with blanks between them"),
    of_virtual("server", "server real1 {", "a name and `{`"),
    of_server("address", "address = 10.0.0.11", ADDRESS),
    of_server("active", "active = 1", SWITCH),
    of_server("weight", "weight = 1", NUMBER),
    of_server("port", "port = 80", "a port number in digits"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_recognised() {
        assert_eq!(nearest(Scope::Global, "PRIMARY"), Some("primary"));
        assert_eq!(nearest(Scope::Global, "serial_nox"), Some("serial_no"));
        assert_eq!(nearest(Scope::Global, "hearbeat"), Some("heartbeat"));
        assert_eq!(nearest(Scope::Server, "wieght"), Some("weight"));
        assert_eq!(nearest(Scope::Server, "banana"), None);
        assert_eq!(nearest(Scope::Global, &"x".repeat(100_000)), None);
    }
}
