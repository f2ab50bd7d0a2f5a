//! Roles, shutting out, ending sessions.

use std::collections::BTreeMap;

use model::{ClusterId, Role, Roles};
use tower_sessions::SessionStore;

use super::people::record;
use super::*;
use crate::clock::Clock;

/// What the log says: action, subject, detail.
fn log_of(entries: Vec<AuditEntry>) -> Vec<(String, String, String)> {
    entries.into_iter().map(|entry| (entry.action, entry.subject, entry.detail)).collect()
}

#[tokio::test]
async fn roles_are_given_and_taken_and_logged() {
    let TestStore { store, directory: _directory } = open().await;
    let shop = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let roles = Roles { everywhere: Some(Role::Viewer), clusters: BTreeMap::from([(shop, Role::Operator)]) };
    let grace = store.create_user(&ada(), &name("grace"), "$x", &roles).await.unwrap();
    store.create_user(&ada(), &name("ada"), "$x", &Roles::default()).await.unwrap();
    assert_eq!(store.person(grace).await.unwrap().roles, roles);
    let people = store.people().await.unwrap();
    assert_eq!(people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>(), ["ada", "grace"]);
    assert_eq!(people[1].roles, roles);

    let more = Roles::everywhere(Role::Operator);
    let stale = Roles::default();
    let moved = store.set_roles(&ada(), grace, &more, Some(&stale)).await.unwrap_err();
    assert!(matches!(&moved, StoreError::RolesMoved(now) if *now == roles), "{moved}");
    store.set_roles(&ada(), grace, &more, Some(&roles)).await.unwrap();
    store.set_roles(&ada(), grace, &more, Some(&roles)).await.unwrap();
    assert_eq!(store.person(grace).await.unwrap().roles, more);
    // A cluster that is gone has nobody's role, before and after.
    let gone = Roles {
        everywhere: None,
        clusters: BTreeMap::from([(ClusterId(77), Role::Viewer), (shop, Role::Viewer)]),
    };
    store.set_roles(&ada(), grace, &gone, None).await.unwrap();
    assert_eq!(store.person(grace).await.unwrap().roles.clusters.len(), 1);
    store.delete_cluster(&ada(), shop, None).await.unwrap();
    assert_eq!(store.person(grace).await.unwrap().roles, Roles::default());
    let log = log_of(store.audit(100, None).await.unwrap());
    let said = |detail: &str| ("user.roles".to_owned(), "grace".to_owned(), detail.to_owned());
    assert!(log.contains(&said("roles: viewer; operator of cluster 1 -> operator")), "{log:?}");
    assert_eq!(log.iter().filter(|(action, ..)| action == "user.roles").count(), 2, "{log:?}");
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let TestStore { store, directory: _directory } = open().await;
    let all = Roles::everywhere(Role::Administrator);
    let only = store.create_user(&ada(), &name("ada"), "$x", &all).await.unwrap();
    let other = store.create_user(&ada(), &name("grace"), "$x", &all).await.unwrap();
    store.set_disabled(&ada(), other, true).await.unwrap();
    let before = audited(&store).await;
    let less = Roles::everywhere(Role::Operator);
    for refused in [
        store.set_roles(&ada(), only, &less, None).await,
        store.set_disabled(&ada(), only, true).await,
        store.delete_user(&ada(), only).await,
    ] {
        assert!(matches!(refused, Err(StoreError::LastAdministrator)), "{refused:?}");
    }
    assert_eq!((audited(&store).await, store.person(only).await.unwrap().roles), (before, all.clone()));
    // One who cannot log in is none; with a second one the first may go.
    store.set_roles(&ada(), other, &less, None).await.unwrap();
    store.set_roles(&ada(), other, &all, None).await.unwrap();
    store.set_disabled(&ada(), other, false).await.unwrap();
    store.delete_user(&ada(), only).await.unwrap();
    assert!(matches!(store.person(only).await, Err(StoreError::NotFound(_))));
    assert_eq!(store.administrators(5).await.unwrap(), ["grace"]);
}

