//! The connection table.

use balancer::{ConnectionQuery, ConnectionState};
use model::{Protocol, Timeouts};

use crate::support::{
    Client, RealServer, Setup, all_connections, apply, balancer, destination_key, free_address, until,
};

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_listed_and_cut() {
    let (balancer, servers) = (balancer(), RealServer::start_many(2).await);
    let (one, two) = (free_address(), free_address());
    let first = Setup::tcp(one).to(servers[0].address, 1).to(servers[1].address, 1);
    let second = Setup::tcp(two).to(servers[0].address, 1);
    apply(&balancer, &[&first, &second], Timeouts::default());
    let mut clients = Vec::new();
    for n in 0..4_u8 {
        clients.push(Client::connect_from([127, 5, n, 1].into(), one).await.unwrap());
    }
    clients.push(Client::connect_from([127, 5, 0, 2].into(), two).await.unwrap());

    let page = all_connections(&balancer);
    assert_eq!(page.len(), 5, "{page:?}");
    let row = page.iter().find(|row| row.virtual_address == two).unwrap();
    assert_eq!((row.protocol, row.state), (Protocol::Tcp, ConnectionState::Established));
    assert_eq!(
        (row.client, row.destination),
        (clients[4].stream.get_ref().local_addr().unwrap(), servers[0].address)
    );

    let of_first = page.iter().filter(|row| row.service == first.key).count();
    let to_a = destination_key(servers[0].address);
    assert_eq!((of_first, page.iter().filter(|row| row.destination_key == to_a).count()), (4, 3));

    let from_nobody = Some("127.6.0.0/24".parse().unwrap());
    assert_eq!(balancer.cut(&ConnectionQuery { client: from_nobody, ..ConnectionQuery::default() }), 0);
    let of_first = ConnectionQuery { service: Some(first.key.clone()), ..ConnectionQuery::default() };
    assert_eq!(balancer.cut(&of_first), 4);
    until("they are gone", || all_connections(&balancer).len() == 1).await;
    assert!(clients[0].ended().await.is_err());
    clients[4].echo(b"untouched").await.unwrap();
}
