//! Sessions and passwords.

use std::sync::Arc;

use model::Roles;
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};

use super::*;
use crate::clock::Clock;

pub(super) fn record(user: UserId) -> Record {
    let mut record = Record {
        id: Id::default(),
        data: Default::default(),
        expiry_date: tower_sessions::cookie::time::OffsetDateTime::UNIX_EPOCH,
    };
    record.data.insert(sessions_key::USER.into(), user.0.into());
    record.data.insert(sessions_key::ADDRESS.into(), "192.0.2.1".into());
    record.data.insert("note".into(), "x".into());
    record
}

#[tokio::test]
async fn a_session_lives_by_use_and_not_for_ever() {
    let TestStore { store, directory: _directory } = open().await;
    let user = store.create_user(&ada(), &name("ada"), "$x", &Roles::default()).await.unwrap();
    let now = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let at = |ms| now.store(ms, std::sync::atomic::Ordering::Relaxed);
    let clock = {
        let now = Arc::clone(&now);
        Clock::from_fn(move || now.load(std::sync::atomic::Ordering::Relaxed))
    };
    let sessions = Sessions::new(store.clone(), clock);

    let mut first = record(user);
    sessions.create(&mut first).await.unwrap();
    let loaded = sessions.load(&first.id).await.unwrap().unwrap();
    assert_eq!(loaded.data["note"], "x");
    assert_eq!(loaded.data[sessions_key::USER], user.0);
    assert_eq!(sessions.of_user(user).await.unwrap()[0].address, "192.0.2.1");

    // Used every day it lives until its lifetime is over.
    let mut day = 0;
    while day + IDLE_MS / 2 < LIFETIME_MS {
        day += IDLE_MS / 2;
        at(day);
        assert!(sessions.load(&first.id).await.unwrap().is_some(), "{day}");
    }
    at(LIFETIME_MS);
    assert!(sessions.load(&first.id).await.unwrap().is_none());

    let mut second = record(user);
    sessions.create(&mut second).await.unwrap();
    at(LIFETIME_MS + IDLE_MS);
    assert!(sessions.load(&second.id).await.unwrap().is_none(), "idle for too long");
    assert_eq!(sessions.sweep().await.unwrap(), 2);
}

#[tokio::test]
async fn an_ended_session_does_not_come_back() {
    let TestStore { store, directory: _directory } = open().await;
    let user = store.create_user(&ada(), &name("ada"), "$x", &Roles::default()).await.unwrap();
    let sessions = Sessions::new(store.clone(), Clock::system());
    let mut one = record(user);
    let mut other = record(user);
    sessions.create(&mut one).await.unwrap();
    sessions.create(&mut other).await.unwrap();
    let ended = store.set_password(&ada(), user, "$y", Some(Sessions::hash(&one.id))).await.unwrap();
    assert_eq!(ended, 1);
    sessions.save(&other).await.unwrap();
    assert!(sessions.load(&other.id).await.unwrap().is_none());
    assert!(sessions.load(&one.id).await.unwrap().is_some());
    assert!(sessions.create(&mut Record { data: Default::default(), ..record(user) }).await.is_err());
    let stored: Vec<(Vec<u8>,)> =
        sqlx::query_as("select id_hash from sessions").fetch_all(store.readers()).await.unwrap();
    assert!(stored.iter().all(|(hash,)| *hash != one.id.0.to_le_bytes()));
}

#[tokio::test]
async fn a_user_has_a_hundred_sessions_at_most() {
    let TestStore { store, directory: _directory } = open().await;
    let ada_id = store.create_user(&ada(), &name("ada"), "$x", &Roles::default()).await.unwrap();
    let other_id = store.create_user(&ada(), &name("grace"), "$x", &Roles::default()).await.unwrap();
    let now = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let clock = {
        let now = Arc::clone(&now);
        Clock::from_fn(move || now.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
    };
    let sessions = Sessions::new(store.clone(), clock);
    let mut of_other = record(other_id);
    sessions.create(&mut of_other).await.unwrap();
    let mut of_ada = Vec::new();
    for _ in 0..101 {
        let mut record = record(ada_id);
        sessions.create(&mut record).await.unwrap();
        of_ada.push(record.id);
    }
    assert!(sessions.load(&of_ada[0]).await.unwrap().is_none(), "the oldest made room");
    assert!(sessions.load(&of_ada[1]).await.unwrap().is_some());
    assert!(sessions.load(&of_ada[100]).await.unwrap().is_some());
    assert!(sessions.load(&of_other.id).await.unwrap().is_some(), "another user's are not touched");
}

#[tokio::test]
async fn a_login_gives_nobody_else_at_the_same_browser_a_new_start() {
    let TestStore { store, directory: _directory } = open().await;
    let ada_id = store.create_user(&ada(), &name("ada"), "$x", &Roles::default()).await.unwrap();
    let grace_id = store.create_user(&ada(), &name("grace"), "$x", &Roles::default()).await.unwrap();
    let (old, shared, new) = ([1; 32], [2; 32], [3; 32]);
    let knows = async |user: &str, id| store.knows_browser(user, id, 1).await.unwrap();
    store.remember_browser(ada_id, None, old, 0).await.unwrap();
    store.remember_browser(grace_id, Some(old), shared, 0).await.unwrap();
    assert!(knows("grace", shared).await && !knows("ada", shared).await && !knows("ada", old).await);
    store.remember_browser(grace_id, Some(shared), new, 0).await.unwrap();
    assert!(knows("grace", new).await && !knows("grace", shared).await && !knows("ada", new).await);
}

#[tokio::test]
async fn a_user_has_twenty_browsers_at_most_and_none_for_ever() {
    let TestStore { store, directory: _directory } = open().await;
    let ada_id = store.create_user(&ada(), &name("ada"), "$x", &Roles::default()).await.unwrap();
    let grace_id = store.create_user(&ada(), &name("grace"), "$x", &Roles::default()).await.unwrap();
    let id = |n: u8| [n; 32];
    store.remember_browser(grace_id, None, id(0), 0).await.unwrap();
    for n in 0..21 {
        store.remember_browser(ada_id, None, id(n), i64::from(n)).await.unwrap();
    }
    let knows = async |user: &str, n, now_ms| store.knows_browser(user, id(n), now_ms).await.unwrap();
    assert!(!knows("ada", 0, 21).await, "the oldest made room");
    assert!(knows("ada", 1, 21).await && knows("Ada", 20, 21).await && knows("grace", 0, 21).await);
    assert!(!knows("grace", 1, 21).await);
    assert!(!knows("ada", 1, 1 + REMEMBERED_MS).await && knows("ada", 2, 1 + REMEMBERED_MS).await);
    store.remember_browser(ada_id, Some(id(20)), id(30), REMEMBERED_MS + 19).await.unwrap();
    assert!(!knows("ada", 20, REMEMBERED_MS + 19).await && knows("ada", 30, REMEMBERED_MS + 19).await);
    let left: i64 = sqlx::query_scalar("select count(*) from browsers where user_id = ?")
        .bind(ada_id.0)
        .fetch_one(store.readers())
        .await
        .unwrap();
    assert_eq!(left, 1, "what is too old goes with the next login");
}
