use model::ServiceId;
use reqwest::StatusCode;

use crate::drawing::{Fields, add_service, apply, chinese, draft, post_chinese, shop, shop_with_web, submit};
use crate::support::TestApp;

#[tokio::test]
async fn a_service_is_added_with_piranhas_values() {
    let app = TestApp::logged_in().await;
    let id = shop(&app).await;
    let path = format!("/clusters/{id}/services/new");
    let form = Fields::of(&app.browser.get(&path).await, &path);
    let shown = ["protocol", "ports", "scheduler", "timeout", "reentry", "load_monitor"]
        .map(|name| form.get(name).to_owned());
    assert_eq!(shown, ["tcp", "80", "wlc", "6", "15", "none"]);
    let typed =
        [("name", "web"), ("address", "１９２。０。２。１"), ("ports", "443，80"), ("persistent", "300 s")];
    let answer = submit(&app.browser, &path, &typed).await;
    answer.leads_to(&format!("/clusters/{id}/services/1/servers"));
    let page = app.browser.get(answer.location()).await;
    assert!(page.text.contains("Added virtual server web to the draft."), "{}", page.text);
    let settings = draft(&app, id).await.services()[&ServiceId(1)].settings.clone();
    assert_eq!(settings.key.to_string(), "tcp 192.0.2.1:80,443");
    assert_eq!(settings.persistence.map(|p| p.to_string()).as_deref(), Some("300 s"));
    let list = app.browser.get(&format!("/clusters/{id}/services")).await;
    assert!(list.text.contains("192.0.2.1") && list.text.contains("80,443"), "{}", list.text);
}

#[tokio::test]
async fn every_wrong_field_is_told_at_once_and_nothing_typed_is_lost() {
    let app = TestApp::logged_in().await;
    let (id, _) = shop_with_web(&app).await;
    let path = format!("/clusters/{id}/services/new");
    let typed = [
        ("name", "web"),
        ("address", "192.0.2.300"),
        ("ports", "99999"),
        ("fwmark", "0"),
        ("device", "eth0; reboot"),
        ("vip_nmask", "255.0.255.0"),
        ("persistent", "-3"),
        ("pmask", "24"),
        ("sorry_server", "nowhere"),
        ("timeout", ""),
        ("reentry", "1.5"),
        ("ops", "on"),
        ("sched_port", "on"),
        ("load_monitor", "program"),
        ("load_program", "../bin/sh"),
    ];
    let answer = submit(&app.browser, &path, &typed).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = [
        "name",
        "address",
        "ports",
        "device",
        "vip_nmask",
        "persistent",
        "sorry_server",
        "timeout",
        "reentry",
        "ops",
        "sched_port",
        "load_program",
    ];
    for name in wrong {
        assert!(
            answer.text.contains(&format!("href=\"#f-{name}\"")),
            "{name} in the summary: {}",
            answer.text
        );
        assert!(
            answer.text.contains(&format!("id=\"e-{name}\"")),
            "{name} beside the field: {}",
            answer.text
        );
    }
    assert_eq!(answer.text.matches("href=\"#f-").count(), wrong.len(), "no more: {}", answer.text);
    let kept = Fields::of(&answer, &path);
    for (name, value) in typed {
        assert_eq!(kept.get(name), value);
    }
    let answer = post_chinese(&app.browser, &path, &[("name", ""), ("ports", "x")]).await;
    assert!(answer.text.contains("既不是端口也不是端口范围"), "{}", answer.text);
    assert_eq!(draft(&app, id).await.services().len(), 1);
}

