//! Events, what stands, audit filters, retention.

use std::collections::BTreeMap;

use model::{ClusterId, DestinationId, DirectorId, EventKind, ServiceId};

use super::*;

const DAY: i64 = 86_400_000;

fn out(director: u32, server: u32, at_ms: i64) -> Happening {
    Happening {
        director: Some((DirectorId(director), format!("vs{director}"))),
        service: Some((ServiceId(1), "web".into())),
        server: Some((DestinationId(server), format!("real{server}"))),
        ..Happening::new(EventKind::ServerOut, at_ms)
    }
}

fn told(happening: Happening) -> Step {
    Step { condition: None, since_ms: None, told: Some(happening) }
}

async fn all(store: &Store, filter: EventFilter) -> Vec<Event> {
    store.events(&filter, None, 1_000).await.unwrap()
}

#[tokio::test]
async fn a_flapping_server_is_counted_in_one_row_an_hour() {
    let TestStore { store, directory: _directory } = open().await;
    let steps: Vec<Step> = (0..200).map(|n| told(out(1, 2, n * 10_000))).collect();
    store.observed(&steps).await.unwrap();
    let events = all(&store, EventFilter::default()).await;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].what.count, events[0].first_ms, events[0].what.at_ms), (200, 0, 1_990_000));
    // Another director's observation is another row, and so is another hour's.
    store.observed(&[told(out(2, 2, 1_990_000)), told(out(1, 2, REPEATS_MS + 1))]).await.unwrap();
    assert_eq!(all(&store, EventFilter::default()).await.len(), 3);
}

#[tokio::test]
async fn the_timeline_pages_by_place_and_filters() {
    let TestStore { store, directory: _directory } = open().await;
    let shop = store.create_cluster(&ada(), name("shop_1")).await.unwrap();
    let mail = store.create_cluster(&ada(), name("mail")).await.unwrap();
    let within = |cluster: ClusterId, n: u32| {
        told(Happening { cluster: Some(cluster), ..out(1, n, i64::from(n) * 1_000) })
    };
    let steps: Vec<Step> = (1..=10).map(|n| within(if n % 2 == 0 { shop } else { mail }, n)).collect();
    store.observed(&steps).await.unwrap();
    let person = Happening { actor: "ada".into(), ..Happening::new(EventKind::LogIn, 20_000) };
    store.observed(&[told(person)]).await.unwrap();

    let first = store.events(&EventFilter::default(), None, 4).await.unwrap();
    assert_eq!(
        first.iter().map(|event| event.what.at_ms).collect::<Vec<_>>(),
        [20_000, 10_000, 9_000, 8_000]
    );
    let next = store.events(&EventFilter::default(), first.last().map(Event::moment), 2).await.unwrap();
    assert_eq!(next.iter().map(|event| event.what.at_ms).collect::<Vec<_>>(), [7_000, 6_000]);
    let moment = first[0].moment();
    assert_eq!(moment.to_string().parse::<Moment>().unwrap(), moment);

    let of = |filter| all(&store, filter);
    let filter = EventFilter::default;
    assert_eq!(of(EventFilter { cluster: Some(shop), ..filter() }).await.len(), 5);
    assert_eq!(
        of(EventFilter { visible: Some(vec![mail]), ..filter() }).await.len(),
        5,
        "not what belongs to none"
    );
    assert_eq!(of(EventFilter { visible: Some(Vec::new()), ..filter() }).await.len(), 0);
    assert_eq!(of(EventFilter { kinds: vec![EventKind::LogIn], ..filter() }).await.len(), 1);
    assert_eq!(of(EventFilter { person: "AD".into(), ..filter() }).await.len(), 1);
    assert_eq!(of(EventFilter { object: "real10".into(), ..filter() }).await.len(), 1);
    assert_eq!(of(EventFilter { object: "shop_".into(), ..filter() }).await.len(), 5);
    assert_eq!(of(EventFilter { object: "%".into(), ..filter() }).await.len(), 0, "no wildcard");
    let span = EventFilter { from_ms: Some(3_000), to_ms: Some(5_000), ..filter() };
    assert_eq!(of(span).await.len(), 2);

    let after = Moment { ms: 8_000, id: 0 };
    assert_eq!(store.news(&filter(), after).await.unwrap(), 4);
    assert_eq!(store.news(&EventFilter { cluster: Some(shop), ..filter() }, after).await.unwrap(), 2);
    assert_eq!(store.news(&filter(), first[0].moment()).await.unwrap(), 0);
}

