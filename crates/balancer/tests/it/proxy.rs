//! The PROXY protocol header.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Setup, balancer, free_address};

#[tokio::test(flavor = "multi_thread")]
async fn server_learns_who_its_client_is() {
    let (balancer, vip, listener) =
        (balancer(), free_address(), TcpListener::bind(free_address()).await.unwrap());
    let setup = Setup::tcp(vip).to(listener.local_addr().unwrap(), 1).proxy_protocol();
    setup.apply(&balancer);
    let mut client = TcpStream::connect(vip).await.unwrap();
    client.write_all(b"hello").await.unwrap();
    let (mut accepted, _) = listener.accept().await.unwrap();
    let mut received = vec![0; 28 + 5];
    accepted.read_exact(&mut received).await.unwrap();
    let header = ppp::v2::Header::try_from(received.as_slice()).unwrap();
    let from = client.local_addr().unwrap();
    let expected = ppp::v2::IPv4::new(ipv4(from), ipv4(vip), from.port(), vip.port());
    assert_eq!(header.addresses, ppp::v2::Addresses::IPv4(expected));
    assert_eq!(&received[28..], b"hello");
    assert_eq!(setup.counters(&balancer).totals.bytes_in, 5, "the header is not the client's");
}

fn ipv4(address: std::net::SocketAddr) -> std::net::Ipv4Addr {
    match address {
        std::net::SocketAddr::V4(v4) => *v4.ip(),
        std::net::SocketAddr::V6(_) => panic!("{address} is not IPv4"),
    }
}
