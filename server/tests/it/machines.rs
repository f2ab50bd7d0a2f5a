//! Real servers by address: one machine in many virtual services.

use model::{ClusterId, DestinationId, ServiceId};
use reqwest::StatusCode;

use crate::drawing::{
    Fields, add_server, add_service, apply, chinese, draft, server_of, shop_with_web, submit,
};
use crate::support::{Answer, TestApp};

/// `web` with real1 and real2, `mail` with real1 under another name, `dns` over IPv6.
async fn three(app: &TestApp) -> (ClusterId, [ServiceId; 3]) {
    let (id, web) = shop_with_web(app).await;
    let mail = add_service(app, id, "mail", "192.0.2.2").await;
    add_server(app, id, mail, "mx", "10.0.0.1").await;
    let dns = add_service(app, id, "dns", "2001:db8::53").await;
    add_server(app, id, dns, "ns", "2001:db8::9").await;
    (id, [web, mail, dns])
}

async fn post(app: &TestApp, path: &str, deed: &str, ids: &[DestinationId], more: &[(&str, &str)]) -> Answer {
    let page = app.browser.get(path).await;
    post_from(app, &page, path, deed, ids, more).await
}

async fn post_from(
    app: &TestApp,
    page: &Answer,
    path: &str,
    deed: &str,
    ids: &[DestinationId],
    more: &[(&str, &str)],
) -> Answer {
    let form = Fields::of(page, path);
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    fields.extend(["base", "weight", "server_name"].map(|name| (name, form.get(name))));
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(more);
    fields.push(("do", deed));
    app.browser.post(path, &fields).await
}

#[tokio::test]
async fn a_machine_stands_once_however_many_services_it_answers_for() {
    let app = TestApp::logged_in().await;
    let (id, [web, ..]) = three(&app).await;
    let list = format!("/clusters/{id}/machines");
    let page = app.browser.get(&list).await;
    assert_eq!(page.text.matches("/machines/10.0.0.1\"").count(), 1, "{}", page.text);
    assert!(page.text.contains("mx and 1 more") && page.text.contains("2 of 2"), "{}", page.text);
    assert!(page.text.contains(&format!("{list}/2001:db8::9")) && page.text.contains("not applied"));
    let found = app.browser.get(&format!("{list}?q=MAIL&sort=-address")).await;
    assert!(found.text.contains("/machines/10.0.0.1\"") && !found.text.contains("/machines/10.0.0.2\""));
    let nothing = app.browser.get(&format!("{list}?q=nowhere")).await;
    assert!(nothing.text.contains("Show all"), "{}", nothing.text);
    apply(&app, id).await;
    let page = chinese(&app.browser, &list).await;
    assert!(
        page.text.contains("按地址列出的真实服务器") && page.text.contains("state unknown"),
        "{}",
        page.text
    );
    let machine = app.browser.get(&format!("{list}/10.0.0.1")).await;
    assert!(machine.text.contains("It answers for 2 virtual servers."), "{}", machine.text);
    assert!(machine.text.contains(&format!("/clusters/{id}/services/{web}/servers")), "{}", machine.text);
}

#[tokio::test]
async fn a_weight_is_set_everywhere_or_where_ticked_in_one_edit() {
    let app = TestApp::logged_in().await;
    let (id, [web, mail, _]) = three(&app).await;
    let path = format!("/clusters/{id}/machines/10.0.0.1");
    let (real1, mx) = (server_of(&app, id, web, "real1").await, server_of(&app, id, mail, "mx").await);
    let weights = async || {
        let draft = draft(&app, id).await;
        let weight = |service: ServiceId, id| draft.services()[&service].destinations[&id].weight.get();
        (weight(web, real1), weight(mail, mx))
    };
    let before = app.audited().await.len();
    post(&app, &path, "weight", &[real1, mx], &[("weight", "７")]).await.leads_to(&path);
    assert_eq!(weights().await, (7, 7));
    assert_eq!(app.audited().await[before..], ["draft.edit"], "one edit, one row");
    let page = app.browser.get(&path).await;
    assert!(page.text.contains("Set the weight of 10.0.0.1 to 7 in 2 virtual servers"), "{}", page.text);
    post(&app, &path, "drain", &[mx], &[]).await.leads_to(&path);
    assert_eq!(weights().await, (7, 0));
    let page = app.browser.get(&path).await;
    assert_eq!(Fields::of(&page, &path).get("weight"), "", "they differ");
    post(&app, &path, "drain", &[mx], &[]).await.leads_to(&path);
    assert!(app.browser.get(&path).await.text.contains("Nothing was changed."));
}

