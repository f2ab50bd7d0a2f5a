//! The live connection table: what the page asks directors, and how it says what they answered.

use std::time::Duration;

use model::connections::{Connection, Counted, Group, Grouping, Prefixes};
use model::{ClusterId, DirectorId, Name, Protocol, ServiceId};
use protocol::{ConnectionsAnswer, ConnectionsQuery, Reading};
use reqwest::StatusCode;
use server::store::Actor;
use tempfile::TempDir;

use crate::drawing::{apply, chinese, shop, shop_with_web};
use crate::fleet_support::{TestAgent, until};
use crate::support::TestApp;

/// A console, a running cluster, and directors with their agents.
struct Site {
    app: TestApp,
    cluster: ClusterId,
    service: ServiceId,
    agents: Vec<TestAgent>,
    directory: TempDir,
}

impl Site {
    async fn with(directors: &[&str]) -> Self {
        let app = TestApp::logged_in().await;
        let (cluster, service) = shop_with_web(&app).await;
        apply(&app, cluster).await;
        let directory = tempfile::tempdir().unwrap();
        let mut site = Self { app, cluster, service, agents: Vec::new(), directory };
        for name in directors {
            site.enrol(name).await;
        }
        site
    }

    async fn director(&self, name: &str) -> DirectorId {
        let name = Name::parse(name).unwrap();
        self.app.store().create_director(&Actor::command_line(), self.cluster, name).await.unwrap()
    }

    async fn enrol(&mut self, name: &str) {
        let director = self.director(name).await;
        let fleet = &self.app.state().fleet;
        let token = fleet.new_token(&Actor::command_line(), director).await.unwrap();
        let agent =
            TestAgent::enrol(&self.directory.path().join(name), &fleet.address().to_string(), &token).await;
        until("connected", async || fleet.director(director).connected.then_some(())).await;
        self.agents.push(agent);
    }

    fn answers(&self, agent: usize, answer: Result<ConnectionsAnswer, String>) {
        *self.agents[agent].reports.connections.lock().unwrap() = Some(answer);
    }

    fn queries(&self, agent: usize) -> Vec<ConnectionsQuery> {
        self.agents[agent].reports.queries.lock().unwrap().clone()
    }

    async fn page(&self, query: &str) -> String {
        let answer = self.app.browser.get(&self.path(query)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.text
    }

    fn path(&self, query: &str) -> String {
        format!("/clusters/{}/connections{query}", self.cluster)
    }

    /// A file's status line and all of its text.
    async fn file(&self, query: &str) -> String {
        let answer = self.app.browser.get(&self.path(&format!(".csv{query}"))).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (StatusCode::OK, "text/csv; charset=utf-8")
        );
        assert_eq!(
            answer.header("content-disposition"),
            format!("attachment; filename=\"connections-{}.csv\"", self.cluster)
        );
        answer.text
    }
}

fn whole() -> Reading {
    Reading { read: 2, finished: true, took: Duration::from_millis(40), ..Reading::default() }
}

fn two(service: ServiceId) -> ConnectionsAnswer {
    let connection = |client: &str, state: &str| Connection {
        client: client.parse().unwrap(),
        virtual_address: "192.0.2.1:80".parse().unwrap(),
        protocol: Protocol::Tcp,
        destination: "10.0.0.1:80".parse().unwrap(),
        state: state.into(),
        expires_s: 899,
        service: Some(service),
    };
    let states = [("ESTABLISHED", 1), ("TIME_WAIT", 1)];
    let counted = |top: Vec<(Group, u64)>| Counted { distinct: Some(top.len() as u64), top, missed: 0 };
    ConnectionsAnswer {
        rows: vec![
            connection("198.51.100.7:40000", "ESTABLISHED"),
            connection("[2001:db8::7]:40000", "TIME_WAIT"),
        ],
        total: 2,
        complete: true,
        reading: Some(whole()),
        groups: vec![
            counted(states.map(|(state, count)| (Group::State(state.into()), count)).into()),
            counted(vec![(Group::Client("198.51.100.7/32".parse().unwrap()), 1)]),
        ],
    }
}