#[tokio::test]
async fn what_stands_is_remembered_until_it_is_over_or_its_director_is_gone() {
    let TestStore { store, directory: _directory } = open().await;
    let shop = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let vs1 = store.create_director(&ada(), shop, name("vs1")).await.unwrap();
    let condition = |director, destination| Condition {
        director,
        service: Some(ServiceId(1)),
        destination,
        kind: EventKind::ServerOut,
    };
    let stands = |condition, since_ms| Step { condition: Some(condition), since_ms, told: None };
    let (one, two) = (condition(vs1, Some(DestinationId(2))), condition(vs1, None));
    let nobody = condition(DirectorId(77), None);
    store.observed(&[stands(one, Some(5)), stands(two, Some(6)), stands(nobody, Some(7))]).await.unwrap();
    assert_eq!(store.standing().await.unwrap(), BTreeMap::from([(one, 5), (two, 6)]));
    store.observed(&[stands(one, None)]).await.unwrap();
    assert_eq!(store.standing().await.unwrap(), BTreeMap::from([(two, 6)]));
    store.delete_cluster(&ada(), shop, None).await.unwrap();
    assert!(store.standing().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_too_old_or_too_much_goes_in_small_steps() {
    let TestStore { store, directory: _directory } = open().await;
    let steps: Vec<Step> = (0..1_200u32).map(|n| told(out(1, n + 1, i64::from(n)))).collect();
    store.observed(&steps).await.unwrap();
    assert_eq!(store.prune_events(100, 10_000).await.unwrap(), 100);
    assert_eq!(store.prune_events(100, 200).await.unwrap(), 500, "one step");
    assert_eq!(store.prune_events(100, 200).await.unwrap(), 400);
    assert_eq!(store.prune_events(100, 200).await.unwrap(), 0);
    let left = all(&store, EventFilter::default()).await;
    assert_eq!((left.len(), left.last().unwrap().what.at_ms), (200, 1_000), "the newest stay");
}

#[tokio::test]
async fn what_is_applied_stands_in_the_timeline_by_the_write_itself() {
    let TestStore { store, directory: _directory } = open().await;
    let shop = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let draft = store.draft(shop).await.unwrap();
    store.apply(&ada(), shop, None, draft.version, "", true).await.unwrap();
    store.set_running(&ada(), shop, false).await.unwrap();
    store.set_running(&ada(), shop, true).await.unwrap();
    let vs1 = store.create_director(&ada(), shop, name("vs1")).await.unwrap();
    store.revoke_director(&ada(), vs1).await.unwrap();
    let mut told: Vec<_> = all(&store, EventFilter { cluster: Some(shop), ..EventFilter::default() }).await;
    told.sort_by_key(|event| event.id);
    let kinds: Vec<EventKind> = told.iter().map(|event| event.what.kind).collect();
    assert_eq!(kinds, [EventKind::Applied, EventKind::Stopped, EventKind::Started, EventKind::AgentRevoked]);
    assert!(told.iter().all(|event| event.what.actor == "ada" && event.cluster == "shop"));
    assert_eq!(told[1].what.generation.map(|generation| generation.0), Some(2));
}

#[tokio::test]
async fn a_guesser_with_many_addresses_does_not_fill_the_timeline() {
    let TestStore { store, directory: _directory } = open().await;
    let sessions = Sessions::new(store.clone(), crate::clock::Clock::from_fn(|| 7 * DAY));
    for n in 0..300 {
        sessions.login_failed("", &format!("192.0.2.{n}")).await.unwrap();
    }
    let rows = all(&store, EventFilter::default()).await;
    assert!(rows.len() <= 51, "{}", rows.len());
    assert_eq!(rows.iter().map(|event| event.what.count).sum::<u32>(), 300, "none is lost");
}

#[tokio::test]
async fn the_log_has_before_and_after_and_is_filtered() {
    let TestStore { store, directory: _directory } = open().await;
    let shop = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let mail = store.create_cluster(&Actor::command_line(), name("mail")).await.unwrap();
    let service_id = store
        .edit_draft(&ada(), shop, None, "", |editing| {
            let id = editing.next_service_id();
            editing.put_service(id, service("web", 80))?;
            Ok(id)
        })
        .await
        .unwrap();
    let edited = |editing: &mut Editing| editing.put_service(service_id, service("web", 8080));
    store.edit_draft(&ada(), shop, None, "", edited).await.unwrap();

    let entries = store.audited(&AuditFilter::default(), None, 10).await.unwrap();
    let changed = &entries[0].changes.list[0];
    assert_eq!(changed.about, "web");
    assert_eq!(changed.model_field(), Some(model::Field::Key));
    assert!(
        changed.before.to_string().contains("80") && changed.after.to_string().contains("8080"),
        "{changed:?}"
    );
    let added = &entries[1].changes.list[0];
    assert!(added.field.is_empty() && added.before.is_null() && !added.after.is_null(), "{added:?}");

    let of = async |filter| store.audited(&filter, None, 10).await.unwrap().len();
    let filter = AuditFilter::default;
    assert_eq!(of(AuditFilter { action: "draft".into(), ..filter() }).await, 2);
    assert_eq!(of(AuditFilter { action: "draft.edit".into(), ..filter() }).await, 2);
    assert_eq!(of(AuditFilter { action: "draft.e".into(), ..filter() }).await, 0, "a whole word");
    assert_eq!(of(AuditFilter { person: "ada".into(), ..filter() }).await, 3);
    assert_eq!(of(AuditFilter { object: "mail".into(), ..filter() }).await, 1);
    assert_eq!(of(AuditFilter { visible: Some(vec![mail]), ..filter() }).await, 1);
    assert_eq!(of(AuditFilter { to_ms: Some(0), ..filter() }).await, 0);
    assert_eq!(store.audited(&filter(), Some(entries[1].id), 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn how_long_things_are_kept_can_be_decided_and_is_logged() {
    let TestStore { store, directory: _directory } = open().await;
    let defaults = store.retention().await.unwrap();
    assert_eq!((defaults.audit_days, defaults.audit_rows), (730, 1_000_000));
    let wanted = Retention { audit_days: 365, ..defaults };
    assert!(store.set_retention(&ada(), wanted, None).await.unwrap());
    assert!(!store.set_retention(&ada(), wanted, None).await.unwrap(), "nothing is nothing");
    assert_eq!(store.retention().await.unwrap(), wanted);
    assert_eq!(audited(&store).await, ["settings.retention"]);
    let entries = store.audited(&AuditFilter::default(), None, 10).await.unwrap();
    assert_eq!(entries[0].changes.list, [Changed::field(retention::AUDIT_DAYS, "730", "365")]);
}

#[tokio::test]
async fn pruning_the_log_is_in_the_log() {
    let TestStore { store, directory: _directory } = open().await;
    for n in 0..5 {
        store.create_cluster(&ada(), name(&format!("cluster {n}"))).await.unwrap();
    }
    let removed = store.prune_audit(0, 2).await.unwrap();
    assert_eq!(removed, 3);
    store.pruned_audit(removed).await.unwrap();
    assert_eq!(audited(&store).await, ["audit.prune", "cluster.create", "cluster.create"]);
}

#[tokio::test]
async fn an_apply_has_before_and_after_too() {
    let TestStore { store, directory: _directory } = open().await;
    let shop = store.create_cluster(&ada(), name("shop")).await.unwrap();
    let add = |editing: &mut Editing| {
        let id = editing.next_service_id();
        editing.put_service(id, service("web", 80))
    };
    store.edit_draft(&ada(), shop, None, "", add).await.unwrap();
    let draft = store.draft(shop).await.unwrap();
    store.apply(&ada(), shop, None, draft.version, "", true).await.unwrap();
    let entry = store.audited(&AuditFilter::default(), None, 1).await.unwrap().remove(0);
    assert_eq!(entry.action, "cluster.apply");
    assert_eq!(entry.changes.list[0], Changed::field("running", serde_json::Value::Null, true));
    assert_eq!(entry.changes.list[1].about, "web");
}
