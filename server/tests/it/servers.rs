use reqwest::StatusCode;

use crate::drawing::{Fields, apply, chinese, draft, post_chinese, server_of, shop_with_web, submit};
use crate::support::TestApp;

#[tokio::test]
async fn a_real_server_is_added_and_another_offered() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let list = format!("/clusters/{id}/services/{web}/servers");
    let typed = [
        ("server_name", "real3"),
        ("server_address", "10.0.0.3:8080"),
        ("weight", "５"),
        ("upper_threshold", "100"),
        ("lower_threshold", "50"),
    ];
    submit(&app.browser, &format!("{list}/new"), &typed).await.leads_to(&list);
    let page = app.browser.get(&list).await;
    assert!(
        page.text.contains("Added real server real3") && page.text.contains("Add another"),
        "{}",
        page.text
    );
    assert!(page.text.contains("up to 100, again below 50"), "{}", page.text);
    let server = server_of(&app, id, web, "real3").await;
    let destination = draft(&app, id).await.services()[&web].destinations[&server].clone();
    assert_eq!(
        (destination.socket().as_str(), destination.weight.get(), destination.active),
        ("10.0.0.3:8080", 5, true)
    );
    let page = chinese(&app.browser, &list).await;
    assert!(page.text.contains("至多 100，低于 50 时恢复"), "{}", page.text);
}

#[tokio::test]
async fn every_wrong_field_is_told_at_once_and_nothing_typed_is_lost() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let path = format!("/clusters/{id}/services/{web}/servers/new");
    let typed = [
        ("server_name", "real1"),
        ("server_address", "10.0.0"),
        ("server_port", "http"),
        ("weight", "-1"),
        ("forwarding", "gue"),
        ("tunnel_csum", "remcsum"),
        ("upper_threshold", "10"),
        ("lower_threshold", "20"),
    ];
    let answer = submit(&app.browser, &path, &typed).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = ["server_name", "server_address", "server_port", "weight", "tunnel_port", "lower_threshold"];
    for name in wrong {
        assert!(answer.text.contains(&format!("id=\"e-{name}\"")), "{name}: {}", answer.text);
    }
    assert_eq!(answer.text.matches("href=\"#f-").count(), wrong.len(), "{}", answer.text);
    let kept = Fields::of(&answer, &path);
    for (name, value) in typed {
        assert_eq!(kept.get(name), value);
    }
    let answer = post_chinese(
        &app.browser,
        &path,
        &[("server_name", "a"), ("server_address", "10.0.0.1"), ("weight", "1")],
    )
    .await;
    assert!(answer.text.contains("真实服务器“real1”已使用此地址和端口"), "{}", answer.text);
}

#[tokio::test]
async fn what_the_kernel_cannot_do_is_refused_in_words() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let path = format!("/clusters/{id}/services/{web}/servers/new");
    let direct = [
        ("server_name", "a"),
        ("server_address", "10.0.0.3"),
        ("server_port", "8080"),
        ("forwarding", "direct"),
    ];
    let answer = submit(&app.browser, &path, &direct).await;
    assert!(answer.text.contains("only masquerading changes ports"), "{}", answer.text);
    let other_family = [("server_name", "a"), ("server_address", "2001:db8::3")];
    let answer = submit(&app.browser, &path, &other_family).await;
    assert!(answer.text.contains("choose tunneling"), "{}", answer.text);
    let tunneled = [("server_name", "a"), ("server_address", "2001:db8::3"), ("forwarding", "ipip")];
    assert_eq!(submit(&app.browser, &path, &tunneled).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_real_server_is_edited_drained_and_switched_off() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let real1 = server_of(&app, id, web, "real1").await;
    let list = format!("/clusters/{id}/services/{web}/servers");
    let path = format!("{list}/{real1}");
    submit(&app.browser, &path, &[("weight", "0"), ("forwarding", "gre"), ("tunnel_csum", "csum")])
        .await
        .leads_to(&list);
    let get = async || draft(&app, id).await.services()[&web].destinations[&real1].clone();
    assert_eq!(get().await.weight.get(), 0);
    assert_eq!(get().await.forwarding.map(|method| method.to_string()).as_deref(), Some("gre,csum"));
    app.browser.post(&format!("{path}/active"), &[("active", "")]).await.leads_to(&list);
    assert!(!get().await.active);
    app.browser.post(&format!("{path}/active"), &[("active", "on")]).await.leads_to(&list);
    assert!(get().await.active);
}

