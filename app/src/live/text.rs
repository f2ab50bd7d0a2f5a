//! The live table as text, in the form of `ipvsadm -Ln`: for tickets and mails.

use std::fmt::Write as _;

use super::{LiveService, Method, Numbers};
use crate::State;

/// The table as text. Like ipvsadm it shows what the data plane holds, so inactive and failed rows are left out; numbers
/// that nobody tells are `-`.
pub fn ipvsadm(services: &[&LiveService], numbers: &Numbers) -> String {
    let counts = numbers.by_row();
    let mut out = String::from(concat!(
        "Prot LocalAddress:Port Scheduler Flags\n",
        "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n",
    ));
    let held = |state: State| !matches!(state, State::Inactive | State::Stopped | State::Failing);
    for service in services {
        if matches!(service.state, State::Inactive | State::Stopped) {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{:<4} {} {}", service.protocol, service.address, service.scheduler);
        for server in service.servers.iter().filter(|server| held(server.state)) {
            let forward = match server.forwarding {
                Method::Nat => "Masq",
                Method::Direct => "Route",
                Method::Ipip | Method::Gue | Method::Gre => "Tunnel",
                Method::Local => "Local",
            };
            let count = counts.get(&(service.id, server.id)).copied().unwrap_or_default();
            let number = |n: u64| if numbers.known { n.to_string() } else { "-".to_owned() };
            let line = format!(
                "  -> {:<28} {forward:<7} {:<6} {:<10} {}",
                server.address,
                server.weight,
                number(count.active),
                number(count.inactive)
            );
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn it_reads_like_ipvsadm() {
        let shape = samples::shape();
        let services: Vec<_> = shape.services.iter().collect();
        assert_eq!(
            ipvsadm(&services, &samples::numbers()),
            "Prot LocalAddress:Port Scheduler Flags\n\
             \u{20} -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n\
             TCP  192.0.2.1:80 wlc\n\
             \u{20} -> 10.0.0.2:80                  Masq    1      12         3\n\
             TCP  192.0.2.4:80 wlc\n"
        );
    }

    #[test]
    fn unknown_is_not_zero() {
        let shape = samples::shape();
        let services: Vec<_> = shape.services.iter().collect();
        assert!(ipvsadm(&services, &Numbers::default()).contains("1      -          -\n"));
    }
}