#[tokio::test]
async fn two_services_never_take_the_same_traffic() {
    let app = TestApp::logged_in().await;
    let (id, _) = shop_with_web(&app).await;
    let path = format!("/clusters/{id}/services/new");
    let answer =
        submit(&app.browser, &path, &[("name", "other"), ("address", "192.0.2.1"), ("ports", "79-81")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("takes this traffic already"), "{}", answer.text);
    // Prepared inactive, it cannot be activated.
    let page = app.browser.get(&path).await;
    let fields =
        Fields::of(&page, &path).with("name", "other").with("address", "192.0.2.1").without("active");
    assert_eq!(fields.post(&app.browser, &path).await.status, StatusCode::SEE_OTHER);
    let other = crate::drawing::service_of(&app, id, "other").await;
    let list = format!("/clusters/{id}/services");
    app.browser.post(&format!("{list}/{other}/active"), &[("active", "on")]).await.leads_to(&list);
    let page = app.browser.get(&list).await;
    assert!(page.text.contains("Could not activate other:"), "{}", page.text);
    assert!(!draft(&app, id).await.services()[&other].settings.active);
}

#[tokio::test]
async fn a_service_is_edited_activated_and_deactivated() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let path = format!("/clusters/{id}/services/{web}");
    let changed = [
        ("scheduler", "sh"),
        ("sched_port", "on"),
        ("sorry_server", "10.0.0.99:8080"),
        ("quiesce_server", "on"),
        ("persistent", "300"),
        ("pmask", "255.255.255.0"),
        ("fwmark", "0x50"),
        ("proxy_protocol", "on"),
    ];
    submit(&app.browser, &path, &changed).await.leads_to(&path);
    let page = app.browser.get(&path).await;
    assert!(
        page.text.contains("Saved web to the draft.") && page.text.contains("Review changes"),
        "{}",
        page.text
    );
    let settings = draft(&app, id).await.services()[&web].settings.clone();
    assert_eq!(settings.key.to_string(), "mark 80 (tcp 192.0.2.1:80)");
    assert_eq!(settings.scheduler.to_string(), "sh,sh-port");
    assert_eq!(settings.sorry_server.map(|sorry| sorry.to_string()).as_deref(), Some("10.0.0.99:8080"));
    assert!(settings.quiesce && settings.proxy_protocol);
    // What the page shows is what is stored: saving it untouched changes nothing.
    submit(&app.browser, &path, &[]).await.leads_to(&path);
    assert!(app.browser.get(&path).await.text.contains("Nothing was changed."));
    assert_eq!(draft(&app, id).await.services()[&web].settings, settings);
    let list = format!("/clusters/{id}/services");
    for _twice in 0..2 {
        app.browser.post(&format!("{path}/active"), &[("active", "")]).await.leads_to(&list);
        assert!(!draft(&app, id).await.services()[&web].settings.active);
    }
    app.browser.post(&format!("{path}/active"), &[("active", "on")]).await.leads_to(&list);
    assert!(draft(&app, id).await.services()[&web].settings.active);
}

#[tokio::test]
async fn two_editors_of_different_fields_both_win() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let path = format!("/clusters/{id}/services/{web}");
    let opened = Fields::of(&app.browser.get(&path).await, &path);
    submit(&app.browser, &path, &[("timeout", "20")]).await.leads_to(&path);
    opened.with("reentry", "99").post(&app.browser, &path).await.leads_to(&path);
    let settings = draft(&app, id).await.services()[&web].settings.clone();
    assert_eq!((settings.timeout.get(), settings.reentry.get()), (20, 99));
}

