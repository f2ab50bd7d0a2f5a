//! Who a request comes from, behind proxies that the operator trusts.
//!
//! A header that anybody can send proves nothing, so it counts only where the connection itself comes from a trusted proxy, and
//! then only as far as trusted proxies wrote it: from the right-hand end, where the nearest one adds what it saw, to the first
//! address that is not a trusted proxy's. What stands left of it came with the request.
//!
//! There are two headers for it, and the operator names the one that the proxies write. A proxy passes the other one on as the
//! visitor made it up, so it is not looked at.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};

use crate::config::{Proxies, ProxyHeader};

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sender {
    /// The browser's address, as far as it can be known.
    pub(super) address: IpAddr,
    /// Whether a trusted proxy says that the browser uses TLS.
    pub(super) https: bool,
}

/// The sender of a request that came over a connection from `peer`.
pub(super) fn sender(peer: IpAddr, headers: &HeaderMap, trusted: &Proxies) -> Sender {
    let peer = peer.to_canonical();
    if !trusted.contains(peer) {
        return Sender { address: peer, https: false };
    }
    match trusted.header {
        ProxyHeader::XForwardedFor => {
            let hops = list(headers, &FOR);
            let schemes = list(headers, &PROTO);
            Sender {
                address: origin(peer, hops.iter().map(|hop| address(hop)), trusted),
                https: schemes.last().is_some_and(|scheme| is_https(scheme)),
            }
        }
        ProxyHeader::Forwarded => {
            let hops = list(headers, &header::FORWARDED);
            let addresses = hops.iter().map(|hop| address(parameter(hop, "for").unwrap_or_default()));
            Sender {
                address: origin(peer, addresses, trusted),
                https: hops.last().and_then(|hop| parameter(hop, "proto")).is_some_and(is_https),
            }
        }
    }
}

fn is_https(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https")
}

/// The right-most address that is not a trusted proxy's. Where one cannot be read, the proxy that wrote it is all that is known.
fn origin(peer: IpAddr, hops: impl DoubleEndedIterator<Item = Option<IpAddr>>, trusted: &Proxies) -> IpAddr {
    let mut nearest = peer;
    for hop in hops.rev() {
        let Some(address) = hop else { return nearest };
        nearest = address;
        if !trusted.contains(address) {
            return address;
        }
    }
    nearest
}

/// The entries of a header that is a list, of all of its lines. Commas in quotes divide nothing.
fn list(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let mut entries = Vec::new();
    for line in headers.get_all(name) {
        // What is no text is an entry that cannot be read, and not one that is not there.
        let line = line.to_str().unwrap_or("?");
        entries.extend(divided(line, ',').map(|entry| entry.trim().to_owned()));
    }
    entries
}

/// The value of `for=…`, `proto=…` in an entry of `Forwarded` (RFC 7239, section 4), without its quotes.
fn parameter<'a>(entry: &'a str, wanted: &str) -> Option<&'a str> {
    divided(entry, ';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"'))
    })
}

fn divided(text: &str, at: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == at && !quoted
    })
}

