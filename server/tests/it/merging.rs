//! Two people at one form.

use reqwest::StatusCode;

use crate::drawing::{Fields, chinese, draft, server_of, shop_with_web, submit};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn what_both_changed_is_shown_three_times_and_chosen_field_by_field() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    app.add_user("bob", PASSWORD).await;
    let bob = app.another_browser();
    bob.login("bob", PASSWORD).await;
    let path = format!("/clusters/{id}/services/{web}");
    let opened = Fields::of(&app.browser.get(&path).await, &path);
    let theirs = [("timeout", "20"), ("scheduler", "rr"), ("sorry_server", "10.0.0.9")];
    submit(&bob, &path, &theirs).await.leads_to(&path);
    let mine = opened.with("timeout", "30").with("scheduler", "sed").with("reentry", "99");
    let answer = mine.post(&app.browser, &path).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text.contains("The draft was last changed by bob"), "{}", answer.text);
    for value in ["6", "20", "30", "wlc", "rr", "sed"] {
        assert!(answer.text.contains(&format!(">{value}<")), "{value}: {}", answer.text);
    }
    assert_eq!(draft(&app, id).await.services()[&web].settings.timeout.get(), 20, "nothing is saved yet");
    // Nobody's value wins by itself.
    let asked = Fields::of(&answer, &path);
    let some = asked.with("keep-timeout", "mine");
    let answer = some.post(&app.browser, &path).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(
        answer.text.contains("e-keep-scheduler") && !answer.text.contains("e-keep-timeout"),
        "{}",
        answer.text
    );
    let asked = Fields::of(&answer, &path);
    assert_eq!(asked.get("keep-timeout"), "mine", "a choice that was made stays");
    asked.with("keep-scheduler", "theirs").post(&app.browser, &path).await.leads_to(&path);
    let settings = draft(&app, id).await.services()[&web].settings.clone();
    let sorry = settings.sorry_server.map(|sorry| sorry.to_string());
    assert_eq!((settings.timeout.get(), settings.reentry.get()), (30, 99));
    assert_eq!((settings.scheduler.to_string().as_str(), sorry.as_deref()), ("rr", Some("10.0.0.9")));
}

#[tokio::test]
async fn a_third_edit_between_question_and_choice_is_asked_again() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let path = format!("/clusters/{id}/services/{web}");
    let opened = Fields::of(&app.browser.get(&path).await, &path);
    submit(&app.browser, &path, &[("timeout", "20")]).await;
    let answer = opened.with("timeout", "30").post(&app.browser, &path).await;
    let chosen = Fields::of(&answer, &path).with("keep-timeout", "mine");
    submit(&app.browser, &path, &[("timeout", "40")]).await;
    let answer = chosen.post(&app.browser, &path).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "the choice was between 20 and 30");
    assert!(answer.text.contains(">20<") && answer.text.contains(">40<"), "{}", answer.text);
    let again = Fields::of(&answer, &path).with("keep-timeout", "mine");
    again.post(&app.browser, &path).await.leads_to(&path);
    assert_eq!(draft(&app, id).await.services()[&web].settings.timeout.get(), 30);
}

#[tokio::test]
async fn a_real_server_is_chosen_field_by_field_too() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let real1 = server_of(&app, id, web, "real1").await;
    let list = format!("/clusters/{id}/services/{web}/servers");
    let path = format!("{list}/{real1}");
    let here = format!("{list}?q=real");
    let opened = Fields::of(&app.browser.get(&path).await, &path).with("back", &here);
    submit(&app.browser, &path, &[("weight", "5"), ("server_port", "81")]).await;
    let answer = opened.with("weight", "9").post(&app.browser, &path).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let mine = Fields::of(&answer, &path).with("keep-weight", "mine");
    mine.post(&app.browser, &path).await.leads_to(&here);
    let destination = draft(&app, id).await.services()[&web].destinations[&real1].clone();
    assert_eq!((destination.weight.get(), destination.socket().as_str()), (9, "10.0.0.1:81"));
}

#[tokio::test]
async fn what_was_typed_outlives_the_object_that_it_was_typed_for() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let real1 = server_of(&app, id, web, "real1").await;
    let list = format!("/clusters/{id}/services/{web}/servers");
    let opened = Fields::of(&app.browser.get(&format!("{list}/{real1}")).await, &format!("{list}/{real1}"));
    app.browser.post(&format!("{list}/{real1}/delete"), &[]).await;
    let answer = opened.with("weight", "77").post(&app.browser, &format!("{list}/{real1}")).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text.contains("real1 was deleted while you were editing it"), "{}", answer.text);
    Fields::of(&answer, &format!("{list}/new"))
        .post(&app.browser, &format!("{list}/new"))
        .await
        .leads_to(&list);
    let again = server_of(&app, id, web, "real1").await;
    assert_eq!(draft(&app, id).await.services()[&web].destinations[&again].weight.get(), 77);

    let path = format!("/clusters/{id}/services/{web}");
    let opened = Fields::of(&app.browser.get(&path).await, &path);
    app.browser.post(&format!("{path}/delete"), &[]).await;
    let answer = opened.with("timeout", "44").post(&app.browser, &path).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let new = format!("/clusters/{id}/services/new");
    let added = Fields::of(&answer, &new).post(&app.browser, &new).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    let draft = draft(&app, id).await;
    assert!(draft.services().values().any(|service| service.settings.timeout.get() == 44));
}

#[tokio::test]
async fn the_question_is_asked_in_chinese_too() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let path = format!("/clusters/{id}/services/{web}");
    let opened = Fields::of(&chinese(&app.browser, &path).await, &path);
    submit(&app.browser, &path, &[("persistent", "60"), ("pmask", "24")]).await;
    let opened = opened.with("persistent", "90");
    let answer = crate::drawing::post_chinese(&app.browser, &path, &opened.pairs()).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text.contains("期间已保存") && answer.text.contains("60 s，"), "{}", answer.text);
}
