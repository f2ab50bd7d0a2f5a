//! The pages for people, one's own account's sessions among them.

use std::collections::BTreeMap;

use model::{ClusterId, Name, Role, Roles};
use reqwest::StatusCode;
use server::store::{Actor, UserId};

use crate::support::{Answer, Browser, PASSWORD, TestApp, USER};

const OTHER: &str = "grace";

/// A console with ada, who administers it and is logged in, and grace, who may look.
async fn two() -> (TestApp, UserId) {
    let app = TestApp::logged_in().await;
    let other = app.add_person(OTHER, PASSWORD, &Roles::everywhere(Role::Viewer)).await;
    (app, other)
}

async fn roles(app: &TestApp, user: UserId) -> Roles {
    app.store().person(user).await.unwrap().roles
}

/// The roles that a person's form was made with.
fn base(page: &Answer) -> String {
    let (_, rest) = page.text.split_once(r#"name="base" value=""#).expect("a base");
    rest.split('"').next().unwrap().replace("&quot;", "\"")
}

/// The addresses that the page's buttons for sessions post to.
fn revokes(page: &Answer) -> Vec<String> {
    let actions = page.text.split(r#"action=""#).skip(1).filter_map(|part| part.split('"').next());
    actions
        .filter(|action| action.ends_with("/revoke") && !action.ends_with("sessions/revoke"))
        .map(str::to_owned)
        .collect()
}

async fn log_in(app: &TestApp, name: &str) -> Browser {
    let browser = app.another_browser();
    browser.login(name, PASSWORD).await;
    browser
}

#[tokio::test]
async fn a_password_that_the_console_makes_is_shown_once_and_opens() {
    let app = TestApp::logged_in().await;
    let form = [("user_name", "grace"), ("role", "operator"), ("password", "")];
    let made = app.browser.post("/users/new", &form).await;
    let path = made.location().to_owned();
    assert!(path.starts_with("/users/"), "{}", made.text);
    let page = app.browser.get(&path).await;
    let (_, shown) = page.text.split_once("<code>").expect("a password");
    let password = shown.split('<').next().unwrap().to_owned();
    assert!(!app.browser.get(&path).await.text.contains(&password), "once");
    app.another_browser().login("grace", &password).await;
    let stored = app.store().user_by_name("grace").await.unwrap().unwrap();
    assert_eq!(roles(&app, stored.id).await, Roles::everywhere(Role::Operator));
    let log = app.store().audit(10, None).await.unwrap();
    let row = log.iter().find(|entry| entry.action == "user.create" && entry.subject == "grace").unwrap();
    assert_eq!((row.actor.as_str(), row.detail.as_str()), (USER, "roles: operator"));
    assert!(log.iter().all(|entry| !entry.detail.contains(&password)));
}

#[tokio::test]
async fn what_is_wrong_with_a_new_user_stands_beside_its_field_and_nothing_is_lost() {
    let (app, _) = two().await;
    for (name, password, field) in
        [("", "", "e-user_name"), ("GRACE", "", "e-user_name"), ("li", "short", "e-password")]
    {
        let form = [("user_name", name), ("role", "operator"), ("password", password)];
        let refused = app.browser.post("/users/new", &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(refused.text.contains(field), "{field}: {}", refused.text);
        assert!(refused.text.contains(&format!(r#"value="{name}""#)), "{}", refused.text);
        assert!(!refused.text.contains("short<") && !refused.text.contains(r#"value="short""#));
    }
    assert_eq!(app.store().count_users().await.unwrap(), 2);
}

#[tokio::test]
async fn roles_are_changed_and_a_second_editor_is_told() {
    let (app, other) = two().await;
    let shop =
        app.store().create_cluster(&Actor::command_line(), Name::parse("shop").unwrap()).await.unwrap();
    let path = format!("/users/{other}");
    let first = app.browser.get(&path).await;
    let (id, base_then) = (shop.to_string(), base(&first));
    let form =
        [("role", "none"), ("add_cluster", id.as_str()), ("add_role", "operator"), ("base", &base_then)];
    app.browser.post(&path, &form).await.leads_to(&path);
    let clusters = BTreeMap::from([(ClusterId(1), Role::Operator)]);
    assert_eq!(roles(&app, other).await, Roles { everywhere: None, clusters });
    assert!(app.browser.get(&path).await.text.contains("Operator of shop"), "says what happened");
    assert!(app.browser.get("/audit").await.text.contains(">Operator of shop<"), "and so does the log");

    let late = app.browser.post(&path, &[("role", "administrator"), ("base", &base_then)]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text.contains("“Operator of shop”"), "{}", late.text);
    assert!(late.text.contains(r#"value="administrator" checked"#), "what was chosen is kept: {}", late.text);
    let base_now = base(&late);
    app.browser.post(&path, &[("role", "administrator"), ("base", &base_now)]).await.leads_to(&path);
    assert_eq!(roles(&app, other).await, Roles::everywhere(Role::Administrator));
}

#[tokio::test]
async fn the_last_administrator_can_neither_go_nor_be_less() {
    let (app, other) = two().await;
    let own = app.store().user_by_name(USER).await.unwrap().unwrap().id;
    let path = format!("/users/{own}");
    let refused = app.browser.post(&path, &[("role", "viewer")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains("ada is the last administrator"), "{}", refused.text);
    for (action, form) in [("disabled", &[("disabled", "yes")][..]), ("delete", &[])] {
        app.browser.post(&format!("{path}/{action}"), form).await.leads_to(&path);
        let said = app.browser.get(&path).await.text;
        assert!(
            said.matches("ada is the last administrator").count() == 2,
            "told, and where it stands: {said}"
        );
    }
    app.browser.get(&format!("{path}/delete")).await.leads_to(&path);
    app.browser.get(&path).await;
    let alone = app.browser.get(&path).await.text;
    assert_eq!(alone.matches("ada is the last administrator").count(), 1, "{alone}");
    let offers = |page: &str, action: &str| page.contains(&format!("{path}/{action}\""));
    assert!(!offers(&alone, "disabled") && !offers(&alone, "delete"), "{alone}");
    assert!(app.browser.is_logged_in().await);
    app.store()
        .set_roles(&Actor::command_line(), other, &Roles::everywhere(Role::Administrator), None)
        .await
        .unwrap();
    let one_of_two = app.browser.get(&path).await.text;
    assert!(offers(&one_of_two, "disabled") && offers(&one_of_two, "delete"), "{one_of_two}");
    let asked = app.browser.get(&format!("{path}/delete")).await;
    assert!(asked.text.contains("It is your own account"), "{}", asked.text);
    app.browser.post(&format!("{path}/delete"), &[]).await.leads_to("/users");
    assert!(!app.browser.is_logged_in().await, "and with the account its sessions");
}

#[tokio::test]
async fn who_is_disabled_is_out_and_reads_why() {
    let (app, other) = two().await;
    let browser = log_in(&app, OTHER).await;
    app.browser
        .post(&format!("/users/{other}/disabled"), &[("disabled", "yes")])
        .await
        .leads_to(&format!("/users/{other}"));
    assert!(!browser.is_logged_in().await);
    let refused = browser.try_login(OTHER, PASSWORD).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("This account is disabled"), "{}", refused.text);
    let told = app.browser.get(&format!("/events?kind=log-in-failed&person={OTHER}")).await.text;
    assert!(told.contains("127.0.0.1"), "a try is told, with the right password, too: {told}");
    let guess = browser.try_login(OTHER, "a wrong password").await;
    assert!(!guess.text.contains("This account is disabled"), "nobody else learns it: {}", guess.text);
    app.browser.post(&format!("/users/{other}/disabled"), &[("disabled", "")]).await;
    browser.login(OTHER, PASSWORD).await;
}

#[tokio::test]
async fn an_administrator_sets_a_password_and_ends_sessions() {
    const NEW: &str = "another long password";
    let (app, other) = two().await;
    let path = format!("/users/{other}");
    let browsers = [log_in(&app, OTHER).await, log_in(&app, OTHER).await];
    let page = app.browser.get(&path).await;
    let action = revokes(&page).remove(0);
    app.browser.post(&action, &[]).await.leads_to(&path);
    assert!(app.browser.get(&path).await.text.contains("That session is over"));
    app.browser.post(&action, &[]).await.leads_to(&path);
    assert!(app.browser.get(&path).await.text.contains("was over already"));
    let mut left = 0;
    for browser in &browsers {
        left += usize::from(browser.is_logged_in().await);
    }
    assert_eq!(left, 1);
    let short = app.browser.post(&format!("{path}/password"), &[("password", "short")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.browser.post(&format!("{path}/password"), &[("password", NEW)]).await.leads_to(&path);
    let said = app.browser.get(&path).await.text;
    assert!(said.contains("Sessions ended: 1.") && !said.contains(NEW), "{said}");
    for browser in &browsers {
        assert!(!browser.is_logged_in().await);
    }
    app.another_browser().login(OTHER, NEW).await;

    // One's own only where the current one is asked for.
    let own = app.store().user_by_name(USER).await.unwrap().unwrap().id;
    let page = app.browser.get(&format!("/users/{own}")).await.text;
    assert!(!page.contains("name=\"password\"") && page.contains("under Account"), "{page}");
    app.browser.post(&format!("/users/{own}/password"), &[("password", NEW)]).await.leads_to("/account");
    app.another_browser().login(USER, PASSWORD).await;
}

#[tokio::test]
async fn ones_own_sessions_are_listed_and_ended_one_by_one_or_all() {
    let (app, _) = two().await;
    let [first, second, third] =
        [log_in(&app, OTHER).await, log_in(&app, OTHER).await, log_in(&app, OTHER).await];
    let page = first.get("/account").await;
    assert!(page.text.contains("this one") && page.text.contains("127.0.0.1"), "{}", page.text);
    let actions = revokes(&page);
    assert_eq!(actions.len(), 2, "not the one that looks: {}", page.text);
    // Another person's session is not one's own to end, whatever is posted.
    let own = app.store().user_by_name(USER).await.unwrap().unwrap().id;
    let foreign = app.state().sessions.of_user(own).await.unwrap().remove(0).id_hash;
    let foreign: String = foreign.iter().map(|byte| format!("{byte:02x}")).collect();
    first.post(&format!("/account/sessions/{foreign}/revoke"), &[]).await.leads_to("/account");
    assert!(app.browser.is_logged_in().await);
    assert_eq!(first.post("/account/sessions/xyz/revoke", &[]).await.status, StatusCode::NOT_FOUND);
    first.post(&actions[0], &[]).await.leads_to("/account");
    let left = [second.is_logged_in().await, third.is_logged_in().await];
    assert_eq!(left.iter().filter(|left| **left).count(), 1);
    first.post("/account/sessions/revoke", &[]).await.leads_to("/account");
    assert!(!second.is_logged_in().await && !third.is_logged_in().await && first.is_logged_in().await);
}

#[tokio::test]
async fn people_are_found_by_name_and_paged() {
    let app = TestApp::logged_in().await;
    for n in 0..120 {
        let name = Name::parse(&format!("person {n:03}")).unwrap();
        app.store().create_user(&Actor::command_line(), &name, "$x", &Roles::default()).await.unwrap();
    }
    let first = app.browser.get("/users").await.text;
    assert!(first.contains("1 to 100 of 121") && first.contains(r#"href="/users?page=2""#), "{first}");
    let last = app.browser.get("/users?page=2").await.text;
    assert!(last.contains("101 to 121 of 121") && last.contains("person 119"), "{last}");
    let found = app.browser.get("/users?q=SON+11").await.text;
    assert!(found.contains("person 117") && !found.contains("person 020"), "{found}");
    assert!(app.browser.get("/users?q=%3Cb%3E").await.text.contains("Nobody is called that"));
}
