//! The connection table.

use balancer::{ConnectionQuery, ConnectionState};
use model::{Protocol, Timeouts};

use crate::support::{Client, RealServer, Setup, apply, balancer, destination_key, free_address, until};

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_listed_filtered_and_cut() {
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

    let query = |query: &ConnectionQuery| balancer.connections(query);
    let all = ConnectionQuery { limit: 100, ..ConnectionQuery::default() };
    let page = query(&all);
    assert!(page.total == 5 && page.complete && page.rows.len() == 5, "{page:?}");
    let row = page.rows.iter().find(|row| row.virtual_address == two).unwrap();
    assert_eq!((row.protocol, row.state), (Protocol::Tcp, ConnectionState::Established));
    assert_eq!(
        (row.client, row.destination),
        (clients[4].stream.get_ref().local_addr().unwrap(), servers[0].address)
    );

    let page = query(&ConnectionQuery { limit: 2, ..all.clone() });
    assert!(page.total == 5 && !page.complete && page.rows.len() == 2);
    let of_first = ConnectionQuery { service: Some(first.key.clone()), ..all.clone() };
    assert_eq!(query(&of_first).total, 4);
    let to_a = ConnectionQuery { destination: Some(destination_key(servers[0].address)), ..all.clone() };
    assert_eq!(query(&to_a).total, 3);
    let from_net = ConnectionQuery { client: Some("127.5.0.0/24".parse().unwrap()), ..all.clone() };
    assert_eq!(query(&from_net).total, 2);

    assert_eq!(balancer.cut(&of_first), 4);
    until("they are gone", || query(&all).total == 1).await;
    assert!(clients[0].ended().await.is_err());
    clients[4].echo(b"untouched").await.unwrap();
}
