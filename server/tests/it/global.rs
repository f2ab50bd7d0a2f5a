//! Global settings and redundancy.

use reqwest::StatusCode;

use crate::drawing::{Fields, apply, chinese, draft, shop, shop_with_web, submit};
use crate::support::TestApp;

/// What Piranha's page of global settings has, and what is ours.
const SETTINGS: [(&str, &str); 11] = [
    ("primary", "10.0.0.7"),
    ("primary_private", "192.168.1.7"),
    ("network", "gue"),
    ("tunnel_port", "6080"),
    ("tunnel_csum", "csum"),
    ("nat_router", "10.11.12.10"),
    ("nat_router_device", "eth1:1"),
    ("nat_nmask", "255.255.255.0"),
    ("tcp_timeout", "６００ 秒"),
    ("tcpfin_timeout", "60"),
    ("udp_timeout", "0"),
];

/// The same of redundancy.
const REDUNDANCY: [(&str, &str); 14] = [
    ("backup_active", "on"),
    ("backup", "10.0.0.8"),
    ("backup_private", "192.168.1.8"),
    ("keepalive", "2"),
    ("deadtime", "10"),
    ("heartbeat_port", "1050"),
    ("monitor_links", "on"),
    ("syncdaemon", "on"),
    ("syncd_iface", "eth1"),
    ("syncd_id", "7"),
    ("syncd_group", "ff02::81"),
    ("syncd_port", "9000"),
    ("syncd_ttl", "3"),
    ("syncd_maxlen", "1400"),
];

#[tokio::test]
async fn every_global_setting_is_saved_to_the_draft_and_shown_again() {
    let app = TestApp::logged_in().await;
    let id = shop(&app).await;
    let path = format!("/clusters/{id}/settings");
    let before = app.audited().await.len();
    submit(&app.browser, &path, &SETTINGS).await.leads_to(&path);
    let page = app.browser.get(&path).await;
    assert!(
        page.text.contains("Saved the global settings to the draft.") && page.text.contains("Review changes")
    );
    let shown = Fields::of(&page, &path);
    let canonical = |name, typed| match name {
        "tcp_timeout" => "600",
        "udp_timeout" => "",
        "nat_nmask" => "24",
        _ => typed,
    };
    for (name, typed) in SETTINGS {
        assert_eq!(shown.get(name), canonical(name, typed), "{name}");
    }
    let settings = draft(&app, id).await.settings().clone();
    assert_eq!(settings.forwarding.to_string(), "gue:6080,csum");
    assert_eq!(
        settings.nat_router.map(|router| router.to_string()).as_deref(),
        Some("10.11.12.10/24 eth1:1")
    );
    assert_eq!(app.audited().await[before..], ["draft.edit"], "one edit, one row");
    let page = chinese(&app.browser, &path).await;
    assert!(
        page.text.contains("连接可以空闲多久？") && page.text.contains("Piranha 中的名称：NAT Router IP")
    );
}

#[tokio::test]
async fn wrong_settings_are_told_beside_their_fields_and_kept() {
    let app = TestApp::logged_in().await;
    let id = shop(&app).await;
    let path = format!("/clusters/{id}/settings");
    let typed = [
        ("primary", "10.0.0.300"),
        ("network", "gue"),
        ("nat_router", "10.0.0.1"),
        ("nat_nmask", "255.0.255.0"),
        ("tcp_timeout", "-1"),
    ];
    let answer = submit(&app.browser, &path, &typed).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for name in ["primary", "tunnel_port", "nat_router_device", "nat_nmask", "tcp_timeout"] {
        assert!(answer.text.contains(&format!("id=\"e-{name}\"")), "{name}: {}", answer.text);
    }
    let kept = Fields::of(&answer, &path);
    for (name, value) in typed {
        assert_eq!(kept.get(name), value);
    }
    assert_eq!(draft(&app, id).await.settings(), &model::Settings::default());
}