#[tokio::test]
async fn deleting_the_last_one_says_who_answers_then() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    apply(&app, id).await;
    let list = format!("/clusters/{id}/services/{web}/servers");
    let (real1, real2) = (server_of(&app, id, web, "real1").await, server_of(&app, id, web, "real2").await);
    let page = app.browser.get(&format!("{list}/{real1}/delete")).await;
    assert!(page.text.contains("It is applied") && !page.text.contains("last active"), "{}", page.text);
    for _twice in 0..2 {
        app.browser.post(&format!("{list}/{real1}/delete"), &[]).await.leads_to(&list);
    }
    let page = app.browser.get(&format!("{list}/{real2}/delete")).await;
    assert!(page.text.contains("nobody answers its clients then"), "{}", page.text);
    submit(&app.browser, &format!("/clusters/{id}/services/{web}"), &[("sorry_server", "10.0.0.99")]).await;
    let page = app.browser.get(&format!("{list}/{real2}/delete")).await;
    assert!(page.text.contains("the sorry server answers its clients then"), "{}", page.text);
    assert_eq!(draft(&app, id).await.services()[&web].destinations.len(), 1);
}

#[tokio::test]
async fn the_same_form_twice_adds_one_server() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let path = format!("/clusters/{id}/services/{web}/servers/new");
    let form = Fields::of(&app.browser.get(&path).await, &path)
        .with("server_name", "r")
        .with("server_address", "10.0.0.3");
    for _twice in 0..2 {
        assert_eq!(form.post(&app.browser, &path).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(draft(&app, id).await.services()[&web].destinations.len(), 3);
}

#[tokio::test]
async fn what_somebody_else_changed_is_looked_at_again_before_it_is_deleted() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let list = format!("/clusters/{id}/services/{web}/servers");
    let real1 = server_of(&app, id, web, "real1").await;
    let question = format!("{list}/{real1}/delete");
    let seen = app.browser.get(&question).await.text;
    let (_, seen) = seen.split_once(r#"name="seen" value=""#).expect("what was shown");
    let seen = seen.split('"').next().unwrap();
    submit(&app.browser, &format!("{list}/{real1}"), &[("weight", "7")]).await;
    app.browser.post(&question, &[("seen", seen)]).await.leads_to(&question);
    assert!(app.browser.get(&question).await.text.contains("Somebody else has changed it"));
    assert_eq!(draft(&app, id).await.services()[&web].destinations.len(), 2);
}

#[tokio::test]
async fn a_list_is_searched_and_one_comes_back_to_its_part() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let list = format!("/clusters/{id}/services/{web}/servers");
    let found = app.browser.get(&format!("{list}?q=REAL2&sort=-name")).await.text;
    assert!(found.contains("real2") && !found.contains(">real1<"), "{found}");
    let real2 = server_of(&app, id, web, "real2").await;
    let here = format!("{list}?q=REAL2&sort=-name");
    assert!(found.contains(&here.replace('&', "&amp;")), "{found}");
    let pressed =
        app.browser.post(&format!("{list}/{real2}/active"), &[("active", ""), ("back", &here)]).await;
    pressed.leads_to(&here);
    let elsewhere = [("active", "on"), ("back", "//example.org/")];
    app.browser.post(&format!("{list}/{real2}/active"), &elsewhere).await.leads_to(&list);
    let edited = format!("{list}/{real2}");
    let link = format!("{edited}?back=/clusters/{id}/services/{web}/servers%3Fq%3DREAL2%26sort%3D-name");
    let form = Fields::of(&app.browser.get(&link).await, &edited);
    form.clone().with("weight", "7").post(&app.browser, &edited).await.leads_to(&here);
    let refused = form.clone().with("weight", "much").post(&app.browser, &edited).await;
    assert!(
        refused.text.contains(&here.replace('&', "&amp;")),
        "a mistake keeps the way back: {}",
        refused.text
    );
    form.with("back", "https://example.org/").post(&app.browser, &edited).await.leads_to(&list);
    let nothing = app.browser.get(&format!("{list}?q=nowhere")).await.text;
    assert!(nothing.contains("Nothing matches “nowhere”"), "{nothing}");
}
