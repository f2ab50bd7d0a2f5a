//! Clusters, drafts and revisions.

use model::{Cluster, ClusterId, DestinationId, Generation, Reason, Roles};

use super::*;

#[tokio::test]
async fn a_cluster_lives_through_its_life() {
    let TestStore { store, directory: _directory } = open().await;
    let id = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let draft = store.draft(id).await.unwrap();
    assert!(draft.applied.is_none() && !draft.has_changes(), "there is nothing to apply");

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
    assert!(!draft.has_changes() && draft.cluster.services().contains_key(&service_id));

    assert_eq!(store.history(id, Generation(9), 10).await.unwrap().len(), 2);
    let (seen, applied) = (draft.version, Some(Generation(2)));
    for old in [(DraftVersion(seen.0 - 1), applied), (seen, Some(Generation(1))), (seen, None)] {
        let refused = store.delete_cluster(&ada(), id, Some(old)).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{old:?}: {refused:?}");
    }
    store.delete_cluster(&ada(), id, Some((seen, applied))).await.unwrap();
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
    let log = store.audit(7, None).await.unwrap();
    let changes = |n: usize| log[n].changes.list.clone();
    for n in [0, 1, 2, 4, 6] {
        let first = log[n].detail.lines().next().unwrap_or_default();
        let said = app::i18n::audit::line(&log[n].action, first, app::Lang::Zh);
        assert!(said.is_some(), "{}: {first} has no translation", log[n].action);
    }
    assert_eq!(changes(2), [Changed::field("running", true, false)]);
    assert_eq!(changes(4)[0], Changed::field("running", serde_json::Value::Null, true));
    let gone = changes(0);
    let gone: Vec<_> = gone.iter().map(|one| (one.about.as_str(), one.after.is_null())).collect();
    assert_eq!(gone, [("web", true), ("web / real1", true)], "what was deleted is told");
    assert!(log[2].detail.starts_with("generation 2\n"), "{}", log[2].detail);
    assert!(!log[2].detail.contains("Stop"), "the action says it: {}", log[2].detail);
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
    test.store.rename_cluster(&ada(), id, None, name("another")).await.unwrap();
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
    store.rename_cluster(&ada(), id, None, name("shop 2")).await.unwrap();
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
    store.create_user(&ada(), &name("Ada"), "$x", &Roles::default()).await.unwrap();
    assert!(matches!(
        store.create_user(&ada(), &name("ada"), "$x", &Roles::default()).await,
        Err(StoreError::Invalid(_))
    ));
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
    let imported = store.audit(2, None).await.unwrap();
    assert_eq!((imported.len(), imported[0].action.as_str()), (1, "cluster.import"));
    assert_eq!(imported[0].changes.list.len() + imported[0].changes.more, 4_000);
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
async fn a_missing_object_is_not_found() {
    let TestStore { store, directory: _directory } = open().await;
    let gone = ClusterId(77);
    assert!(matches!(store.draft(gone).await, Err(StoreError::NotFound("cluster"))));
    assert!(matches!(store.delete_cluster(&ada(), gone, None).await, Err(StoreError::NotFound("cluster"))));
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

#[tokio::test]
async fn what_no_director_takes_is_neither_imported_nor_applied() {
    let TestStore { store, directory: _directory } = open().await;
    const SERVERS: usize = 4_000;
    let of = |services: u16| {
        let mut next = 0;
        let mut id = move || {
            next += 1;
            next
        };
        let mut cluster = Cluster::new(name("shop"));
        for n in 1..=services {
            let mut service = service(&format!("web{n}"), n);
            let service_id = model::ServiceId(id());
            for server in 0..SERVERS {
                let server_id = DestinationId(id());
                let address = format!("10.0.{}.{}", server / 250, server % 250 + 1);
                service.destinations.insert(server_id, destination(&format!("real{server}"), &address));
            }
            cluster.put_service(service_id, service).unwrap();
        }
        cluster
    };
    let large = of(25);
    let objects = 25 * (SERVERS + 1);
    let error = store.import_cluster(&ada(), large.clone()).await.unwrap_err();
    assert!(matches!(error, StoreError::TooLarge(TooLarge::Objects(n)) if n == objects), "{error}");
    assert_eq!(store.clusters().await.unwrap(), []);

    let id = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let draw = |editing: &mut Editing| {
        **editing = large;
        Ok(())
    };
    store.edit_draft(&ada(), id, None, "", draw).await.unwrap();
    let version = store.draft(id).await.unwrap().version;
    let error = store.apply(&ada(), id, None, version, "", true).await.unwrap_err();
    assert!(matches!(error, StoreError::TooLarge(TooLarge::Objects(n)) if n == objects), "{error}");
    assert!(error.to_string().contains("takes 100000 at most"), "{error}");
    assert_eq!(store.latest_revision(id).await.unwrap(), None);
}
