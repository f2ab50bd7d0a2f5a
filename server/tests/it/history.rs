//! The list of revisions, one of them, two compared, going back, taking them elsewhere.

use model::{ClusterId, Generation, ServiceId, SpecHash};
use reqwest::StatusCode;

use crate::clusters::import;
use crate::drawing::{Fields, add_service, apply, chinese, draft, shop, shop_with_web, submit};
use crate::support::{PASSWORD, TestApp};

/// `web` applied as generation 1, and with another timeout as generation 2.
async fn two_generations(app: &TestApp) -> (ClusterId, ServiceId) {
    let (id, web) = shop_with_web(app).await;
    apply(app, id).await;
    submit(&app.browser, &format!("/clusters/{id}/services/{web}"), &[("timeout", "33")]).await;
    let changes = format!("/clusters/{id}/changes");
    let path = format!("/clusters/{id}/apply");
    let form = Fields::of(&app.browser.get(&changes).await, &path).with("message", "慢一点 <b>");
    form.post(&app.browser, &path).await.leads_to(&changes);
    (id, web)
}

#[tokio::test]
async fn the_list_says_who_applied_what_and_why() {
    let app = TestApp::logged_in().await;
    let id = shop(&app).await;
    let empty = app.browser.get(&format!("/clusters/{id}/history")).await;
    assert!(empty.text.contains("Nothing has been applied yet"), "{}", empty.text);
    let app = TestApp::logged_in().await;
    let (id, _) = two_generations(&app).await;
    app.browser.post(&format!("/clusters/{id}/stop"), &[("confirm", "1")]).await;
    let page = app.browser.get(&format!("/clusters/{id}/history")).await;
    for text in ["“慢一点 &lt;b&gt;”", "Stopped", "ada", "current", "1 to 3 of 3"] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    assert!(!page.text.contains("“Stop”") && !page.text.contains("last good"), "{}", page.text);
    let page = chinese(&app.browser, &format!("/clusters/{id}/history")).await;
    assert!(page.text.contains("停止") && page.text.contains("应用"), "{}", page.text);
}

#[tokio::test]
async fn a_long_history_has_pages() {
    let app = TestApp::logged_in().await;
    let (id, _) = two_generations(&app).await;
    let actor = server::store::Actor::command_line();
    for n in 0..60 {
        app.store().set_running(&actor, id, n % 2 == 1).await.unwrap();
    }
    let page = app.browser.get(&format!("/clusters/{id}/history?page=2")).await;
    assert!(page.text.contains("51 to 62 of 62") && page.text.contains("history?page=1"), "{}", page.text);
    assert!(!page.text.contains("history?page=3"), "{}", page.text);
    let last = app.browser.get(&format!("/clusters/{id}/history?page=99")).await;
    assert!(last.text.contains("51 to 62 of 62"), "{}", last.text);
}

