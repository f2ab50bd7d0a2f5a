//! Revisions as a list, going back to one, taking single changes back.

use model::plan::{Object, Part};
use model::{ClusterId, Generation, Reason, ServiceId};

use super::*;

/// A cluster with generations 1 (with `web`), 2 (with `web` and `mail`), 3 (stopped); the draft is what is applied.
async fn three(store: &Store) -> (ClusterId, ServiceId) {
    let id = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let web = add(store, id, "web", 80).await;
    apply(store, id, "first").await;
    add(store, id, "mail", 25).await;
    apply(store, id, "with mail").await;
    store.set_running(&ada(), id, false).await.unwrap();
    (id, web)
}

async fn add(store: &Store, id: ClusterId, label: &str, port: u16) -> ServiceId {
    let ada = ada();
    let added = store.edit_draft(&ada, id, None, "", |editing| {
        let (id, server) = (editing.next_service_id(), editing.next_destination_id());
        editing.put_service(id, service(label, port))?;
        editing.put_destination(id, server, destination("real1", "10.0.0.1"))?;
        Ok(id)
    });
    added.await.unwrap()
}

async fn apply(store: &Store, id: ClusterId, message: &str) {
    let draft = store.draft(id).await.unwrap();
    let base = draft.applied.as_deref().map(|revision| revision.generation);
    store.apply(&ada(), id, base, draft.version, message, true).await.unwrap();
}

fn back(base: u64, to: u64) -> RollBack<'static> {
    RollBack { base: Generation(base), to: Generation(to), message: "it was better", discard: None }
}

#[tokio::test]
async fn the_list_counts_without_reading_a_configuration() {
    let TestStore { store, directory: _directory } = open().await;
    let (id, _) = three(&store).await;
    let all = store.history(id, Generation(9), 50).await.unwrap();
    let said: Vec<_> = all
        .iter()
        .map(|one| (one.generation.0, one.origin, one.running, one.services, one.servers, one.changes))
        .collect();
    assert_eq!(
        said,
        [
            (3, Origin::Stop, false, 2, 2, Some(0)),
            (2, Origin::Apply, true, 2, 2, Some(1)),
            (1, Origin::Apply, true, 1, 1, Some(1)),
        ]
    );
    assert_eq!(all[1].hash, store.revision(id, Generation(2)).await.unwrap().hash);
    let page = store.history(id, Generation(2), 1).await.unwrap();
    assert_eq!((page.len(), page[0].message.as_str()), (1, "with mail"));
}

#[tokio::test]
async fn rolling_back_is_a_new_generation_that_runs_as_before() {
    let TestStore { store, directory: _directory } = open().await;
    let (id, web) = three(&store).await;
    let revision = store.roll_back(&ada(), id, back(3, 1)).await.unwrap();
    assert_eq!((revision.generation, revision.origin), (Generation(4), Origin::RollBack(Generation(1))));
    assert!(!revision.desired.running, "it was stopped, and rolling back starts nothing");
    let first = store.revision(id, Generation(1)).await.unwrap();
    assert_eq!(revision.desired.cluster, first.desired.cluster);
    let draft = store.draft(id).await.unwrap();
    assert!(!draft.has_changes(), "a draft without changes of its own goes along");
    assert!(draft.cluster.services().contains_key(&web) && draft.cluster.services().len() == 1);
    assert_eq!(store.history(id, Generation(9), 1).await.unwrap()[0].origin, revision.origin);
    assert_eq!(audited(&store).await[..2], ["cluster.roll-back", "draft.follow"]);
    // The same once more: the first one did it.
    assert_eq!(store.roll_back(&ada(), id, back(3, 1)).await.unwrap().generation, Generation(4));
}