#[tokio::test]
async fn the_same_form_twice_adds_one_service() {
    let app = TestApp::logged_in().await;
    let id = shop(&app).await;
    let path = format!("/clusters/{id}/services/new");
    let form =
        Fields::of(&app.browser.get(&path).await, &path).with("name", "web").with("address", "192.0.2.1");
    let first = form.post(&app.browser, &path).await;
    let second = form.post(&app.browser, &path).await;
    assert_eq!((first.status, second.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    assert_eq!(first.location(), second.location());
    assert_eq!(draft(&app, id).await.services().len(), 1);
}

#[tokio::test]
async fn deleting_asks_first_and_says_whether_clients_notice() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let path = format!("/clusters/{id}/services/{web}/delete");
    let page = app.browser.get(&path).await;
    assert!(
        page.text.contains("with its 2 real servers") && page.text.contains("no client notices"),
        "{}",
        page.text
    );
    apply(&app, id).await;
    let seen = app.browser.get(&path).await.text;
    assert!(seen.contains("It is applied"));
    let list = format!("/clusters/{id}/services");
    // What somebody else has changed since is looked at again first.
    let (_, seen) = seen.split_once(r#"name="seen" value=""#).expect("what was shown");
    let seen = seen.split('"').next().unwrap();
    submit(&app.browser, &format!("{list}/{web}"), &[("note", "ask grace")]).await;
    app.browser.post(&path, &[("seen", seen)]).await.leads_to(&path);
    assert!(app.browser.get(&path).await.text.contains("Somebody else has changed it"));
    assert_eq!(draft(&app, id).await.services().len(), 1);
    for _twice in 0..2 {
        app.browser.post(&path, &[]).await.leads_to(&list);
    }
    assert!(draft(&app, id).await.services().is_empty());
    assert_eq!(app.browser.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn thousands_of_services_are_searched_sorted_and_paged() {
    let app = TestApp::logged_in().await;
    let id = shop(&app).await;
    let first = add_service(&app, id, "first", "198.51.100.1").await;
    let template = draft(&app, id).await.services()[&first].clone();
    let actor = server::store::Actor::command_line();
    let filled = app.store().edit_draft(&actor, id, None, "", |editing| {
        let mut services = editing.services().clone();
        for n in 0..3_000_u32 {
            let mut service = template.clone();
            service.settings.name = model::Name::parse(&format!("service-{n:04} of a long name")).unwrap();
            let address = format!("10.{}.{}.{}", n / 65_536, n / 256 % 256, n % 256 + 1);
            let input = model::input::ServiceInput { address, ..(&service.settings).into() };
            if let Ok(settings) = input.parse(service.settings.check.clone()) {
                service.settings = settings;
                services.insert(editing.next_service_id(), service);
            }
        }
        let (name, settings, redundancy) =
            (editing.name().clone(), editing.settings().clone(), editing.redundancy().clone());
        **editing = model::Cluster::from_parts(name, settings, redundancy, services)?;
        Ok(())
    });
    filled.await.unwrap();
    let list = format!("/clusters/{id}/services");
    let page = app.browser.get(&format!("{list}?sort=-name&page=2")).await;
    assert_eq!(page.text.matches("<tr").count(), 101, "a page has 100 rows");
    assert!(
        page.text.contains("101 to 200 of") && page.text.contains("sort=-name&amp;page=3"),
        "{}",
        page.text
    );
    let found = app.browser.get(&format!("{list}?q=Service-0042")).await;
    assert!(found.text.contains("service-0042") && !found.text.contains("service-0043"), "{}", found.text);
    let none = app.browser.get(&format!("{list}?q=%3Cb%3E")).await;
    assert!(none.text.contains("Nothing matches “&lt;b&gt;”"), "{}", none.text);
}

#[tokio::test]
async fn what_differs_from_what_is_applied_is_marked() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    apply(&app, id).await;
    let list = format!("/clusters/{id}/services");
    assert!(!app.browser.get(&list).await.text.contains("class=\"tag\""));
    submit(&app.browser, &format!("{list}/{web}"), &[("timeout", "9")]).await;
    add_service(&app, id, "mail", "192.0.2.25").await;
    let page = chinese(&app.browser, &list).await;
    assert!(page.text.contains("已修改") && page.text.contains("新增"), "{}", page.text);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let app = TestApp::logged_in().await;
    let id = shop(&app).await;
    for path in ["services/99", "services/99/servers", "services/99/delete", "services/99/servers/new"] {
        assert_eq!(
            app.browser.get(&format!("/clusters/{id}/{path}")).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    for path in ["services", "services/new", "changes", "discard", "edit", "delete"] {
        assert_eq!(
            app.browser.get(&format!("/clusters/77/{path}")).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
