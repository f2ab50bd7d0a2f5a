//! Many virtual services at once, and copies of one.

use model::{ClusterId, ServiceId};
use reqwest::StatusCode;

use crate::drawing::{
    Fields, add_server, add_service, apply, chinese, draft, service_of, shop, shop_with_web, submit,
};
use crate::support::{Answer, TestApp};

/// Posts what a browser would with these boxes ticked and this button pressed.
async fn bulk(app: &TestApp, id: ClusterId, deed: &str, ids: &[ServiceId], more: &[(&str, &str)]) -> Answer {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    fields.extend(more);
    fields.push(("do", deed));
    app.browser.post(&format!("/clusters/{id}/services/bulk"), &fields).await
}

async fn active(app: &TestApp, id: ClusterId) -> Vec<bool> {
    draft(app, id).await.services().values().map(|service| service.settings.active).collect()
}

async fn three(app: &TestApp) -> (ClusterId, [ServiceId; 3]) {
    let id = shop(app).await;
    let mut ids = Vec::new();
    for n in 1..=3 {
        ids.push(add_service(app, id, &format!("web{n}"), &format!("192.0.2.{n}")).await);
    }
    add_server(app, id, ids[0], "real1", "10.0.0.1").await;
    (id, ids.try_into().unwrap())
}

