use crate::support::{PASSWORD, TestApp, USER};

#[tokio::test]
async fn the_log_says_who_and_from_where() {
    let app = TestApp::logged_in().await;
    let form = [("current", PASSWORD), ("new", "another long password"), ("repeat", "another long password")];
    app.browser.post("/account", &form).await.leads_to("/account");
    app.browser.post("/logout", &[]).await;
    assert_eq!(app.audited().await, ["user.create", "session.login", "user.password", "session.logout"]);
    let entries = app.store().audit(10, None).await.unwrap();
    let user = app.store().user_by_name(USER).await.unwrap().unwrap().id;
    for entry in entries.iter().filter(|entry| entry.action != "user.create") {
        assert_eq!((entry.user, entry.actor.as_str(), entry.from.as_str()), (Some(user), USER, "127.0.0.1"));
    }
    assert!(
        entries.iter().all(|entry| !entry.detail.contains("password") && !entry.detail.contains("argon2"))
    );
}

#[tokio::test]
async fn the_page_filters_pages_and_says_before_and_after() {
    use model::Name;
    use server::store::Actor;
    let app = TestApp::logged_in().await;
    let id = app.store().create_cluster(&Actor::command_line(), Name::parse("shop").unwrap()).await.unwrap();
    app.browser.post(&format!("/clusters/{id}/edit"), &[("cluster_name", "store"), ("base", "")]).await;
    let page = app.browser.get("/audit").await;
    for part in ["Draft changed", "Cluster created", "Logged in", "command line", "127.0.0.1", "730 days"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert!(page.text.contains(">shop<") && page.text.contains(">store<"), "{}", page.text);
    let drafts = app.browser.get("/audit?action=draft&person=ada").await.text;
    assert_eq!(drafts.matches("class=\"event\"").count(), 1, "{drafts}");
    let none = app.browser.get("/audit?object=nobody-has-this-name").await.text;
    assert!(none.contains("No entry matches") && none.contains("/audit\""), "{none}");
    for n in 0..120 {
        let name = Name::parse(&format!("cluster {n}")).unwrap();
        app.store().create_cluster(&Actor::command_line(), name).await.unwrap();
    }
    let page = app.browser.get("/audit?action=cluster.create").await.text;
    assert_eq!(page.matches("class=\"event\"").count(), 100);
    let older =
        page.split("href=\"").find(|part| part.contains("before=")).and_then(|rest| rest.split('"').next());
    let second = app.browser.get(&older.unwrap().replace("&amp;", "&")).await.text;
    assert_eq!(second.matches("class=\"event\"").count(), 21);
}

#[tokio::test]
async fn the_log_is_exported_with_the_same_filter() {
    use model::Name;
    use server::store::Actor;
    let app = TestApp::logged_in().await;
    for n in 0..1_100 {
        let name = Name::parse(&format!("=cluster \"{n}\"")).unwrap();
        app.store().create_cluster(&Actor::command_line(), name).await.unwrap();
    }
    let csv = app.browser.get("/audit/audit.csv?action=cluster.create").await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert!(csv.header("content-disposition").contains("audit.csv"));
    let lines: Vec<&str> = csv.text.trim_end().split("\r\n").collect();
    assert_eq!(lines.len(), 1_101);
    assert!(lines[0].ends_with("id,time,actor,from,action,cluster,object,detail,changes"));
    assert!(lines[1].contains("\"'=cluster \"\"1099\"\"\""), "{}", lines[1]);
    assert!(!csv.text.contains("session.login"));
}

#[tokio::test]
async fn an_operator_reads_the_log_of_its_clusters_and_a_viewer_none() {
    use std::collections::BTreeMap;

    use model::{Name, Role, Roles};
    use reqwest::StatusCode;
    use server::store::Actor;
    let app = TestApp::logged_in().await;
    let make = async |name: &str| {
        app.store().create_cluster(&Actor::command_line(), Name::parse(name).unwrap()).await.unwrap()
    };
    let (own, other) = (make("own").await, make("other").await);
    let within = |role| Roles { everywhere: None, clusters: BTreeMap::from([(own, role)]) };
    app.add_person("operator", PASSWORD, &within(Role::Operator)).await;
    app.add_person("viewer", PASSWORD, &within(Role::Viewer)).await;
    let [operator, viewer] = ["operator", "viewer"].map(|_| app.another_browser());
    operator.login("operator", PASSWORD).await;
    viewer.login("viewer", PASSWORD).await;
    let log = operator.get("/audit").await.text;
    assert!(log.contains(&format!("/clusters/{own}/control")), "{log}");
    assert!(!log.contains(&format!("/clusters/{other}/control")), "{log}");
    // The filter offers it; no row has it.
    assert_eq!(log.matches("Logged in").count(), log.matches(">Logged in</option>").count(), "{log}");
    assert!(!operator.get("/audit/audit.csv").await.text.contains("session.login"));
    assert_eq!(viewer.get("/audit").await.status, StatusCode::FORBIDDEN);
    assert_eq!(viewer.get("/audit/audit.csv").await.status, StatusCode::FORBIDDEN);
    assert!(operator.get("/clusters").await.text.contains("href=\"/audit\""));
    assert!(!viewer.get("/clusters").await.text.contains("href=\"/audit\""));

    // Events: one's own clusters, and not who logs in.
    for cluster in [own, other] {
        let draft = app.store().draft(cluster).await.unwrap();
        app.store().apply(&Actor::command_line(), cluster, None, draft.version, "", true).await.unwrap();
    }
    let events = viewer.get("/events").await.text;
    assert!(events.contains(&format!("/clusters/{own}/history/1")), "{events}");
    assert!(
        !events.contains(&format!("/clusters/{other}/history/1")) && !events.contains("Log-in"),
        "{events}"
    );
    let asked = viewer.get(&format!("/events?cluster={other}&kind=people")).await.text;
    assert!(asked.contains("No event matches"), "{asked}");
    assert_eq!(viewer.get(&format!("/clusters/{other}/events")).await.status, StatusCode::FORBIDDEN);
}