#[tokio::test]
async fn a_revision_says_what_it_changed_and_what_it_is() {
    let app = TestApp::logged_in().await;
    let (id, _) = two_generations(&app).await;
    let hash = app.store().revision(id, Generation(2)).await.unwrap().hash.to_string();
    let page = app.browser.get(&format!("/clusters/{id}/history/2")).await;
    assert!(page.text.contains(&hash) && page.text.contains("慢一点 &lt;b&gt;"), "{}", page.text);
    assert!(page.words().contains("Check interval: 6 → 33"), "{}", page.words());
    assert!(!page.text.contains("/history/2/rollback"), "it is what is applied: {}", page.text);
    let first = app.browser.get(&format!("/clusters/{id}/history/1")).await;
    assert!(
        first.text.contains("/history/1/rollback") && first.text.contains("Add it: tcp"),
        "{}",
        first.text
    );
    for missing in ["0", "3", "x", "99999999999999999999"] {
        let answer = app.browser.get(&format!("/clusters/{id}/history/{missing}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn any_two_revisions_are_compared_both_ways() {
    let app = TestApp::logged_in().await;
    let (id, _) = two_generations(&app).await;
    add_service(&app, id, "mail", "192.0.2.25").await;
    apply(&app, id).await;
    let compare = |query: &str| format!("/clusters/{id}/history/compare{query}");
    let page = app.browser.get(&compare("?from=1&to=3")).await;
    assert!(page.words().contains("Check interval: 6 → 33"), "{}", page.words());
    assert!(
        page.text.contains("Virtual server mail") && page.text.contains("2 differences"),
        "{}",
        page.text
    );
    let page = app.browser.get(&compare("?from=3&to=1")).await;
    assert!(page.words().contains("Check interval: 33 → 6"), "{}", page.words());
    let page = app.browser.get(&compare("?from=2&to=2")).await;
    assert!(page.text.contains("The configuration is the same."), "{}", page.text);
    let page = app.browser.get(&compare("")).await;
    assert!(page.text.contains("From generation 2 to 3"), "{}", page.text);
    let page = app.browser.get(&compare("?from=x&to=77")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("From generation 2 to 3"), "{}", page.text);
    assert!(
        page.text.contains("no generation “x”") && page.text.contains("no generation “77”"),
        "{}",
        page.text
    );
    app.browser.post(&format!("/clusters/{id}/stop"), &[("confirm", "2")]).await;
    let page = app.browser.get(&compare("?from=3&to=4")).await;
    assert!(page.text.contains("The cluster stops."), "{}", page.text);
}

#[tokio::test]
async fn rolling_back_shows_its_plan_and_applies_it_as_a_new_generation() {
    let app = TestApp::logged_in().await;
    let (id, web) = two_generations(&app).await;
    let path = format!("/clusters/{id}/history/1/rollback");
    let page = app.browser.get(&path).await;
    assert!(page.words().contains("Check interval: 33 → 6"), "{}", page.words());
    assert!(
        page.text.contains("goes on running") && !page.text.contains("name=\"unapplied\""),
        "{}",
        page.text
    );
    let form = Fields::of(&page, &path).with("message", "too slow");
    form.post(&app.browser, &path).await.leads_to(&format!("/clusters/{id}/changes"));
    let revision = app.store().latest_revision(id).await.unwrap().unwrap();
    assert_eq!((revision.generation, revision.message.as_str()), (Generation(3), "too slow"));
    let first = app.store().revision(id, Generation(1)).await.unwrap();
    assert_eq!((&revision.desired, revision.hash), (&first.desired, first.hash));
    assert_eq!(draft(&app, id).await.services()[&web].settings.timeout.get(), 6, "the draft goes along");
    let changes = app.browser.get(&format!("/clusters/{id}/changes")).await;
    assert!(changes.text.contains("Rolled back to generation 1, as generation 3."), "{}", changes.text);
    let list = app.browser.get(&format!("/clusters/{id}/history")).await;
    assert!(list.text.contains("Rolled back to generation 1"), "{}", list.text);
    // The same form twice: the first one did it.
    form.post(&app.browser, &path).await.leads_to(&format!("/clusters/{id}/history"));
    assert_eq!(app.store().latest_revision(id).await.unwrap().unwrap().generation, Generation(3));
}

#[tokio::test]
async fn a_draft_that_is_not_applied_survives_a_roll_back_unless_it_is_given_up() {
    let app = TestApp::logged_in().await;
    let (id, _) = two_generations(&app).await;
    let mail = add_service(&app, id, "mail", "192.0.2.25").await;
    let before = draft(&app, id).await;
    let path = format!("/clusters/{id}/history/1/rollback");
    let page = app.browser.get(&path).await;
    assert!(page.text.contains("The draft has 1 change that is not applied"), "{}", page.text);
    let form = Fields::of(&page, &path);
    assert_eq!(form.get("unapplied"), "keep", "nothing is lost by default");
    form.post(&app.browser, &path).await.leads_to(&format!("/clusters/{id}/changes"));
    assert_eq!(draft(&app, id).await, before);
    let changes = app.browser.get(&format!("/clusters/{id}/changes")).await;
    assert!(changes.text.contains("The draft was kept"), "{}", changes.text);
    assert!(changes.words().contains("Check interval: 6 → 33"), "{}", changes.words());

    let path = format!("/clusters/{id}/history/2/rollback");
    let form = Fields::of(&app.browser.get(&path).await, &path).with("unapplied", "discard");
    add_service(&app, id, "late", "192.0.2.26").await;
    let answer = form.with("message", "as it was").post(&app.browser, &path).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text);
    let again = Fields::of(&answer, &path);
    assert_eq!((again.get("message"), again.get("unapplied")), ("as it was", "keep"));
    again
        .with("unapplied", "discard")
        .post(&app.browser, &path)
        .await
        .leads_to(&format!("/clusters/{id}/changes"));
    assert!(!draft(&app, id).await.services().contains_key(&mail));
    assert!(!app.store().draft(id).await.unwrap().has_changes());
}

#[tokio::test]
async fn rolling_back_much_needs_its_number_too() {
    let app = TestApp::logged_in().await;
    let (id, _) = two_generations(&app).await;
    for (name, vip) in [("a", "192.0.2.11"), ("b", "192.0.2.12"), ("c", "192.0.2.13")] {
        add_service(&app, id, name, vip).await;
    }
    apply(&app, id).await;
    let path = format!("/clusters/{id}/history/1/rollback");
    let page = app.browser.get(&path).await;
    assert!(page.text.contains("3 of 4 virtual servers end."), "{}", page.text);
    let form = Fields::of(&page, &path).with("message", "kept");
    for wrong in ["", "4", "x"] {
        let answer = form.clone().with("confirm", wrong).post(&app.browser, &path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(answer.text.contains("id=\"e-confirm\""), "{}", answer.text);
        assert_eq!(Fields::of(&answer, &path).get("message"), "kept");
    }
    form.with("confirm", "3").post(&app.browser, &path).await.leads_to(&format!("/clusters/{id}/changes"));
    assert_eq!(draft(&app, id).await.services().len(), 1);
}

#[tokio::test]
async fn a_roll_back_planned_from_another_generation_is_shown_anew() {
    let app = TestApp::logged_in().await;
    let (id, _) = two_generations(&app).await;
    app.add_user("bob", PASSWORD).await;
    let bob = app.another_browser();
    bob.login("bob", PASSWORD).await;
    let path = format!("/clusters/{id}/history/1/rollback");
    let form = Fields::of(&app.browser.get(&path).await, &path).with("message", "mine");
    bob.post(&format!("/clusters/{id}/stop"), &[("confirm", "1")]).await;
    let answer = form.post(&app.browser, &path).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text.contains("bob applied another configuration"), "{}", answer.text);
    assert!(answer.text.contains("stays stopped"), "{}", answer.text);
    let again = Fields::of(&answer, &path);
    assert_eq!(again.get("message"), "mine");
    again.post(&app.browser, &path).await.leads_to(&format!("/clusters/{id}/changes"));
    assert!(!app.store().latest_revision(id).await.unwrap().unwrap().desired.running);
}

#[tokio::test]
async fn a_revision_travels_as_json_and_comes_back_as_a_cluster() {
    let app = TestApp::logged_in().await;
    let (id, _) = two_generations(&app).await;
    let revision = app.store().revision(id, Generation(1)).await.unwrap();
    let page = app.browser.get(&format!("/clusters/{id}/export?generation=1")).await;
    assert!(page.text.contains("generation 1, from the history"), "{}", page.text);
    assert!(page.text.contains(&revision.hash.to_string()), "{}", page.text);
    assert!(page.text.contains(&format!("/clusters/{id}/export/lvs.cf?generation=1")), "{}", page.text);
    let lvs_cf = app.browser.get(&format!("/clusters/{id}/export/lvs.cf?generation=1")).await;
    assert!(lvs_cf.text.contains("virtual web") && lvs_cf.text.contains("timeout = 6"), "{}", lvs_cf.text);
    let json = app.browser.get(&format!("/clusters/{id}/history/1/revision.json")).await;
    assert_eq!(
        (json.text.as_str(), json.header("content-type")),
        (revision.json.as_str(), "application/json")
    );
    assert!(json.header("content-disposition").contains("generation-1.json"), "{:?}", json.headers);
    assert_eq!(SpecHash::of(json.text.as_bytes()), revision.hash, "the bytes are those that are hashed");

    let bring = async |name: &str, text: &str, save: bool| {
        let fields =
            [("cluster_name", None, name.as_bytes()), ("text", None, text.as_bytes()), ("save", None, b"1")];
        import(&app, &fields[..if save { 3 } else { 2 }]).await
    };
    let review = bring("copy", &json.text, false).await;
    assert!(review.text.contains("Everything in the file was taken over"), "{}", review.text);
    let saved = bring("copy", &json.text, true).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let copy =
        app.store().clusters().await.unwrap().into_iter().find(|one| one.name.as_str() == "copy").unwrap();
    let copied = app.store().draft(copy.id).await.unwrap().cluster;
    assert_eq!(copied.services(), revision.desired.cluster.services());
    let broken = bring("broken", "{\n  \"running\": true,\n  \"cluster\": 7 }", false).await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(broken.text.contains("Line 3, column") && broken.text.contains("no revision"), "{}", broken.text);
}
