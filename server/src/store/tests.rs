//! The store against a real file.

use std::sync::Arc;

use model::{
    Check, Cluster, ClusterId, Destination, DestinationId, Frontend, Generation, HostAddress, Name, Ports,
    Protocol, Reason, Scheduler, ServiceKey, ServiceSettings, VirtualService,
};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Executor, SqlSafeStr};
use tempfile::TempDir;
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};

use super::*;
use crate::clock::Clock;

struct TestStore {
    store: Store,
    directory: TempDir,
}

async fn open() -> TestStore {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path().join("data/arapaima.db")).await.unwrap();
    TestStore { store, directory }
}

fn ada() -> Actor {
    Actor { user: None, name: "ada".into(), from: "192.0.2.1".into() }
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn service(label: &str, port: u16) -> VirtualService {
    let vip = HostAddress::parse("192.0.2.80").unwrap();
    let frontend = Frontend { protocol: Protocol::Tcp, vip, ports: Ports::parse(&port.to_string()).unwrap() };
    let settings = ServiceSettings {
        name: name(label),
        active: true,
        key: ServiceKey::Address(frontend),
        device: None,
        vip_netmask: None,
        scheduler: Scheduler::default(),
        persistence: None,
        one_packet: false,
        check: Check::default(),
        timeout: model::Seconds::parse("6").unwrap(),
        reentry: model::ReentrySeconds::parse("15").unwrap(),
        quiesce: false,
        load_monitor: model::LoadMonitor::default(),
        sorry_server: None,
        proxy_protocol: false,
    };
    VirtualService { settings, destinations: Default::default() }
}

fn destination(label: &str, address: &str) -> Destination {
    Destination {
        name: name(label),
        address: HostAddress::parse(address).unwrap(),
        port: None,
        weight: model::Weight::parse("1").unwrap(),
        forwarding: None,
        thresholds: Default::default(),
        active: true,
    }
}

async fn audited(store: &Store) -> Vec<String> {
    store.audit(100, None).await.unwrap().into_iter().map(|entry| entry.action).collect()
}

#[tokio::test]
async fn every_statement_prepares() {
    let test = open().await;
    let mut connection = test.store.writer().acquire().await.unwrap();
    let all = [
        audit::ALL,
        clusters::ALL,
        directors::ALL,
        drafts::ALL,
        open::ALL,
        revisions::ALL,
        sessions::ALL,
        tokens::ALL,
        users::ALL,
    ];
    let mut prepared = 0;
    for &sql in all.iter().copied().flatten() {
        if let Err(error) = (*connection).prepare(sql.into_sql_str()).await {
            panic!("{sql}: {error}");
        }
        prepared += 1;
    }
    assert!(prepared > 40, "{prepared}");
}

#[tokio::test]
async fn the_file_and_its_directory_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let test = open().await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(test.store.path()), 0o600);
    assert_eq!(mode(test.store.path().parent().unwrap()), 0o700);
}

#[tokio::test]
async fn a_cluster_lives_through_its_life() {
    let TestStore { store, directory: _directory } = open().await;
    let id = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let draft = store.draft(id).await.unwrap();
    assert!(draft.applied.is_none() && draft.has_changes);

    let (service_id, destination_id) = store
        .edit_draft(&ada(), id, Some(draft.version), "add web", |editing| {
            let service_id = editing.next_service_id();
            editing.put_service(service_id, service("web", 80))?;
            let destination_id = editing.next_destination_id();
            editing.put_destination(service_id, destination_id, destination("real1", "10.0.0.1"))?;
            Ok((service_id, destination_id))
        })
        .await
        .unwrap();
    assert_ne!(service_id.0, destination_id.0);
    let draft = store.draft(id).await.unwrap();
    assert_eq!(draft.cluster.services()[&service_id].destinations.len(), 1);

    let revision = store.apply(&ada(), id, None, draft.version, "first", true).await.unwrap();
    assert_eq!(revision.generation, Generation(1));
    assert_eq!(revision.json, revision.desired.canonical());
    let summary = &store.clusters().await.unwrap()[0];
    assert!(summary.running && !summary.has_changes && summary.services == 1);

    store
        .edit_draft(&ada(), id, None, "remove web", |editing| editing.remove_service(service_id).map(drop))
        .await
        .unwrap();
    assert!(store.summary(id).await.unwrap().has_changes);
    let stopped = store.set_running(&ada(), id, false).await.unwrap();
    assert_eq!(stopped.generation, Generation(2));
    assert_eq!(stopped.desired.cluster, revision.desired.cluster, "stop leaves the draft out");
    assert_eq!(store.set_running(&ada(), id, false).await.unwrap().generation, Generation(2));

    store.discard_draft(&ada(), id, None).await.unwrap();
    let draft = store.draft(id).await.unwrap();
    assert!(!draft.has_changes && draft.cluster.services().contains_key(&service_id));

    assert_eq!(store.revisions(id, 10).await.unwrap().len(), 2);
    store.delete_cluster(&ada(), id).await.unwrap();
    assert!(matches!(store.draft(id).await, Err(StoreError::NotFound(_))));
    let expected = [
        "cluster.delete",
        "draft.discard",
        "cluster.stop",
        "draft.edit",
        "cluster.apply",
        "draft.edit",
        "cluster.create",
    ];
    assert_eq!(audited(&store).await, expected);
}

