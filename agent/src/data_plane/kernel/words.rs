//! An entry in ipvsadm's words: what `ipvsadm -S -n` would save, thresholds included.

use std::fmt::Write as _;

use ipvs::{
    Checksum, Destination, Family, Forwarding, Netmask, Protocol, SchedulerFlags, Service, ServiceKey, Tunnel,
};

/// `-A -t 10.0.0.2:80 -s wlc`
pub(super) fn service(service: &Service) -> String {
    let mut words = format!("-A {} -s {}", key(&service.key), service.scheduler);
    if let Some(persistence) = service.persistence {
        // Writing to a string does not fail, here and below.
        let _fine = write!(words, " -p {}", persistence.timeout);
        if persistence.netmask != Netmask::host(service.key.family()) {
            let _fine = match persistence.netmask {
                Netmask::V4(mask) => write!(words, " -M {mask}"),
                Netmask::V6(length) => write!(words, " -M {length}"),
            };
        }
    }
    if let Some(engine) = &service.engine {
        let _fine = write!(words, " --pe {engine}");
    }
    if service.one_packet {
        words.push_str(" -o");
    }
    let flags: Vec<_> = [
        (SchedulerFlags::FLAG_1, "flag-1"),
        (SchedulerFlags::FLAG_2, "flag-2"),
        (SchedulerFlags::FLAG_3, "flag-3"),
    ]
    .into_iter()
    .filter(|(flag, _)| service.flags.contains(*flag))
    .map(|(_, name)| name)
    .collect();
    if !flags.is_empty() {
        let _fine = write!(words, " -b {}", flags.join(","));
    }
    words
}

/// `-a -t 10.0.0.2:80 -r 192.168.10.100:80 -m -w 1`
pub(super) fn destination(of: &ServiceKey, destination: &Destination) -> String {
    let Destination { key: place, forwarding, weight, upper_threshold, lower_threshold } = destination;
    let mut words = format!("-a {} -r {place} {} -w {weight}", key(of), method(*forwarding));
    if *upper_threshold > 0 {
        let _fine = write!(words, " -x {upper_threshold}");
    }
    if *lower_threshold > 0 {
        let _fine = write!(words, " -y {lower_threshold}");
    }
    words
}

fn key(key: &ServiceKey) -> String {
    match *key {
        ServiceKey::Mark { mark, family: Family::V4 } => format!("-f {mark}"),
        ServiceKey::Mark { mark, family: Family::V6 } => format!("-f {mark} -6"),
        ServiceKey::Address { protocol, address, port } => {
            let option = match protocol {
                Protocol::Tcp => "-t",
                Protocol::Udp => "-u",
                Protocol::Sctp => "--sctp-service",
                Protocol::Other(_) => "(another protocol)",
            };
            format!("{option} {}", std::net::SocketAddr::new(address, port))
        }
    }
}

fn method(forwarding: Forwarding) -> String {
    let checksum = |checksum| match checksum {
        Checksum::None => " --tun-nocsum",
        Checksum::Full => " --tun-csum",
        Checksum::Remote => " --tun-remcsum",
        Checksum::Other(_) => " (another checksum)",
    };
    match forwarding {
        Forwarding::Masquerade => "-m".into(),
        // ipvsadm has no option for these two: the kernel and older tools make them.
        Forwarding::Local => "-g (local)".into(),
        Forwarding::Bypass => "-g (bypass)".into(),
        Forwarding::DirectRouting => "-g".into(),
        Forwarding::Tunnel(Tunnel::Ipip) => "-i".into(),
        Forwarding::Tunnel(Tunnel::Gue { port, checksum: of }) => {
            format!("-i --tun-type gue --tun-port {port}{}", checksum(of))
        }
        Forwarding::Tunnel(Tunnel::Gre { checksum: of }) => format!("-i --tun-type gre{}", checksum(of)),
        Forwarding::Tunnel(Tunnel::Other { kind, .. }) => format!("-i (tunnel type {kind})"),
        Forwarding::Other(number) => format!("(forwarding method {number})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_said_as_ipvsadm_saves_them() {
        let at = ServiceKey::address(Protocol::Udp, "2001:db8::2".parse().unwrap(), 5060);
        let mut entry = Service::new(at, "sh".parse().unwrap());
        entry.persistence = Some(ipvs::Persistence { timeout: 300, netmask: Netmask::V6(64) });
        entry.engine = Some("sip".parse().unwrap());
        entry.one_packet = true;
        entry.flags = SchedulerFlags::SH_PORT;
        assert_eq!(service(&entry), "-A -u [2001:db8::2]:5060 -s sh -p 300 -M 64 --pe sip -o -b flag-2");
        let gue = Forwarding::Tunnel(Tunnel::Gue { port: 5555, checksum: Checksum::Remote });
        let mut real = Destination::new("10.0.0.1:80".parse().unwrap(), gue);
        real.upper_threshold = 10;
        assert_eq!(
            destination(&ServiceKey::Mark { mark: 7, family: Family::V4 }, &real),
            "-a -f 7 -r 10.0.0.1:80 -i --tun-type gue --tun-port 5555 --tun-remcsum -w 1 -x 10"
        );
    }
}