#[tokio::test]
async fn connections_are_listed_with_their_names_and_their_age() {
    let site = Site::with(&["vs1"]).await;
    assert!(site.queries(0).is_empty(), "nothing is read while nobody looks");
    site.answers(0, Ok(two(site.service)));
    let page = site.page("").await;
    assert!(page.contains("198.51.100.7:40000") && page.contains("[2001:db8::7]:40000"), "{page}");
    assert!(page.contains(">web</a>") && page.contains(">real1</a>") && page.contains("14:59"), "{page}");
    assert!(page.contains("0.0 s ago") && page.contains(" in 40 ms") && page.contains("complete"), "{page}");
    assert!(page.contains("2 connections match"), "{page}");
    assert!(!page.contains("<th scope=\"col\" class=\"\">Director"), "there is one director");
    let [query] = &site.queries(0)[..] else { panic!("asked once") };
    assert_eq!((query.limit, query.within), (200, Duration::from_secs(2)));
    assert_eq!(query.groupings, [Grouping::State, Grouping::Client(Prefixes::HOSTS)]);

    // Who comes a moment later shares the answer, and sees how old it is. A machine under load may take longer than a moment.
    until("shared", async || {
        site.page("").await;
        let before = site.queries(0).len();
        site.app.pass_ms(1_234);
        let page = site.page("").await;
        (page.contains("1.2 s ago") && site.queries(0).len() == before).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_address_holds_every_filter_and_the_director_evaluates_them() {
    let site = Site::with(&["vs1", "vs2"]).await;
    site.answers(0, Ok(ConnectionsAnswer { reading: Some(whole()), ..ConnectionsAnswer::default() }));
    let query =
        "?client=198.51.100.9/24&service=web&server=real2&protocol=TCP&state=established&director=vs1";
    let page = site.page(query).await;
    let asked = site.queries(0).remove(0);
    assert_eq!(asked.service, Some(site.service));
    let filter = &asked.filter;
    assert_eq!(filter.client.unwrap().to_string(), "198.51.100.0/24");
    assert_eq!(filter.server.unwrap().to_string(), "10.0.0.2");
    assert_eq!(
        (filter.protocol, filter.state.as_ref().unwrap().as_str()),
        (Some(Protocol::Tcp), "ESTABLISHED")
    );
    assert!(site.queries(1).is_empty(), "the other director is not asked");
    assert!(page.contains("value=\"198.51.100.0/24\"") && page.contains("value=\"10.0.0.2\""), "{page}");
    assert!(page.contains("No connection matches") && page.contains("Show all"), "{page}");
    assert!(
        page.contains("view=networks") && page.contains("client=198.51.100.0%2F24"),
        "links keep the filter"
    );
}

#[tokio::test]
async fn groups_of_several_directors_stand_side_by_side() {
    let mut site = Site::with(&["vs1", "vs2"]).await;
    site.enrol("vs3").await;
    let counts = |counts: &[(&str, u64)], distinct| {
        let top = counts.iter().map(|(net, count)| (Group::Client(net.parse().unwrap()), *count));
        let groups =
            vec![Counted { top: top.collect(), distinct, missed: u64::from(distinct.is_none()) * 7 }];
        let total = counts.iter().map(|(_, count)| count).sum();
        Ok(ConnectionsAnswer { total, groups, reading: Some(whole()), ..ConnectionsAnswer::default() })
    };
    site.answers(0, counts(&[("198.51.0.0/16", 12_345), ("203.0.0.0/16", 2)], Some(2)));
    site.answers(1, counts(&[("198.51.0.0/16", 9)], None));
    site.answers(2, Err("the table is being read".into()));
    let page = site.page("?view=networks&prefix=16").await;
    let prefixes = Prefixes::try_new(16, 64).unwrap();
    assert_eq!(site.queries(0)[0].groupings, [Grouping::Client(prefixes)]);
    let row = page.split("198.51.0.0/16</a>").nth(1).unwrap().split("</tr>").next().unwrap();
    assert!(row.contains("12,345") && row.contains(">9<"), "{row}");
    let row = page.split("203.0.0.0/16</a>").nth(1).unwrap().split("</tr>").next().unwrap();
    assert!(row.contains(">2<") && row.contains("–"), "not told is not zero: {row}");
    assert!(page.contains("vs2 has more groups") && page.contains("lack up to 7"), "{page}");
    assert!(page.contains("it could not read its table: the table is being read"), "{page}");
}

#[tokio::test]
async fn a_table_that_was_read_in_part_is_said_to_be() {
    let site = Site::with(&["vs1"]).await;
    let reading =
        Reading { read: 61, expected: Some(100), took: Duration::from_millis(2_010), ..Reading::default() };
    site.answers(0, Ok(ConnectionsAnswer { complete: false, reading: Some(reading), ..two(site.service) }));
    let page = site.page("").await;
    assert!(
        page.contains("stopped after 2.0 s: about 61 % read") && page.contains("2 match so far"),
        "{page}"
    );
    assert!(!page.contains(">complete<"), "{page}");
    let file = site.file("").await;
    let last = file.lines().last().unwrap();
    assert!(last.starts_with("# vs1: incomplete: reading stopped at about 61 % of the table"), "{last}");
}

#[tokio::test]
async fn the_file_holds_all_directors_and_ends_with_how_complete_it_is() {
    let site = Site::with(&["vs1", "=vs2"]).await;
    site.answers(0, Ok(two(site.service)));
    site.answers(1, Ok(ConnectionsAnswer { total: 70_000, complete: false, ..two(site.service) }));
    let away = site.director("vs3").await;
    let file = site.file("?protocol=tcp").await;
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(lines.len(), 8, "{file}");
    // By the directors' names.
    assert!(lines[1].starts_with("\"'=vs2\",tcp,198.51.100.7"), "no formula: {}", lines[1]);
    assert_eq!(lines[3], "vs1,tcp,198.51.100.7,40000,192.0.2.1,80,web,10.0.0.1,80,real1,ESTABLISHED,899");
    assert!(
        lines[5].contains("incomplete") && lines[5].contains("70000 match, 2 are listed"),
        "{}",
        lines[5]
    );
    assert!(lines[6].starts_with("# vs1: complete"), "{}", lines[6]);
    assert_eq!(lines[7], "# vs3: incomplete: not read: it has no agent yet");
    let asked = site.queries(0).remove(0);
    assert_eq!((asked.limit, asked.within), (10_000, Duration::from_secs(10)));
    assert!(!site.app.state().fleet.director(away).connected);
    let groups = site.file("?view=states&director=vs1").await;
    assert!(groups.starts_with("director,group,name,connections\r\nvs1,ESTABLISHED,,1\r\n"), "{groups}");
}

#[tokio::test]
async fn what_cannot_be_read_is_said_beside_its_field_and_nothing_is_asked() {
    let site = Site::with(&["vs1"]).await;
    let query =
        "?client=x&service=y&server=z%20z&protocol=icmp&state=a%20b&director=nobody&view=networks&prefix=33";
    let answer = site.app.browser.get(&site.path(query)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["client", "service", "server", "protocol", "state", "director", "prefix"] {
        assert!(answer.text.contains(&format!("id=\"e-{field}\"")), "{field}: {}", answer.text);
    }
    assert!(answer.text.contains("value=\"z z\"") && answer.text.contains("number from 0 to 32"));
    assert!(site.queries(0).is_empty() && !answer.text.contains("id=\"looks\""));
    site.app.browser.get(&site.path(".csv?client=x")).await.leads_to(&site.path("?client=x"));
    let chinese = chinese(&site.app.browser, &site.path("?client=x")).await;
    assert!(chinese.text.contains("既不是地址也不是网络"), "{}", chinese.text);
}

#[tokio::test]
async fn every_state_of_a_director_has_its_words() {
    let app = TestApp::logged_in().await;
    let empty = shop(&app).await;
    let page = app.browser.get(&format!("/clusters/{empty}/connections")).await.text;
    assert!(
        page.contains("No director yet") && page.contains(&format!("/directors/new?cluster={empty}")),
        "{page}"
    );
    assert_eq!(app.browser.get("/clusters/999/connections").await.status, StatusCode::NOT_FOUND);

    let mut site = Site::with(&["vs1"]).await;
    site.director("vs2").await;
    site.answers(
        0,
        Ok(ConnectionsAnswer { complete: true, reading: Some(whole()), ..ConnectionsAnswer::default() }),
    );
    let page = site.page("").await;
    assert!(page.contains("No connection at this moment") && page.contains("it has no agent yet"), "{page}");
    site.agents.remove(0).stop().await;
    let fleet = &site.app.state().fleet;
    until("gone", async || (!fleet.director(DirectorId(1)).connected).then_some(())).await;
    let page = site.page("").await;
    assert!(
        page.contains("No connection table could be read") && page.contains("what it holds is unknown"),
        "{page}"
    );
}
