//! Every route and action with every role, by the table of routes: what is declared is what is enforced.

use std::collections::BTreeMap;

use model::{ClusterId, DirectorId, MachineRole, Name, Role, Roles};
use reqwest::{Method, StatusCode};
use server::http::{Need, Route};
use server::store::Actor;

use crate::drawing::{add_service, draft};
use crate::support::{Answer, Browser, PASSWORD, TestApp};

/// A console with two clusters, a machine in each, and people of every kind, by name.
async fn peopled() -> (TestApp, [ClusterId; 2], [DirectorId; 2]) {
    let app = TestApp::start().await;
    let (own, its) = cluster(&app, "own").await;
    let (other, elsewhere) = cluster(&app, "other").await;
    let in_own = |role| Roles { everywhere: None, clusters: BTreeMap::from([(own, role)]) };
    let everybody = [
        ("nobody", Roles::default()),
        ("viewer", Roles::everywhere(Role::Viewer)),
        ("operator", Roles::everywhere(Role::Operator)),
        ("administrator", Roles::everywhere(Role::Administrator)),
        ("viewer of own", in_own(Role::Viewer)),
        ("operator of own", in_own(Role::Operator)),
        ("administrator of own", in_own(Role::Administrator)),
        ("viewer, operator of own", Roles { everywhere: Some(Role::Viewer), ..in_own(Role::Operator) }),
    ];
    for (name, roles) in &everybody {
        app.add_person(name, PASSWORD, roles).await;
    }
    (app, [own, other], [its, elsewhere])
}

async fn cluster(app: &TestApp, name: &str) -> (ClusterId, DirectorId) {
    let (actor, name) = (Actor::command_line(), Name::parse(name).unwrap());
    let cluster = app.store().create_cluster(&actor, name.clone()).await.unwrap();
    let machine = app.store().create_machine(&actor, cluster, name, MachineRole::Director).await.unwrap();
    (cluster, machine)
}

