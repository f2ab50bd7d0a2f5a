//! The file: its rights, its upgrades, a full disk.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Executor, SqlSafeStr};

use super::*;

#[tokio::test]
async fn every_statement_prepares() {
    let test = open().await;
    let mut connection = test.store.writer().acquire().await.unwrap();
    let all = [
        audit::ALL,
        backup::ALL,
        browsers::ALL,
        clusters::ALL,
        directors::ALL,
        drafts::ALL,
        events::ALL,
        ignored::ALL,
        open::ALL,
        crate::store::people::ALL,
        history::ALL,
        revisions::ALL,
        sessions::ALL,
        settings::ALL,
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
    use std::os::unix::fs::PermissionsExt;
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
    let next = open::MIGRATIONS.iter().map(|migration| migration.version).max().unwrap() + 1;
    let copy = path.with_file_name(format!("arapaima.db.before-schema-{next}"));
    let mode = std::fs::metadata(&copy).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it has the passwords' hashes too");
    let copied = Store::open(&copy).await.unwrap();
    let names: Vec<_> =
        copied.clusters().await.unwrap().into_iter().map(|cluster| cluster.name.to_string()).collect();
    assert_eq!(names, ["after the failure", "shop"]);
    drop(test.directory);
}

#[tokio::test]
async fn two_programs_may_start_on_a_new_file_at_one_moment() {
    for _ in 0..50 {
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
    store.rename_cluster(&ada(), id, None, name("goes on")).await.unwrap();
}