#[tokio::test]
async fn a_draft_with_changes_of_its_own_is_kept_unless_it_is_given_up() {
    let TestStore { store, directory: _directory } = open().await;
    let (id, _) = three(&store).await;
    let news = add(&store, id, "news", 119).await;
    let before = store.draft(id).await.unwrap();
    store.roll_back(&ada(), id, back(3, 1)).await.unwrap();
    let kept = store.draft(id).await.unwrap();
    assert_eq!((&kept.cluster, kept.version), (&before.cluster, before.version));
    assert!(kept.has_changes());
    // Given up knowingly, but not what was added after one looked.
    let discard = Some(kept.version);
    add(&store, id, "late", 110).await;
    let error = store.roll_back(&ada(), id, RollBack { discard, ..back(4, 2) }).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(Conflict { moved: Moved::Draft, .. })), "{error}");
    let discard = Some(store.draft(id).await.unwrap().version);
    store.roll_back(&ada(), id, RollBack { discard, ..back(4, 2) }).await.unwrap();
    let gone = store.draft(id).await.unwrap();
    assert!(!gone.has_changes() && !gone.cluster.services().contains_key(&news));
    assert!(add(&store, id, "next", 143).await.0 > news.0, "no id is given twice");
}

#[tokio::test]
async fn a_plan_made_from_another_generation_is_not_carried_out() {
    let TestStore { store, directory: _directory } = open().await;
    let (id, _) = three(&store).await;
    let error = store.roll_back(&ada(), id, back(2, 1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(Conflict { moved: Moved::Applied, .. })), "{error}");
    let missing = store.roll_back(&ada(), id, back(3, 9)).await.unwrap_err();
    assert!(matches!(missing, StoreError::NotFound("revision")), "{missing}");
    assert_eq!(store.history(id, Generation(9), 50).await.unwrap().len(), 3);
}

#[tokio::test]
async fn one_change_goes_back_and_the_others_stay() {
    let TestStore { store, directory: _directory } = open().await;
    let (id, web) = three(&store).await;
    let news = add(&store, id, "news", 119).await;
    store.edit_draft(&ada(), id, None, "", |editing| editing.remove_service(web).map(drop)).await.unwrap();
    let version = store.draft(id).await.unwrap().version;
    let part = |object| [Part { object, field: None }];
    let revert = |base, version, object| {
        let store = &store;
        async move { store.revert(&ada(), id, Some(Generation(base)), version, &part(object)).await }
    };
    let stale = revert(2, version, Object::Service(web)).await.unwrap_err();
    assert!(matches!(stale, StoreError::Conflict(Conflict { moved: Moved::Applied, .. })), "{stale}");
    revert(3, version, Object::Service(web)).await.unwrap();
    let draft = store.draft(id).await.unwrap();
    let applied = store.latest_revision(id).await.unwrap().unwrap();
    assert_eq!(draft.cluster.services()[&web], applied.desired.cluster.services()[&web]);
    assert!(draft.cluster.services().contains_key(&news), "what is not taken back stays");
    assert_eq!(audited(&store).await[0], "draft.revert");
    let stale = revert(3, version, Object::Service(news)).await.unwrap_err();
    assert!(matches!(stale, StoreError::Conflict(Conflict { moved: Moved::Draft, .. })), "{stale}");
    revert(3, draft.version, Object::Service(news)).await.unwrap();
    assert!(!store.draft(id).await.unwrap().has_changes());
}

#[tokio::test]
async fn what_the_rest_of_the_draft_needs_does_not_go_back() {
    let TestStore { store, directory: _directory } = open().await;
    let (id, web) = three(&store).await;
    store.edit_draft(&ada(), id, None, "", |editing| editing.remove_service(web).map(drop)).await.unwrap();
    add(&store, id, "other", 80).await;
    let version = store.draft(id).await.unwrap().version;
    let part = [Part { object: Object::Service(web), field: None }];
    let error = store.revert(&ada(), id, Some(Generation(3)), version, &part).await.unwrap_err();
    let StoreError::Invalid(problems) = error else { panic!("{error}") };
    assert!(
        problems.iter().any(|problem| matches!(problem.reason, Reason::SameTrafficAs { .. })),
        "{problems:?}"
    );
    assert_eq!(store.draft(id).await.unwrap().version, version, "nothing is written");
}
