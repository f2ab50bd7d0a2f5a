use reqwest::{Method, StatusCode};
use server::http::{Need, Route};

use crate::support::{Answer, TestApp};

/// Every route that answers without a session.
fn public() -> Vec<Route> {
    let routes = server::http::routes();
    routes.table().iter().filter(|route| route.need == Need::Nothing).cloned().collect()
}

/// A path that a route answers: its parameters filled in.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn without_a_session_no_route_answers_but_the_public_ones() {
    let app = TestApp::start().await;
    let routes = server::http::routes();
    assert!(routes.table().len() > 8, "{:?}", routes.table());
    for route in routes.table() {
        let method = Method::from_bytes(route.method.as_str().as_bytes()).unwrap();
        let path = filled(route.path);
        let answer =
            Answer::read(app.another_browser().request(method.clone(), &path).send().await.unwrap()).await;
        if route.need == Need::Nothing {
            let shut_out =
                answer.status == StatusCode::UNAUTHORIZED || answer.location().starts_with("/login");
            // With an account there is no first run, and its page leads on.
            assert!(!shut_out || path == "/setup", "{method} {path} is public");
        } else if method == Method::GET {
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{method} {path}");
            assert!(answer.location().starts_with("/login"), "{method} {path}: {}", answer.location());
        } else {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        }
        assert!(answer.headers.get("set-cookie").is_none() || path == "/preferences", "{method} {path}");
    }
    assert!(app.audited().await.iter().all(|action| action == "user.create"), "nothing was written");
}

#[tokio::test]
async fn the_list_of_public_routes_is_short() {
    let public = public();
    let mut public: Vec<_> = public.iter().map(|route| (route.method.as_str(), route.path)).collect();
    public.sort_unstable();
    assert_eq!(
        public,
        [
            ("GET", "/assets/{*file}"),
            ("GET", "/healthz"),
            ("GET", "/login"),
            ("GET", "/setup"),
            ("POST", "/login"),
            ("POST", "/preferences"),
            ("POST", "/setup"),
        ]
    );
}

#[tokio::test]
async fn an_unknown_path_is_no_way_in() {
    let app = TestApp::start().await;
    for path in ["/nowhere", "/login/x", "/assets", "/healthz/", "/clusters/../login", "//login", "/LOGIN"] {
        let answer = app.another_browser().get(path).await;
        let shut_out = answer.status == StatusCode::SEE_OTHER && answer.location().starts_with("/login");
        // The client itself resolves `..`: that path is the login.
        assert!(shut_out || path.contains(".."), "{path}: {}", answer.status);
    }
}

#[tokio::test]
async fn with_a_session_unknown_objects_are_not_found() {
    let app = TestApp::logged_in().await;
    for route in server::http::routes().table() {
        if route.method != Method::GET || !route.path.contains('{') {
            continue;
        }
        let path = route.path.split('/').map(|part| if part.starts_with('{') { "4000000000" } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        let mut answer = app.browser.get(&path).await;
        if answer.status == StatusCode::SEE_OTHER {
            answer = app.browser.get(answer.location()).await;
        }
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn liveness_says_no_more_than_ok() {
    let app = TestApp::start().await;
    let answer = app.another_browser().get("/healthz").await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, "ok\n"));
}