#[tokio::test]
async fn a_machine_is_switched_and_renamed_everywhere_at_once() {
    let app = TestApp::logged_in().await;
    let (id, [web, mail, _]) = three(&app).await;
    let path = format!("/clusters/{id}/machines/10.0.0.1");
    let (real1, mx) = (server_of(&app, id, web, "real1").await, server_of(&app, id, mail, "mx").await);
    let both = [real1, mx];
    let get = async || {
        let draft = draft(&app, id).await;
        [(web, real1), (mail, mx)].map(|(service, id)| {
            let one = &draft.services()[&service].destinations[&id];
            (one.name.to_string(), one.active)
        })
    };
    post(&app, &path, "deactivate", &both, &[]).await.leads_to(&path);
    assert!(get().await.iter().all(|(_, active)| !active));
    post(&app, &path, "activate", &both, &[]).await.leads_to(&path);
    assert!(get().await.iter().all(|(_, active)| *active));
    post(&app, &path, "rename", &both, &[("server_name", "机器 1")]).await.leads_to(&path);
    assert!(get().await.iter().all(|(name, _)| name == "机器 1"));
    // A name that another one has is refused with the virtual server's, and nothing is half done.
    let answer = post(&app, &path, "rename", &both, &[("server_name", "real2")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("Another real server of “web” has this name"), "{}", answer.text);
    assert_eq!(Fields::of(&answer, &path).get("server_name"), "real2");
    assert!(get().await.iter().all(|(name, _)| name == "机器 1"));
}

#[tokio::test]
async fn wrong_input_and_empty_choices_are_told_and_kept() {
    let app = TestApp::logged_in().await;
    let (id, [web, ..]) = three(&app).await;
    let path = format!("/clusters/{id}/machines/10.0.0.1");
    let real1 = server_of(&app, id, web, "real1").await;
    let answer = post(&app, &path, "weight", &[real1], &[("weight", "much")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("id=\"e-weight\""), "{}", answer.text);
    assert_eq!(Fields::of(&answer, &path).get("weight"), "much");
    assert_eq!(
        answer.text.matches("checked aria-label").count(),
        1,
        "what was not ticked is not: {}",
        answer.text
    );
    let answer = post(&app, &path, "weight", &[], &[("weight", "3")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("href=\"#f-ticked\""), "{}", answer.text);
    for missing in ["10.0.0.99", "nonsense"] {
        let path = format!("/clusters/{id}/machines/{missing}");
        assert_eq!(app.browser.get(&path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_not_overwritten_unseen() {
    let app = TestApp::logged_in().await;
    let (id, [web, mail, _]) = three(&app).await;
    let path = format!("/clusters/{id}/machines/10.0.0.1");
    let (real1, mx) = (server_of(&app, id, web, "real1").await, server_of(&app, id, mail, "mx").await);
    let opened = app.browser.get(&path).await;
    let server = format!("/clusters/{id}/services/{web}/servers/{real1}");
    submit(&app.browser, &server, &[("weight", "9"), ("server_note", "new disk")]).await;
    // Another field than theirs: both stay.
    post_from(&app, &opened, &path, "deactivate", &[real1, mx], &[]).await.leads_to(&path);
    let real = draft(&app, id).await.services()[&web].destinations[&real1].clone();
    assert_eq!((real.weight.get(), real.active), (9, false));
    // The same field: asked.
    let answer = post_from(&app, &opened, &path, "weight", &[real1, mx], &[("weight", "4")]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.text.contains("Somebody else changed this real server"), "{}", answer.text);
    assert_eq!(
        draft(&app, id).await.services()[&mail].destinations[&mx].weight.get(),
        1,
        "nothing half done"
    );
    post_from(&app, &answer, &path, "weight", &[real1, mx], &[("weight", "4")]).await.leads_to(&path);
    assert_eq!(draft(&app, id).await.services()[&web].destinations[&real1].weight.get(), 4);
    // Gone: told, nothing done.
    let opened = app.browser.get(&path).await;
    app.browser.post(&format!("/clusters/{id}/services/{mail}/servers/{mx}/delete"), &[]).await;
    let answer = post_from(&app, &opened, &path, "drain", &[real1, mx], &[]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(draft(&app, id).await.services()[&web].destinations[&real1].weight.get(), 4);
}

#[tokio::test]
async fn a_cluster_without_real_servers_says_what_is_next() {
    let app = TestApp::logged_in().await;
    let id = crate::drawing::shop(&app).await;
    let page = app.browser.get(&format!("/clusters/{id}/machines")).await;
    assert!(
        page.text.contains("No real server yet") && page.text.contains("To the virtual servers"),
        "{}",
        page.text
    );
}
