//! Clusters as Piranha's files: the guide's, and small changes of it.

/// A `server` block's lines.
pub(crate) fn server(name: &str, address: &str, more: &str) -> String {
    format!(
        "     server {name} {{\n         address = {address}\n         active = 1\n         weight = 1\n{more}\n     }}\n"
    )
}

/// The real server of that name in the guide, on the back network.
pub(crate) fn real(name: &str) -> String {
    let address = if name == "real2" { "192.168.10.101" } else { "192.168.10.100" };
    server(name, address, "")
}

/// A `virtual` block. The check is a connection, every second or so.
pub(crate) fn service(name: &str, address: &str, lines: &str, servers: &str) -> String {
    format!(
        "virtual {name} {{\n     active = 1\n     address = {address} eth0:1\n     vip_nmask = 255.255.255.255\n     \
         protocol = tcp\n     load_monitor = none\n     timeout = 1\n     reentry = 2\n     quiesce_server = 0\n{lines}\n\
         {servers}}}\n"
    )
}

/// The whole file: the guide's globals with this way of forwarding.
pub(crate) fn file(network: &str, globals: &str, services: &str) -> String {
    let router =
        if network == "nat" { "nat_router = 192.168.10.254 eth1:1\nnat_nmask = 255.255.255.0\n" } else { "" };
    format!(
        "serial_no = 1\nprimary = 10.0.0.1\nprimary_private = 192.168.10.1\nservice = lvs\nbackup_active = 0\nbackup = \
         10.0.0.3\nbackup_private = 192.168.10.102\nheartbeat = 1\nheartbeat_port = 539\nkeepalive = 2\ndeadtime = 5\n\
         network = {network}\n{router}debug_level = NONE\n{globals}\n{services}"
    )
}

/// The guide's cluster: one service, `web`, round robin over these real servers.
pub(crate) fn guide(network: &str, servers: &[&str]) -> String {
    let servers: String = servers.iter().map(|name| real(name)).collect();
    file(network, "", &service("web", "10.0.0.2", "     port = 80\n     scheduler = rr", &servers))
}

/// The guide's cluster with masquerading.
pub(crate) fn nat(servers: &[&str]) -> String {
    guide("nat", servers)
}
