//! Directors and their tokens.

use model::table::{ForeignAction, ForeignKey, TableDestinationKey, TableKey};
use model::{DirectorId, Family, FirewallMark, Generation, MachineRole};

use super::*;

#[tokio::test]
async fn a_token_works_once_and_in_time() {
    let TestStore { store, directory: _directory } = open().await;
    let cluster = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let id = store.create_director(&ada(), cluster, name("vs1")).await.unwrap();
    store.new_token(&ada(), id, [1; 32], 1_000).await.unwrap();
    store.new_token(&ada(), id, [2; 32], 1_000).await.unwrap();
    let redeem = |token, now| store.redeem_token("192.0.2.9", token, now, [9; 32], 5_000);
    assert!(matches!(redeem([1; 32], 10).await, Err(StoreError::NotFound("token"))), "replaced");
    assert!(matches!(redeem([2; 32], 1_000).await, Err(StoreError::NotFound("token"))), "too old");
    assert_eq!(store.token_owner([2; 32], 10).await.unwrap().unwrap().id, id);
    let director = redeem([2; 32], 10).await.unwrap();
    assert_eq!((director.id, director.fingerprint), (id, Some([9; 32])));
    assert!(matches!(redeem([2; 32], 10).await, Err(StoreError::NotFound("token"))), "used");

    store.director_seen(id, 50, Some(Generation(3))).await.unwrap();
    store.director_seen(id, 60, None).await.unwrap();
    let director = store.director(id).await.unwrap();
    assert_eq!((director.last_seen_ms, director.observed_generation), (Some(60), Some(Generation(3))));

    // The answer to the first renewal was lost: the agent still shows the certificate that it has.
    let actor = Actor::director("vs1", "192.0.2.9");
    for renewed in [[8; 32], [10; 32]] {
        store.renewed(&actor, id, [9; 32], renewed, 6_000).await.unwrap();
        let director = store.director(id).await.unwrap();
        assert_eq!((director.fingerprint, director.previous_fingerprint), (Some(renewed), Some([9; 32])));
    }
    store.certificate_taken_into_use(id, [9; 32]).await.unwrap();
    assert_eq!(store.director(id).await.unwrap().previous_fingerprint, Some([9; 32]), "not the new one");
    store.certificate_taken_into_use(id, [10; 32]).await.unwrap();
    assert_eq!(store.director(id).await.unwrap().previous_fingerprint, None);
    let late = store.renewed(&actor, id, [9; 32], [11; 32], 6_000).await;
    assert!(matches!(late, Err(StoreError::NotFound("director"))));

    store.new_token(&ada(), id, [3; 32], 1_000).await.unwrap();
    store.revoke_director(&ada(), id).await.unwrap();
    let director = store.director(id).await.unwrap();
    assert!(director.revoked_ms.is_some() && director.fingerprint.is_none());
    assert!(matches!(redeem([3; 32], 10).await, Err(StoreError::NotFound("token"))), "revoked with it");
    let renewed = store.renewed(&ada(), id, [10; 32], [7; 32], 6_000).await;
    assert!(matches!(renewed, Err(StoreError::NotFound("director"))));
    let expected = [
        "director.revoke",
        "director.token",
        "director.renew",
        "director.renew",
        "director.enrol",
        "director.token",
        "director.token",
        "director.create",
        "cluster.create",
    ];
    assert_eq!(audited(&store).await, expected);
}

#[tokio::test]
async fn a_token_is_redeemed_by_one_of_many() {
    let TestStore { store, directory: _directory } = open().await;
    let cluster = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let id = store.create_director(&ada(), cluster, name("vs1")).await.unwrap();
    store.new_token(&ada(), id, [1; 32], 1_000).await.unwrap();
    let redeemers: Vec<_> = (0..8u8)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.redeem_token("", [1; 32], 10, [n; 32], 5_000).await.is_ok() })
        })
        .collect();
    let mut redeemed = 0;
    for redeemer in redeemers {
        redeemed += usize::from(redeemer.await.unwrap());
    }
    assert_eq!(redeemed, 1);
}

#[tokio::test]
async fn ignored_entries_have_a_bound_and_one_that_cannot_be_read_is_skipped() {
    let TestStore { store, directory: _directory } = open().await;
    let cluster = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let id = store.create_director(&ada(), cluster, name("vs1")).await.unwrap();
    let put = async |entry: &str, at_ms: i64| {
        let put = sqlx::query("insert into ignored_entries (director_id, entry, at_ms) values (?, ?, ?)");
        put.bind(id.0).bind(entry).bind(at_ms).execute(store.writer()).await.unwrap();
    };
    for n in 0..1_000 {
        put(&format!("unreadable {n}"), n).await;
    }
    assert!(store.ignored(id).await.unwrap().is_empty());
    let key = TableKey::Mark { mark: FirewallMark::new_const(7), family: Family::V4 };
    let entry = ForeignKey { key, destination: None };
    store.ignore(&ada(), id, &entry, true).await.unwrap();
    assert_eq!(store.ignored(id).await.unwrap(), [entry].into());
    let oldest: i64 = sqlx::query_scalar("select min(at_ms) from ignored_entries")
        .fetch_one(store.readers())
        .await
        .unwrap();
    assert_eq!(oldest, 1, "it made room");
}

#[tokio::test]
async fn ignored_entries_are_remembered_until_they_are_heeded() {
    let TestStore { store, directory: _directory } = open().await;
    let cluster = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let id = store.create_director(&ada(), cluster, name("vs1")).await.unwrap();
    let other = store.create_director(&ada(), cluster, name("vsbak")).await.unwrap();
    let key = TableKey::Mark { mark: FirewallMark::new_const(7), family: Family::V6 };
    let place = TableDestinationKey::parse("[2001:db8::1]:80").unwrap();
    let entry = ForeignKey { key, destination: Some(place) };
    for ignored in [true, true, false, false, true] {
        store.ignore(&ada(), id, &entry, ignored).await.unwrap();
        assert_eq!(store.ignored(id).await.unwrap().contains(&entry), ignored);
    }
    assert!(store.ignored(other).await.unwrap().is_empty());
    store.commanded(&ada(), id, &entry, ForeignAction::Remove).await.unwrap();
    let gone = store.ignore(&ada(), DirectorId(99), &entry, true).await;
    assert!(matches!(gone, Err(StoreError::NotFound("director"))));
    let expected = ["foreign.remove", "foreign.ignore", "foreign.heed", "foreign.ignore"];
    assert_eq!(audited(&store).await[..4], expected);
}

#[tokio::test]
async fn real_servers_do_not_balance() {
    let TestStore { store, directory: _directory } = open().await;
    let cluster = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let director = store.create_director(&ada(), cluster, name("vs1")).await.unwrap();
    let server = store.create_machine(&ada(), cluster, name("real1"), MachineRole::RealServer).await.unwrap();
    assert_eq!(store.director(director).await.unwrap().role, MachineRole::Director);
    assert_eq!(store.director(server).await.unwrap().role, MachineRole::RealServer);
    let ids = |machines: Vec<Director>| machines.iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(store.directors_of(cluster).await.unwrap()), [server, director]);
    assert_eq!(ids(store.balancing(cluster).await.unwrap()), [director]);
}