#[tokio::test]
async fn what_was_written_is_read_back_by_another_process() {
    let test = open().await;
    let id = test.store.create_cluster(&ada(), name("shop")).await.unwrap();
    let other = Store::open(test.store.path()).await.unwrap();
    // Both have it cached now.
    assert_eq!(other.draft(id).await.unwrap().cluster.services().len(), 0);
    test.store
        .edit_draft(&ada(), id, None, "", |editing| {
            let id = editing.next_service_id();
            editing.put_service(id, service("web", 80))
        })
        .await
        .unwrap();
    let seen = other.data_version().await.unwrap();
    assert_eq!(other.draft(id).await.unwrap().cluster.services().len(), 1);
    test.store.set_running(&ada(), id, true).await.unwrap_err();
    let version = test.store.draft(id).await.unwrap().version;
    test.store.apply(&ada(), id, None, version, "", false).await.unwrap();
    assert_ne!(other.data_version().await.unwrap(), seen, "a foreign write can be noticed");
    let seen = test.store.data_version().await.unwrap();
    assert_eq!(test.store.data_version().await.unwrap(), seen);
    test.store.rename_cluster(&ada(), id, name("another")).await.unwrap();
    assert_ne!(test.store.data_version().await.unwrap(), seen, "and so can one's own");
    assert_eq!(other.latest_revision(id).await.unwrap().unwrap().generation, Generation(1));
}

#[tokio::test]
async fn ids_are_never_given_twice() {
    let TestStore { store, directory: _directory } = open().await;
    let id = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let mut given = Vec::new();
    for _ in 0..3 {
        let service_id = store
            .edit_draft(&ada(), id, None, "", |editing| {
                let service_id = editing.next_service_id();
                editing.put_service(service_id, service("web", 80)).map(|()| service_id)
            })
            .await
            .unwrap();
        given.push(service_id);
        store
            .edit_draft(&ada(), id, None, "", |editing| editing.remove_service(service_id).map(drop))
            .await
            .unwrap();
    }
    given.dedup();
    assert_eq!(given.len(), 3, "{given:?}");
}

#[tokio::test]
async fn a_second_editor_gets_a_conflict_and_loses_nothing() {
    let TestStore { store, directory: _directory } = open().await;
    let id = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let seen = store.draft(id).await.unwrap().version;
    store.rename_cluster(&ada(), id, name("shop 2")).await.unwrap();
    let grace = Actor { name: "grace".into(), ..ada() };
    let refused = store.edit_draft(&grace, id, Some(seen), "", |editing| {
        editing.rename(name("shop 3"));
        Ok(())
    });
    let Err(StoreError::Conflict(conflict)) = refused.await else { panic!("no conflict") };
    assert_eq!((conflict.moved, conflict.by.as_deref()), (Moved::Draft, Some("ada")));
    assert_eq!(store.draft(id).await.unwrap().cluster.name().as_str(), "shop 2");

    let refused = store.apply(&grace, id, None, seen, "", true).await;
    assert!(matches!(refused, Err(StoreError::Conflict(Conflict { moved: Moved::Draft, .. }))));
    let version = store.draft(id).await.unwrap().version;
    store.apply(&ada(), id, None, version, "", true).await.unwrap();
    let refused = store.apply(&grace, id, None, version, "", true).await;
    assert!(matches!(refused, Err(StoreError::Conflict(Conflict { moved: Moved::Applied, .. }))));
}

