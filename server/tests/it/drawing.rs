//! What the tests of an operator's pages share: clusters to begin with, forms as pages have them.

use std::collections::BTreeMap;

use model::{Cluster, ClusterId, DestinationId, Name, ServiceId};
use reqwest::{Method, StatusCode};

use crate::support::{Answer, Browser, TestApp};

/// A form's fields, of which a test changes some.
#[derive(Clone)]
pub(crate) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// The fields of the first form on a page that posts to `action`, as a browser would send them untouched.
    #[track_caller]
    pub(crate) fn of(page: &Answer, action: &str) -> Self {
        let marker = format!("action=\"{action}\"");
        let found = page.text.split("<form").find(|part| part.contains(&marker));
        let form = found.unwrap_or_else(|| panic!("no form to {action}: {}", page.text));
        let form = form.split("</form>").next().unwrap_or_default();
        let mut fields = BTreeMap::new();
        for input in form.split("<input").skip(1) {
            let tag = input.split('>').next().unwrap_or_default();
            let is_box = matches!(attribute(tag, "type").as_deref(), Some("checkbox" | "radio"));
            let ticked = tag.split(' ').any(|word| word == "checked" || word.starts_with("checked="));
            if let (Some(name), true) = (attribute(tag, "name"), !is_box || ticked) {
                fields.insert(name, attribute(tag, "value").unwrap_or_default());
            }
        }
        for area in form.split("<textarea").skip(1) {
            let (tag, rest) = area.split_once('>').unwrap_or_default();
            // A browser drops the first line break.
            let text = rest.split("</textarea>").next().unwrap_or_default().trim_start_matches('\n');
            fields.insert(attribute(tag, "name").unwrap_or_default(), plain(text));
        }
        for select in form.split("<select").skip(1) {
            let name = attribute(select.split('>').next().unwrap_or_default(), "name").unwrap_or_default();
            let options = select.split("</select>").next().unwrap_or_default().split("<option").skip(1);
            let chosen = options
                .clone()
                .find(|option| option.split('>').next().unwrap_or_default().contains("selected"));
            let chosen = chosen.or_else(|| options.clone().next()).unwrap_or_default();
            fields.insert(
                name,
                attribute(chosen.split('>').next().unwrap_or_default(), "value").unwrap_or_default(),
            );
        }
        Self(fields)
    }

    /// With another value.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    /// With a box not ticked.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    #[track_caller]
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| panic!("no field {name} in {:?}", self.0))
    }

    pub(crate) async fn post(&self, browser: &Browser, path: &str) -> Answer {
        browser.post(path, &self.pairs()).await
    }

    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

/// An attribute's value, unescaped.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let value = rest.split('"').next()?;
    Some(plain(value))
}

/// Text without escapes.
fn plain(text: &str) -> String {
    let plain = text.replace("&quot;", "\"").replace("&#x27;", "'").replace("&lt;", "<").replace("&gt;", ">");
    plain.replace("&amp;", "&")
}

/// Fetches a form and posts it with some fields changed.
pub(crate) async fn submit(browser: &Browser, path: &str, changed: &[(&str, &str)]) -> Answer {
    let page = browser.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
    let fields =
        changed.iter().fold(Fields::of(&page, path), |fields, (name, value)| fields.with(name, value));
    fields.post(browser, path).await
}

/// A page in Chinese.
pub(crate) async fn chinese(browser: &Browser, path: &str) -> Answer {
    let request = browser.request(Method::GET, path).header("accept-language", "zh-CN,zh;q=0.9");
    Answer::read(request.send().await.unwrap()).await
}

/// A posted form, answered in Chinese.
pub(crate) async fn post_chinese(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let request = browser.request(Method::POST, path).header("sec-fetch-site", "same-origin");
    Answer::read(request.header("accept-language", "zh-CN").form(fields).send().await.unwrap()).await
}

/// A new cluster named `shop`.
pub(crate) async fn shop(app: &TestApp) -> ClusterId {
    submit(&app.browser, "/clusters/new", &[("cluster_name", "shop")]).await;
    let clusters = app.store().clusters().await.unwrap();
    clusters.iter().find(|cluster| cluster.name == Name::parse("shop").unwrap()).unwrap().id
}

/// A cluster with a service `web` on 192.0.2.1:80 and `real1` (10.0.0.1) and `real2` (10.0.0.2).
pub(crate) async fn shop_with_web(app: &TestApp) -> (ClusterId, ServiceId) {
    let id = shop(app).await;
    let service = add_service(app, id, "web", "192.0.2.1").await;
    for (name, address) in [("real1", "10.0.0.1"), ("real2", "10.0.0.2")] {
        add_server(app, id, service, name, address).await;
    }
    (id, service)
}

pub(crate) async fn add_service(app: &TestApp, id: ClusterId, name: &str, vip: &str) -> ServiceId {
    let path = format!("/clusters/{id}/services/new");
    let answer = submit(&app.browser, &path, &[("name", name), ("address", vip)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    service_of(app, id, name).await
}

pub(crate) async fn add_server(app: &TestApp, id: ClusterId, service: ServiceId, name: &str, address: &str) {
    let path = format!("/clusters/{id}/services/{service}/servers/new");
    let answer = submit(&app.browser, &path, &[("server_name", name), ("server_address", address)]).await;
    answer.leads_to(&format!("/clusters/{id}/services/{service}/servers"));
}

/// The draft.
pub(crate) async fn draft(app: &TestApp, id: ClusterId) -> Cluster {
    Cluster::clone(&app.store().draft(id).await.unwrap().cluster)
}

pub(crate) async fn service_of(app: &TestApp, id: ClusterId, name: &str) -> ServiceId {
    let draft = draft(app, id).await;
    *draft.services().iter().find(|(_, service)| service.settings.name.as_str() == name).unwrap().0
}

pub(crate) async fn server_of(app: &TestApp, id: ClusterId, service: ServiceId, name: &str) -> DestinationId {
    let draft = draft(app, id).await;
    let destinations = &draft.services()[&service].destinations;
    *destinations.iter().find(|(_, destination)| destination.name.as_str() == name).unwrap().0
}

/// Applies the draft, started.
pub(crate) async fn apply(app: &TestApp, id: ClusterId) {
    let page = app.browser.get(&format!("/clusters/{id}/changes")).await;
    let path = format!("/clusters/{id}/apply");
    let answer = Fields::of(&page, &path).post(&app.browser, &path).await;
    answer.leads_to(&format!("/clusters/{id}/changes"));
}
