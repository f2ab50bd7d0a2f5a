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