/// A path that a route answers: about this cluster or this machine, every other parameter 1.
fn filled(path: &str, cluster: ClusterId, machine: DirectorId) -> String {
    let id = if path.starts_with("/directors/") { machine.to_string() } else { cluster.to_string() };
    let parts = path.split('/').map(|part| match part {
        "{id}" => id.clone(),
        part if part.starts_with('{') => "1".to_owned(),
        part => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn ask(browser: &Browser, route: &Route, path: &str) -> StatusCode {
    let method = Method::from_bytes(route.method.as_str().as_bytes()).unwrap();
    let posts = method == Method::POST;
    let request = browser.request(method, path).header("sec-fetch-site", "same-origin");
    // An empty form, so that handlers run.
    let request = if posts { request.form::<[(&str, &str)]>(&[]) } else { request };
    // Streams have no end: the head of the answer is enough.
    request.send().await.unwrap().status()
}

/// What a route is about.
fn is_of_one_cluster(route: &Route) -> bool {
    route.path.starts_with("/clusters/{id}") || route.path.starts_with("/directors/{id}")
}

/// Routes that end what the walk goes with: an administrator of the console takes them after all others.
fn ends_the_walk(route: &Route) -> bool {
    route.method == Method::POST
        && (route.path == "/logout"
            || route.path == "/clusters/{id}/delete"
            || route.need == Need::Administrator)
}

#[tokio::test]
async fn every_route_is_open_to_those_that_it_names_and_to_nobody_else() {
    let (app, clusters, machines) = peopled().await;
    let routes = server::http::routes();
    for person in app.store().people().await.unwrap() {
        let browser = app.another_browser();
        browser.login(&person.name, PASSWORD).await;
        for route in routes.table() {
            // What belongs to no cluster is asked for once.
            let places = if is_of_one_cluster(route) { 2 } else { 1 };
            for (cluster, machine) in clusters.into_iter().zip(machines).take(places) {
                let about = is_of_one_cluster(route).then_some(cluster);
                let may = route.need.role().is_none_or(|role| person.roles.may(role, about));
                if may && ends_the_walk(route) {
                    continue;
                }
                let path = filled(route.path, cluster, machine);
                let status = ask(&browser, route, &path).await;
                let who = format!("{} ({}): {} {path}", person.name, person.roles, route.method);
                // What the handlers of such routes refuse by themselves has tests of its own.
                if route.need.role().is_some() {
                    assert_eq!(status == StatusCode::FORBIDDEN, !may, "{who} answered {status}");
                }
                assert_ne!(status, StatusCode::UNAUTHORIZED, "{who}");
                assert!(!status.is_server_error(), "{who} answered {status}");
            }
        }
    }
    let browser = app.another_browser();
    browser.login("administrator", PASSWORD).await;
    let mut last: Vec<&Route> = routes.table().iter().filter(|route| ends_the_walk(route)).collect();
    last.sort_by_key(|route| (route.path == "/logout", route.path.ends_with("/delete")));
    for route in last {
        let path = filled(route.path, clusters[1], machines[1]);
        let status = ask(&browser, route, &path).await;
        let refused = [StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED].contains(&status);
        assert!(!refused && !status.is_server_error(), "{} {path} answered {status}", route.method);
    }
}

#[tokio::test]
async fn what_is_posted_needs_an_operator_unless_the_list_here_says_otherwise() {
    let routes = server::http::routes();
    let open = routes.table().iter().filter(|route| route.method == Method::POST);
    let open = open.filter(|route| route.need.role().is_none_or(|role| role < Role::Operator));
    let mut open: Vec<_> = open.map(|route| (route.path, route.need)).collect();
    open.sort_by_key(|(path, _)| *path);
    assert_eq!(
        open,
        [
            ("/account", Need::Own),
            ("/account/sessions/revoke", Need::Own),
            ("/account/sessions/{session}/revoke", Need::Own),
            // The handler asks for an operator of the cluster that the form names.
            ("/directors/new", Need::Session),
            ("/login", Need::Nothing),
            ("/logout", Need::Own),
            ("/preferences", Need::Nothing),
            ("/setup", Need::Nothing),
        ]
    );
}

#[tokio::test]
async fn nothing_is_copied_from_a_cluster_that_one_may_not_see() {
    let (app, [own, other], _) = peopled().await;
    app.browser.login("administrator", PASSWORD).await;
    let secret = add_service(&app, other, "secret", "192.0.2.7").await;
    let copied = [
        ("from", other.to_string()),
        ("service", secret.to_string()),
        ("name", "stolen".to_owned()),
        ("address", "192.0.2.8".to_owned()),
        ("ports", "80".to_owned()),
        ("active", "on".to_owned()),
    ];
    let copied = copied.each_ref().map(|(name, value)| (*name, value.as_str()));
    for (name, sees) in [("administrator of own", false), ("viewer, operator of own", true)] {
        let browser = app.another_browser();
        browser.login(name, PASSWORD).await;
        let question = browser.get(&format!("/clusters/{other}/services/{secret}/copy?to={own}")).await;
        assert_eq!(question.status.is_success(), sees, "{name}");
        let answer = browser.post(&format!("/clusters/{own}/services/copy"), &copied).await;
        assert_eq!(answer.status == StatusCode::SEE_OTHER, sees, "{name}: {}", answer.status);
        assert_eq!(draft(&app, own).await.services().len(), usize::from(sees), "{name}");
    }
}

#[tokio::test]
async fn lists_show_what_ones_roles_reach() {
    let (app, [own, other], [its, elsewhere]) = peopled().await;
    for (name, sees_own, sees_other) in [
        ("nobody", false, false),
        ("viewer", true, true),
        ("viewer of own", true, false),
        ("administrator of own", true, false),
        ("administrator", true, true),
    ] {
        let browser = app.another_browser();
        browser.login(name, PASSWORD).await;
        for path in ["/clusters", "/directors", "/account", "/search?q=o&list=1", "/nowhere"] {
            let page = browser.get(path).await.text;
            for (cluster, sees) in [(own, sees_own), (other, sees_other)] {
                assert_eq!(
                    page.contains(&format!("/clusters/{cluster}/")),
                    sees,
                    "{name}: {path} of {cluster}"
                );
            }
        }
        let page = browser.get("/directors").await.text;
        for (machine, sees) in [(its, sees_own), (elsewhere, sees_other)] {
            assert_eq!(page.contains(&format!("/directors/{machine}\"")), sees, "{name}: {machine}");
        }
    }
}

#[tokio::test]
async fn machines_are_added_by_operators_of_their_cluster() {
    let (app, [own, other], _) = peopled().await;
    for (name, to_own, to_other) in [
        ("nobody", false, false),
        ("viewer", false, false),
        ("viewer of own", false, false),
        ("operator of own", true, false),
        ("viewer, operator of own", true, false),
        ("operator", true, true),
    ] {
        let browser = app.another_browser();
        browser.login(name, PASSWORD).await;
        for (cluster, may) in [(own, to_own), (other, to_other)] {
            let form = [
                ("name", &*format!("{name} {cluster}")),
                ("cluster", &cluster.to_string()),
                ("role", "director"),
            ];
            let answer = browser.post("/directors/new", &form).await;
            assert_eq!(answer.status == StatusCode::SEE_OTHER, may, "{name}: {cluster} {}", answer.status);
            assert_eq!(answer.status == StatusCode::FORBIDDEN, !may, "{name}: {cluster} {}", answer.status);
        }
        let page = browser.get("/directors/new").await;
        assert_eq!(page.status == StatusCode::FORBIDDEN, !to_own, "{name}");
        assert_eq!(page.text.contains(r#"<option value="2""#), to_other, "{name} chooses among own clusters");
    }
}

#[tokio::test]
async fn a_refusal_says_which_role_is_missing_and_who_can_give_it() {
    let (app, [own, other], _) = peopled().await;
    let browser = app.another_browser();
    browser.login("viewer of own", PASSWORD).await;
    let refused = browser.post(&format!("/clusters/{own}/start"), &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    for said in ["“Operator” for this cluster", "Yours is “Viewer”", "ada, administrator"] {
        assert!(refused.text.contains(said), "{said}: {}", refused.text);
    }
    let refused = browser.get(&format!("/clusters/{other}/control")).await;
    for said in ["“Viewer” for this cluster", "You have none here"] {
        assert!(refused.text.contains(said), "{said}: {}", refused.text);
    }
    assert!(!refused.text.contains(">other<"), "the name of what one may not see");
    let refused = browser.get("/clusters/new").await;
    assert!(refused.text.contains("“Operator” for the whole console"), "{}", refused.text);
    let gone = browser.get("/clusters/4000000000/control").await;
    assert_eq!(gone.status, StatusCode::FORBIDDEN, "whether a cluster is there is for those who may see it");
}

#[tokio::test]
async fn who_may_only_look_is_offered_nothing_else() {
    let (app, [own, _], _) = peopled().await;
    let browser = app.another_browser();
    browser.login("viewer of own", PASSWORD).await;
    let form = browser.get(&format!("/clusters/{own}/services/new")).await;
    assert_eq!(form.status, StatusCode::OK);
    assert!(form.text.contains("You may look, not change"), "{}", form.text);
    let (_, main) = form.text.split_once("<main").unwrap();
    assert!(!main.contains(r#"type="submit""#), "{main}");
    let clusters = browser.get("/clusters").await.text;
    assert!(!clusters.contains("/clusters/new") && !clusters.contains(r#"href="/users""#), "{clusters}");
    let rename = format!("/clusters/{own}/edit\"");
    assert!(!clusters.contains(&rename), "{clusters}");
    assert_eq!(browser.get(&format!("/clusters/{own}/stop")).await.status, StatusCode::FORBIDDEN);
    browser.login("operator of own", PASSWORD).await;
    assert!(browser.get("/clusters").await.text.contains(&rename));
    let form = browser.get(&format!("/clusters/{own}/services/new")).await.text;
    assert!(form.contains(r#"type="submit""#) && !form.contains("You may look"), "{form}");
    let edit = browser.get(&format!("/clusters/{own}/edit")).await.text;
    assert!(!edit.contains("/delete"), "deleting is the administrators': {edit}");
}

#[tokio::test]
async fn an_administrator_of_one_cluster_deletes_that_one_and_no_other() {
    let (app, [own, other], _) = peopled().await;
    let browser = app.another_browser();
    browser.login("administrator of own", PASSWORD).await;
    let delete = |id| format!("/clusters/{id}/delete");
    // Whether it is there at all is told to nobody who may not see it.
    assert_eq!(browser.post(&delete(other), &[]).await.status, StatusCode::FORBIDDEN);
    browser.post(&delete(own), &[]).await.leads_to("/clusters");
    let left: Vec<_> = app.store().clusters().await.unwrap().into_iter().map(|cluster| cluster.id).collect();
    assert_eq!(left, [other]);
}

#[tokio::test]
async fn what_a_form_answered_is_loaded_anew_where_it_stood() {
    let (app, [own, _], _) = peopled().await;
    app.browser.login("administrator", PASSWORD).await;
    let user = app.store().user_by_name("viewer of own").await.unwrap().unwrap().id;
    for (posted, stood) in [
        (format!("/clusters/{own}/apply"), format!("/clusters/{own}/changes")),
        (format!("/clusters/{own}/revert"), format!("/clusters/{own}/changes")),
        (format!("/clusters/{own}/services/bulk"), format!("/clusters/{own}/services")),
        (format!("/clusters/{own}/services/copy"), format!("/clusters/{own}/services")),
        ("/settings/retention".to_owned(), "/settings".to_owned()),
        ("/settings/certificate".to_owned(), "/settings".to_owned()),
        (format!("/users/{user}/password"), format!("/users/{user}")),
    ] {
        app.browser.get(&posted).await.leads_to(&stood);
    }
}

#[tokio::test]
async fn a_role_that_is_taken_away_is_gone_at_the_next_request_and_event() {
    let (app, [own, _], _) = peopled().await;
    let browser = app.another_browser();
    browser.login("viewer of own", PASSWORD).await;
    let mut stream = browser
        .request(Method::GET, &format!("/clusters/{own}/control/stream"))
        .header("accept", "text/event-stream")
        .send()
        .await
        .unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    let user = app.store().user_by_name("viewer of own").await.unwrap().unwrap().id;
    app.store().set_roles(&Actor::command_line(), user, &Roles::default(), None).await.unwrap();
    let mut said = String::new();
    let end = async {
        while let Some(chunk) = stream.chunk().await.unwrap() {
            said.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(15), end).await.expect("the stream ends");
    assert!(said.contains("event: end"), "{said}");
    let page = browser.get(&format!("/clusters/{own}/control")).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let again = Answer::read(
        browser
            .request(Method::GET, &format!("/clusters/{own}/control/stream"))
            .header("accept", "text/event-stream")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::FORBIDDEN, ""));
}