#[tokio::test]
async fn ticked_services_are_switched_in_one_edit() {
    let app = TestApp::logged_in().await;
    let (id, [one, two, _]) = three(&app).await;
    let list = format!("/clusters/{id}/services");
    let page = app.browser.get(&list).await;
    for form in [r#"id="bulk""#, r#"form="bulk""#, r#"aria-label="Tick web1""#, r#"name="do" value="delete""#]
    {
        assert!(page.text.contains(form), "{form}: {}", page.text);
    }
    let before = app.audited().await.len();
    bulk(&app, id, "deactivate", &[one, two], &[("sort", "-name")])
        .await
        .leads_to(&format!("{list}?sort=-name"));
    assert_eq!(active(&app, id).await, [false, false, true]);
    assert_eq!(app.audited().await[before..], ["draft.edit"], "one edit, one row");
    let page = app.browser.get(&list).await;
    assert!(page.text.contains("Deactivated 2 virtual servers in the draft."), "{}", page.text);
    bulk(&app, id, "activate", &[one, two], &[]).await.leads_to(&list);
    assert_eq!(active(&app, id).await, [true; 3]);
    bulk(&app, id, "activate", &[one], &[]).await.leads_to(&list);
    let page = chinese(&app.browser, &list).await;
    assert!(page.text.contains("对选中的虚拟服务器"), "{}", page.text);
}

#[tokio::test]
async fn all_that_match_are_meant_on_every_page() {
    let app = TestApp::logged_in().await;
    let (id, _) = three(&app).await;
    let list = format!("/clusters/{id}/services");
    bulk(&app, id, "deactivate", &[], &[("q", "web"), ("all", "on")])
        .await
        .leads_to(&format!("{list}?q=web"));
    assert_eq!(active(&app, id).await, [false; 3]);
    bulk(&app, id, "activate", &[], &[("q", "192.0.2.2"), ("all", "on")]).await;
    assert_eq!(active(&app, id).await, [false, true, false]);
    let here = format!("{list}?sort=-name&page=2");
    bulk(&app, id, "activate", &[], &[("sort", "-name"), ("back", &here)]).await.leads_to(&here);
    bulk(&app, id, "activate", &[], &[("back", "//evil.example/")]).await.leads_to(&list);
    bulk(&app, id, "activate", &[], &[]).await.leads_to(&list);
    let page = app.browser.get(&list).await;
    assert!(page.text.contains("tick the virtual servers first"), "{}", page.text);
}

#[tokio::test]
async fn deletion_of_many_asks_with_its_consequence() {
    let app = TestApp::logged_in().await;
    let (id, [one, two, three]) = three(&app).await;
    apply(&app, id).await;
    let question = bulk(&app, id, "delete", &[one, three], &[]).await;
    assert_eq!(question.status, StatusCode::OK);
    for said in
        ["Delete 2 virtual servers?", "web1, web3", "Their 1 real server goes", "2 of them are applied"]
    {
        assert!(question.text.contains(said), "{said}: {}", question.text);
    }
    assert_eq!(draft(&app, id).await.services().len(), 3, "nothing is gone before it is confirmed");
    let list = format!("/clusters/{id}/services");
    // What somebody else has changed since is looked at again first.
    let (_, seen) = question.text.split_once(r#"name="seen" value=""#).expect("what was shown");
    let seen = ("seen", seen.split('"').next().unwrap());
    submit(&app.browser, &format!("{list}/{three}"), &[("note", "ask grace")]).await;
    bulk(&app, id, "delete", &[one, three], &[("confirmed", "on"), seen]).await.leads_to(&list);
    assert!(app.browser.get(&list).await.text.contains("nothing was deleted"));
    assert_eq!(draft(&app, id).await.services().len(), 3);
    let question = bulk(&app, id, "delete", &[one, three], &[]).await;
    let (_, seen) = question.text.split_once(r#"name="seen" value=""#).unwrap();
    let seen = ("seen", seen.split('"').next().unwrap());
    bulk(&app, id, "delete", &[one, three], &[("confirmed", "on"), seen]).await.leads_to(&list);
    assert_eq!(draft(&app, id).await.services().keys().collect::<Vec<_>>(), [&two]);
    let page = app.browser.get(&list).await;
    assert!(
        page.text.contains("Deleted 2 virtual servers from the draft.")
            && page.text.contains("Review changes")
    );
}

#[tokio::test]
async fn what_clashes_is_named_and_nothing_is_half_done() {
    let app = TestApp::logged_in().await;
    let (id, [one, two, _]) = three(&app).await;
    bulk(&app, id, "deactivate", &[one, two], &[]).await;
    let path = format!("/clusters/{id}/services/{two}");
    submit(&app.browser, &path, &[("address", "192.0.2.1")]).await.leads_to(&path);
    bulk(&app, id, "activate", &[one, two], &[]).await;
    let page = app.browser.get(&format!("/clusters/{id}/services")).await;
    assert!(
        page.text.contains("Nothing was changed. tcp 192.0.2.1:80: Virtual server “web1”"),
        "{}",
        page.text
    );
    assert_eq!(active(&app, id).await, [false, false, true]);
}

#[tokio::test]
async fn a_service_is_copied_within_its_cluster() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let service = format!("/clusters/{id}/services/{web}");
    submit(&app.browser, &service, &[("persistent", "300"), ("note", "the first")]).await.leads_to(&service);
    let page = app.browser.get(&format!("{service}/copy")).await;
    let action = format!("/clusters/{id}/services/copy");
    let form = Fields::of(&page, &action);
    assert_eq!((form.get("name"), form.get("address")), ("web-2", "192.0.2.1"));
    // The same address: explained beside it, with what was typed.
    let answer = form.clone().with("name", "other").post(&app.browser, &action).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("takes this traffic already"), "{}", answer.text);
    assert_eq!(Fields::of(&answer, &action).get("name"), "other");
    let answer =
        form.clone().with("name", "web").with("address", "192.0.2.9").post(&app.browser, &action).await;
    assert!(answer.text.contains("id=\"e-name\""), "{}", answer.text);
    let filled = form.with("address", "192.0.2.9");
    let before = app.audited().await.len();
    let first = filled.post(&app.browser, &action).await;
    let copy = service_of(&app, id, "web-2").await;
    first.leads_to(&format!("/clusters/{id}/services/{copy}"));
    assert_eq!(app.audited().await[before..], ["draft.edit"]);
    // Twice is once.
    filled.post(&app.browser, &action).await.leads_to(&format!("/clusters/{id}/services/{copy}"));
    let draft = draft(&app, id).await;
    let (one, two) = (&draft.services()[&web], &draft.services()[&copy]);
    assert!(one.destinations.values().eq(two.destinations.values()));
    assert!(one.destinations.keys().all(|id| !two.destinations.contains_key(id)), "ids of its own");
    assert_eq!(two.settings.persistence, one.settings.persistence);
    assert_eq!(two.settings.note, one.settings.note);
}

#[tokio::test]
async fn a_service_is_copied_into_another_cluster() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    submit(&app.browser, "/clusters/new", &[("cluster_name", "mirror")]).await;
    let clusters = app.store().clusters().await.unwrap();
    let mirror = clusters.iter().find(|cluster| cluster.name.as_str() == "mirror").unwrap().id;
    submit(&app.browser, &format!("/clusters/{mirror}/settings"), &[("network", "direct")])
        .await
        .leads_to(&format!("/clusters/{mirror}/settings"));
    let page = app.browser.get(&format!("/clusters/{id}/services/{web}/copy?to={mirror}")).await;
    assert!(page.text.contains("Masquerading (NAT) before, Direct routing (DR) there"), "{}", page.text);
    let action = format!("/clusters/{mirror}/services/copy");
    let form = Fields::of(&page, &action);
    assert_eq!(form.get("name"), "web");
    form.post(&app.browser, &action).await.leads_to(&format!("/clusters/{mirror}/services/1"));
    assert_eq!(draft(&app, mirror).await.services()[&ServiceId(1)].destinations.len(), 2);
    let page = app.browser.get(&format!("/clusters/{mirror}/services/1")).await;
    assert!(page.text.contains("Copied to the draft of mirror as web."), "{}", page.text);
    // What the other cluster cannot do is told, with the real server that it is about.
    let path = format!("/clusters/{id}/settings");
    submit(&app.browser, &path, &[("network", "masquerading")]).await.leads_to(&path);
    let new = format!("/clusters/{id}/services/{web}/servers/new");
    submit(
        &app.browser,
        &new,
        &[("server_name", "alt"), ("server_address", "10.0.0.9"), ("server_port", "81")],
    )
    .await;
    let path = format!("/clusters/{mirror}/settings");
    submit(&app.browser, &path, &[("network", "direct")]).await.leads_to(&path);
    let page = app.browser.get(&format!("/clusters/{id}/services/{web}/copy?to={mirror}")).await;
    let form = Fields::of(&page, &action).with("address", "192.0.2.77");
    let answer = form.post(&app.browser, &action).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("Real server 81: The port differs"), "{}", answer.text);
    for missing in
        ["/clusters/99/services/1/copy", "/clusters/1/services/99/copy", "/clusters/1/services/1/copy?to=99"]
    {
        assert_eq!(app.browser.get(missing).await.status, StatusCode::NOT_FOUND, "{missing}");
    }
}