#[tokio::test]
async fn many_editors_at_once_lose_no_edit() {
    let TestStore { store, directory: _directory } = open().await;
    let id = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let editors: Vec<_> = (0..20u16)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .edit_draft(&ada(), id, None, "", move |editing| {
                        let service_id = editing.next_service_id();
                        editing.put_service(service_id, service(&format!("web{n}"), 1000 + n))
                    })
                    .await
            })
        })
        .collect();
    for editor in editors {
        editor.await.unwrap().unwrap();
    }
    let draft = store.draft(id).await.unwrap();
    assert_eq!(draft.cluster.services().len(), 20);
    assert_eq!(draft.version, DraftVersion(21));
}

#[tokio::test]
async fn an_edit_that_fails_or_changes_nothing_writes_nothing() {
    let TestStore { store, directory: _directory } = open().await;
    let id = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let ada = ada();
    let refused = store.edit_draft(&ada, id, None, "", |editing| {
        let first = editing.next_service_id();
        editing.put_service(first, service("web", 80))?;
        let second = editing.next_service_id();
        editing.put_service(second, service("web", 80))
    });
    let Err(StoreError::Invalid(problems)) = refused.await else { panic!("no problems") };
    assert!(problems.iter().any(|problem| problem.reason == Reason::DuplicateName));
    store.edit_draft(&ada, id, None, "", |_| Ok(())).await.unwrap();
    assert_eq!(store.draft(id).await.unwrap().version, DraftVersion(1));
    assert_eq!(audited(&store).await, ["cluster.create"]);
}

#[tokio::test]
async fn names_are_unique_whatever_their_case() {
    let TestStore { store, directory: _directory } = open().await;
    store.create_cluster(&ada(), name("Shop")).await.unwrap();
    let Err(StoreError::Invalid(problems)) = store.create_cluster(&ada(), name("shop")).await else {
        panic!()
    };
    assert_eq!(problems.iter().next().unwrap().reason, Reason::DuplicateName);
    store.create_user(&ada(), &name("Ada"), "$x").await.unwrap();
    assert!(matches!(store.create_user(&ada(), &name("ada"), "$x").await, Err(StoreError::Invalid(_))));
    assert_eq!(store.user_by_name("ADA").await.unwrap().unwrap().name, "Ada");
}

#[tokio::test]
async fn a_large_cluster_is_edited_by_its_row() {
    let TestStore { store, directory: _directory } = open().await;
    let mut cluster = Cluster::new(name("big"));
    for n in 1..=2_000u32 {
        let port = u16::try_from(n).unwrap();
        let mut with = service(&format!("service {n}"), port);
        with.destinations.insert(DestinationId(10_000 + n), destination("real", "10.0.0.1"));
        cluster.put_service(model::ServiceId(n), with).unwrap();
    }
    let id = store.import_cluster(&ada(), cluster.clone()).await.unwrap();
    assert_eq!(*store.draft(id).await.unwrap().cluster, cluster);
    assert_eq!(audited(&store).await, ["cluster.import"]);
    let new = store
        .edit_draft(&ada(), id, None, "", |editing| {
            editing.remove_service(model::ServiceId(7))?;
            Ok(editing.next_service_id())
        })
        .await
        .unwrap();
    assert_eq!(new.0, 12_001, "above every imported id");
    let fresh = Store::open(store.path()).await.unwrap();
    assert_eq!(fresh.draft(id).await.unwrap().cluster.services().len(), 1_999);
}

#[tokio::test]
async fn a_revision_cannot_be_changed() {
    let TestStore { store, directory: _directory } = open().await;
    let id = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let version = store.draft(id).await.unwrap().version;
    store.apply(&ada(), id, None, version, "", true).await.unwrap();
    let refused = sqlx::query("update revisions set message = 'forged'").execute(store.writer()).await;
    assert!(refused.unwrap_err().to_string().contains("never changed"));
    // A hand that gets around the trigger is found out by the hash.
    sqlx::query("drop trigger revisions_are_immutable").execute(store.writer()).await.unwrap();
    let forge = "update revisions set desired = replace(desired, 'true', 'false')";
    sqlx::query(forge).execute(store.writer()).await.unwrap();
    let fresh = Store::open(store.path()).await.unwrap();
    assert!(matches!(fresh.latest_revision(id).await, Err(StoreError::Damaged { .. })));
}

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

fn record(user: UserId) -> Record {
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
    let user = store.create_user(&ada(), &name("ada"), "$x").await.unwrap();
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
    let user = store.create_user(&ada(), &name("ada"), "$x").await.unwrap();
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
async fn a_newer_database_is_refused_in_words() {
    let test = open().await;
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (999, 'later', 1, x'', 0)";
    sqlx::query(newer).execute(test.store.writer()).await.unwrap();
    let path = test.store.path().to_owned();
    test.store.close().await;
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(&path).await.unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 999, .. }), "{error}");
    assert!(error.to_string().contains("newer version of arapaima"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before, "refused means untouched");
}

