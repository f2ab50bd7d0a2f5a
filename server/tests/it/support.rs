//! `TestApp`: the whole console on free ports, with its own data directory, a clock of its own, and a browser.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use model::{Name, Role, Roles};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, StatusCode};
use server::clock::Clock;
use server::config::{Config, Proxies, Tls};
use server::console::Console;
use server::http::AppState;
use server::store::{Actor, Store, UserId};
use tempfile::TempDir;

pub(crate) const USER: &str = "ada";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A running console.
pub(crate) struct TestApp {
    console: Console,
    directory: TempDir,
    now_ms: Arc<AtomicI64>,
    pub(crate) browser: Browser,
}

/// A browser with its cookies. It follows no redirects: tests look at them.
#[derive(Clone)]
pub(crate) struct Browser {
    client: Client,
    base: String,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl TestApp {
    /// A console with one user.
    pub(crate) async fn start() -> Self {
        let app = Self::without_users().await;
        app.add_user(USER, PASSWORD).await;
        app
    }

    /// A console that somebody has logged in to.
    pub(crate) async fn logged_in() -> Self {
        let app = Self::start().await;
        app.browser.login(USER, PASSWORD).await;
        app
    }

    /// A console nobody can log in to.
    pub(crate) async fn without_users() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same, configured otherwise.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        write_site(&directory.path().join("site"));
        let mut config = config(directory.path());
        change(&mut config);
        Self::start_in(directory, config, Arc::new(AtomicI64::new(server::clock::now_ms()))).await
    }

    /// The same console after a restart, on the same data; the browser keeps its cookies.
    pub(crate) async fn restart(self) -> Self {
        let Self { console, directory, now_ms, browser } = self;
        console.shut_down().await;
        let config = config(directory.path());
        let mut app = Self::start_in(directory, config, now_ms).await;
        app.browser = browser.at(&app.browser.base);
        app
    }

    async fn start_in(directory: TempDir, config: Config, now_ms: Arc<AtomicI64>) -> Self {
        let clock = {
            let now_ms = Arc::clone(&now_ms);
            Clock::from_fn(move || now_ms.load(Ordering::SeqCst))
        };
        let console = Console::start(config, clock).await.unwrap();
        let browser = Browser::new(&console.url());
        Self { console, directory, now_ms, browser }
    }

    /// Makes an administrator.
    pub(crate) async fn add_user(&self, name: &str, password: &str) -> UserId {
        self.add_person(name, password, &Roles::everywhere(Role::Administrator)).await
    }

    /// Makes a user with these roles.
    pub(crate) async fn add_person(&self, name: &str, password: &str, roles: &Roles) -> UserId {
        let hash = self.state().auth.hash(password).await.unwrap();
        let (actor, name) = (Actor::command_line(), Name::parse(name).unwrap());
        self.store().create_user(&actor, &name, &hash, roles).await.unwrap()
    }

    /// Another browser, with no cookies.
    pub(crate) fn another_browser(&self) -> Browser {
        Browser::new(&self.console.url())
    }

    /// Another browser, at another address of the loopback network.
    pub(crate) fn browser_at(&self, address: &str) -> Browser {
        Browser::with(&self.console.url(), |client| client.local_address(Some(address.parse().unwrap())))
    }

    pub(crate) fn state(&self) -> &AppState {
        self.console.state()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.state().store
    }

    /// Where browsers connect.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.console.pages()
    }

    /// Where agents connect.
    pub(crate) fn fleet_address(&self) -> std::net::SocketAddr {
        self.console.fleet()
    }

    /// Lets time pass for everything that has this console's clock: sessions, delays.
    pub(crate) fn pass_ms(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Every action in the audit log, the oldest first.
    pub(crate) async fn audited(&self) -> Vec<String> {
        let mut entries = self.store().audit(1_000, None).await.unwrap();
        entries.reverse();
        entries.into_iter().map(|entry| entry.action).collect()
    }
}

impl Browser {
    /// A browser for the console at `base`.
    pub(crate) fn new(base: &str) -> Self {
        Self::with(base, |client| client)
    }

    /// One that differs from others.
    pub(crate) fn with(base: &str, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        let client = Client::builder().cookie_store(true).redirect(Policy::none());
        Self { client: change(client).build().unwrap(), base: base.to_owned() }
    }

    /// The same browser, with its cookies, at another address.
    pub(crate) fn at(&self, base: &str) -> Self {
        Self { client: self.client.clone(), base: base.to_owned() }
    }

    /// Posts a form; `None` where the console does not answer.
    pub(crate) async fn try_post(&self, path: &str, fields: &[(&str, &str)]) -> Option<StatusCode> {
        let response = self.request(reqwest::Method::POST, path).form(fields).send().await.ok()?;
        Some(response.status())
    }

    /// A request as a test wants it.
    pub(crate) fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::read(self.request(reqwest::Method::GET, path).send().await.unwrap()).await
    }

    /// Posts a form as a page of the console would.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request =
            self.request(reqwest::Method::POST, path).header("sec-fetch-site", "same-origin").form(fields);
        Answer::read(request.send().await.unwrap()).await
    }

    /// Logs in and expects to succeed.
    pub(crate) async fn login(&self, name: &str, password: &str) {
        let answer = self.try_login(name, password).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    }

    pub(crate) async fn try_login(&self, name: &str, password: &str) -> Answer {
        self.post("/login", &[("name", name), ("password", password)]).await
    }

    /// Whether a page that needs a session is shown.
    pub(crate) async fn is_logged_in(&self) -> bool {
        self.get("/account").await.status == StatusCode::OK
    }
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap_or_default() }
    }

    /// What the page says, without its elements.
    pub(crate) fn words(&self) -> String {
        let mut words = String::new();
        for part in self.text.split('<') {
            words.push_str(part.split_once('>').map_or(part, |(_, text)| text));
        }
        words
    }

    /// A header's text; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    /// Expects a redirect after a form that was taken.
    #[track_caller]
    pub(crate) fn leads_to(&self, path: &str) {
        assert_eq!((self.status, self.location()), (StatusCode::SEE_OTHER, path), "{}", self.text);
    }
}

/// A configuration for a console below `directory`.
pub(crate) fn config(directory: &Path) -> Config {
    let free = "127.0.0.1:0".parse().unwrap();
    Config {
        data: directory.join("data"),
        listen: free,
        fleet: free,
        site: directory.join("site"),
        tls: Tls::Off,
        allow_plain_http: false,
        proxies: Proxies::default(),
    }
}

/// What `cargo xtask web` would leave, in small. The compressed files are no compressed ones: they tell which was served.
pub(crate) fn write_site(site: &Path) -> PathBuf {
    std::fs::create_dir_all(site).unwrap();
    let mut files = BTreeMap::new();
    for (name, file) in [
        ("app.js", "app.0123456789abcdef.js"),
        ("app.wasm", "app.00000000000000aa.wasm"),
        ("app.css", "app.00000000000000bb.css"),
    ] {
        std::fs::write(site.join(file), format!("plain {name}")).unwrap();
        std::fs::write(site.join(format!("{file}.gz")), format!("gzip {name}")).unwrap();
        std::fs::write(site.join(format!("{file}.br")), format!("brotli {name}")).unwrap();
        files.insert(
            name,
            serde_json::json!({"file": file, "bytes": 1, "gzip": 1, "brotli": 1, "integrity": "sha384-x"}),
        );
    }
    let manifest = serde_json::json!({"stamp": "test", "files": files});
    std::fs::write(site.join("manifest.json"), manifest.to_string()).unwrap();
    site.to_owned()
}
