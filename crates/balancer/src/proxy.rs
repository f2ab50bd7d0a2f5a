//! The PROXY protocol header, version 2: tells the real server who its client is.

use std::io;
use std::net::SocketAddr;

use ppp::v2::{Builder, Command, Protocol, Version};

/// The header for a TCP connection of `client` to `virtual_address`.
/// <https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt>, section 2.2.
pub(crate) fn header(client: SocketAddr, virtual_address: SocketAddr) -> io::Result<Vec<u8>> {
    Builder::with_addresses(Version::Two | Command::Proxy, Protocol::Stream, (client, virtual_address))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_has_the_documented_bytes() {
        let bytes = header("192.0.2.7:5000".parse().unwrap(), "198.51.100.1:80".parse().unwrap()).unwrap();
        let mut expected = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
        expected.extend([0x21, 0x11, 0, 12, 192, 0, 2, 7, 198, 51, 100, 1, 0x13, 0x88, 0, 80]);
        assert_eq!(bytes, expected);
    }

    #[test]
    fn ipv6_has_36_bytes_of_addresses() {
        let bytes =
            header("[2001:db8::7]:5000".parse().unwrap(), "[2001:db8::1]:80".parse().unwrap()).unwrap();
        assert_eq!(bytes[12..16], [0x21, 0x21, 0, 36]);
    }
}