#[tokio::test]
async fn a_method_by_which_real_servers_cannot_be_reached_is_refused_by_name() {
    let app = TestApp::logged_in().await;
    let (id, web) = shop_with_web(&app).await;
    let path = format!("/clusters/{id}/settings");
    submit(&app.browser, &path, &[("network", "masquerading")]).await.leads_to(&path);
    let server = format!("/clusters/{id}/services/{web}/servers/new");
    let other_port = [("server_name", "alt"), ("server_address", "10.0.0.9"), ("server_port", "8080")];
    assert_eq!(submit(&app.browser, &server, &other_port).await.status, StatusCode::SEE_OTHER);
    let answer = submit(&app.browser, &path, &[("network", "direct")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("Real servers of “web” cannot be reached by it"), "{}", answer.text);
    assert!(answer.text.contains("id=\"e-network\""), "{}", answer.text);
}

#[tokio::test]
async fn every_field_of_the_redundancy_is_saved_and_what_acts_is_said() {
    let app = TestApp::logged_in().await;
    let id = shop(&app).await;
    let path = format!("/clusters/{id}/redundancy");
    let page = app.browser.get(&path).await;
    let shown = Fields::of(&page, &path);
    let defaults = ["keepalive", "deadtime", "heartbeat_port", "syncd_iface", "syncd_id"]
        .map(|name| shown.get(name).to_owned());
    assert_eq!(defaults, ["6", "18", "539", "eth0", "0"]);
    assert!(
        page.text.contains("the sync daemon runs")
            && page.text.contains("directors act on it in a later version")
    );
    let before = app.audited().await.len();
    submit(&app.browser, &path, &REDUNDANCY).await.leads_to(&path);
    let shown = Fields::of(&app.browser.get(&path).await, &path);
    for (name, value) in REDUNDANCY {
        assert_eq!(shown.get(name), value, "{name}");
    }
    let daemon = draft(&app, id).await.redundancy().sync_daemon.clone().map(|daemon| daemon.to_string());
    assert_eq!(daemon.as_deref(), Some("eth1, id 7, group ff02::81, port 9000, ttl 3, maxlen 1400"));
    assert_eq!(app.audited().await[before..], ["draft.edit"], "one edit, one row");
}

#[tokio::test]
async fn what_the_redundancy_cannot_be_is_told() {
    let app = TestApp::logged_in().await;
    let id = shop(&app).await;
    let path = format!("/clusters/{id}/redundancy");
    let typed = [("backup_active", "on"), ("keepalive", "20"), ("syncdaemon", "on"), ("syncd_id", "999")];
    let answer = submit(&app.browser, &path, &typed).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("id=\"e-syncd_id\""), "{}", answer.text);
    let answer = submit(&app.browser, &path, &typed[..2]).await;
    for name in ["backup", "deadtime"] {
        assert!(answer.text.contains(&format!("id=\"e-{name}\"")), "{name}: {}", answer.text);
    }
    assert_eq!(Fields::of(&answer, &path).get("keepalive"), "20");
}

#[tokio::test]
async fn two_editors_lose_nothing() {
    let app = TestApp::logged_in().await;
    let id = shop(&app).await;
    for (path, mine, theirs) in
        [("settings", "tcp_timeout", "udp_timeout"), ("redundancy", "keepalive", "deadtime")]
    {
        let path = format!("/clusters/{id}/{path}");
        let opened = Fields::of(&app.browser.get(&path).await, &path);
        submit(&app.browser, &path, &[(theirs, "40")]).await.leads_to(&path);
        // Another field: both stay.
        opened.clone().with(mine, "5").post(&app.browser, &path).await.leads_to(&path);
        let now = Fields::of(&app.browser.get(&path).await, &path);
        assert_eq!((now.get(mine), now.get(theirs)), ("5", "40"), "{path}");
        // The same field: asked, with all three values.
        let answer = opened.with(theirs, "50").post(&app.browser, &path).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{path}");
        assert!(answer.text.contains(">40<") && answer.text.contains(">50<"), "{}", answer.text);
        let chosen = Fields::of(&answer, &path).with(&format!("keep-{theirs}"), "mine");
        chosen.post(&app.browser, &path).await.leads_to(&path);
        let now = Fields::of(&app.browser.get(&path).await, &path);
        assert_eq!(now.get(mine), "5", "{path}");
        assert_eq!(Fields::of(&app.browser.get(&path).await, &path).get(theirs), "50", "{path}");
    }
}

#[tokio::test]
async fn settings_reach_the_plan_and_are_applied() {
    let app = TestApp::logged_in().await;
    let (id, _) = shop_with_web(&app).await;
    apply(&app, id).await;
    submit(&app.browser, &format!("/clusters/{id}/settings"), &[("udp_timeout", "30")]).await;
    submit(&app.browser, &format!("/clusters/{id}/redundancy"), &[("monitor_links", "on")]).await;
    let changes = app.browser.get(&format!("/clusters/{id}/changes")).await;
    assert!(
        changes.text.contains("UDP timeout") && changes.text.contains("Monitor network links"),
        "{}",
        changes.text
    );
    apply(&app, id).await;
    let applied = app.store().latest_revision(id).await.unwrap().unwrap();
    assert!(applied.desired.cluster.redundancy().monitor_links);
}