/// An address as proxies write it: with or without port, IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies() -> Proxies {
        ["10.0.0.0/8", "2001:db8:1::/48", "127.0.0.1"].iter().map(|text| text.parse().unwrap()).collect()
    }

    fn of(peer: &str, lines: &[(&'static str, &str)]) -> (String, bool) {
        by(ProxyHeader::XForwardedFor, peer, lines)
    }

    fn by(header: ProxyHeader, peer: &str, lines: &[(&'static str, &str)]) -> (String, bool) {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        let Sender { address, https } =
            sender(peer.parse().unwrap(), &headers, &Proxies { header, ..proxies() });
        (address.to_string(), https)
    }

    #[test]
    fn who_is_no_trusted_proxy_is_not_believed() {
        let lines = [
            ("x-forwarded-for", "198.51.100.1"),
            ("forwarded", "for=198.51.100.1;proto=https"),
            ("x-forwarded-proto", "https"),
        ];
        assert_eq!(of("192.0.2.9", &lines), ("192.0.2.9".into(), false));
        assert_eq!(of("::ffff:192.0.2.9", &lines), ("192.0.2.9".into(), false));
    }

    #[test]
    fn the_right_most_address_that_is_not_a_proxys_counts() {
        for (list, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("198.51.100.1, 192.0.2.1", "192.0.2.1"),
            ("198.51.100.1,192.0.2.1, 10.1.1.1", "192.0.2.1"),
            ("10.9.9.9, 192.0.2.1, 10.1.1.1,10.1.1.2", "192.0.2.1"),
            ("10.1.1.3, 10.1.1.2", "10.1.1.3"),
            ("192.0.2.1:4711", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:443, 2001:db8:1::1", "2001:db8::7"),
        ] {
            assert_eq!(of("10.0.0.1", &[("x-forwarded-for", list)]).0, expected, "{list}");
        }
        let lines = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "192.0.2.1")];
        assert_eq!(of("127.0.0.1", &lines).0, "192.0.2.1", "several lines are one list");
    }

    #[test]
    fn what_cannot_be_read_hides_nobody_behind_an_address_of_their_choice() {
        for list in ["192.0.2.1, unknown", "192.0.2.1, ", "192.0.2.1,_hidden", "", "192.0.2.1 10.0.0.2"] {
            assert_eq!(of("10.0.0.1", &[("x-forwarded-for", list)]).0, "10.0.0.1", "{list}");
        }
        assert_eq!(of("10.0.0.1", &[("x-forwarded-for", "192.0.2.1, junk, 10.0.0.7")]).0, "10.0.0.7");
        assert_eq!(of("10.0.0.1", &[]).0, "10.0.0.1");
    }

    #[test]
    fn the_standard_header_says_the_same() {
        for (list, expected) in [
            ("for=192.0.2.1", ("192.0.2.1", false)),
            ("for=192.0.2.1;proto=https;by=203.0.113.43", ("192.0.2.1", true)),
            ("For=\"[2001:db8::7]:4711\" ; Proto=HTTPS", ("2001:db8::7", true)),
            ("for=198.51.100.1;proto=https, for=192.0.2.1;proto=http", ("192.0.2.1", false)),
            ("for=\"198.51.100.1, for=198.51.100.2\", for=192.0.2.1", ("192.0.2.1", false)),
            ("for=192.0.2.1, for=10.3.3.3;proto=https", ("192.0.2.1", true)),
            ("for=192.0.2.1, for=_hidden", ("10.0.0.1", false)),
            ("proto=https", ("10.0.0.1", true)),
        ] {
            let (address, https) = by(ProxyHeader::Forwarded, "10.0.0.1", &[("forwarded", list)]);
            assert_eq!((address.as_str(), https), expected, "{list}");
        }
    }

    #[test]
    fn the_header_that_the_proxies_do_not_write_says_nothing() {
        let lines = [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=198.51.100.1;proto=https")];
        assert_eq!(of("10.0.0.1", &lines), ("192.0.2.1".into(), false));
        assert_eq!(of("10.0.0.1", &lines[1..]), ("10.0.0.1".into(), false));
        let lines = [
            ("x-forwarded-for", "198.51.100.1"),
            ("x-forwarded-proto", "https"),
            ("forwarded", "for=192.0.2.1"),
        ];
        assert_eq!(by(ProxyHeader::Forwarded, "10.0.0.1", &lines), ("192.0.2.1".into(), false));
        assert_eq!(by(ProxyHeader::Forwarded, "10.0.0.1", &lines[..2]), ("10.0.0.1".into(), false));
    }

    #[test]
    fn the_nearest_proxys_scheme_counts() {
        let scheme = |value| of("10.0.0.1", &[("x-forwarded-proto", value)]).1;
        assert!(scheme("https") && scheme("HTTPS") && scheme("http, https"));
        assert!(!scheme("http") && !scheme("https, http") && !scheme(""));
    }
}
