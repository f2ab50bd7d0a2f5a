use reqwest::Method;

use crate::support::{Answer, TestApp};

#[tokio::test]
async fn language_and_theme_are_remembered_without_a_login() {
    let app = TestApp::start().await;
    app.browser.post("/preferences", &[("lang", "zh"), ("back", "/login")]).await.leads_to("/login");
    app.browser.post("/preferences", &[("theme", "dark"), ("back", "/login")]).await.leads_to("/login");
    let page = app.browser.get("/login").await.text;
    assert!(page.contains(r#"lang="zh-CN""#) && page.contains(r#"data-theme="dark""#), "{page}");
    assert!(page.contains("登录"), "{page}");
}

#[tokio::test]
async fn without_a_choice_the_browser_decides() {
    let app = TestApp::start().await;
    for (accept, lang) in
        [("zh-CN,zh;q=0.9", "zh-CN"), ("de,en;q=0.5", "en"), ("en;q=0.1,zh;q=0.8", "zh-CN"), ("", "en")]
    {
        let request = app.another_browser().request(Method::GET, "/login").header("accept-language", accept);
        let page = Answer::read(request.send().await.unwrap()).await.text;
        assert!(page.contains(&format!(r#"lang="{lang}""#)), "{accept}");
    }
}

#[tokio::test]
async fn the_way_back_is_one_of_our_own() {
    let app = TestApp::start().await;
    for back in ["https://evil.example/", "//evil.example", "/\\evil.example", ""] {
        app.browser.post("/preferences", &[("theme", "dark"), ("back", back)]).await.leads_to("/clusters");
    }
    let odd =
        app.browser.post("/preferences", &[("lang", "tlh"), ("theme", "<script>"), ("back", "/login")]).await;
    odd.leads_to("/login");
    assert!(!odd.header("set-cookie").contains("script"));
}
