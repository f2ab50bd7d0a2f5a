use model::Name;
use reqwest::{Method, StatusCode};

use crate::drawing::{Fields, add_service, apply, chinese, post_chinese, shop, shop_with_web, submit};
use crate::support::{Answer, TestApp};

/// Posts the import's form as a browser does; an empty file name is a file that was not chosen.
pub(crate) async fn import(app: &TestApp, parts: &[(&str, Option<&str>, &[u8])]) -> Answer {
    const BOUNDARY: &str = "----arapaima-test";
    let mut body = Vec::new();
    for (name, file, value) in parts {
        let file =
            file.map(|file| format!("; filename=\"{file}\"\r\nContent-Type: text/plain")).unwrap_or_default();
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(value);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    let request =
        app.browser.request(Method::POST, "/clusters/import").header("sec-fetch-site", "same-origin");
    let content = format!("multipart/form-data; boundary={BOUNDARY}");
    Answer::read(request.header("content-type", content).body(body).send().await.unwrap()).await
}

const GUIDE: &str = "serial_no = 9\nprimary = 192.0.2.1\nservice = lvs\nnetwork = nat\nactive_cmd = \"/bin/page-me\"\n\
    virtual web {\n  active = 1\n  address = 192.0.2.80 eth0:1\n  port = 80\n  scheduler = wlc\n  protocol = tcp\n\
      server real1 {\n    address = 10.0.0.1\n    active = 1\n    weight = 2\n  }\n}\n";

#[tokio::test]
async fn an_empty_console_says_what_to_do() {
    let app = TestApp::logged_in().await;
    let page = app.browser.get("/clusters").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("No cluster yet") && page.text.contains("/clusters/import"), "{}", page.text);
    let page = chinese(&app.browser, "/clusters").await;
    assert!(page.text.contains("还没有集群") && !page.text.contains("No cluster yet"), "{}", page.text);
}

#[tokio::test]
async fn a_cluster_is_made_and_listed() {
    let app = TestApp::logged_in().await;
    let answer = submit(&app.browser, "/clusters/new", &[("cluster_name", " 网店 一 ")]).await;
    answer.leads_to("/clusters/1/services");
    let page = app.browser.get("/clusters/1/services").await;
    assert!(page.text.contains("Created cluster 网店 一."), "{}", page.text);
    let list = app.browser.get("/clusters").await;
    assert!(list.text.contains("网店 一") && list.text.contains("Never applied"), "{}", list.text);
    app.browser.get("/clusters/1").await.leads_to("/clusters/1/control");
}

