//! Taking single changes of a draft back.

use reqwest::StatusCode;

use crate::drawing::{
    Fields, add_server, add_service, apply, chinese, draft, server_of, shop_with_web, submit,
};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn one_field_goes_back_and_the_rest_of_the_draft_stays() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    apply(&app, id).await;
    let real1 = server_of(&app, id, web, "real1").await;
    let service = format!("/clusters/{id}/services/{web}");
    submit(&app.browser, &service, &[("timeout", "33"), ("reentry", "44")]).await;
    submit(&app.browser, &format!("{service}/servers/{real1}"), &[("weight", "5")]).await;
    add_server(&app, id, web, "real3", "10.0.0.3").await;
    let (changes, path) = (format!("/clusters/{id}/changes"), format!("/clusters/{id}/revert"));
    let page = app.browser.get(&changes).await;
    for part in ["timeout", "reentry", &format!("server/{real1}/weight")] {
        assert!(page.text.contains(&format!("value=\"service/{web}/{part}\"")), "{part}: {}", page.text);
    }
    assert!(page.text.contains("aria-label=\"Revert: Check interval: 6 → 33\""), "{}", page.text);
    let revert = async |part: &str| {
        let page = app.browser.get(&changes).await;
        Fields::of(&page, &path).with("part", part).post(&app.browser, &path).await
    };
    revert(&format!("service/{web}/timeout")).await.leads_to(&changes);
    let settings = draft(&app, id).await.services()[&web].settings.clone();
    assert_eq!((settings.timeout.get(), settings.reentry.get()), (6, 44));
    revert(&format!("service/{web}/server/{real1}/weight")).await.leads_to(&changes);
    assert_eq!(draft(&app, id).await.services()[&web].destinations.len(), 3);
    // Twice is as good as once.
    revert(&format!("service/{web}/timeout")).await.leads_to(&changes);
    // The whole service, with what came to it.
    revert(&format!("service/{web}")).await.leads_to(&changes);
    assert!(!app.store().draft(id).await.unwrap().has_changes());
    for strange in ["", "everything", "service/77"] {
        let page = app.browser.get(&changes).await;
        assert_eq!(page.status, StatusCode::OK);
        app.browser.post(&path, &[("part", strange), ("base", "1"), ("draft", "1")]).await.leads_to(&changes);
    }
}

#[tokio::test]
async fn what_cannot_go_back_alone_says_why_and_with_what_it_can() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    apply(&app, id).await;
    app.browser.post(&format!("/clusters/{id}/services/{web}/delete"), &[]).await;
    let other = add_service(&app, id, "other", "192.0.2.1").await;
    let before = draft(&app, id).await;
    let (changes, path) = (format!("/clusters/{id}/changes"), format!("/clusters/{id}/revert"));
    let form = Fields::of(&app.browser.get(&changes).await, &path).with("part", &format!("service/{web}"));
    let answer = form.post(&app.browser, &path).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.text.contains("Not reverted: the rest of the draft does not go with it."),
        "{}",
        answer.text
    );
    assert!(answer.text.contains("together with the changes of Virtual server other"), "{}", answer.text);
    assert_eq!(draft(&app, id).await, before, "nothing is written");
    let both = format!("service/{web} service/{other}");
    assert!(answer.text.contains(&format!("value=\"{both}\"")), "{}", answer.text);
    Fields::of(&answer, &path).with("part", &both).post(&app.browser, &path).await.leads_to(&changes);
    assert!(!app.store().draft(id).await.unwrap().has_changes());
}

#[tokio::test]
async fn nobody_takes_back_what_they_have_not_seen() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    apply(&app, id).await;
    app.add_user("bob", PASSWORD).await;
    let bob = app.another_browser();
    bob.login("bob", PASSWORD).await;
    let service = format!("/clusters/{id}/services/{web}");
    submit(&app.browser, &service, &[("timeout", "33")]).await;
    let (changes, path) = (format!("/clusters/{id}/changes"), format!("/clusters/{id}/revert"));
    let form =
        Fields::of(&app.browser.get(&changes).await, &path).with("part", &format!("service/{web}/timeout"));
    submit(&bob, &service, &[("timeout", "55")]).await;
    let answer = form.post(&app.browser, &path).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text.contains("Nothing was reverted: bob changed"), "{}", answer.text);
    assert_eq!(draft(&app, id).await.services()[&web].settings.timeout.get(), 55);
}

#[tokio::test]
async fn before_the_first_apply_a_change_goes_back_to_nothing() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let mail = add_service(&app, id, "mail", "192.0.2.25").await;
    let (changes, path) = (format!("/clusters/{id}/changes"), format!("/clusters/{id}/revert"));
    let page = app.browser.get(&changes).await;
    Fields::of(&page, &path)
        .with("part", &format!("service/{mail}"))
        .post(&app.browser, &path)
        .await
        .leads_to(&changes);
    let draft = draft(&app, id).await;
    assert!(draft.services().contains_key(&web) && !draft.services().contains_key(&mail));
}

#[tokio::test]
async fn values_of_several_parts_are_said_in_both_languages() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    apply(&app, id).await;
    let real1 = server_of(&app, id, web, "real1").await;
    let path = format!("/clusters/{id}/services/{web}/servers/{real1}");
    submit(&app.browser, &path, &[("upper_threshold", "9"), ("lower_threshold", "4")]).await;
    let changes = format!("/clusters/{id}/changes");
    let page = app.browser.get(&changes).await.words();
    assert!(
        page.contains("Real server real1, Thresholds: none → Upper threshold 9, Lower threshold 4"),
        "{page}"
    );
    let page = chinese(&app.browser, &changes).await.words();
    assert!(page.contains("无 → ") && page.contains("9，") && !page.contains("upper"), "{page}");
}