#[tokio::test]
async fn who_is_disabled_or_deleted_is_out_at_once() {
    let TestStore { store, directory: _directory } = open().await;
    let sessions = Sessions::new(store.clone(), Clock::system());
    let user =
        store.create_user(&ada(), &name("grace"), "$x", &Roles::everywhere(Role::Viewer)).await.unwrap();
    let mut one = record(user);
    sessions.create(&mut one).await.unwrap();
    let hash = Sessions::hash(&one.id);
    assert_eq!(sessions.roles(&hash).await.unwrap(), Some(Roles::everywhere(Role::Viewer)));
    store.set_disabled(&ada(), user, true).await.unwrap();
    store.set_disabled(&ada(), user, true).await.unwrap();
    assert_eq!(sessions.roles(&hash).await.unwrap(), None);
    assert!(store.user_by_name("Grace").await.unwrap().unwrap().disabled_ms.is_some());
    // Even one that began at the same moment opens nothing.
    let mut late = record(user);
    sessions.create(&mut late).await.unwrap();
    assert_eq!(sessions.roles(&Sessions::hash(&late.id)).await.unwrap(), None);
    store.set_disabled(&ada(), user, false).await.unwrap();
    store.delete_user(&ada(), user).await.unwrap();
    assert!(sessions.load(&late.id).await.unwrap().is_none());
    assert_eq!(audited(&store).await, ["user.delete", "user.enable", "user.disable", "user.create"]);
    let log = store.audit(4, None).await.unwrap();
    assert_eq!(log[2].changes.list, [Changed::field("disabled", false, true)]);
    assert_eq!(log[3].changes.list, [Changed::field("roles", serde_json::Value::Null, "viewer")]);
}

#[tokio::test]
async fn sessions_are_ended_by_their_owner_and_by_nobody_elses_number() {
    let TestStore { store, directory: _directory } = open().await;
    let sessions = Sessions::new(store.clone(), Clock::system());
    let own = store.create_user(&ada(), &name("ada"), "$x", &Roles::default()).await.unwrap();
    let other = store.create_user(&ada(), &name("grace"), "$x", &Roles::default()).await.unwrap();
    let mut ids = Vec::new();
    for user in [own, own, own, other] {
        let mut record = record(user);
        sessions.create(&mut record).await.unwrap();
        ids.push(Sessions::hash(&record.id));
    }
    assert!(!sessions.end(&ada(), own, &ids[3]).await.unwrap(), "another's");
    assert!(sessions.end(&ada(), own, &ids[0]).await.unwrap());
    assert!(!sessions.end(&ada(), own, &ids[0]).await.unwrap(), "twice");
    assert_eq!(sessions.end_others(&ada(), own, ids[1]).await.unwrap(), 1);
    assert_eq!(sessions.end_others(&ada(), other, ids[1]).await.unwrap(), 1, "an administrator's keeps none");
    let left = sessions.of_user(own).await.unwrap();
    assert_eq!(left.iter().map(|session| session.id_hash).collect::<Vec<_>>(), [ids[1]]);
    let log = log_of(store.audit(100, None).await.unwrap());
    assert_eq!(log.iter().filter(|(action, ..)| action == "session.revoke").count(), 3, "{log:?}");
}

#[tokio::test]
async fn whoever_had_an_account_before_there_were_roles_is_an_administrator() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("arapaima.db");
    let before = sqlx::migrate::Migrator::with_migrations(
        open::MIGRATIONS.iter().filter(|migration| migration.version < 5).cloned().collect(),
    );
    let old = Store::open_with(&path, &before).await.unwrap();
    let insert =
        "insert into users (name, password_hash, created_ms, password_changed_ms) values ('ada', '$x', 1, 1)";
    sqlx::query(insert).execute(old.writer()).await.unwrap();
    old.close().await;
    let store = Store::open(&path).await.unwrap();
    assert_eq!(store.people().await.unwrap()[0].roles, Roles::everywhere(Role::Administrator));
}

#[tokio::test]
async fn a_console_has_a_thousand_accounts_at_most() {
    let TestStore { store, directory: _directory } = open().await;
    let fill = "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?) insert into users (name, password_hash, created_ms, password_changed_ms) select 'user ' || i, '$x', 1, 1 from n";
    sqlx::query(fill).bind(MOST_USERS).execute(store.writer()).await.unwrap();
    let full = store.create_user(&ada(), &name("one more"), "$x", &Roles::default()).await.unwrap_err();
    assert!(matches!(full, StoreError::TooManyUsers), "{full}");
    assert_eq!(store.people().await.unwrap().len(), 1_000);
}