/// What a later version of this program would have.
fn later(sql: &'static str) -> Migrator {
    let mut migrations: Vec<_> = open::MIGRATIONS.iter().cloned().collect();
    let version = migrations.last().unwrap().version + 1;
    migrations.push(Migration::new(
        version,
        "later".into(),
        MigrationType::Simple,
        sql.into_sql_str(),
        false,
    ));
    Migrator::with_migrations(migrations)
}

#[tokio::test]
async fn an_upgrade_keeps_a_copy_and_what_it_made_is_refused_by_the_older_program() {
    let test = open().await;
    let path = test.store.path().to_owned();
    test.store.create_cluster(&ada(), name("shop")).await.unwrap();
    test.store.close().await;

    let failed = Store::open_with(&path, &later("create table nonsense (")).await.unwrap_err();
    assert!(matches!(failed, OpenError::Migrate { .. }), "{failed}");
    let same = Store::open(&path).await.unwrap();
    same.create_cluster(&ada(), name("after the failure")).await.unwrap();
    same.close().await;

    let upgraded = Store::open_with(&path, &later("create table later (x integer) strict")).await.unwrap();
    assert_eq!(upgraded.clusters().await.unwrap().len(), 2);
    upgraded.close().await;
    assert!(matches!(Store::open(&path).await, Err(OpenError::Newer { .. })));

    // The copy is of just before, and opens with the older program.
    let copy = path.with_file_name("arapaima.db.before-schema-2");
    let copied = Store::open(&copy).await.unwrap();
    let names: Vec<_> =
        copied.clusters().await.unwrap().into_iter().map(|cluster| cluster.name.to_string()).collect();
    assert_eq!(names, ["after the failure", "shop"]);
    drop(test.directory);
}

#[tokio::test]
async fn two_programs_may_start_on_a_new_file_at_one_moment() {
    for _ in 0..10 {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("arapaima.db");
        let opened = (0..4).map(|_| tokio::spawn(Store::open(path.clone())));
        for opened in opened.collect::<Vec<_>>() {
            opened.await.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn what_is_no_database_is_refused_in_words() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("arapaima.db");
    std::fs::write(&path, "This is a letter to my aunt, and not a database at all.".repeat(40)).unwrap();
    let error = Store::open(&path).await.unwrap_err();
    assert!(matches!(error, OpenError::Open { .. }), "{error}");
}

#[tokio::test]
async fn a_full_disk_is_said_and_nothing_is_half_written() {
    let TestStore { store, directory: _directory } = open().await;
    let id = store.create_cluster(&ada(), name("shop")).await.unwrap();
    // SQLite reports the limit on pages as it reports a full disk.
    sqlx::query("pragma max_page_count = 1").execute(store.writer()).await.unwrap();
    let mut outcome = Ok(());
    for n in 0..2_000u16 {
        outcome = store
            .edit_draft(&ada(), id, None, "", |editing| {
                let service_id = editing.next_service_id();
                editing.put_service(service_id, service(&format!("service {n}"), 1 + n))
            })
            .await;
        if outcome.is_err() {
            break;
        }
    }
    let error = outcome.unwrap_err();
    assert!(matches!(error, StoreError::Full(_)), "{error:?}");
    assert!(error.to_string().contains("make room"), "{error}");
    let services = store.draft(id).await.unwrap().cluster.services().len();
    let fresh = Store::open(store.path()).await.unwrap();
    assert_eq!(fresh.draft(id).await.unwrap().cluster.services().len(), services);
    sqlx::query("pragma max_page_count = 1000000").execute(store.writer()).await.unwrap();
    store.rename_cluster(&ada(), id, name("goes on")).await.unwrap();
}

#[tokio::test]
async fn a_missing_object_is_not_found() {
    let TestStore { store, directory: _directory } = open().await;
    let gone = ClusterId(77);
    assert!(matches!(store.draft(gone).await, Err(StoreError::NotFound("cluster"))));
    assert!(matches!(store.delete_cluster(&ada(), gone).await, Err(StoreError::NotFound("cluster"))));
    assert!(matches!(
        store.create_director(&ada(), gone, name("vs1")).await,
        Err(StoreError::NotFound("cluster"))
    ));
    assert!(matches!(
        store.edit_draft(&ada(), gone, None, "", |_| Ok(())).await,
        Err(StoreError::NotFound(_))
    ));
    assert!(audited(&store).await.is_empty());
}