#[tokio::test]
async fn a_bad_name_comes_back_with_what_was_typed() {
    let app = TestApp::logged_in().await;
    shop(&app).await;
    let long = "x".repeat(65);
    for (typed, said) in
        [("", "A value is missing"), (&long, "Longer than 64"), ("shop", "This name is taken")]
    {
        let answer = submit(&app.browser, "/clusters/new", &[("cluster_name", typed)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            answer.text.contains(said) && answer.text.contains(&format!("value=\"{typed}\"")),
            "{}",
            answer.text
        );
    }
    let answer = post_chinese(&app.browser, "/clusters/new", &[("cluster_name", "")]).await;
    assert!(answer.text.contains("缺少内容：请填写。"), "{}", answer.text);
    assert_eq!(app.store().clusters().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_import_is_shown_before_it_is_saved() {
    let app = TestApp::logged_in().await;
    let file = ("file", Some("lvs.cf"), GUIDE.as_bytes());
    let review = import(&app, &[("cluster_name", None, b"old"), file, ("text", None, b"")]).await;
    assert_eq!(review.status, StatusCode::OK, "{}", review.text);
    assert!(review.text.contains("Not taken over (2)"), "{}", review.text);
    assert!(review.text.contains("Commands are never taken from a file."), "{}", review.text);
    assert_eq!(app.store().clusters().await.unwrap(), []);

    let fields = Fields::of(&review, "/clusters/import");
    let (name, source) = (fields.get("cluster_name"), fields.get("source"));
    let parts =
        [("cluster_name", None, name.as_bytes()), ("source", None, source.as_bytes()), ("save", None, b"1")];
    import(&app, &parts).await.leads_to("/clusters/1/services");
    let page = app.browser.get("/clusters/1/services").await;
    assert!(page.text.contains("Imported old as a draft with 1 virtual server."), "{}", page.text);
    assert!(page.text.contains("192.0.2.80") && page.text.contains("eth0:1"), "{}", page.text);
    assert!(app.audited().await.contains(&"cluster.import".to_owned()));
    // The same form twice: the name is taken, nothing is made.
    assert_eq!(import(&app, &parts).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.store().clusters().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_faulty_file_is_refused_with_its_line_and_a_caret() {
    let app = TestApp::logged_in().await;
    let text = GUIDE.replace("scheduler = wlc", "scheduler = best");
    let none = ("file", Some(""), b"".as_slice());
    let answer = import(&app, &[("cluster_name", None, b""), none, ("text", None, text.as_bytes())]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let shown = answer.text.replace("<!>", "");
    assert!(shown.contains("Line 10, column 15"), "{shown}");
    assert!(
        shown.contains("10 |   scheduler = <mark>best</mark>") && shown.contains("^^^^</span>"),
        "{shown}"
    );
    assert!(shown.contains("A value is missing"), "the name too: {shown}");
    assert!(shown.contains("scheduler = best\n"), "what was pasted is kept: {shown}");
}

#[tokio::test]
async fn nothing_and_too_much_are_refused() {
    let app = TestApp::logged_in().await;
    let none = ("file", Some(""), b"".as_slice());
    let answer = import(&app, &[("cluster_name", None, b"a"), none, ("text", None, b" \r\n")]).await;
    assert!(answer.text.contains("Choose a file or paste its text."), "{}", answer.text);
    for size in [2 * 1024 * 1024 + 1, 3 * 1024 * 1024] {
        let large = vec![b'#'; size];
        let answer = import(&app, &[("cluster_name", None, b"a"), ("file", Some("lvs.cf"), &large)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains("larger than 2 MB"), "{}", answer.text);
    }
    assert_eq!(app.store().clusters().await.unwrap(), []);
}

#[tokio::test]
async fn a_file_that_is_far_too_large_costs_nobody_the_name() {
    let app = TestApp::logged_in().await;
    let large = vec![b'#'; 20 * 1024 * 1024];
    let parts = [("file", Some("lvs.cf"), &large[..]), ("text", None, b""), ("cluster_name", None, b"shop")];
    let answer = import(&app, &parts).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("larger than 2 MB"), "{}", answer.text);
    assert!(answer.text.contains("value=\"shop\""), "{}", answer.text);
}

#[tokio::test]
async fn a_pasted_file_without_losses_says_so() {
    let app = TestApp::logged_in().await;
    let text = "primary = 192.0.2.1\r\nservice = lvs\r\n";
    let answer = import(&app, &[("cluster_name", None, b"tiny"), ("text", None, text.as_bytes())]).await;
    assert!(answer.text.contains("Everything in the file was taken over as it is."), "{}", answer.text);
}

#[tokio::test]
async fn a_cluster_is_renamed_in_its_draft() {
    let app = TestApp::logged_in().await;
    let id = shop(&app).await;
    let path = format!("/clusters/{id}/edit");
    submit(&app.browser, &path, &[("cluster_name", "store")]).await.leads_to(&path);
    let page = app.browser.get(&path).await;
    assert!(page.text.contains("Renamed to store in the draft."), "{}", page.text);
    let answer = submit(&app.browser, &path, &[("cluster_name", "\u{202e}")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.store().summary(id).await.unwrap().name, Name::parse("store").unwrap());
}

#[tokio::test]
async fn deleting_a_running_cluster_names_what_is_lost() {
    let app = TestApp::logged_in().await;
    let (id, _) = shop_with_web(&app).await;
    apply(&app, id).await;
    let path = format!("/clusters/{id}/delete");
    let page = app.browser.get(&path).await;
    assert!(
        page.text.contains("The cluster is running.") && page.text.contains("1 virtual server is lost"),
        "{}",
        page.text
    );
    assert!(page.text.contains("Delete cluster shop</span>"), "the button repeats the verb: {}", page.text);
    app.browser.post(&path, &[]).await.leads_to("/clusters");
    app.browser.post(&path, &[]).await.leads_to("/clusters");
    assert_eq!(app.store().clusters().await.unwrap(), []);
    assert_eq!(app.browser.get(&format!("/clusters/{id}/services")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_cluster_with_several_services_goes_only_with_their_number() {
    let app = TestApp::logged_in().await;
    let (id, _) = shop_with_web(&app).await;
    add_service(&app, id, "mail", "192.0.2.25").await;
    let path = format!("/clusters/{id}/delete");
    assert!(app.browser.get(&path).await.text.contains("Type 2 to confirm"));
    let refused = app.browser.post(&path, &[("confirm", "3")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.store().clusters().await.unwrap().len(), 1);
    app.browser.post(&path, &[("confirm", " 2 ")]).await.leads_to("/clusters");
    assert_eq!(app.store().clusters().await.unwrap(), []);
}

#[tokio::test]
async fn a_cluster_that_moved_since_the_question_is_asked_about_again() {
    let app = TestApp::logged_in().await;
    let (id, _) = shop_with_web(&app).await;
    let path = format!("/clusters/{id}/delete");
    let page = app.browser.get(&path).await.text;
    let seen = page.split(r#"name="seen" value=""#).nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    apply(&app, id).await;
    app.browser.post(&path, &[("seen", seen)]).await.leads_to(&path);
    assert_eq!(app.store().clusters().await.unwrap().len(), 1);
    let again = app.browser.get(&path).await.text;
    assert!(again.contains("Somebody else has changed it since you were asked."), "{again}");
    submit(&app.browser, &path, &[]).await.leads_to("/clusters");
    assert_eq!(app.store().clusters().await.unwrap(), []);
}
